"""The deployment guide speaks of commands, options, targets and files that there are."""

import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from laughtrack.cli import app
from laughtrack.edge.deploy import wheels
from laughtrack.edge.deploy.on_device import install

FOLDER = Path(__file__).parents[3] / "edge" / "deploy"
GUIDE = (FOLDER / "README.md").read_text()
COMMANDS = list(typer.main.get_command(app.app).commands["deploy"].commands)


def help_of(command):
    """Return a command's help."""
    return CliRunner().invoke(app.app, ["deploy", command, "-h"]).output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_way_is_in_the_guide(command):
    """Nobody has to guess that it exists."""
    assert f"laughtrack deploy {command}" in GUIDE


@pytest.mark.slow
@pytest.mark.parametrize("line", re.findall(r"laughtrack deploy ([^`\n]+)", GUIDE))
def test_shown_commands_exist_with_their_options(line):
    """Each command in the guide is one, with options that its help tells of."""
    command = line.split()[0]
    assert command in COMMANDS
    for option in re.findall(r"(?<!\S)--?[a-z-]+", line):
        assert option in help_of(command)


@pytest.mark.slow
def test_options_in_the_text_exist():
    """Options named anywhere are those of a way, of the device's installer or of the program."""
    installer = install._parser()._subparsers._group_actions[0].choices.values()
    known = " ".join([*map(help_of, COMMANDS), *(p.format_help() for p in installer), "--config"])
    for option in re.findall(r"--[a-z][a-z-]+", GUIDE):
        assert option in known, option


def test_every_target_is_in_the_guide():
    """And none that there is not."""
    assert set(re.findall(r"`(py\d+-\w+)`", GUIDE)) == set(wheels.TARGETS)
