"""A small part of `tests.bench.nasty_text`: nasty text files are read right or refused by name."""

import pytest

from tests.bench.nasty_text.__main__ import formats
from tests.bench.nasty_text.frame import FAULTS, campaign

FORMATS = formats()


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_read_right_or_refused_by_name(tmp_path, name):
    """No traceback, nothing read as something else, no error without file and line."""
    counts, found = campaign(FORMATS[name], 30, 1, tmp_path)
    assert counts["inputs"] >= 20 and counts["right"]
    assert not any(counts[each] for each in FAULTS), "\n".join(found)
