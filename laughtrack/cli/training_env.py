"""Run a module of `models` where MXNet is: in an environment of its own.

MXNet needs an older Python and an older NumPy than the rest of the program, and would hold it back.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import laughtrack
from laughtrack.cli import training_setup
from laughtrack.cli.terminal import say, stopping
from laughtrack.edge.stop_signals import INTERRUPTED as INTERRUPTED

PACKAGE = Path(laughtrack.__file__).parent
# The checkout, or where packages are installed.
PROJECT = PACKAGE.resolve().parent
VARIABLE = "LAUGHTRACK_TRAIN_PYTHON"
# `python -m` of this very package, whose folder is the first word: it may lie among packages of
# another Python, none of which may be imported with it. First it asks Linux for SIGTERM when its
# parent is gone (1: PR_SET_PDEATHSIG); it ends by Ctrl-C without a traceback.
_RUN = """
import importlib.util, os, runpy, sys
folder = sys.argv.pop(1)
spec = importlib.util.spec_from_file_location(
    "laughtrack", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
)
sys.modules["laughtrack"] = package = importlib.util.module_from_spec(spec)
spec.loader.exec_module(package)
if sys.platform == "linux":
    import ctypes
    ctypes.CDLL(None).prctl(1, 15)
del sys.argv[0]
try:
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
except KeyboardInterrupt:
    sys.exit(130)
"""


def training_python() -> Path:
    """Find the Python that has MXNet.

    Returns
    -------
    Path
        This Python if it has MXNet, else the one that `LAUGHTRACK_TRAIN_PYTHON` names, else that of
        `.venv-train` in a checkout, else the one that `laughtrack train-env` made for this user.

    Raises
    ------
    ValueError
        If there is none, or none that is whole, with how to get it.
    """
    if importlib.util.find_spec("mxnet"):
        return Path(sys.executable)
    if named := os.environ.get(VARIABLE):
        if not Path(named).is_file():
            raise ValueError(
                f"no training environment: there is no Python at {named}, which {VARIABLE} names; "
                "unset it, and `laughtrack train-env` makes one"
            )
        return Path(named)
    places = [PROJECT / ".venv-train", training_setup.default_folder()]
    for folder in places:
        if training_setup.is_whole(folder):
            if not training_setup.is_of_this_release(folder):
                raise ValueError(
                    f"the training environment in {folder} was made for another release: "
                    f"`laughtrack train-env --at {folder}` makes it anew"
                )
            return training_setup.python_in(folder)
    begun = [each for each in places if training_setup.is_begun(each)]
    what = f"that in {begun[0]} is half made" if begun else f"there is none in {places[-1]}"
    raise ValueError(
        f"no training environment: {what}; `laughtrack train-env` makes it, or name another's "
        f"Python in {VARIABLE}"
    )


def run_module(module: str, arguments: Iterable[object]) -> int:
    """Run ``python -m module`` in the training environment, in the folder where we are.

    What it writes goes where ours goes. Ctrl-C and SIGTERM reach it as one Ctrl-C, and its end is
    waited for; a second one kills it. If this process is killed, it is stopped too: two trainings
    in one work folder would spoil each other's checkpoints.

    Parameters
    ----------
    module : str
        Its dotted name, like ``"models.training.train"``.
    arguments : iterable
        Its words; each is turned into text.

    Returns
    -------
    int
        Its exit code; `INTERRUPTED` if Ctrl-C ended it, and below 0 if another signal did.

    Raises
    ------
    ValueError
        If there is no training environment.
    """
    python = training_python()
    words = [str(python), "-c", _RUN, str(PACKAGE), module, *map(str, arguments)]
    process: subprocess.Popen[bytes] | None = None

    def stop() -> None:
        if process is None:
            raise KeyboardInterrupt
        process.send_signal(signal.SIGINT)

    with stopping(stop):
        # A session of its own: the terminal would send it a second Ctrl-C beside ours.
        process = subprocess.Popen(words, env=_environment(), start_new_session=True)
        try:
            return process.wait()
        except BaseException:
            process.kill()
            process.wait()
            raise


def run(module: str, arguments: Iterable[object]) -> None:
    """Run a module; leave the program with its exit code unless that is 0.

    Parameters
    ----------
    module, arguments
        As for `run_module`.

    Raises
    ------
    Exit
        With 1 or 2. The module has said what was wrong, and if it was stopped, this says so.
    """
    import typer

    code = run_module(module, arguments)
    if code < 0 or code == INTERRUPTED:
        why = "stopped" if code == INTERRUPTED else f"{module} was ended by signal {-code}"
        say(f"laughtrack: {why}: the same command carries on from here")
    if code:
        raise typer.Exit(2 if code == 2 else 1)


def _environment() -> dict[str, str]:
    """This process's variables; no folder `models` where the user stands is taken for ours."""
    return {**os.environ, "PYTHONSAFEPATH": "1"}
