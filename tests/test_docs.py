"""README and guide speak of commands, options and files that there are."""

import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from laughtrack.analytics.timelines.viewers import READINGS
from laughtrack.cli import app

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
# All of it, with the name of each page.
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text() for page in PAGES}
DOCS = "\n".join(TEXTS.values())


def names(group, before=""):
    """Return a group's commands, those of groups in it as `group command`."""
    own = []
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        own += names(command, f"{before}{name} ") if inner else [f"{before}{name}"]
    return own


COMMANDS = names(typer.main.get_command(app.app))
SHOWN = sorted(set(re.findall(r"^\$ laughtrack (.*)$", DOCS, re.MULTILINE)))


def help_of(command):
    """Return a command's help."""
    return CliRunner().invoke(app.app, [*command.split(), "-h"]).output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_docs(command):
    """Nobody has to guess that it exists."""
    assert re.search(rf"`(laughtrack )?{command}\b|laughtrack {command}\b|make {command}\b", DOCS)


@pytest.mark.slow
@pytest.mark.parametrize("line", SHOWN)
def test_shown_commands_exist_with_their_options(line):
    """Each example is a command, with options that its help tells of."""
    command = next((c for c in COMMANDS if f"{line} ".startswith(f"{c} ")), line)
    assert command in COMMANDS
    for option in re.findall(r"(?<!\S)--?[a-z-]+", line):
        assert option in help_of(command)


@pytest.mark.slow
def test_options_in_the_text_exist():
    """Options named anywhere are options of some command, the device's own included."""
    known = " ".join([*map(help_of, COMMANDS), "--help"])
    # Dask's own commands have other ones.
    ours = re.sub(r"^dask .*$", "", DOCS, flags=re.MULTILINE)
    for option in re.findall(r"--[a-z][a-z-]+", ours):
        assert option in known


@pytest.mark.parametrize("place", re.findall(r"\]\(([^)#:]+)\)", TEXTS["README.md"]))
def test_links_lead_somewhere(place):
    """Files linked to are in the project; the site's own links are checked as it is built."""
    assert (ROOT / place).exists()


@pytest.mark.parametrize(
    "target", sorted(set(re.findall(r"`make ([a-z-]+)|^make ([a-z]+)", DOCS, re.M)))
)
def test_make_targets_exist(target):
    """Each `make` that is named is in the Makefile."""
    assert f"\n{''.join(target)}:" in (ROOT / "Makefile").read_text()


def test_column_table_is_whole():
    """The guide explains every column of `timelines`."""
    explained = " ".join(re.findall(r"^\| `([^`]+)` \|", DOCS, re.MULTILINE)).split()
    assert {*READINGS, "smiling"} <= set(explained)


HELD = re.findall(r"`([a-z_0-9/]+\.py)(?:::(\w+))?`", TEXTS["docs/promises.md"])


@pytest.mark.parametrize("file, name", HELD)
def test_promises_are_held_by_tests_that_there_are(file, name):
    """A test that was renamed or taken away leaves no promise behind that nothing holds."""
    assert re.search(rf"^def {name or 'test_'}", (ROOT / "tests" / file).read_text(), re.MULTILINE)


def test_readme_is_short():
    """A visitor sees what it is and how to begin on some two screens."""
    assert len(TEXTS["README.md"].splitlines()) < 150
