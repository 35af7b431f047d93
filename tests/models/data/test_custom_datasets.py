"""Sets of one's own: folders of classes, and CSV files."""

import pytest

from laughtrack.models.data import custom_datasets, labels


def made(folder, *names):
    """Make empty pictures."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


def test_folders_are_classes(tmp_path):
    """Also deeper ones, and pictures of the same name in both; each is a person of its own."""
    folder = made(tmp_path / "set", "smile/a.jpg", "smile/x/b.PNG", "no_smile/a.jpg", ".x/c.jpg")
    found = custom_datasets.from_folders(folder)
    assert {p.person: p.smile for p in found.pictures} == {
        "smile/a.jpg": "1",
        "smile/x/b.PNG": "1",
        "no_smile/a.jpg": "0",
    }
    assert {p.source for p in found.pictures} == {"set"} and not found.problems


def test_classes_can_be_named(tmp_path):
    """Any number of them are smiles, all others aren't."""
    folder = made(tmp_path, "grin/a.jpg", "laughing/b.jpg", "bored/c.jpg")
    found = custom_datasets.from_folders(folder, "mine", ["grin", "laughing"])
    assert [p.smile for p in found.pictures] == ["0", "1", "1"]
    assert found.pictures[0].source == "mine"


def test_class_without_a_picture_is_named(tmp_path):
    """The others are listed all the same."""
    folder = made(tmp_path, "smile/a.jpg", "no_smile/notes.txt", "loose.jpg")
    found = custom_datasets.from_folders(folder)
    assert [p.smile for p in found.pictures] == ["1"]
    assert found.problems == [
        f"{tmp_path / 'no_smile'}: no picture in this class",
        f"{tmp_path}: 1 pictures are in no class's folder, left out",
    ]


def test_one_class_alone_is_not_enough(tmp_path):
    """What is missing is said."""
    problems = custom_datasets.from_folders(made(tmp_path, "smile/a.jpg")).problems
    assert problems == [f"{tmp_path}: no class of pictures that don't smile"]


@pytest.mark.parametrize(
    ("names", "smiles", "says"),
    [
        (["grin/a.jpg", "no_smile/b.jpg"], [], "grin: nothing says whether"),
        (["smile/a.jpg"], ["Smile"], "no class 'Smile' in .*only smile"),
        (["a.jpg"], [], "no folders in"),
        ([], [], "no folder"),
    ],
)
def test_folders_that_are_no_classes_are_named(tmp_path, names, smiles, says):
    """With the folder and what to do."""
    made(tmp_path / "set", *names)
    with pytest.raises(ValueError, match=says):
        custom_datasets.from_folders(tmp_path / "set", smiles=smiles)


def test_csv_with_columns_of_any_name(tmp_path):
    """Pictures beside the file; who is in them; other labels."""
    made(tmp_path, "p/a b.jpg", "p/ü.jpg", "p/c.jpg")
    (tmp_path / "l.csv").write_text(
        "path;label;who;emo\np/a b.jpg;Yes;ann;Happiness\np\\ü.jpg;0;ann;neutral\np/c.jpg;;bo;\n"
    )
    columns = custom_datasets.Columns("path", "label", "who", "", "emo")
    found = custom_datasets.from_csv(tmp_path / "l.csv", columns)
    assert not found.problems
    assert [(p.smile, p.person, p.emotion) for p in found.pictures] == [
        ("1", "ann", "happiness"),
        ("0", "ann", "neutral"),
        ("", "bo", ""),
    ]
    assert {p.source for p in found.pictures} == {"l"}
    assert all(p.path.is_file() for p in found.pictures)


def test_csv_lines_that_cannot_be_used_are_named(tmp_path):
    """Missing, unclear, empty, twice and differently; all others are listed, each once."""
    folder = made(tmp_path / "pictures", "a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg")
    (tmp_path / "l.csv").write_text(
        "picture,smile\na.jpg,1\ngone.jpg,1\nb.jpg,perhaps\n,1\nc.jpg,1\nc.jpg,0\nd.jpg,0\nd.jpg,0\n"
        "e.jpg\n"
    )
    found = custom_datasets.from_csv(tmp_path / "l.csv", folder=folder)
    assert {p.path.name: p.smile for p in found.pictures} == {
        "a.jpg": "1",
        "d.jpg": "0",
        "e.jpg": "",
    }
    says = ["line 3: ", "line 4: smile is 'perhaps'", "line 5: no picture", "c.jpg: "]
    assert len(found.problems) == 4
    assert all(says in problem for says, problem in zip(says, found.problems, strict=True))
    assert found.problems[0].endswith("gone.jpg: missing")


def test_csv_with_words_for_smiles(tmp_path):
    """Those named mean one, all others none."""
    made(tmp_path, "a.jpg", "b.jpg")
    (tmp_path / "l.csv").write_text("picture,smile\na.jpg,grin\nb.jpg,pout\n")
    found = custom_datasets.from_csv(tmp_path / "l.csv", smiles=["grin"])
    assert [p.smile for p in found.pictures] == ["1", "0"]


def test_csv_without_labels_is_asked_for(tmp_path):
    """A column that isn't there is an error, one that isn't asked for is none."""
    made(tmp_path, "a.jpg")
    (tmp_path / "l.csv").write_text("picture\na.jpg\n")
    with pytest.raises(ValueError, match=r"l\.csv has no column 'smile', only picture"):
        custom_datasets.from_csv(tmp_path / "l.csv")
    found = custom_datasets.from_csv(tmp_path / "l.csv", custom_datasets.Columns(smile=""))
    assert [p.smile for p in found.pictures] == [""]


def test_csv_with_an_emotion_beside_the_smile(tmp_path):
    """The smile is believed; a word for an emotion that nobody knows is named."""
    made(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    (tmp_path / "l.csv").write_text(
        "picture,smile,emotion\na.jpg,1,Happy\nb.jpg,1,surprise\nc.jpg,1,grin\n"
    )
    found = custom_datasets.from_csv(tmp_path / "l.csv", custom_datasets.Columns(emotion="emotion"))
    assert [p.emotion for p in found.pictures] == ["happiness", "surprise"]
    assert [labels.target(p) for p in found.pictures] == [0.92, 0.98]
    assert "line 4: emotion is 'grin'" in found.problems[0]
