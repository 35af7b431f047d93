"""What tests of training share."""

import pytest

from tests.tools import TRAIN_PYTHON


@pytest.fixture(scope="session")
def training():
    """Return the training environment's Python; who asks for it is marked `train`."""
    return TRAIN_PYTHON
