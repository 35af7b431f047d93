"""`import laughtrack`: the functions for notebooks give what the commands write."""

import subprocess
import sys

import pandas as pd
import pytest

import laughtrack
from laughtrack.edge.version import VERSION


@pytest.fixture
def written(night, run, tmp_path):
    """Return a function that runs a command and reads the table that it writes."""

    def write(*words):
        path = tmp_path / "table.csv"
        run(*words, "--format", "csv", "-o", path)
        return path.read_text()

    return write


@pytest.mark.slow
@pytest.mark.parametrize("name", ["curve", "peaks", "viewers"])
def test_tables_are_those_of_the_commands(written, night, name):
    """The same columns, the same figures."""
    table = getattr(laughtrack, name)(laughtrack.load("night", night))
    text = written(name, "night")
    assert table.round(6).to_csv(index=False, lineterminator="\n") == text


@pytest.mark.slow
def test_sessions_are_listed(night):
    """As the command lists them."""
    assert list(laughtrack.sessions(night)["session"]) == ["night"]


@pytest.mark.slow
def test_scores_are_a_row_each(night):
    """With their intervals."""
    table = laughtrack.scores(laughtrack.load("night", night))
    assert {"low", "high"} <= set(table.columns) and len(table) > 2


@pytest.mark.slow
def test_report_is_the_commands_page(night, run, tmp_path):
    """Saved, it is the same file but for the moment of writing; in a notebook it is in a frame."""
    page = laughtrack.report(laughtrack.load("night", night))
    run("report", "night", "-o", tmp_path / "theirs.html")
    ours, theirs = page.save(tmp_path / "ours.html").read_text(), (tmp_path / "theirs.html")
    assert len(ours) == len(theirs.read_text()) and "The Night Bus" in ours
    assert page._repr_html_().startswith("<iframe")


@pytest.mark.slow
def test_comparison_shows_itself(night):
    """Its sentences and its table."""
    session = laughtrack.load("night", night)
    found = laughtrack.compare(session, session)
    assert isinstance(found.table, pd.DataFrame) and found.sentences
    assert found._repr_html_().startswith("<p>") and "<table" in found._repr_html_()


@pytest.mark.slow
def test_session_shows_itself(night):
    """What it is, in a line or two."""
    shown = laughtrack.load("night", night)._repr_html_()
    assert "night" in shown and "6 viewers" in shown


def test_import_is_quick_and_light():
    """Importing loads no tables, pictures or networks: a device has none of them."""
    code = (
        "import sys, laughtrack; print(laughtrack.__version__);"
        "assert not {'cv2', 'pandas', 'numpy', 'typer'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == VERSION == laughtrack.__version__


def test_every_function_has_a_docstring():
    """`help` says what each takes and gives."""
    for name in set(laughtrack.__all__) - {"__version__"}:
        assert "Returns\n" in getattr(laughtrack, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'curves'"):
        laughtrack.curves  # noqa: B018
    assert "curve" in dir(laughtrack)
