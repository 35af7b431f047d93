"""MTFL as it is downloaded, and packed."""

import math

import pytest

from laughtrack.models.data import load
from laughtrack.models.data.mtfl import mtfl
from tests.models.data.test_packs import pack

POINTS = "106.75 146.75 125.25 106.25 143.75 108.75 108.75 131.25 149.75 149.75"
TRAINING = rf""" lfw_5590\Aaron_Eckhart_0001.jpg {POINTS} 1 1 2 3
 net_7876\0_0_0.jpg {POINTS} 2 1 1 3
 net_7876\_-60_9871_0.jpg {POINTS} 1 2 2 1

"""
TESTING = rf""" AFLW\0001-image20056.jpg {POINTS} 1 2 2 4
"""
NAMES = ["net_7876/0_0_0.jpg", "net_7876/_-60_9871_0.jpg", "AFLW/0001-image20056.jpg"]


@pytest.fixture
def release(tmp_path):
    """Return the set as its archive unpacks: two lists with a Windows program's paths."""
    (tmp_path / "training.txt").write_text(TRAINING, newline="\r\n")
    (tmp_path / "testing.txt").write_text(TESTING)
    for name in ("lfw_5590/Aaron_Eckhart_0001.jpg", *NAMES):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def said(found):
    """Return what is known of each picture."""
    return [
        (p.source, p.person, p.smile, p.sex, p.glasses, round(math.degrees(p.pose[0])))
        for p in found.pictures
    ]


EXPECTED = [
    ("mtfl", NAMES[0], "1", "female", "1", 0),
    ("mtfl", NAMES[1], "0", "male", "0", -60),
    ("aflw", NAMES[2], "0", "male", "0", 30),
]


def test_the_release_is_read(release):
    """LFW's pictures are left out, and that is said."""
    found = mtfl(release)
    assert said(found) == EXPECTED and not found.problems
    assert all(p.path.is_file() for p in found.pictures)
    assert found.notes == ("1 pictures of lfw_5590 left out: they are LFW's",)


def test_packed_pictures_are_the_same_people(tmp_path):
    """Whichever way they come, they are known by the lists' names, and so is their split."""
    pack(tmp_path / "mtfl" / "pictures.npz")
    lines = ["picture,split,smile,gender,glasses,pose,face_px"]
    lines += [
        f"{name},train,{s},{g},{w},{1 + (a + 60) // 30},200" for _, name, s, g, w, a in EXPECTED
    ]
    (tmp_path / "mtfl" / "labels.csv").write_text("\n".join(lines) + "\n")
    assert said(mtfl(tmp_path / "mtfl")) == EXPECTED
    listed = load.load_pictures(tmp_path)
    assert [p.path.name for p in listed] == ["0", "1", "2"]
    with pytest.raises(ValueError, match="no labels under"):
        load.load_pictures(tmp_path, load.HAND_LABELLED)


def test_one_list_will_do_and_what_is_missing_is_named(release):
    """All the rest is listed."""
    (release / "testing.txt").unlink()
    (release / NAMES[0]).unlink()
    found = mtfl(release)
    assert said(found) == EXPECTED[1:2]
    assert found.problems == [f"{release / NAMES[0]}: missing, a list names it"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (rf"net_7876\0_0_0.jpg {POINTS} 2 1 1", r"training\.txt, line 1: .*expected PATH"),
        (rf"net_7876\0_0_0.jpg {POINTS} 2 0 1 3", "line 1: .*expected PATH"),
        (rf"net_7876\0_0_0.jpg {POINTS} 2 1 1 6", "line 1: .*expected PATH"),
        (rf"net_7876\0_0_0.jpg {POINTS.replace('125.25', 'x')} 2 1 1 3", "line 1: .*expected PATH"),
        (rf"celeba\0_0_0.jpg {POINTS} 2 1 1 3", "line 1: a picture of 'celeba', expected one of"),
        (rf"net_7876\gone.jpg {POINTS} 2 1 1 3", r"none of the pictures.*gone\.jpg"),
        ("", "none of the pictures"),
    ],
)
def test_a_wrong_list_is_named(tmp_path, line, says):
    """With the file and the line."""
    (tmp_path / "training.txt").write_text(line + "\n")
    with pytest.raises(ValueError, match=says):
        mtfl(tmp_path)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["net_7876/a.jpg,1,female,0,3"], r"labels\.csv: 1 rows, and 3 in pictures\.npz"),
        (["net_7876/a.jpg,2,female,0,3"] * 3, "line 2: .*smile '2'"),
        (["lfw_5590/a.jpg,1,female,0,3"] * 3, "line 2: lfw_5590/a.jpg"),
    ],
)
def test_wrong_labels_of_a_pack_are_named(tmp_path, rows, says):
    """They are in the pack's order, so that a row too few would shift all."""
    pack(tmp_path / "pictures.npz")
    header = "picture,smile,gender,glasses,pose"
    (tmp_path / "labels.csv").write_text("\n".join([header, *rows]) + "\n")
    with pytest.raises(ValueError, match=says):
        mtfl(tmp_path)


def test_what_is_no_mtfl_is_named(tmp_path):
    """With what is looked for."""
    with pytest.raises(ValueError, match="is it MTFL"):
        mtfl(tmp_path)
