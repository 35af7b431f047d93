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
from laughtrack.cli.terminal import say, stopping

PROJECT = Path(laughtrack.__file__).resolve().parents[1]
VARIABLE = "LAUGHTRACK_TRAIN_PYTHON"
INTERRUPTED = 130  # what shells make of a program that Ctrl-C ended
# `python -m` that first asks Linux for SIGTERM when its parent is gone (1: PR_SET_PDEATHSIG), and
# ends by Ctrl-C without a traceback.
_RUN = """
import runpy, sys
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
        `.venv-train` beside the `models` package.

    Raises
    ------
    ValueError
        If there is none, with how to get it.
    """
    if importlib.util.find_spec("mxnet"):
        return Path(sys.executable)
    named = os.environ.get(VARIABLE)
    python = Path(named) if named else PROJECT / ".venv-train" / "bin" / "python"
    if not python.is_file():
        raise ValueError(
            f"no training environment: there is no Python at {python}; make one with "
            f"`make train-env`, or name its Python in {VARIABLE}"
        )
    return python


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
        If there is no training environment, or none that can read this program.
    """
    python = training_python()
    words = [str(python), "-c", _RUN, module, *map(str, arguments)]
    process: subprocess.Popen[bytes] | None = None

    def stop() -> None:
        if process is None:
            raise KeyboardInterrupt
        process.send_signal(signal.SIGINT)

    with stopping(stop):
        # A session of its own: the terminal would send it a second Ctrl-C beside ours.
        process = subprocess.Popen(words, env=_environment(python), start_new_session=True)
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


def _environment(python: Path) -> dict[str, str]:
    """This process's variables, with the project first on PYTHONPATH and no other folder's code."""
    if python != Path(sys.executable) and (PROJECT / "numpy").is_dir():
        raise ValueError(
            f"laughtrack is installed among other packages in {PROJECT}, which {python} cannot "
            "use: run this from a checkout of the project"
        )
    found = [str(PROJECT), os.environ.get("PYTHONPATH", "")]
    # Safe path: a folder `models` where the user stands must not be taken for ours.
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, found)), "PYTHONSAFEPATH": "1"}
