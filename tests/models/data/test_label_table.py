"""The label table: written, read, and what is wrong with one."""

import math
from pathlib import Path

import pytest

from laughtrack.models.data import label_table, labels

ASKED = ("0.98", "1", "", "", "", "", "", "0")


def picture(path, **fields):
    """Return a picture of a set of one's own, each a person."""
    name = Path(path).name
    known = {"source": "own", "person": name, "split": labels.split_of(name), "smile": "1"}
    return labels.Picture(Path(path), **{**known, **fields})


def same(one, two):
    """Whether two lists of pictures are the same, missing poses too."""
    return [label_table.to_row(p, "/") for p in one] == [label_table.to_row(p, "/") for p in two]


def test_table_is_read_back(tmp_path):
    """All columns, blanks and letters of any alphabet, a comma in a name."""
    pictures = [
        picture(tmp_path / "a b.jpg", pose=(0.1, -0.2, 0.25), rekognition=ASKED),
        picture(tmp_path / "ü/文.png", smile="", person='Zoë "Z", junior'),
        picture(tmp_path / "two\nlines.jpg"),
        picture(tmp_path / "Icon\r.png"),
        picture("/elsewhere/c.jpg", source="lfw", strict="0", emotion="neutral", smile="0"),
        picture(tmp_path / "d.jpg", rekognition_list="train"),
    ]
    pictures = [p._replace(split=labels.split_of(p.person)) for p in pictures]
    label_table.write(tmp_path / "faces.csv", pictures)
    assert same(label_table.read(tmp_path / "faces.csv"), pictures)
    assert [p.split for p in label_table.read(tmp_path / "faces.csv")] == [
        p.split for p in pictures
    ]


def test_paths_are_relative_where_they_can_be(tmp_path, monkeypatch):
    """A table moves with the pictures in its folder."""
    label_table.write(tmp_path / "one" / "faces.csv", [picture(tmp_path / "one" / "x" / "a.jpg")])
    assert ",own," in (tmp_path / "one" / "faces.csv").read_text()
    assert (tmp_path / "one" / "faces.csv").read_text().splitlines()[1].startswith("x/a.jpg,")
    (tmp_path / "one").rename(tmp_path / "two")
    monkeypatch.chdir(tmp_path)
    assert label_table.read("two/faces.csv")[0].path == Path("two/x/a.jpg")


HEADER = "picture,source,person,smile,strict,yaw_rad,rek_smile\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty; expected a first line with the columns' names"),
        ("file,smile\na.jpg,1\n", "no column 'picture', only file, smile"),
        (HEADER + "a.jpg,own,a,2,,,\n", "line 2: smile is '2': expected 0, 1 or nothing"),
        (HEADER + "a.jpg,own,a,1,yes,,\n", "line 2: strict is 'yes'"),
        (HEADER + ",own,a,1,,,\n", "line 2: picture is empty"),
        (HEADER + "a.jpg,own,,1,,,\n", "line 2: person is empty"),
        (HEADER + "a.jpg,own,a,1,,left,\n", "line 2: yaw_rad: 'left' is no number"),
        (HEADER + "a.jpg,own,a,1,,30,\n", "line 2: yaw_rad is '30': expected radians"),
        (HEADER + "a.jpg,own,a,1,,,98.5\n", "line 2: rek_smile is '98.5'"),
        (HEADER + "a.jpg,own,a,1,,,nan\n", "line 2: rek_smile is 'nan'"),
        (HEADER + "a.jpg,own,a,1,,,\n\nb.jpg,own,b,1\n", "line 4: 4 cells, the first line has 7"),
        (HEADER + "a.jpg,own,a,1,,,\na.jpg,own,a,0,,,\n", "line 3: a.jpg is in line 2 too"),
        (HEADER + "a.jpg,own\n", "line 2: 2 cells, the first line has 7"),
        (HEADER + "a" * 200_000 + ",own,a,1,,,\n", "line 2: larger than any cell"),
    ],
)
def test_what_is_wrong_with_a_table_is_named(tmp_path, text, says):
    """With the file, the line and the cell."""
    table = tmp_path / "faces.csv"
    table.write_text(text)
    with pytest.raises(ValueError, match=r"faces\.csv") as error:
        label_table.read(table)
    assert says in str(error.value)


def test_table_that_is_no_text_is_named(tmp_path):
    """A spreadsheet's own file; Windows' text is read as it is."""
    text = HEADER + "Zoë.jpg,own,a,1,,,\n"
    (tmp_path / "a.csv").write_text(text, encoding="cp1252")
    assert label_table.read(tmp_path / "a.csv")[0].path.name == "Zoë.jpg"
    (tmp_path / "a.csv").write_bytes(b"PK\x03\x04" + text.encode())
    with pytest.raises(ValueError, match=r"a\.csv: is a zip archive or an Office document"):
        label_table.read(tmp_path / "a.csv")
    with pytest.raises(ValueError, match=r"no file .*b\.csv"):
        label_table.read(tmp_path / "b.csv")


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_table_from_a_spreadsheet_is_read(tmp_path, mark):
    """With a byte order mark, and whatever parts the columns."""
    text = (HEADER + "a.jpg,own,a,1,,0.5,\n").replace(",", mark)
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    (read,) = label_table.read(tmp_path / "a.csv")
    assert (read.path.name, read.smile, read.pose[0]) == ("a.jpg", "1", 0.5)
    assert math.isnan(read.pose[1]) and not any(read.rekognition)


def test_table_that_cannot_be_written_stays(tmp_path):
    """A failure in the middle leaves the old table and no other file."""
    table = tmp_path / "faces.csv"
    label_table.write(table, [picture("a.jpg")])
    before = table.read_bytes()
    with pytest.raises(AttributeError):
        label_table.write(table, [picture("b.jpg"), None])
    assert table.read_bytes() == before and list(tmp_path.iterdir()) == [table]
