"""Make the training environment: an old Python's, with MXNet and what goes with it.

A file in its folder says how far it has come: `BEGUN` from the first moment on, `DONE` in its stead
once it works. What is half made is never taken for whole: it is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import laughtrack.models
from laughtrack.cli.locks import holding
from laughtrack.cli.terminal import say
from laughtrack.edge.console import printable

REQUIREMENTS = Path(laughtrack.models.__file__).with_name("requirements-train.txt")
# Its metadata asks for a second OpenCV, which would overwrite ours, and for JAX; the landmarker
# needs neither.
ALONE = ("mediapipe==0.10.14",)
BEGUN, DONE = "begun", "done"
# What is imported before it is called whole.
NEEDED = "mxnet, mediapipe, cv2, onnx, onnxruntime, openvino, optuna, sklearn, scipy"
VERSION = (3, 11)
# The environment itself, and packages while they are unpacked.
_NEEDED_BYTES = 2_500_000_000
# `python -m` that Linux kills when its parent is gone: nothing is to install on, unseen.
_RUN = """
import runpy, sys
if sys.platform == "linux":
    import ctypes
    ctypes.CDLL(None).prctl(1, 9)
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""
_OF_OTHERS = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_USER", "PIP_PREFIX")
_NETWORK = (
    *("Failed to establish", "NewConnectionError", "Name or service not known", "getaddrinfo"),
    *("Temporary failure in name resolution", "timed out", "ProxyError", "Connection refused"),
    *("Network is unreachable", "SSLError", "ConnectionResetError"),
)


def default_folder() -> Path:
    """Return where the environment is kept for this user."""
    data = os.environ.get("XDG_DATA_HOME", "")
    base = Path(data) if os.path.isabs(data) else Path.home() / ".local" / "share"
    return base / "laughtrack" / "train-env"


def python_in(folder: Path) -> Path:
    """Return the environment's Python."""
    return folder / "bin" / "python"


def is_whole(folder: Path) -> bool:
    """Return whether an environment was made to its end, also by an older `make train-env`."""
    return (folder / DONE).is_file() and python_in(folder).is_file()


def is_begun(folder: Path) -> bool:
    """Return whether an environment is half made."""
    return (folder / BEGUN).is_file()


def is_of_this_release(folder: Path) -> bool:
    """Return whether a whole environment holds what this release asks for."""
    return (folder / DONE).read_text().strip() in ("", _digest())


def make(folder: Path, named: str | None = None) -> bool:
    """Make the environment in a folder, unless it is there.

    Parameters
    ----------
    folder : Path
        Made if it isn't there; one with other things in it is left alone.
    named : str, optional
        A Python 3.11; else it is looked for.

    Returns
    -------
    bool
        False if it was there.

    Raises
    ------
    ValueError
        There is no Python 3.11.
    OSError
        It cannot be made, by the disk or the network; what was begun is gone then.
    """
    with holding(folder):
        made = is_whole(folder) and (folder / DONE).read_text().strip() == _digest()
        if made and not _trouble(folder):
            return False
        others = _contents(folder)
        if others and not any((folder / name).is_file() for name in (BEGUN, DONE)):
            raise ValueError(
                f"{folder} holds other things, like {others[0].name}: name a new or an empty "
                "folder with --at"
            )
        python = find_python(named)
        _check_room(folder, others)
        try:
            _make(folder, python)
        except BaseException:
            _empty(folder)
            (folder / BEGUN).unlink(missing_ok=True)
            raise
    return True


def find_python(named: str | None = None) -> Path:
    """Return a Python 3.11 that can make environments.

    Raises
    ------
    ValueError
        There is none, or the one that was named is none; with how to get one.
    """
    if named is not None:
        found = shutil.which(named)
        if found is None:
            raise ValueError(f"--python {named}: there is no such program")
        if trouble := _no_python(found):
            raise ValueError(f"--python {named} {trouble}")
        return Path(found)
    places: list[str | Path] = [
        sys.executable,
        *filter(None, [shutil.which("python3.11")]),
        *sorted(Path.home().glob(".pyenv/versions/3.11.*/bin/python")),
        *sorted(Path.home().glob(".local/share/uv/python/cpython-3.11.*/bin/python3.11")),
    ]
    troubles = {str(place): _no_python(place) for place in places}
    for place, trouble in troubles.items():
        if not trouble:
            return Path(place)
    told = "".join(f"; {place} {said}" for place, said in troubles.items() if "venv" in said)
    raise ValueError(
        "training needs Python 3.11, which MXNet's last release asks for, and there is none here"
        f"{told}. Get one (apt-get install python3.11-venv; uv python install 3.11; pyenv install "
        "3.11) or name it with --python"
    )


def _no_python(place: str | Path) -> str:
    """Say why a program cannot make the environment; "" where it can."""
    code = "import sys; print(*sys.version_info[:2]); import venv, ensurepip"
    try:
        done = subprocess.run([place, "-c", code], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"does not run: {error}"
    version = ".".join(done.stdout.split())
    if version != ".".join(map(str, VERSION)):
        return f"is Python {version}, not 3.11" if version else "is no Python"
    return "lacks venv: apt-get install python3.11-venv" if done.returncode else ""


def _make(folder: Path, python: Path) -> None:
    _empty(folder)
    say(f"making the training environment in {folder} with {python}: some 1.3 GB, minutes")
    (folder / BEGUN).touch()
    (folder / DONE).unlink(missing_ok=True)
    _run(folder, [python, "-c", _RUN, "venv", folder])
    pip: list[str | Path] = [
        python_in(folder),
        "-c",
        _RUN,
        "pip",
        "install",
        "--quiet",
        "--no-input",
    ]
    pip += ["--disable-pip-version-check", "--progress-bar", "off"]
    _run(folder, [*pip, "--requirement", REQUIREMENTS])
    if ALONE:
        _run(folder, [*pip, "--no-deps", *ALONE])
    if trouble := _trouble(folder):
        raise OSError(f"what was installed into {folder} does not work: {trouble}")
    # The last thing of all, and at once: what is half made has another name.
    (folder / BEGUN).write_text(_digest())
    os.replace(folder / BEGUN, folder / DONE)


def _run(folder: Path, words: Sequence[str | Path]) -> None:
    """Run a program to its end; what interrupts this ends it, with all that it started."""
    # Neither the user's own packages nor those of this program.
    kept = {name: os.environ[name] for name in os.environ if name not in _OF_OTHERS}
    with subprocess.Popen(
        [*map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
        env=kept,
    ) as process:
        try:
            said = process.communicate()[1]
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode:
        raise OSError(_reason(folder, said))


def _reason(folder: Path, said: str) -> str:
    """Say in a line why a step failed, and what to do."""
    errors = [line for line in said.splitlines() if "ERROR" in line] or said.splitlines()[-1:]
    last = printable(errors[-1] if errors else "no reason given", 300)
    what = f"cannot make the training environment in {folder}"
    if "No space left" in said or "Errno 28" in said:
        return f"{what}: the disk is full; it takes some 1.3 GB: name another folder with --at"
    if any(each in said for each in _NETWORK):
        return (
            f"{what}: the packages cannot be fetched ({last}). See to the network, or to pip's "
            "settings for a proxy or a mirror (pip config list), and run it again"
        )
    return f"{what}: {last}"


def _trouble(folder: Path) -> str:
    """Say why an environment does not work; "" where it does."""
    words = [str(python_in(folder)), "-c", f"import {NEEDED}"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, errors="replace")
    except OSError as error:
        return str(error)
    lines = done.stderr.strip().splitlines()
    return "" if done.returncode == 0 else (lines[-1] if lines else f"exit code {done.returncode}")


def _check_room(folder: Path, others: Sequence[Path]) -> None:
    free = shutil.disk_usage(folder).free
    if not others and free < _NEEDED_BYTES:
        raise OSError(
            f"{folder}: {free / 1e9:.1f} GB are free, and the training environment takes "
            f"{_NEEDED_BYTES / 1e9:.1f} GB while it is made: name another folder with --at"
        )


def _contents(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.name != "lock")


def _empty(folder: Path) -> None:
    """Remove all but the file that says whose the folder is."""
    for each in _contents(folder):
        if each.name in (BEGUN, DONE):
            continue
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink()


def _digest() -> str:
    asked = REQUIREMENTS.read_bytes() + " ".join(ALONE).encode()
    return hashlib.sha256(asked).hexdigest()[:16]
