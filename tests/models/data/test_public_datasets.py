"""LFW and GENKI-4K, as they are downloaded and as they lie elsewhere."""

import pytest

from laughtrack.models.data import label_table, labels, load, public_datasets
from tests.tools import DATA

NAMES = ("Ann_Lee_0001", "Ann_Lee_0002", "Bo_0001")


@pytest.fixture(params=["{person}", "images/{person}", "lfw-x/lfw-x/{person}", "flat"])
def lfw(tmp_path, request):
    """Return a folder of three pictures of two people, in each way it comes."""
    for name in NAMES:
        folder = tmp_path / "lfw" / request.param.format(person=name[:-5])
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.jpg").write_bytes(b"")
    (tmp_path / "lfw" / "lfw-names.txt").write_text("Ann_Lee 2\nBo 1\n")
    return tmp_path / "lfw"


def said(found):
    """Return each picture's labels by its name."""
    return {p.path.stem: (p.smile, p.strict, p.emotion) for p in found.pictures}


def test_lfw_without_labels_is_listed(lfw):
    """Each picture with its person; who that is decides the split."""
    found = public_datasets.lfw(lfw)
    assert [p.path.stem for p in found.pictures] == list(NAMES) and not found.problems
    assert [p.person for p in found.pictures] == ["Ann_Lee", "Ann_Lee", "Bo"]
    assert {(p.source, p.split == labels.split_of(p.person)) for p in found.pictures} == {
        ("lfw", True)
    }
    assert {labels.target(p) for p in found.pictures} == {None}


def test_lfw_with_its_second_hand_labels(lfw):
    """`legend.csv` has other pictures too, other words, and lines with tabs."""
    legend = lfw / "legend.csv"
    legend.write_text(
        "user.id,image,emotion\n628,facial-expressions_2868588k.jpg,angry\n"
        "302,Ann_Lee_0001.jpg,HAPPINESS\n302,Ann_Lee_0001.jpg,happiness\n"
        "302,Ann_Lee_0002.jpg,surprised\nJN721,Bo_0001.jpg,neutral\n520\tBo0007.jpg\thappiness\n"
    )
    found = public_datasets.lfw(lfw, [legend])
    assert not found.problems
    assert said(found) == {
        "Ann_Lee_0001": ("1", "", "happiness"),
        "Ann_Lee_0002": ("0", "", "surprise"),
        "Bo_0001": ("0", "", "neutral"),
    }


def test_lfw_with_all_its_labels(lfw):
    """`labels.csv` in the folder is read without being named; two files join."""
    (lfw / "labels.csv").write_text(
        "person,image,smile_human,emotion_muxspace,rekognition_list,rek_smile,rek_happy\n"
        "Ann_Lee,Ann_Lee_0001,1,happiness,train,1,0\nBo,Bo_0001,0,,,,\n"
    )
    found = public_datasets.lfw(lfw)
    assert said(found)["Ann_Lee_0001"] == ("1", "1", "happiness")
    assert found.pictures[0].rekognition[:3] == ("1", "0", "")
    assert found.pictures[0].rekognition_list == "train"
    assert said(found)["Bo_0001"] == ("", "0", "")
    (lfw / "more.csv").write_text("image,emotion\nBo_0001.jpg,happiness\n")
    both = public_datasets.lfw(lfw, [lfw / "labels.csv", lfw / "more.csv"])
    assert said(both)["Bo_0001"] == ("1", "0", "happiness")


def test_lfw_labels_that_cannot_be_used_are_named(lfw):
    """A picture that isn't there, one labelled twice: all others keep theirs."""
    (lfw / "l.csv").write_text(
        "image,emotion\nBo_0001.jpg,neutral\nBo_0001.jpg,anger\nCy_0001.jpg,neutral\n"
        "Ann_Lee_0001.jpg,happiness\n"
    )
    found = public_datasets.lfw(lfw, [lfw / "l.csv"])
    assert said(found)["Bo_0001"] == ("", "", "")
    assert said(found)["Ann_Lee_0001"] == ("1", "", "happiness")
    assert found.problems == [
        f"Bo_0001: {lfw / 'l.csv'} labels it twice, and differently: left out",
        f"Cy_0001: missing in {lfw}, {lfw / 'l.csv'} names it",
    ]


def test_lfw_labels_as_spreadsheets_write_them(lfw):
    """1.0 is a yes; what nobody can read is named, and never gets into a table."""
    (lfw / "l.csv").write_text(
        "image,smile_human,emotion,rek_smile\nAnn_Lee_0001,1.0,JOY,0.5\n"
        "Ann_Lee_0002,perhaps,,\nBo_0001,,,98.5\nBo_0001,0,grin,\n"
    )
    found = public_datasets.lfw(lfw, [lfw / "l.csv"])
    assert said(found)["Ann_Lee_0001"] == ("1", "1", "happiness")
    assert said(found)["Bo_0001"] == said(found)["Ann_Lee_0002"] == ("", "", "")
    assert [problem.split(": ")[1] for problem in found.problems] == [
        "smile_human is 'perhaps'",
        "rek_smile is '98.5'",
        "emotion is 'grin'",
    ]
    assert found.problems[0].startswith(f"{lfw / 'l.csv'}, line 3: ")


def test_lfw_picture_that_is_there_twice_is_taken_once(lfw):
    """Two renderings in one folder: the first counts, the other is named."""
    (lfw / "zz").mkdir()
    (lfw / "zz" / "Bo_0001.jpg").write_bytes(b"")
    found = public_datasets.lfw(lfw)
    assert len(found.pictures) == 3
    assert len(found.problems) == 1 and str(lfw / "zz" / "Bo_0001.jpg") in found.problems[0]


def test_what_is_no_lfw_is_named(tmp_path):
    """An empty folder, and a label file of something else."""
    with pytest.raises(ValueError, match="is it LFW"):
        public_datasets.lfw(tmp_path)
    (tmp_path / "Bo_0001.jpg").write_bytes(b"")
    (tmp_path / "l.csv").write_text("image,weight\nBo_0001.jpg,3\n")
    with pytest.raises(
        ValueError, match=r"l\.csv has no column smile_human or emotion, only image"
    ):
        public_datasets.lfw(tmp_path, [tmp_path / "l.csv"])


LINES = "1 -0.1 0.2 0.3\n0 0.4 0.5 0.6 \n1 0 0 0\n"
CSV = "file,smile,yaw_rad,pitch_rad,roll_rad\nfile0001.jpg,1,-0.1,0.2,0.3\n"
CSV += "file0002.jpg,0,0.4,0.5,0.6\nfile0003.jpg,1,0,0,0\n"
RELEASE = "GENKI-R2009a/Subsets/GENKI-4K"


@pytest.mark.parametrize(
    "files",
    [
        {"labels.csv": CSV, "files/file%04d.jpg": ""},
        {"labels.txt": LINES, "files/file%04d.jpg": ""},
        {f"{RELEASE}/GENKI-4K_Labels.txt": LINES, f"{RELEASE}/files/file%04d.jpg": ""},
        {
            f"{RELEASE}/GENKI-4K_Labels.txt": LINES,
            f"{RELEASE}/GENKI-4K_Images.txt": "face0001.jpg\nface0002.jpg\nface0003.jpg\n",
            "GENKI-R2009a/files/face%04d.jpg": "",
        },
    ],
    ids=["shared", "tar", "release with files", "release with links gone"],
)
def test_genki_is_the_same_in_any_layout(tmp_path, files):
    """Same persons, and so the same splits; a picture that isn't there is named."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        for n in (1, 3) if "%" in name else (1,):
            (tmp_path / (name % n if "%" in name else name)).write_text(text)
    found = public_datasets.genki(tmp_path)
    assert [(p.person, p.smile) for p in found.pictures] == [
        ("file0001.jpg", "1"),
        ("file0003.jpg", "1"),
    ]
    assert found.pictures[0].pose == (-0.1, 0.2, 0.3)
    assert all(p.path.is_file() and p.source == "genki4k" for p in found.pictures)
    assert len(found.problems) == 1 and "0002.jpg: missing" in found.problems[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 0 0 0\n2 0 0 0\n", "line 2: '2 0 0 0', expected smile"),
        ("1 0 0 0\n1 0 0\n", "line 2: '1 0 0'"),
        ("1 0 0 0\n1 a b c\n", "line 2: '1 a b c'"),
        ("\n", "line 1: ''"),
        ("1 0 0 0\n", "none of the 1 pictures"),
        (None, "is it GENKI"),
    ],
)
def test_what_is_no_genki_is_named(tmp_path, text, says):
    """With the file and the line."""
    if text is not None:
        (tmp_path / "labels.txt").write_text(text)
    with pytest.raises(ValueError, match=says):
        public_datasets.genki(tmp_path)


@pytest.mark.slow
def test_sets_at_hand_are_as_training_lists_them():
    """The same labels, persons and splits, whichever way the two sets are read."""
    if not (DATA / "lfw").is_dir():
        pytest.skip(f"no data at {DATA} (LAUGHTRACK_DATA)")
    found = (
        public_datasets.lfw(DATA / "lfw").pictures
        + public_datasets.genki(DATA / "genki4k").pictures
    )
    listed = load.load_pictures(DATA, load.HAND_LABELLED)
    cells = {str(p.path): label_table.to_row(p, ".") for p in listed}
    assert {str(p.path): label_table.to_row(p, ".") for p in found} == cells
