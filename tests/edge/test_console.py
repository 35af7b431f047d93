"""Nothing from outside acts on a terminal, and nothing else than the console writes to one."""

import ast
import io
import logging
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laughtrack.edge import console
from laughtrack.edge.device import logs
from tests.nasty import FORGED, NASTY, assert_plain

ROOT = Path(__file__).parents[2]
FILES = [
    path
    for name in ("laughtrack/cli", "edge", "tracker", "analytics", "models")
    for path in sorted((ROOT / name).rglob("*.py"))
]
FILES += [path for path in (ROOT / "laughtrack").glob("*.py")]
# What else may touch a stream, and why.
ALLOWED = {
    "edge/console.py": "this is the one",
    "laughtrack/cli/terminal.py": "tables and progress, each text of which is printable",
    "edge/device/logs.py": "the log's stream, with the console's formatter",
    "edge/__main__.py": "hands standard output to the doctor, standard error to the help",
}
WRITES = {"print", "typer.echo", "typer.secho", "click.echo", "click.secho", "typer.confirm"}
WRITES |= {"typer.prompt", "input", "logging.basicConfig", "argparse.ArgumentParser"}
STREAMS = {"sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"}


def _writes(tree):
    """Yield the names by which a module would write to a terminal by itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in WRITES:
            yield ast.unparse(node.func)
        elif isinstance(node, ast.Attribute) and ast.unparse(node) in STREAMS:
            yield ast.unparse(node)
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names = [getattr(node, "module", None) or "", *(each.name for each in node.names)]
            yield from (name for name in names if name.split(".")[0] in ("rich", "click"))


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_console_writes_to_the_terminal(path):
    """No module prints, logs to a stream or asks by itself."""
    found = sorted({*_writes(ast.parse(path.read_text()))})
    assert not found or str(path.relative_to(ROOT)) in ALLOWED


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_nasty_texts_are_one_plain_line(text):
    """Each of them; what it was can still be read."""
    found = console.printable(text)
    assert_plain(found)
    assert "\n" not in found and len(found) < 10 * console.MOST_CHARACTERS


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.text())
def test_any_text_is_one_plain_line(text):
    """Whatever Unicode has, halves of characters too."""
    assert_plain(console.printable(text))


def test_plain_words_stay():
    """What people write in any script, and an emoji's colour."""
    for text in ("Ünïcode", "文字", "שלום", "नमस्ते", "1\ufe0f\u20e3", "a\\b", "100 % (p < 0.01)"):
        assert console.printable(text) == text
    assert console.printable("a\u00a0b\tc") == "a b c"


def test_long_texts_are_cut_at_once():
    """So many characters more; a hundred million take no time."""
    found = console.printable("\x1b" * 10**8)
    assert found.endswith("characters more)") and len(found) < 5 * console.MOST_CHARACTERS


def test_a_terminal_that_knows_few_letters():
    """Numbers instead of an error in the middle of a sentence."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    console.show("文 é", out=out)
    assert out.buffer.getvalue() == b"\\u6587 \\xe9\n"


def test_errors_of_the_program_itself(capsys):
    """A traceback with foreign words in its message has no line of theirs."""
    try:
        raise RuntimeError(f"what\n{FORGED}\x1b[31m")
    except RuntimeError as error:
        console.show_exception(type(error), error, error.__traceback__)
    said = capsys.readouterr().err
    assert_plain(said)
    assert "Traceback" in said and "test_console.py" in said


def test_wrong_words_for_argparse(capsys):
    """argparse repeats what was typed."""
    parser = console.ArgumentParser(prog="x")
    with pytest.raises(SystemExit):
        parser.parse_args([f"--a\x1b\n{FORGED}"])
    assert_plain(capsys.readouterr().err)


@pytest.mark.slow
@pytest.mark.parametrize("journal", [False, True])
@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_the_devices_log_has_no_forged_line(text, journal, tmp_path, monkeypatch):
    """A line a message, in the file and for systemd's journal; a traceback's lines are marked."""
    path = tmp_path / "log"
    if journal:
        monkeypatch.setattr(logs, "_is_journal", lambda stream: True)
        monkeypatch.setattr(sys, "stderr", path.open("w", encoding="utf-8"))
    logs.start("" if journal else str(path))
    log = logging.getLogger(logs.NAME)
    try:
        log.warning("the device said %s", text)
        try:
            raise ValueError(f"x\n{text}\n2026-01-31T20:15:00Z ERROR {FORGED}")
        except ValueError:
            log.exception("broke")
    finally:
        logs.stop()
        if journal:
            sys.stderr.close()
    first, second, *trace = path.read_text(encoding="utf-8").splitlines()
    assert "the device said" in first and second.endswith("broke")
    assert_plain("\n".join([first, second, *trace]))
    begins = "<3>  | " if journal else "  | "
    assert trace and all(line.startswith(begins) for line in trace)
