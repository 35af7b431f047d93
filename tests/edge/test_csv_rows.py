"""CSV as people and spreadsheets save it: every row right, or its line named."""

import pytest

from laughtrack.analytics.inputs.scene_lists import read_scenes
from laughtrack.edge.tables.csv_rows import read_rows
from laughtrack.models.data import csv_files

RIGHT = [["0", "10", "A"], ["10", "20", "B"]]
# Each is the same table.
SAME = {
    "plain": "start,end,name\n0,10,A\n10,20,B\n",
    "no end": "start,end,name\n0,10,A\n10,20,B",
    "mac": "start,end,name\r0,10,A\r10,20,B\r",
    "sep": "sep=;\r\nstart;end;name\r\n0;10;A\r\n10;20;B\r\n",
    "quoted sep": '"sep=\t"\nstart\tend\tname\n0\t10\tA\n10\t20\tB\n',
    "odd sep": "SEP=|\nstart|end|name\n0|10|A\n10|20|B\n",
    "columns of nothing": "start,end,name,,\n0,10,A,,\n10,20,B,,,,\n,,,,\n\n",
    "blanks": "\n \nstart , end,\tname\n 0 , 10, A \n\n10, 20, B\n",
    "quotes": '"start","end","name"\n"0", "10", "A"\n"10",20,"B"\n',
    "rows' numbers": ",start,end,name\n0,0,10,A\n1,10,20,B\n",
    "PySceneDetect": "Timecode List:,00:10\nstart,end,name\n0,10,A\n10,20,B\n",
    "guarded": "start,end,'=name\n0,10,A\n10,20,B\n",
}


@pytest.mark.parametrize("kind", SAME)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_every_way_to_save_is_the_same_table(kind, encoding, tmp_path):
    """Also for label tables, which are read by the same function."""
    path = tmp_path / "a.csv"
    path.write_bytes(SAME[kind].encode(encoding))
    found = read_rows(path)
    assert [each.strip("=") for each in found.columns] == ["start", "end", "name"]
    assert [row for _, row in found.rows] == RIGHT
    assert [[*row.cells.values()] for row in csv_files.read(path)] == RIGHT
    lines = path.read_text(encoding).lstrip("\ufeff").splitlines()
    assert all(row[2] in lines[line - 1] for line, row in found.rows)


WRONG = {
    "": "empty; expected a first line",
    "\n\n;;;\n": "empty; expected a first line",
    "sep=;\n": "empty; expected a first line",
    "a,b\n1\n": "line 2: 1 cells, the first line has 2: '1'; is the line cut short",
    "a,b\n\n1,2\n1,2,3\n": "line 4: 3 cells, the first line has 2: '1', '2', '3'; put cells",
    "a,b,a\n1,2,3\n": "columns 1 and 3 are both called 'a'",
    "a,b,\n1,2,3\n": "line 2: '3' is in column 3, which the first line gives no name",
    'a,b\n1,"2\n3,4\n5,6\n': "line 2: a quotation mark is not closed: '1,\"2",
    'a,b\n1,"2"x\n': "line 2: text follows a closed quotation mark",
    'a,b\n"x\ny",1\n"z",1,2\n': "line 4: 3 cells",
    "a,b\n" + "1,2\n" * 30 + "1,\x00\n": "is no text file",
    "PK\x03\x04": "is a zip archive or an Office document",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_named(text, tmp_path):
    """File, line, what is there and what to do."""
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    with pytest.raises(ValueError) as error:
        read_rows(path)
    assert str(error.value).startswith(str(path)) and WRONG[text] in str(error.value)


def test_lines_within_cells_keep_the_count(tmp_path):
    """A row's line is the one it begins in; the cell has its line ends as they were."""
    path = tmp_path / "a.csv"
    path.write_bytes(b'a,b\r\n"x\r\ny",1\r\n"p\rq",2\r\n3,4\r\n')
    assert read_rows(path).rows == [
        (2, ["x\r\ny", "1"]),
        (4, ["p\rq", "2"]),
        (6, ["3", "4"]),
    ]


def test_decimal_commas_and_clocks(tmp_path):
    """As a German Excel writes them; 10,250 is no thousand where the columns are parted by ;."""
    path = tmp_path / "a.csv"
    rows = ["Start Time (seconds)", "END"], ["0,5", "10,250"], ["0:10,25", "0:01:05,5"]
    path.write_text("\n".join(";".join(row) for row in rows), encoding="utf-16")
    assert read_scenes(path)[["start_s", "end_s"]].to_numpy().tolist() == [
        [0.5, 10.25],
        [10.25, 65.5],
    ]


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (("0", "1,000"), "'1,000' may be 1000 or 1.000: write one of these"),
        (("0", "1.234,5"), "'1.234,5' has a thousands separator"),
        (("0", "1,234.5"), "'1,234.5' has a thousands separator"),
        (("0", "1 234"), "'1 234' has a thousands separator"),
        (("0", "10 %"), "'10 %' has a percent sign"),
        (("0", "May-01"), "'May-01' looks like a date"),
        (("0", "01.05.2026"), "'01.05.2026' looks like a date"),
        (("0", "１２"), "'１２' has other digits than 0 to 9"),
        (("0", "nan"), "'nan' is no finite number"),
        (("0", "1e400"), "'1e400' is no finite number"),
        (("0", "0:75"), "'0:75' is no number"),
    ],
)
def test_what_spreadsheets_make_of_numbers_is_named(cells, says, tmp_path):
    """The line, and what to write instead."""
    path = tmp_path / "a.csv"
    path.write_text("start,end\n" + ",".join(f'"{each}"' for each in cells) + "\n")
    with pytest.raises(ValueError) as error:
        read_scenes(path)
    assert f"a.csv, line 2: {says}" in str(error.value)


def test_points_beside_decimal_commas_are_named(tmp_path):
    """One of them parts thousands."""
    path = tmp_path / "a.csv"
    path.write_text("start;end\n0,5;2\n1.500;3\n")
    with pytest.raises(ValueError, match=r"line 3: '1.500' has a point, and line 2 a decimal"):
        read_scenes(path)
