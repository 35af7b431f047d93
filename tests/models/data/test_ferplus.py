"""FER+ as it is downloaded, and packed."""

import cv2
import numpy as np
import pytest

from laughtrack.models.data import image_files, labels, load
from laughtrack.models.data.ferplus import ferplus
from tests.models.data.test_packs import pack, picture, pixels

HEADER = (
    "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
)
# Four pictures: a smile, one that six didn't know, no face, and half a smile.
VOTES = [
    "Training,fer0000000.png,4,6,0,0,0,0,0,0,0,0",
    "Training,fer0000001.png,4,0,0,0,0,0,0,0,6,0",
    "Training,,0,0,0,0,0,0,0,0,0,10",
    "Training,fer0000003.png,6,3,0,1,0,0,0,0,0,0",
]
EXPECTED = [
    ("fer0000000.png", "1", "happiness", 0.6),
    ("fer0000001.png", "", "", None),
    ("fer0000003.png", "", "neutral", 0.3),
]


def said(found):
    """Return what is known of each picture."""
    return [(p.person, p.smile, p.emotion, labels.target(p)) for p in found.pictures]


def votes(folder, lines=VOTES):
    """Write the votes."""
    (folder / "fer2013new.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    return folder


@pytest.mark.parametrize("table", ["fer2013.csv", "icml_face_data.csv"])
def test_votes_and_pixels_are_joined(tmp_path, table):
    """They are in the same order; the picture is the table's row."""
    header = "emotion,pixels,Usage" if table == "fer2013.csv" else "emotion, Usage, pixels"
    pixels(tmp_path / table, count=4, header=header)
    found = ferplus(votes(tmp_path))
    assert said(found) == EXPECTED and not found.problems
    assert found.notes == ("1 pictures without a face left out, as FER+ says",)
    last = image_files.read(found.pictures[-1].path)
    assert np.array_equal(last[:, :, 0], picture(3))


@pytest.mark.parametrize("place", ["", "images", "data"])
def test_votes_and_folders_are_joined(tmp_path, place):
    """As FER+'s own program writes the pictures; one that is missing is named."""
    for name in ("fer0000000.png", "fer0000003.png"):
        file = tmp_path / place / "FER2013Train" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(file), picture(int(name[3:-4])))
    found = ferplus(votes(tmp_path))
    assert said(found) == [EXPECTED[0], EXPECTED[2]]
    assert len(found.problems) == 1 and "fer0000001.png: missing" in found.problems[0]


def test_a_copy_is_on_its_firsts_side(tmp_path):
    """The same pixels under another name: one person, one split."""
    pixels(tmp_path / "fer2013.csv", count=4)
    lines = (tmp_path / "fer2013.csv").read_text().splitlines()
    lines[4] = lines[1]
    (tmp_path / "fer2013.csv").write_text("\n".join(lines) + "\n")
    people = [p.person for p in ferplus(votes(tmp_path)).pictures]
    assert people == ["fer0000000.png", "fer0000001.png", "fer0000000.png"]


def test_packed_pictures_are_the_same_people(tmp_path):
    """The pack's labels say which is a copy of which."""
    pack(tmp_path / "ferplus" / "pictures.npz")
    header = HEADER.replace("Usage,Image name", "name,split").replace("NF", "not_a_face")
    rows = [",".join([c[1], "train", *c[2:]]) for c in (v.split(",") for v in VOTES) if c[1]]
    rows = [
        row + end for row, end in zip(rows, (",,", ",,", ",happiness,fer0000000.png"), strict=True)
    ]
    text = "\n".join([header + ",fer2013,copy_of", *rows])
    (tmp_path / "ferplus" / "labels.csv").write_text(text + "\n")
    expected = [*EXPECTED[:2], ("fer0000000.png", *EXPECTED[2][1:])]
    assert said(ferplus(tmp_path / "ferplus")) == expected
    listed = load.load_pictures(tmp_path)
    assert [p.path.name for p in listed] == ["0", "1", "2"]
    assert {p.split == labels.split_of(p.person, "ferplus") for p in listed} == {True}


@pytest.mark.parametrize(
    ("count", "lines", "says"),
    [
        (3, VOTES, r"fer2013new\.csv has more rows than fer2013\.csv"),
        (5, VOTES, r"fer2013\.csv has more rows than fer2013new\.csv"),
        (1, [VOTES[0].replace("Training", "PublicTest")], "line 2: of 'PublicTest', and fer2013"),
        (1, [VOTES[0].replace("4,6", "4,x")], "line 2: votes '4,x,.*expected ten counts"),
        (1, [VOTES[0].replace("4,6", "0,0")], "line 2: votes"),
        (1, VOTES[2:3], "no row names a picture"),
        (None, VOTES, "it has the votes alone"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, count, lines, says):
    """Votes of other pictures would teach nonsense in silence."""
    if count is not None:
        pixels(tmp_path / "fer2013.csv", count=count)
    with pytest.raises(ValueError, match=says):
        ferplus(votes(tmp_path, lines))


def test_other_folders_are_named(tmp_path):
    """With what is looked for; a list whose pictures are all gone, too."""
    with pytest.raises(ValueError, match=r"is it FER\+"):
        ferplus(tmp_path)
    (tmp_path / "FER2013Train").mkdir()
    with pytest.raises(ValueError, match="none of the pictures"):
        ferplus(votes(tmp_path))
    with pytest.raises(ValueError, match="Usage 'Test'"):
        ferplus(votes(tmp_path, [VOTES[0].replace("Training", "Test")]))
