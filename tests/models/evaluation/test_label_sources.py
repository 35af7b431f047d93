"""What each source of labels says, and how a net is measured against it."""

from pathlib import Path

import numpy as np
import pytest

from laughtrack.models.data import labels, load
from laughtrack.models.data.labels import Picture
from laughtrack.models.evaluation import label_sources, model_card
from laughtrack.models.faces import wide_crops
from laughtrack.models.training import loop

TOLD = ("0.25", *[""] * 7)
LFW = Picture(Path("a"), "lfw", "a", "test", "1", "0", "happiness", (0, 0, 0), TOLD, "train")
GENKI = Picture(Path("b"), "genki4k", "b", "test", "0")


@pytest.mark.parametrize(
    ("name", "lfw", "genki"),
    [
        ("strict", 0, None),
        ("emotion", 1, None),
        ("lfw", 0.9, None),
        ("genki4k", None, 0),
        ("all", 0.9, 0.02),
        ("list_rekognition", 0.25, None),
        ("list_hand", 1, None),
    ],
)
def test_each_source_says_its_own(name, lfw, genki):
    """And nothing where it has no label."""
    said, _ = label_sources.SOURCES[name]
    assert said(LFW) == lfw and said(GENKI) == genki


def test_the_list_is_measured_on_its_validation_part():
    """Against Rekognition's column and against hand labels; the train part doesn't count."""
    shown = [LFW._replace(rekognition_list="val", smile=smile) for smile in ("1", "0", "")]
    shown += [LFW, GENKI]
    lean = np.array([2.0, 1.0, -1.0, 5.0, 5.0])
    split = np.array(["train"] * 5)
    found = label_sources._figures(lean, shown, split, by_list=True)
    assert found["list_rekognition"]["faces"] == 3
    assert found["list_rekognition"]["right"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["list_hand"] == {"faces": 2, "right": 0.5, "auc": 1.0}


def test_other_sources_are_measured_on_test_people_alone():
    """Each set by its own label, LFW by the strict one, too."""
    shown = [LFW, LFW._replace(split="train"), GENKI, GENKI._replace(smile="1")]
    split = np.array(["test", "train", "test", "test"])
    found = label_sources._figures(np.array([2.0, -9.0, -1.0, 1.0]), shown, split, by_list=False)
    assert found["genki4k"] == {"faces": 2, "right": 1.0, "auc": 1.0}
    assert found["lfw"]["faces"] == 1 and found["lfw"]["right"] == 1
    assert found["strict"]["right"] == 0


def few(monkeypatch, count):
    """Let there be so many GENKI-4K faces of each split, and a training that scores all 0."""
    listed = [
        GENKI._replace(path=Path(f"{split}{i}.jpg"), split=split, smile=str(i % 2))
        for split in labels.SPLITS
        for i in range(count)
    ]
    total, px = len(listed), wide_crops.WIDE_PX
    wide, boxes = np.zeros((total, px, px), np.uint8), np.zeros((total, 4))
    faces = wide_crops.Faces(wide, np.arange(total), boxes)

    class Net:
        def log_odds(self, crops):
            return np.zeros(len(crops))

    monkeypatch.setattr(load, "load_pictures", lambda data, sets: listed)
    monkeypatch.setattr(wide_crops, "load_faces", lambda listed, work: faces)
    monkeypatch.setattr(loop, "run_training", lambda *given: Net())


def test_sources_that_are_not_there_are_left_out_by_name(tmp_path, monkeypatch, caplog):
    """A table without LFW measures what it has; the card has no line for the rest."""
    few(monkeypatch, loop.BATCH)
    found = label_sources.measure("faces.csv", tmp_path)
    assert list(found) == ["epochs", "genki4k", "all"]
    assert found["genki4k"]["genki4k"]["faces"] == loop.BATCH
    left = [record.getMessage().split(",")[0] for record in caplog.records]
    names = ("strict", "emotion", "lfw", "list_rekognition", "list_hand")
    assert left == [f"left out: {name}" for name in names]
    assert "GENKI-4K |" in model_card._sources(
        found
    ) and "LFW, happiness" not in model_card._sources(found)


def test_too_few_faces_of_every_source_are_refused(tmp_path, monkeypatch):
    """The table is named, and what is needed."""
    few(monkeypatch, loop.BATCH - 1)
    with pytest.raises(
        ValueError, match=r"faces.csv: too few labelled faces .* 64 of the training"
    ):
        label_sources.measure("faces.csv", tmp_path)
