"""A bundle on the device: checked, unpacked, and given an environment of its own without a network.

Runs on the device's Python, 3.7 or newer, with the standard library alone.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

# Written last: a release without it was never finished, and goes at the next install.
MARK = "installed.json"
# What the environment must be able to do before any running program is stopped for it.
SMOKE_TEST = (
    "import scipy.optimize, filterpy.kalman, paho.mqtt.client;"
    " from laughtrack.edge.faces.finder import Finder;"
    " from laughtrack.edge.smile.smilenet import load_scorer; Finder(); load_scorer()"
)


class BadBundle(ValueError):
    """The bundle is not what its manifest says, or not for this device."""


def read_manifest(bundle: Path) -> dict[str, Any]:
    """Check a bundle, file by file, against its manifest.

    Parameters
    ----------
    bundle : Path
        The ZIP, or the folder that it was unpacked into.

    Returns
    -------
    dict
        Its manifest.

    Raises
    ------
    BadBundle
        Naming the file that is missing, changed or not listed.
    """
    with _Files(bundle) as files:
        try:
            manifest: dict[str, Any] = json.loads(files.read("manifest.json").decode())
            listed = manifest["files"]
        except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
            raise BadBundle(f"{bundle} has no manifest to read ({error}): copy it again") from None
        more = files.names() - set(listed) - {"manifest.json"}
        if more:
            raise BadBundle(f"{bundle}: {sorted(more)[0]} is not in its manifest: build it again")
        for name, facts in listed.items():
            try:
                digest = hashlib.sha256(files.read(name)).hexdigest()
            except (OSError, KeyError, zipfile.BadZipFile) as error:
                raise BadBundle(f"{bundle}: cannot read {name} ({error}): copy it again") from None
            if digest != facts["sha256"]:
                raise BadBundle(f"{bundle}: {name} is not what was built: copy it again")
    return manifest


def check_device(manifest: dict[str, Any]) -> None:
    """Refuse a bundle that is for another machine, Python or C library.

    Parameters
    ----------
    manifest : dict

    Raises
    ------
    BadBundle
        With what the bundle is for, and what is here.
    """
    for what, ours, theirs in (
        ("Python", "{}.{}".format(*sys.version_info[:2]), manifest["python"]),
        ("processor", platform.machine(), manifest["machine"]),
    ):
        if ours != theirs:
            raise BadBundle(
                f"the bundle {manifest['target']} is for {what} {theirs}, here is {ours}"
            )
    try:
        glibc = (os.confstr("CS_GNU_LIBC_VERSION") or "").split()[1]
    except (AttributeError, IndexError, OSError, ValueError):
        return  # another C library; trying the wheels will tell
    if _numbers(glibc) < _numbers(manifest["glibc"]):
        raise BadBundle(
            f"the bundle {manifest['target']} needs C library {manifest['glibc']}, here is {glibc}:"
            " use py37-x86_64, which needs 2.17"
        )


def unpack(bundle: Path, manifest: dict[str, Any], folder: Path) -> bool:
    """Make a release of a bundle, unless it is there: files, environment, and a first try.

    Parameters
    ----------
    bundle : Path
    manifest : dict
        As `read_manifest` returned it.
    folder : Path
        The release's folder; removed again if it cannot be finished.

    Returns
    -------
    bool
        Whether it was made now.

    Raises
    ------
    OSError
        Too little room, or a step failed; with its last words.
    """
    if (folder / MARK).exists():
        return False
    shutil.rmtree(folder, ignore_errors=True)
    _check_disk_space(manifest, folder)
    try:
        with _Files(bundle) as files:
            for name in manifest["files"]:
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(files.read(name))
        _make_environment(folder)
        # They take as much room as what they unpack to, and are in the bundle.
        shutil.rmtree(folder / "wheels")
        os.sync()
        (folder / MARK).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return True


def python_of(folder: Path) -> Path:
    """Return the Python of a release's environment."""
    return folder / "venv" / "bin" / "python"


def _make_environment(folder: Path) -> None:
    command = [sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")]
    if importlib.util.find_spec("awscam"):
        # The DeepLens's own packages belong to its Python; ours still come first.
        command.append("--system-site-packages")
    _run(command, "make an environment (on Debian and Ubuntu it needs the package python3-venv)")
    (pip,) = (folder / "wheels").glob("pip-*.whl")
    wheels = [str(path) for path in sorted((folder / "wheels").glob("*.whl")) if path != pip]
    command = [str(python_of(folder)), str(pip / "pip"), "install", "--no-index", "--no-deps"]
    command += ["--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    _run([*command, *wheels], "install the wheels")
    (site,) = (folder / "venv" / "lib").glob("python*/site-packages")
    # The release's own folder, so that `python -m laughtrack.edge` works from anywhere.
    (site / "laughtrack.pth").write_text("../../../..\n")
    _run([str(python_of(folder)), "-c", SMOKE_TEST], "run what was installed")


def _run(command: list[str], what: str) -> None:
    """Run one step; the last line of its output becomes the error's."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON"))}
    environ.pop("OPENBLAS_CORETYPE", None)
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environ, cwd="/"
    )
    if done.returncode:
        lines = done.stdout.decode(errors="replace").strip().splitlines() or ["no word"]
        raise OSError(f"could not {what}, exit {done.returncode}: {lines[-1]}")


def _check_disk_space(manifest: dict[str, Any], folder: Path) -> None:
    """Wheels unpack to three times their size; the bundle's files lie beside them meanwhile."""
    need = 4 * sum(facts["size"] for facts in manifest["files"].values())
    folder.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(str(folder.parent)).free
    if free < need:
        raise OSError(
            f"{folder.parent} has {free // 2**20} MB free, installing takes {need // 2**20} MB:"
            " make room, or choose a folder on another disk (--user-folder)"
        )


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")[:2]]


class _Files:
    """A bundle's files, whether it is still a ZIP or unpacked."""

    def __init__(self, bundle: Path) -> None:
        self._zip: zipfile.ZipFile | None = None
        self._folder = Path(bundle)
        if not self._folder.is_dir():
            try:
                self._zip = zipfile.ZipFile(str(bundle))
            except (OSError, zipfile.BadZipFile) as error:
                raise BadBundle(f"{bundle} is no whole bundle ({error}): copy it again") from None

    def __enter__(self) -> _Files:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._zip:
            self._zip.close()

    def names(self) -> set[str]:
        if self._zip:
            return set(self._zip.namelist())
        files = (path for path in self._folder.rglob("*") if path.is_file())
        names = {path.relative_to(self._folder).as_posix() for path in files}
        return {name for name in names if "__pycache__" not in name}

    def read(self, name: str) -> bytes:
        return self._zip.read(name) if self._zip else (self._folder / name).read_bytes()
