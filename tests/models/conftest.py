"""What tests of training share."""

import pytest

from tests.tools import DATA, TRAIN_PYTHON


@pytest.fixture(scope="session")
def training():
    """Return the training environment's Python; who asks for it is marked `train`."""
    return TRAIN_PYTHON


@pytest.fixture(scope="session")
def landmarker_file():
    """Return MediaPipe's landmarker, which is no part of the project."""
    file = DATA.parent / "weights" / "face_landmarker.task"
    if not file.is_file():
        pytest.skip(f"no {file.name} beside the data: MediaPipe's landmarker was not tried")
    return file
