"""No cell that this program writes is a formula, and what it reads back is the text."""

import ast
import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laughtrack.edge.tables.spreadsheet import Writer, csv_text, guard, unguard
from tests.edge.test_console import FILES, ROOT
from tests.nasty import NASTY

NUMBERS = ("-0.5", "+3", "1e-5", "-.5", "12", "-1E+3")
FORMULA = re.compile(r"[\s\u200b-\u200f\ufeff\xad]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20\u2212]")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
WRITES = {"to_csv", "writer", "DictWriter", "to_excel"}
READS = {"reader", "DictReader", "read_csv"}
# Numbers of our own making, or pixels, in which no text is.
READS_NUMBERS = {"laughtrack/cli/commands/simulate.py", "models/data/packs.py"}


def _is_safe(cell):
    """Return whether no spreadsheet takes a cell for a formula."""
    return bool(NUMBER.fullmatch(cell)) or not FORMULA.match(cell)


def _called(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, ast.unparse(node.func.value)


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_one_place_writes_csv_and_each_reader_undoes_it(path):
    """Nothing else calls csv's or pandas' writers; what reads CSV takes the guard away."""
    name, calls = str(path.relative_to(ROOT)), [*_called(path)]
    if name != "edge/tables/spreadsheet.py":
        assert not [c for c in calls if c[0] in WRITES and c[1] in ("csv", "pd")]
        assert not [c for c in calls if c[0] in ("to_csv", "to_excel")]
    if [c for c in calls if c[0] in READS and c[1] in ("csv", "pd")]:
        assert name in READS_NUMBERS or "unguard" in path.read_text()


TEXTS = st.text(st.sampled_from(list("='+-@\t\r\n;,\" a1.\u200b\uff1d\x00\x1b")), max_size=9)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(TEXTS | st.text() | st.sampled_from(NASTY))
def test_any_text_is_safe_and_comes_back(text):
    """Written as a cell, in both ways, read by csv, and unguarded."""
    table = csv_text(pd.DataFrame({"a": pd.Series([text, "x"], dtype=object)}))
    written = io.StringIO()
    Writer(written).writerows([["a"], [text], ["x"]])
    assert table == written.getvalue()
    _, (cell,), (last,) = csv.reader(io.StringIO(table, newline=""))
    assert _is_safe(cell), ascii(cell)
    assert unguard(cell) == text and last == "x"


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_stay(text):
    """A number is no formula, as a number or as text."""
    assert guard(text) == text == unguard(text) and guard(-0.5) == -0.5


def test_columns_are_guarded_and_numbers_as_pandas_writes_them():
    """Names of columns come from outside, too; all else is as pandas has it."""
    table = pd.DataFrame({"n": [1, -2], "x": [0.1, None], "y": [True, False], "z": ["a,b", None]})
    table["whole"] = pd.array([1, None], dtype="Int64")
    assert csv_text(table) == table.to_csv(index=False, lineterminator="\n")
    assert csv_text(table.rename(columns={"n": "=n"})).startswith("'=n,")


def test_what_other_columns_would_make_a_cell():
    """A program that parts the columns at semicolons begins a cell inside ours."""
    assert guard("x;=1+1") == "x;'=1+1" and guard("a\n=1") == "a\n'=1" and guard("a-b") == "a-b"


def test_a_million_of_anything_takes_no_time():
    """No text makes it slow."""
    for text in ("\n" * 10**5, "'" * 10**5, "; " * 10**5, "=" * 10**5, (";" + " " * 99) * 10**3):
        assert unguard(guard(text)) == text


def test_tables_for_people_and_labels_read_it_back(tmp_path):
    """Both readers of CSV that people make."""
    from laughtrack.analytics.inputs import csv_table
    from laughtrack.models.data import csv_files

    texts = [text for text in NASTY if text == text.strip() and "\x00" not in text]
    texts = [
        text for text in texts if not re.search(r"[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", text)
    ]
    csv_files.write(tmp_path / "a.csv", ["path", "=n"], [{"path": t, "=n": "1"} for t in texts])
    assert [row.cells for row in csv_files.read(tmp_path / "a.csv")] == [
        {"path": text, "=n": "1"} for text in texts
    ]
    table = csv_table.read(tmp_path / "a.csv")
    assert table["path"].tolist() == texts and table.columns.tolist() == ["path", "=n"]
