"""No command asks, connects to, or leaves anything for anybody whom it was not told about.

Each runs on a machine without a network, whose one name server writes down what it is asked, with
fresh folders for the user's files: see `tests/isolation`.
"""

import argparse
import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
from typing import NamedTuple

import pytest
import typer

from laughtrack.cli.app import app
from laughtrack.edge.__main__ import parser
from laughtrack.edge.deploy import wheels
from tests.isolation import network
from tests.isolation.commands import GROUPS, LINKS
from tests.tools import MOSQUITTO, ROOT, SSHD, TRAIN_PYTHON

UNSHARE = ["unshare", *([] if os.geteuid() == 0 else ["-r"]), "--net", "--mount"]
TRAINS = TRAIN_PYTHON.is_file()
# What a command may ask, leave, and end with, where that is not nothing, nothing and 0.
ASKS = {"deploy lambda": {"pypi.org"}}  # for wheels, which the user has none of
LEAVES = {
    "evaluate": ["XDG_CACHE_HOME/matplotlib/fontlist-*.json"],  # where this machine's fonts are
    "deploy lambda": ["XDG_CACHE_HOME/*", "HOME/.rustup/settings.toml"],  # pip's
}
NO_AWS, NO_WHEELS = (1, "127.0.0.1:9"), (1, "pip could not fetch the wheels")
NO_TRAINING = (1, "no training environment")
ENDS = {
    **{f"replay: {name}": (1, f"cannot read {name}") for name in LINKS},
    "deploy iot": NO_AWS,
    "dataset label": NO_AWS,
    "ingest: S3": NO_AWS,
    "deploy lambda": NO_WHEELS,
    "train-env": (1, "/no/python"),
    "serve": (143, "serving"),  # until it is told to stop
    **({} if TRAINS else dict.fromkeys(("dataset pack", "dataset unpack"), NO_TRAINING)),
    "train": (1, "labelled faces to train on") if TRAINS else NO_TRAINING,  # they are few
}


def can_unshare():
    """Tell whether this machine lets us have a network of our own."""
    if not shutil.which("unshare") or sys.platform != "linux":
        return False
    words = [*UNSHARE, "mount", "--bind", os.devnull, "/etc/resolv.conf"]
    return subprocess.run(words, capture_output=True).returncode == 0


def verbs(command, before=""):
    """Return the words of every command there is below one."""
    group = getattr(command, "commands", None)
    if group is None:
        return {before.strip()}
    return set().union(*(verbs(each, f"{before} {name}") for name, each in group.items()))


def device_verbs():
    """Return the words of the device's own program."""
    (found,) = (a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    return {f"edge {name}" for name in found.choices}


class Record(NamedTuple):
    """What came of the commands: results, questions and connections, each by command."""

    results: dict
    questions: dict
    connections: dict


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    """Run every command, two at a time; return what was written down."""
    if not can_unshare():
        pytest.skip("no network namespaces here (they need root or user namespaces, and unshare)")
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    if TRAINS:
        environ["LAUGHTRACK_TRAIN_PYTHON"] = str(TRAIN_PYTHON)
    running = {}
    for group in GROUPS:
        folder = tmp_path_factory.mktemp(group)
        words = [*UNSHARE, sys.executable, "-m", "tests.isolation.network", str(folder), group]
        running[folder] = subprocess.Popen(words, cwd=ROOT, env=environ)
    found = Record({}, {}, {})
    for folder, process in running.items():
        assert process.wait(1800) == 0
        found.results.update(json.loads((folder / "results.json").read_text()))
        found.questions.update(network.questions(folder))
        found.connections.update(network.connections(folder))
    return found


@pytest.mark.slow
def test_every_command_is_tried(record):
    """A new one needs a case in `tests/isolation/commands.py`."""
    there = verbs(typer.main.get_command(app)) | device_verbs()
    left_out = set() if MOSQUITTO else {"tell"}
    left_out |= set() if SSHD else {name for name in there if name.startswith("deploy ")}
    left_out |= {"deploy iot"} - set(record.results)
    assert there - left_out <= set(record.results)


@pytest.mark.slow
def test_every_command_works_without_a_network(record):
    """Each does what it does, or says what it could not reach."""
    wrong = {
        name: (code, said)
        for name, (code, said, _) in record.results.items()
        if code != ENDS.get(name, (0, ""))[0] or ENDS.get(name, (0, ""))[1] not in said
        # Asks much of the machine that it runs on.
        if name != "edge doctor"
    }
    assert not wrong


@pytest.mark.slow
def test_no_name_is_asked_for(record):
    """The name server hears nothing but what the user wants fetched."""
    asked = {name: set(names) for name, names in record.questions.items() if name != "control"}
    allowed = {network.label(name): names for name, names in ASKS.items()}
    assert {name: names - allowed.get(name, set()) for name, names in asked.items()} == {
        name: set() for name in asked
    }


@pytest.mark.slow
@pytest.mark.skipif(not network.STRACE, reason="no strace that works here (apt-get install strace)")
def test_nothing_is_sent_to_another_machine(record):
    """Nor to an address that needs no name: no packet's destination is off this machine."""
    assert {**record.connections, "control": []} == {"control": []}
    assert '"192.0.2.1"' in str(record.connections["control"])


@pytest.mark.slow
def test_nothing_is_left_with_the_user(record):
    """No identifier, no cache that was not asked for, nothing in the temporary folder."""
    left = {}
    for name, (_, _, files) in record.results.items():
        allowed = LEAVES.get(name, [])
        more = [file for file in files if not any(fnmatch.fnmatch(file, a) for a in allowed)]
        if more and name != "control":
            left[name] = more
    assert not left


@pytest.mark.slow
def test_stranger_would_be_found_out(record):
    """A plain `import openvino` asks for its makers' host and leaves an identifier."""
    if subprocess.run([sys.executable, "-c", "import openvino_telemetry"]).returncode:
        pytest.skip("no openvino_telemetry is installed")
    assert "www.google-analytics.com" in record.questions["control"]
    assert any(file.startswith("HOME/intel/") for file in record.results["control"][2])


def test_openvino_is_imported_in_one_place():
    """The one that leaves its telemetry out; and no bundle for a device has that."""
    imports = re.compile(r"^\s*(from|import) openvino|import_module\(.openvino", re.MULTILINE)
    folders = ("edge", "tracker", "analytics", "models", "laughtrack/cli", "tests/bench")
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    found = [path.name for path in paths if imports.search(path.read_text(encoding="utf-8"))]
    assert found == ["inference.py"]
    assert not [path for path in wheels.LOCKS.glob("*.txt") if "telemetry" in path.read_text()]
