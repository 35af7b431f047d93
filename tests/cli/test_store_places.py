"""Wherever a user has a store: it works there, or the command says why not and what to do."""

import shutil
import subprocess
import sys

import pytest
import typer

from laughtrack.cli import app
from tests.tools import ROOT

# Commands that only read a store, with what else they need; and those that may begin one.
READING = {
    "sessions": [],
    "timelines": ["night"],
    "viewers": ["night"],
    "correct": ["night", "list"],
    "curve": ["night"],
    "peaks": ["night"],
    "scenes": ["night", "scenes.csv"],
    "groups": ["night", "--by", "row"],
    "norms": ["night"],
    "dial": ["night", "dial.csv"],
    "synchrony": ["night"],
    "report": ["night", "-o", "night.html"],
    "compare": ["night", "day"],
    "export": ["night", "--as", "vtt", "-o", "night.vtt"],
    "forget": ["night"],
    "title": ["night", "The Night Bus"],
    "tag": ["night", "cut=2"],
    "retain": ["--older-than", "400d"],
    "rooms": ["night", "day"],
}
WRITING = {"replay", "live", "import", "ingest", "serve"}
# All work; the last two are as long as a name can be, and of two letters that look like one.
NAMES = ["a b#c?d~e 100% f", "Ünï 文字 😀", "q\"u'o`$HOME{a,b}*<a>", "-a:b@c:80&d=e+f;g!(h)."]
NAMES += ["~", ".hidden" + "x" * 248, "e\u0301\u202egnp"]
# deltalake panics at these, or looks in another folder.
IMPOSSIBLE = [
    "Show [2026]",
    "a|b",
    "a^b",
    "back\\slash",
    "a%20b",
    "new\nline",
    "\x1b[31m",
    "\udcff",
]


def with_store():
    """Return the names of all commands that take a store."""
    found = set()
    for name, command in typer.main.get_command(app.app).commands.items():
        if any("--store" in each.opts for each in command.params):
            found.add(name)
    return found


def test_every_command_with_a_store_is_known_here():
    """A new command is put among those that read or those that may begin a store."""
    assert with_store() == {*READING, *WRITING}


@pytest.mark.slow
@pytest.mark.parametrize("name", READING)
def test_reading_where_nothing_is_says_so(name, tmp_path, capsys, monkeypatch):
    """A mistyped store is no empty result, and nothing is made there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    reasons = {"missing": "no such folder", "empty": "is an empty folder, not a store"}
    for place, what in reasons.items():
        assert app.main([name, *READING[name], "--store", f"./{place}"]) == 1
        said = capsys.readouterr()
        assert f"./{place}" in said.err and "--store" in said.err and not said.out
        assert what in said.err
    assert [*tmp_path.rglob("*")] == [tmp_path / "empty"]


@pytest.mark.slow
def test_a_store_without_sessions_is_a_result(night, capsys):
    """Once the last session is forgotten there is nothing to list, and that is no error."""
    assert app.main(["forget", "night", "--store", night]) == 0
    assert app.main(["sessions", "--store", night]) == 0
    assert "no rows" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_store_works_in_a_folder_of_any_name(name, tmp_path, capsys, monkeypatch):
    """A session goes in, is there, and goes; nothing is made beside the folder."""
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    assert app.main([*importing(tmp_path), "--session", "new", f"--store={name}"]) == 0
    assert app.main(["sessions", f"--store={name}", "--format", "csv"]) == 0
    assert "\nnew," in capsys.readouterr().out
    assert app.main(["forget", "new", f"--store={name}"]) == 0
    assert [each.name for each in (tmp_path / "in").iterdir()] == [name]


def importing(folder):
    """Return a command that puts a session into a store."""
    faces = folder / "faces.csv"
    faces.write_text("frame,timestamp,confidence,success,AU12_r\n1,0,1,1,2\n2,1,1,1,2\n")
    return ["import", str(faces), "--as", "openface"]


@pytest.mark.slow
def test_where_no_store_can_be_is_said(tmp_path, capfd, monkeypatch):
    """Also where the folder lies in one of such a name; every command, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    for name in IMPOSSIBLE:
        (tmp_path / name).mkdir()
        for place in (name, f"{name}/store"):
            assert app.main(["sessions", f"--store={place}"]) == 1
    assert app.main([*importing(tmp_path), f"--store={IMPOSSIBLE[0]}"]) == 1
    assert app.main(["curve", "night", f"--store={IMPOSSIBLE[0]}"]) == 1
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 2 * len(IMPOSSIBLE) + 2
    assert all("in its name" in each and "another with --store" in each for each in lines)
    assert {each.name for each in tmp_path.rglob("*")} == {*IMPOSSIBLE, "faces.csv"}


@pytest.mark.slow
def test_a_name_too_long_is_said(tmp_path, capsys):
    """No file system has such a folder."""
    assert app.main(["sessions", "--store", str(tmp_path / ("x" * 300))]) == 1
    assert "File name too long: choose another folder" in capsys.readouterr().err


@pytest.mark.slow
def test_url_of_a_folder_is_the_folder(night, capsys):
    """`file:///...` as a file manager copies it."""
    assert app.main(["sessions", "--store", f"file://{night}"]) == 0
    assert "night" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="a small disk is mounted")
def test_full_disk_has_one_message(tmp_path):
    """No report of a panic beside it, at whatever byte the disk ends."""
    unshare = ["unshare", "--mount", "--map-root-user"]
    if (
        not shutil.which("unshare")
        or subprocess.run([*unshare, "true"], capture_output=True).returncode
    ):
        pytest.skip("no mount namespaces here")
    words = [*unshare, sys.executable, "-m", "tests.full_disks", "panics", str(tmp_path / "disk")]
    ended = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    assert ended.stdout == "ok\n", ended.stdout + ended.stderr
    assert ended.stderr == ""
