"""The command line has help, exit codes and errors that say what to do."""

import configparser
import json
import subprocess
import sys

import pandas as pd
import pytest
import typer

from laughtrack.analytics.store.batches import append
from laughtrack.cli import app
from laughtrack.cli.recordings.session_names import session_name
from laughtrack.edge.readings import Batch, Reading, check_name, columns
from tests.tools import ROOT

COMMANDS = [
    "replay",
    "live",
    "sessions",
    "timelines",
    "viewers",
    "report",
    "compare",
    "curve",
    "peaks",
    "export",
    "import",
    "forget",
    "simulate",
    "demo",
    "evaluate",
    "ingest",
    "tell",
    "retain",
    "title",
    "tag",
    "track",
    "train",
    "train-env",
    "dataset",
    *(f"dataset {verb}" for verb in ("lfw", "genki", "folders", "csv", "label", "pack", "unpack")),
    "deploy",
    *(f"deploy {verb}" for verb in ("bundle", "ssh", "status", "logs", "update", "remove")),
    *(f"deploy {verb}" for verb in ("start", "stop", "restart")),
    *(f"deploy {verb}" for verb in ("lambda", "greengrass", "iot")),
]


@pytest.fixture
def store(tmp_path):
    """Return a store with one session: two viewers, one of whom smiles."""
    readings = [
        Reading(viewer, n / 10, (10, 10, 50, 50), 0.9, score, score)
        for n in range(40)
        for viewer, score in ((1, 0.9), (2, 0.1))
    ]
    info = {"title": "Test", "complete": True}
    batch = Batch(1, "cam", "one", "2026-01-31T20:15:00Z", 0, 0.0, 5.0, 40, columns(readings), info)
    append(str(tmp_path / "store"), batch)
    return str(tmp_path / "store")


def every_command(command, name=""):
    """Yield each command, those of groups as `group command`, with its click object."""
    yield name, command
    for word, one in getattr(command, "commands", {}).items():
        yield from every_command(one, f"{name} {word}".strip())


def test_no_command_and_no_option_is_without_a_word():
    """Whatever is added: its help says what it does, and ends as a sentence or its default does."""
    for name, command in every_command(typer.main.get_command(app.app)):
        assert (command.help or "").strip(), name
        for option in command.params:
            said = (getattr(option, "help", None) or "").strip()
            assert said.endswith((".", "]", ")")), (name, option.name, said)


@pytest.mark.slow
@pytest.mark.parametrize("command", [[], *(c.split() for c in COMMANDS)])
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_command_has_help(command, flag, capsys):
    """Help is there, and no option is without a word."""
    assert app.main([*command, flag]) == 0
    assert "Usage: laughtrack" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(
    "words, says",
    [
        ([], "Usage"),
        (["dance"], "dance"),
        (["replay"], "FOOTAGE"),
        (["replay", "x.mp4", "--rate", "0"], "rate"),
        (["replay", "x.mp4", "--from", "5", "--to", "2"], "--to 2.0: expected more than --from"),
        (["replay", "x.mp4", "--preview", "x.avi"], "expected a file ending in .mp4"),
        (["replay", "x.mp4", "--context", "workplace"], "AI Act, Article 5(1)(f)"),
        (["replay", "x.mp4", "--context", " Education"], "AI Act, Article 5(1)(f)"),
        (["live", "0", "--context", "work-place\n"], "AI Act, Article 5(1)(f)"),
        (["replay", "x.mp4", "--context", " "], "expected a word"),
        (["replay", "x.mp4", "--from", "inf"], "inf is no number of seconds"),
        (["replay", "x.mp4", "--media-offset", "nan"], "nan is no number of seconds"),
        (["replay", "x.mp4", "--preview", "99999"], "a port from 1 to 65535"),
        (["replay", "x.mp4", "--session", "a/b"], "session is 'a/b'"),
        (["live", "0", "--duration", "-1"], "duration"),
        (["sessions", "--store", ""], "expected a folder or a URL"),
        (["simulate", "x.mp4", "--size", "641x361"], "expected even numbers"),
        (["simulate", "x.avi"], "expected a name ending in .mp4"),
        (["simulate", "x.mp4", "--seed", "-1"], "seed"),
        (["timelines", "one", "--format", "xml"], "format"),
        (["simulate", "x.mp4", "--size", "big"], "like 1280x720"),
    ],
)
def test_wrong_usage_is_2(words, says, capsys):
    """What was typed wrong is named on standard error."""
    assert app.main(words) == 2
    said = capsys.readouterr()
    text = " ".join((said.err + said.out).split()).lower()
    assert says.lower() in text


@pytest.mark.slow
@pytest.mark.parametrize(
    "words, says",
    [
        (["replay", "missing.mp4"], "no file missing.mp4"),
        (["replay", __file__], "cannot read"),
        (["live", "77"], "no camera at 77"),
        (["viewers", "two"], "one"),
        (["report", "two"], "one"),
        (["forget", "two"], "one"),
        (["timelines", "one", "-o", "/no/such/folder/x.csv"], "/no/such/folder/x.csv"),
        (["report", "one", "-o", "/no/such/folder/x.html"], "/no/such/folder/x.html"),
        (["simulate", "/no/such/folder/x.mp4", "--seconds", "1"], "/no/such/folder"),
        (["simulate", "x.mp4", "--viewers", "500", "--size", "320x240"], "24 px"),
    ],
)
def test_what_could_not_be_done_is_1(words, says, store, capsys, monkeypatch):
    """One line on standard error names the thing; nothing on standard output."""
    monkeypatch.setenv("LAUGHTRACK_STORE", store)
    assert app.main(words) == 1
    said = capsys.readouterr()
    assert said.out == ""
    last = said.err.strip().split("laughtrack: ")[-1]
    assert says in last and "Traceback" not in said.err


@pytest.mark.slow
def test_folder_that_is_no_store_is_named(tmp_path, capsys):
    """A folder of something else is not written into."""
    (tmp_path / "notes.txt").write_text("mine")
    assert app.main(["sessions", "--store", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err


@pytest.mark.parametrize(
    "footage, name",
    [
        ("film.mp4", "film"),
        ("my film (1).mov", "my-film-1"),
        ("ünï.mp4", "uni"),
        ("Straße_2.mp4", "Strasse_2"),
        ("文.mp4", "session-3677ef"),
        ("Кино 2.mp4", "2-de00e8"),
        ("...mp4", "session-5ec1f7"),
        ("###.mp4", "session-56dc6d"),
        ("-o x.mp4", "o-x"),
        ("--help.mp4", "help"),
        ("a\tb\x1b[1m.mp4", "a-b-1m"),
        ("Room – take 3 (final).mp4", "Room-take-3-final"),
        ("😀 fun.mp4", "fun-5a03dc"),
        ("a" * 120 + ".mp4", "a" * 53 + "-2f3d33"),
        ("http://user:pw@host/show.mp4?token=1", "show"),
    ],
)
def test_session_is_named_after_the_footage(footage, name):
    """Any file name gives a name that the store takes."""
    assert check_name("session", session_name(footage)) == name


@pytest.mark.slow
def test_sessions_lists_them(store, capfd):
    """A line a session."""
    assert app.main(["sessions", "--store", store]) == 0
    assert "one" in capfd.readouterr().out


@pytest.mark.slow
def test_viewers_has_a_line_each(store, capfd):
    """The one who smiles, and the one who doesn't."""
    assert app.main(["viewers", "one", "--format", "json", "--store", store]) == 0
    shares = {v["viewer_id"]: v["smiling_share"] for v in json.loads(capfd.readouterr().out)}
    assert shares == {1: pytest.approx(1, abs=0.05), 2: 0}


@pytest.mark.slow
@pytest.mark.parametrize("form, read", [("csv", pd.read_csv), ("parquet", pd.read_parquet)])
def test_timelines_are_read_back(store, tmp_path, form, read):
    """Written to a file and read again: the same numbers."""
    path = tmp_path / "out"
    words = ["timelines", "one", "--viewer", "2", "--format", form, "-o", str(path)]
    assert app.main([*words, "--store", store]) == 0
    table = read(path)
    assert len(table) == 40 and set(table["viewer_id"]) == {2} and (table["smile"] == 0.1).all()


@pytest.mark.slow
def test_report_names_its_file(store, tmp_path, capsys):
    """The page is where it was asked for."""
    path = tmp_path / "page.html"
    assert app.main(["report", "one", "-o", str(path), "--store", store]) == 0
    assert capsys.readouterr().out.strip() == str(path)
    assert path.read_text().startswith("<!DOCTYPE html>")


@pytest.mark.slow
def test_forgotten_session_is_unknown(store, capfd):
    """After `forget` nothing can be read of it."""
    assert app.main(["forget", "one", "--store", store]) == 0
    assert app.main(["viewers", "one", "--store", store]) == 1


@pytest.mark.slow
def test_help_is_quick_and_silent():
    """Help loads no pictures, tables or networks."""
    code = (
        "import sys; from laughtrack.cli import app; app.main(['-h']); "
        "assert not {'cv2', 'pandas', 'openvino', 'deltalake', 'plotly'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


# What the installed script does, beside a camera's read that never returns.
INSTALLED = """
import importlib, sys, threading, time
from laughtrack.edge.console import READER
threading.Thread(target=time.sleep, args=(600,), name=READER).start()
module, _, function = sys.argv.pop(1).partition(":")
sys.exit(getattr(importlib.import_module(module), function)())
"""


@pytest.mark.slow
@pytest.mark.parametrize("words, code", [(["--version"], 0), (["frobnicate"], 2)])
def test_the_installed_program_ends_as_the_module_does(words, code):
    """Also where a thread is still inside a camera's read, which nothing can call back."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    scripts = dict(
        map(str.strip, line.split("="))
        for line in setup["options.entry_points"]["console_scripts"].split("\n")
        if line
    )
    command = [sys.executable, "-c", INSTALLED, scripts["laughtrack"], *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == code and "Traceback" not in done.stderr
