"""What each source of labels says, and how a net is measured against it."""

from pathlib import Path

import numpy as np
import pytest

from models import sources
from models.labels import Picture

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
    said, _ = sources.SOURCES[name]
    assert said(LFW) == lfw and said(GENKI) == genki


def test_the_list_is_measured_on_its_validation_part():
    """Against Rekognition's column and against hand labels; the train part doesn't count."""
    shown = [LFW._replace(rekognition_list="val", smile=smile) for smile in ("1", "0", "")]
    shown += [LFW, GENKI]
    lean = np.array([2.0, 1.0, -1.0, 5.0, 5.0])
    split = np.array(["train"] * 5)
    found = sources._figures(lean, shown, split, by_list=True)
    assert found["list_rekognition"]["faces"] == 3
    assert found["list_rekognition"]["right"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["list_hand"] == {"faces": 2, "right": 0.5, "auc": 1.0}


def test_other_sources_are_measured_on_test_people_alone():
    """Each set by its own label, LFW by the strict one, too."""
    shown = [LFW, LFW._replace(split="train"), GENKI, GENKI._replace(smile="1")]
    split = np.array(["test", "train", "test", "test"])
    found = sources._figures(np.array([2.0, -9.0, -1.0, 1.0]), shown, split, by_list=False)
    assert found["genki4k"] == {"faces": 2, "right": 1.0, "auc": 1.0}
    assert found["lfw"]["faces"] == 1 and found["lfw"]["right"] == 1
    assert found["strict"]["right"] == 0
