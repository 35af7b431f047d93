"""One training at a time in a work folder."""

from pathlib import Path

import pytest

from laughtrack.models.evaluation import label_sources
from laughtrack.models.training import train, tune, work_folder
from laughtrack.models.training.settings import Settings

NONE = train.Source(Path("none"), Path("none"))


@pytest.mark.parametrize(
    "begin",
    [
        lambda work: train.train(NONE, work, Settings()),
        lambda work: tune.tune(NONE, work, 1, Settings()),
        lambda work: label_sources.measure("none", work),
    ],
)
def test_second_one_is_refused_while_the_first_is_at_work(begin, tmp_path, monkeypatch):
    """The message names the folder and the cure; afterwards the folder is free."""
    work = tmp_path / "new" / "work"
    monkeypatch.setattr(tune.load, "load_pictures", lambda data, *sets: [])
    with work_folder.locked(work):
        with pytest.raises(ValueError, match=r"another .* is at work in .*work: .*another --work"):
            begin(work)
        with work_folder.locked(tmp_path / "other"):
            pass
    with work_folder.locked(work):
        pass
