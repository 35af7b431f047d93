"""The label table: written, read, added to, and what is wrong with one."""

import math
import threading
from pathlib import Path

import pytest

from models import labels, tables

ASKED = ("0.98", "1", "", "", "", "", "", "0")


def picture(path, **fields):
    """Return a picture of a set of one's own, each a person."""
    name = Path(path).name
    known = {"source": "own", "person": name, "split": labels.split_of(name), "smile": "1"}
    return labels.Picture(Path(path), **{**known, **fields})


def same(one, two):
    """Whether two lists of pictures are the same, missing poses too."""
    return [tables.cells(p, "/") for p in one] == [tables.cells(p, "/") for p in two]


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
    tables.write(tmp_path / "faces.csv", pictures)
    assert same(tables.read(tmp_path / "faces.csv"), pictures)
    assert [p.split for p in tables.read(tmp_path / "faces.csv")] == [p.split for p in pictures]


def test_paths_are_relative_where_they_can_be(tmp_path, monkeypatch):
    """A table moves with the pictures in its folder."""
    tables.write(tmp_path / "one" / "faces.csv", [picture(tmp_path / "one" / "x" / "a.jpg")])
    assert ",own," in (tmp_path / "one" / "faces.csv").read_text()
    assert (tmp_path / "one" / "faces.csv").read_text().splitlines()[1].startswith("x/a.jpg,")
    (tmp_path / "one").rename(tmp_path / "two")
    monkeypatch.chdir(tmp_path)
    assert tables.read("two/faces.csv")[0].path == Path("two/x/a.jpg")


def test_added_twice_is_there_once(tmp_path):
    """By its path, however it is written; the same set again adds none."""
    table = tmp_path / "faces.csv"
    assert tables.add(table, [picture(tmp_path / "a.jpg"), picture(tmp_path / "b.jpg")]).added == 2
    assert tables.add(table, [picture(tmp_path / "x" / ".." / "a.jpg")]).added == 0
    (tmp_path / "link.jpg").symlink_to(tmp_path / "b.jpg")
    both = [picture(tmp_path / "link.jpg"), picture(tmp_path / "c.jpg")]
    assert tables.add(table, both).added == 1
    assert [p.path.name for p in tables.read(table)] == ["a.jpg", "b.jpg", "c.jpg"]


def test_what_is_missing_is_filled_in():
    """A set that comes later gives labels, pose and Rekognition's columns where there are none."""
    known = [picture("a.jpg", smile="")]
    new = picture("a.jpg", pose=(0.1, 0.2, 0.3), rekognition=ASKED, emotion="neutral")
    merged = tables.merge(known, [new, new])
    assert (merged.added, merged.filled, merged.disputed) == (0, 1, [])
    assert merged.pictures == [new]


def test_no_label_is_changed():
    """What differs is named; it stays as the table has it."""
    merged = tables.merge([picture("a.jpg")], [picture("a.jpg", smile="0")])
    assert merged.pictures[0].smile == "1" and merged.filled == 0
    assert merged.disputed == ["a.jpg: smile stays '1', and is not '0'"]


def test_label_of_ones_own_fills_in_what_lfw_lacks():
    """A set without labels can be labelled by a file of one's own."""
    merged = tables.merge([picture("a.jpg", source="lfw", smile="")], [picture("a.jpg")])
    assert (merged.pictures[0].smile, merged.filled, merged.disputed) == ("1", 1, [])
    merged = tables.merge(merged.pictures, [picture("a.jpg", smile="0")])
    assert merged.disputed == ["a.jpg: smile stays '1', and is not '0'"]


def test_two_that_add_at_once_lose_nothing(tmp_path):
    """The second waits until the first has written."""
    table, got = tmp_path / "new" / "faces.csv", []
    with tables.held(table):
        second = threading.Thread(
            target=lambda: got.append(tables.add(table, [picture(tmp_path / "b.jpg")]))
        )
        second.start()
        second.join(0.2)
        assert not got
        tables.write(table, [picture(tmp_path / "a.jpg")])
    second.join()
    assert [p.path.name for p in tables.read(table)] == ["a.jpg", "b.jpg"]


def test_columns_of_another_kind_are_not_lost(tmp_path):
    """What pack wrote, or a column of notes, is refused before it is written over."""
    (tmp_path / "faces.csv").write_text("id," + HEADER + "0,a.jpg,own,a,1,,,\n")
    with pytest.raises(ValueError, match=r"more columns than a label table \(id\).*--out"):
        tables.add(tmp_path / "faces.csv", [picture("b.jpg")])


def test_table_that_has_no_place_is_named(tmp_path):
    """A file where its folder should be."""
    (tmp_path / "x").write_text("")
    with pytest.raises(OSError, match=r"cannot write .*x/faces\.csv: "):
        tables.add(tmp_path / "x" / "faces.csv", [picture("a.jpg")])


def test_both_hand_labels_of_lfw_make_its_smile():
    """The second one, come later, may say that it is a smile."""
    known = [picture("a.jpg", source="lfw", strict="0", smile="")]
    new = picture("a.jpg", source="lfw", emotion="happiness", smile="1")
    merged = tables.merge(known, [new])
    assert merged.pictures[0][4:7] == ("1", "0", "happiness") and not merged.disputed


HEADER = "picture,source,person,smile,strict,yaw_rad,rek_smile\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no column 'picture', only nothing"),
        ("file,smile\na.jpg,1\n", "no column 'picture', only file, smile"),
        (HEADER + "a.jpg,own,a,2,,,\n", "line 2: smile is '2': expected 0, 1 or nothing"),
        (HEADER + "a.jpg,own,a,1,yes,,\n", "line 2: strict is 'yes'"),
        (HEADER + ",own,a,1,,,\n", "line 2: picture is empty"),
        (HEADER + "a.jpg,own,,1,,,\n", "line 2: person is empty"),
        (HEADER + "a.jpg,own,a,1,,left,\n", "line 2: yaw_rad is 'left': expected a number"),
        (HEADER + "a.jpg,own,a,1,,,98.5\n", "line 2: rek_smile is '98.5'"),
        (HEADER + "a.jpg,own,a,1,,,nan\n", "line 2: rek_smile is 'nan'"),
        (HEADER + "a.jpg,own,a,1,,,\n\nb.jpg,own,b,1\n", "line 4: 4 cells, not 7: is it cut short"),
        (HEADER + "a.jpg,own,a,1,,,\na.jpg,own,a,0,,,\n", "line 3: a.jpg is in line 2 too"),
        (HEADER + "a.jpg,own\n", "line 2: 2 cells, not 7: is it cut short"),
        (HEADER + "a" * 200_000 + ",own,a,1,,,\n", "after line 1, field larger than field limit"),
    ],
)
def test_what_is_wrong_with_a_table_is_named(tmp_path, text, says):
    """With the file, the line and the cell."""
    table = tmp_path / "faces.csv"
    table.write_text(text)
    with pytest.raises(ValueError, match=r"faces\.csv") as error:
        tables.read(table)
    assert says in str(error.value)


def test_table_that_is_no_text_is_named(tmp_path):
    """A spreadsheet's own file, or one in another alphabet's bytes."""
    (tmp_path / "a.csv").write_bytes(HEADER.encode() + "Zoë.jpg,own,a,1,,,\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"a\.csv is not text in UTF-8"):
        tables.read(tmp_path / "a.csv")
    with pytest.raises(ValueError, match=r"no file .*b\.csv"):
        tables.read(tmp_path / "b.csv")


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_table_from_a_spreadsheet_is_read(tmp_path, mark):
    """With a byte order mark, and whatever parts the columns."""
    text = (HEADER + "a.jpg,own,a,1,,0.5,\n").replace(",", mark)
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    (read,) = tables.read(tmp_path / "a.csv")
    assert (read.path.name, read.smile, read.pose[0]) == ("a.jpg", "1", 0.5)
    assert math.isnan(read.pose[1]) and not any(read.rekognition)


def test_table_that_cannot_be_written_stays(tmp_path):
    """A failure in the middle leaves the old table and no other file."""
    table = tmp_path / "faces.csv"
    tables.write(table, [picture("a.jpg")])
    before = table.read_bytes()
    with pytest.raises(AttributeError):
        tables.write(table, [picture("b.jpg"), None])
    assert table.read_bytes() == before and list(tmp_path.iterdir()) == [table]
