"""Label tables that grow: each picture once, no label changed, nothing lost."""

import threading
from pathlib import Path

import pytest

from laughtrack.models.data import label_table, labels, table_merge

ASKED = ("0.98", "1", "", "", "", "", "", "0")
HEADER = "picture,source,person,smile,strict,yaw_rad,rek_smile\n"


def picture(path, **fields):
    """Return a picture of a set of one's own, each a person."""
    name = Path(path).name
    known = {"source": "own", "person": name, "split": labels.split_of(name), "smile": "1"}
    return labels.Picture(Path(path), **{**known, **fields})


def test_added_twice_is_there_once(tmp_path):
    """By its path, however it is written; the same set again adds none."""
    table = tmp_path / "faces.csv"
    assert (
        table_merge.add_pictures(
            table, [picture(tmp_path / "a.jpg"), picture(tmp_path / "b.jpg")]
        ).added
        == 2
    )
    assert table_merge.add_pictures(table, [picture(tmp_path / "x" / ".." / "a.jpg")]).added == 0
    (tmp_path / "link.jpg").symlink_to(tmp_path / "b.jpg")
    both = [picture(tmp_path / "link.jpg"), picture(tmp_path / "c.jpg")]
    assert table_merge.add_pictures(table, both).added == 1
    assert [p.path.name for p in label_table.read(table)] == ["a.jpg", "b.jpg", "c.jpg"]


def test_what_is_missing_is_filled_in():
    """A set that comes later gives labels, pose and Rekognition's columns where there are none."""
    known = [picture("a.jpg", smile="")]
    new = picture("a.jpg", pose=(0.1, 0.2, 0.3), rekognition=ASKED, emotion="neutral")
    merged = table_merge.merge(known, [new, new])
    assert (merged.added, merged.filled, merged.conflicts) == (0, 1, [])
    assert merged.pictures == [new]


def test_no_label_is_changed():
    """What differs is named; it stays as the table has it."""
    merged = table_merge.merge([picture("a.jpg")], [picture("a.jpg", smile="0")])
    assert merged.pictures[0].smile == "1" and merged.filled == 0
    assert merged.conflicts == ["a.jpg: smile stays '1', and is not '0'"]


def test_label_of_ones_own_fills_in_what_lfw_lacks():
    """A set without labels can be labelled by a file of one's own."""
    merged = table_merge.merge([picture("a.jpg", source="lfw", smile="")], [picture("a.jpg")])
    assert (merged.pictures[0].smile, merged.filled, merged.conflicts) == ("1", 1, [])
    merged = table_merge.merge(merged.pictures, [picture("a.jpg", smile="0")])
    assert merged.conflicts == ["a.jpg: smile stays '1', and is not '0'"]


@pytest.mark.slow
def test_two_that_add_at_once_lose_nothing(tmp_path):
    """The second waits until the first has written."""
    table, got = tmp_path / "new" / "faces.csv", []
    with label_table.locked(table):
        second = threading.Thread(
            target=lambda: got.append(
                table_merge.add_pictures(table, [picture(tmp_path / "b.jpg")])
            )
        )
        second.start()
        second.join(0.2)
        assert not got
        label_table.write(table, [picture(tmp_path / "a.jpg")])
    second.join()
    assert [p.path.name for p in label_table.read(table)] == ["a.jpg", "b.jpg"]


def test_columns_of_another_kind_are_not_lost(tmp_path):
    """What pack wrote, or a column of notes, is refused before it is written over."""
    (tmp_path / "faces.csv").write_text("id," + HEADER + "0,a.jpg,own,a,1,,,\n")
    with pytest.raises(ValueError, match=r"more columns than a label table \(id\).*--out"):
        table_merge.add_pictures(tmp_path / "faces.csv", [picture("b.jpg")])


def test_table_that_has_no_place_is_named(tmp_path):
    """A file where its folder should be."""
    (tmp_path / "x").write_text("")
    with pytest.raises(OSError, match=r"cannot write .*x/faces\.csv: "):
        table_merge.add_pictures(tmp_path / "x" / "faces.csv", [picture("a.jpg")])


def test_both_hand_labels_of_lfw_make_its_smile():
    """The second one, come later, may say that it is a smile."""
    known = [picture("a.jpg", source="lfw", strict="0", smile="")]
    new = picture("a.jpg", source="lfw", emotion="happiness", smile="1")
    merged = table_merge.merge(known, [new])
    assert merged.pictures[0][4:7] == ("1", "0", "happiness") and not merged.conflicts
