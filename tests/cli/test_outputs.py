"""What `-o/--output` names is what is written, or nothing is: every command, every ending."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from datetime import datetime

import numpy as np
import openpyxl
import pandas as pd
import pytest
import typer.main

from laughtrack.analytics.interchange.exports import ENDINGS
from laughtrack.cli import app, browser, outputs
from laughtrack.cli.terminal import save_page, write_table
from laughtrack.cli.workbook import MOST_CHARACTERS, workbook
from tests.brokers import until
from tests.nasty import NASTY
from tests.tools import ROOT

# Their -o is a folder, which has no ending.
FOLDERS = {"deploy iot", "deploy greengrass", "dataset pack", "dataset unpack", "fleet reports"}
# What must be given and is not any word.
GIVEN = {"--as": "vtt"}
needs_browser = pytest.mark.skipif(
    not any(map(browser.shutil.which, browser.NAMES)), reason="no Chromium, Chrome or Edge here"
)


def _commands():
    """Return (words, command) of each that has an option -o which names a file."""

    def walk(command, words):
        for name, child in getattr(command, "commands", {}).items():
            yield from walk(child, [*words, name])
        for each in command.params:
            if "-o" in each.opts and " ".join(words) not in FOLDERS:
                yield words, command

    return sorted(walk(typer.main.get_command(app.app), []), key=lambda found: found[0])


def _least_words(command):
    """Return words for all that a command must be given beside its output."""
    for each in command.params:
        if each.required and "-o" not in each.opts:
            name = each.opts[0]
            yield from [name, GIVEN.get(name, "x")] if name.startswith("-") else ["x"]


@pytest.mark.slow
@pytest.mark.parametrize("words, command", _commands(), ids=lambda each: str(each)[:40])
@pytest.mark.parametrize("name", ["room.xlsy", "room.docx", "room.csv.gz", "room.CSV2", "r.html5"])
def test_an_unknown_ending_is_2_and_names_those_there_are(
    words, command, name, tmp_path, capsys, monkeypatch
):
    """Before anything is done: the session, the store and the footage need not be there."""
    monkeypatch.chdir(tmp_path)
    assert app.main([*words, *map(str, _least_words(command)), "-o", name]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert name in said and "expected a name ending in ." in said
    assert not [*tmp_path.iterdir()]


def test_there_are_many_such_commands():
    """So that the walk above cannot lose them."""
    names = {" ".join(words) for words, _ in _commands()}
    assert names >= {"report", "compare", "export", "track", "viewers", "curve", "norms", "dial"}
    assert names >= {"deploy bundle", "deploy lambda", "dataset csv", "timelines", "synchrony"}


@pytest.mark.slow
@pytest.mark.parametrize("command", ["viewers", "report", "curve"])
def test_a_name_without_an_ending_is_2_unless_another_option_says(
    command, run, night, tmp_path, capfd
):
    """`--format csv -o x` is plain; `-o x` alone is not."""
    words, path = [command, "night"], tmp_path / "x"
    assert app.main([*words, "-o", str(path)]) == 2
    assert "without an ending; expected a name ending in" in " ".join(
        capfd.readouterr().err.split()
    )
    assert not path.exists()
    if command != "report":
        run(*words, "-o", path, "--format", "csv")
        assert len(pd.read_csv(path))


@pytest.mark.slow
def test_a_format_and_an_ending_that_differ_are_2(night, tmp_path, capfd):
    """Neither wins in silence."""
    path = tmp_path / "x.csv"
    assert app.main(["viewers", "night", "--format", "json", "-o", str(path)]) == 2
    assert "--format json and --output" in " ".join(capfd.readouterr().err.split())
    assert not path.exists()


@pytest.mark.slow
@pytest.mark.parametrize("form", ENDINGS)
def test_each_export_has_its_own_endings(form, tmp_path, capsys):
    """Another form's name is refused before the session is looked for."""
    fps = ["--fps", "25"] if form not in ("openface", "affectiva", "vtt") else []
    for other in {each for names in ENDINGS.values() for each in names} - {*ENDINGS[form]}:
        words = ["export", "x", "--as", form, *fps, "-o", str(tmp_path / f"x{other}")]
        assert app.main(words) == 2
        assert ENDINGS[form][0] in capsys.readouterr().err


@pytest.mark.slow
def test_every_ending_of_a_table_is_written_and_read_back(run, night, tmp_path):
    """The same numbers from each, whatever the letters' size."""
    read = {
        ".csv": pd.read_csv,
        ".xlsx": pd.read_excel,
        ".json": pd.read_json,
        ".parquet": pd.read_parquet,
    }
    tables = []
    for end in outputs.TABLES:
        for name in (f"a{end}", f"b{end.upper()}"):
            run("viewers", "night", "-o", tmp_path / name)
            if end in read:
                # pandas tells a workbook from its bytes, parquet too.
                tables.append(read[end](tmp_path / name))
            else:
                assert "viewer_id" in (tmp_path / name).read_text()
    for each in tables:
        pd.testing.assert_frame_equal(each, tables[0], check_dtype=False, atol=1e-6)
    assert len(tables[0]) == 6 and not [*tmp_path.glob("*.part")]


def test_a_workbook_holds_numbers_times_and_text():
    """Text is never a formula, an error or a number; missing is empty; the head stays in sight."""
    texts = [*NASTY, "=1+1", "#N/A", "_x0041_", "x" * 40_000, "\ufffe", "12", "a\r\nb"]
    count = len(texts)
    table = pd.DataFrame(
        {
            "=name": texts,
            "n": np.arange(count),
            "x": np.where(np.arange(count) % 2, np.nan, 0.25),
            "ok": np.arange(count) % 2 == 0,
            "started_utc": ["2026-01-31T20:15:00Z"] * count,
            "odd_utc": ["2026-01-31T20:15:00Z", "never"] * (count // 2) + ["x"] * (count % 2),
            "far": [np.inf, 2**60, *[None] * (count - 2)],
        }
    )
    import io

    data = workbook(table, "a/b:c*[" + "x" * 50)
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    rows = [*sheet.iter_rows(min_row=2)]
    assert len(rows) == count and sheet.freeze_panes == "A2" and sheet["A1"].font.bold
    assert len(sheet.title) <= 31 and not set(sheet.title) & set("[]:*?/\\")
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= set("snbd")
    for text, (name, n, x, ok, when, odd, _) in zip(texts, rows, strict=True):
        assert name.data_type == "s" and (n.data_type, ok.data_type) == ("n", "b")
        assert len(name.value or "") <= MOST_CHARACTERS
        assert x.value in (None, 0.25)
        assert when.value == datetime(2026, 1, 31, 20, 15) and when.is_date
        assert odd.data_type == "s"
        if text.isprintable() and "_x" not in text and len(text) < MOST_CHARACTERS:
            assert name.value == text or (not text and name.value is None)
    assert sheet["G2"].value == "inf" and sheet["A1"].value == "=name"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in xml and "<f " not in xml
    assert next(row for row in rows if row[0].value == "=1+1")[0].quotePrefix


def test_a_workbook_too_long_is_refused(tmp_path):
    """A sheet has a million rows and some; the file is not begun."""
    table = pd.DataFrame({"n": np.zeros(1_048_576, dtype=np.int8)})
    with pytest.raises(ValueError, match=r"x.xlsx: 1,048,576 rows.*write .csv or .parquet"):
        write_table(table, "table", tmp_path / "x.xlsx")
    assert not [*tmp_path.iterdir()]


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".xlsx", ".pdf"])
def test_what_is_missing_is_named(ending, tmp_path, monkeypatch, capsys):
    """Without openpyxl, and without a browser: what to install, before the work; exit 1."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "NAMES", browser.NAMES[:8])
    monkeypatch.setattr(outputs.importlib.util, "find_spec", lambda name: None)
    command = "viewers" if ending == ".xlsx" else "report"
    assert app.main([command, "x", "-o", str(tmp_path / f"x{ending}")]) == 1
    said = capsys.readouterr().err
    assert "pip install 'laughtrack[excel]'" in said or "Chromium, Chrome or Edge" in said
    assert not [*tmp_path.iterdir()]


@needs_browser
@pytest.mark.slow
@pytest.mark.browser
def test_a_page_is_printed(tmp_path, monkeypatch):
    """A PDF of some pages; nothing of the browser is left; a failure leaves no file."""
    monkeypatch.setattr(browser, "_place", lambda: place)
    place = tempfile.mkdtemp(dir="/tmp")
    path = tmp_path / "page.PDF"
    save_page(path, "<p>one<p style='break-before: page'>two")
    data = path.read_bytes()
    assert data.startswith(b"%PDF") and data.rstrip().endswith(b"%%EOF")
    assert data.count(b"/Type /Page\n") == 2 or b"/Count 2" in data
    monkeypatch.setattr(browser, "PATIENCE_S", 0.01)
    with pytest.raises(OSError, match="took longer than"):
        save_page(tmp_path / "late.pdf", "<p>one")
    assert [*tmp_path.glob("*.pdf"), *os.listdir(place)] == []
    os.rmdir(place)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_print_that_is_stopped_leaves_nothing(number, tmp_path):
    """The browser is ended with it, and its folder is gone."""
    fake = tmp_path / "bin" / "chromium"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nsleep 100 & wait\n")
    fake.chmod(0o755)
    place = tempfile.mkdtemp(dir="/tmp")
    code = "from pathlib import Path; from laughtrack.cli.browser import pdf; pdf(b'', Path('x'))"
    path = f"{fake.parent}:{os.environ['PATH']}"
    environ = {**os.environ, "PATH": path, "TMPDIR": place}
    process = subprocess.Popen([sys.executable, "-c", code], env=environ, cwd=ROOT, stderr=-3)
    for _ in range(400):
        if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip():
            break
        time.sleep(0.05)
    browser_pid = int((tmp_path / "pid").read_text())
    process.send_signal(number)
    assert process.wait(20) == (-number if number == signal.SIGTERM else process.returncode) != 0
    assert not os.listdir(place)
    os.rmdir(place)
    # On a busy machine what was killed goes when its turn comes.
    until(lambda: not alive(browser_pid), 60)


def alive(group):
    """Return the states of a group's processes, without those that nobody waits for, which stay."""
    words = ["ps", "-o", "stat=", "-g", str(group)]
    states = subprocess.run(words, capture_output=True, text=True).stdout.split()
    return [state for state in states if not state.startswith("Z")]
