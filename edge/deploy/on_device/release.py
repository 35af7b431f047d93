"""A bundle on the device: checked, unpacked, and given an environment of its own without a network.

Runs on the device's Python, 3.7 or newer, with the standard library alone.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from laughtrack.edge.deploy.on_device.bundle_files import MARK, BadBundle, BundleFiles
from laughtrack.edge.deploy.on_device.paths import delete
from laughtrack.edge.deploy.on_device.supervise import kill_with_parent

# What the environment must be able to do before any running program is stopped for it. Nothing that
# runs on a device imports filterpy, and that takes seconds there.
SMOKE_TEST = (
    "import scipy.optimize, paho.mqtt.client;"
    " from laughtrack.edge.faces.finder import Finder;"
    " from laughtrack.edge.smile.smilenet import load_scorer; Finder(); load_scorer()"
)


def read_manifest(bundle: Path, sha256: str | None = None) -> dict[str, Any]:
    """Check a bundle, file by file, against its manifest.

    Parameters
    ----------
    bundle : Path
        The ZIP, or the folder that it was unpacked into.
    sha256 : str, optional
        The ZIP's own sum, which came another way.

    Returns
    -------
    dict
        Its manifest.

    Raises
    ------
    BadBundle
        Naming the file that is missing, changed, not listed, or would lie elsewhere.
    """
    with BundleFiles(bundle) as files:
        if sha256 is not None:
            files.check_sha256(sha256)
        return files.manifest()


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
    BadBundle
        Another bundle was installed under the same ID.
    OSError
        Too little room, or a step failed; with its last words.
    """
    if (folder / MARK).exists():
        if _installed_files(folder) != manifest["files"]:
            raise BadBundle(f"{folder} was made of another bundle of that name: build it again")
        return False
    delete(folder.parent, folder)
    _check_disk_space(manifest, folder)
    try:
        with BundleFiles(bundle) as files:
            for name, facts in manifest["files"].items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                # Compared once more: it may be another than a moment ago.
                with open(str(path), "xb") as out:
                    files.copy(name, facts, out)
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


def _installed_files(folder: Path) -> Any:
    try:
        return json.loads((folder / MARK).read_text())["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _make_environment(folder: Path) -> None:
    command = [sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")]
    if importlib.util.find_spec("awscam"):
        # The DeepLens's own packages belong to its Python; ours still come first.
        command.append("--system-site-packages")
    _run(command, "make an environment (on Debian and Ubuntu it needs the package python3-venv)")
    pips = list((folder / "wheels").glob("pip-*.whl"))
    if len(pips) != 1:
        raise BadBundle(f"the bundle has {len(pips)} wheels of pip, not one: build it again")
    pip = pips[0]
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
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environ,
        cwd="/",
        # Else it would go on writing where the next install makes its own.
        preexec_fn=kill_with_parent,
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
