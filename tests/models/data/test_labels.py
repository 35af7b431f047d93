"""Targets, splits, and listing the pictures."""

from collections import defaultdict
from pathlib import Path

import pytest

from laughtrack.models.data import labels, load
from tests.tools import DATA


@pytest.mark.parametrize(
    ("strict", "emotion", "target"),
    [
        ("1", "happiness", 0.98),
        ("1", "", 0.95),
        ("", "happiness", 0.92),
        ("0", "happiness", 0.9),
        ("1", "neutral", 0.6),
        ("0", "", 0.15),
        ("", "sadness", 0.05),
        ("0", "surprise", 0.03),
        ("", "", None),
    ],
)
def test_two_hand_labels_grade_a_smile(strict, emotion, target):
    """Both yes is a broad smile, only the second a slight one, neither is none."""
    picture = labels.Picture(Path("a.jpg"), "lfw", "a", "train", "", strict, emotion)
    assert labels.target(picture) == target


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("George_W_Bush", "train"),
        ("Tony_Blair", "val"),
        ("AJ_Cook", "val"),
        ("file0002.jpg", "train"),
    ],
)
def test_split_of_a_name_never_changes(name, split):
    """The split is a hash: no list to keep, the same on every machine."""
    assert labels.split_of(name) == split


def test_a_fourth_of_many_small_pictures_is_used():
    """By chance of the name, the same on every machine; of other sets all."""
    drawn = [labels.Picture(Path("a"), "ferplus", f"fer{n}.png", "train") for n in range(2000)]
    assert abs(sum(map(labels.is_used, drawn)) - 500) < 60
    assert all(labels.is_used(picture._replace(source="lfw")) for picture in drawn)


def test_split_is_eight_one_one():
    """Of many names about a tenth each is for validation and for the test."""
    drawn = [labels.split_of(f"person{n}") for n in range(4000)]
    assert abs(drawn.count("val") - 400) < 60
    assert abs(drawn.count("test") - 400) < 60


@pytest.mark.slow
def test_split_never_shares_a_person():
    """All LFW pictures of one person are on one side."""
    if not (DATA / "lfw" / "labels.csv").is_file():
        pytest.skip(f"no LFW labels under {DATA}")
    sides = defaultdict(set)
    for picture in load.load_pictures(DATA, load.HAND_LABELLED):
        if picture.source == "lfw":
            sides[picture.path.parent.name].add(picture.split)
    assert len(sides) > 5000
    assert all(len(splits) == 1 for splits in sides.values())


def test_pictures_lists_what_there_is(tmp_path):
    """One set alone will do; a picture that only Rekognition labelled is listed, too."""
    (tmp_path / "lfw").mkdir()
    (tmp_path / "lfw" / "labels.csv").write_text(
        "person,image,smile_human,emotion_muxspace\n"
        "Ann,Ann_0001,1,happiness\nAnn,Ann_0002,,\nBob,Bob_0001,0,anger\n"
    )
    listed = load.load_pictures(tmp_path)
    assert [p.path.name for p in listed] == ["Ann_0001.jpg", "Ann_0002.jpg", "Bob_0001.jpg"]
    assert [p.smile for p in listed] == ["1", "", "0"]
    assert [labels.degree(p) for p in listed] == ["broad", "", "none"]


def test_no_labels_at_all_is_an_error(tmp_path):
    """The message names the folder that was given."""
    with pytest.raises(ValueError, match=str(tmp_path)):
        load.load_pictures(tmp_path)
