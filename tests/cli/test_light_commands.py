"""Commands import what they need and no more: heavy packages take seconds on a small computer."""

import json
import os
import subprocess
import sys

import pytest
import typer

from laughtrack.cli import app
from laughtrack.cli.command_list import COMMANDS

# What takes long to import, and what brings it along.
FILMS = {"cv2", "av", "openvino"}
STATISTICS = {
    *("scipy.stats", "scipy.signal", "scipy.optimize", "scipy.ndimage", "scipy.spatial"),
    "statsmodels",
}
PAGES = {"plotly", "jinja2", "polars"}
TABLES = {"numpy", "pandas", "pyarrow", "deltalake"}
MACHINES = {"paho", "boto3", "sklearn", "matplotlib", "tenacity"}

COMMAND = """
import json, sys
from laughtrack.cli.app import main
code = main(sys.argv[1:])
print(json.dumps([code, sorted(sys.modules)]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "words, never",
    [
        ("--help", FILMS | STATISTICS | PAGES | TABLES | MACHINES | {"laughtrack.cli.commands"}),
        ("replay --help", FILMS | STATISTICS | PAGES | TABLES | MACHINES),
        ("sessions", FILMS | STATISTICS | PAGES | MACHINES | {"scipy"}),
        ("report night", FILMS | STATISTICS | MACHINES | {"polars"}),
        ("curve night", FILMS | STATISTICS | PAGES | MACHINES),
    ],
)
def test_a_command_imports_what_it_needs(words, never, night, tmp_path):
    """In a process of its own: whether anything heavy is among its modules when it is done."""
    place = os.pathsep.join(filter(None, [os.getcwd(), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *words.split()],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": place},
        capture_output=True,
        text=True,
        check=True,
    )
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == 0
    assert not never & set(modules)


def test_the_list_says_what_the_commands_help_says():
    """The list of commands is shown without importing them; each line is its help's first."""
    found = typer.main.get_command(app.app).commands
    assert list(found) == list(COMMANDS)
    for name, (_, line) in COMMANDS.items():
        assert " ".join(found[name].help.split("\n\n")[0].split()) == line, name
