"""Pinned wheels for each kind of device: locks, and a cache that makes a second build offline.

``python -m laughtrack.edge.deploy.wheels [TARGET ...]`` renews the locks with the newest versions
that fit.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from laughtrack.edge.console import show

if TYPE_CHECKING:
    from collections.abc import Sequence

LOCKS = Path(__file__).parent / "locks"
# The newest of each that runs on Python 3.7. awsiotsdk names one awscrt; 0.21 is the last with 3.7.
_PYTHON37 = (
    "numpy==1.21.6",
    "scipy==1.7.3",
    # Today's: older ones decode some films to other grey levels, and lose a last picture. Its
    # wheel for manylinux2014 runs on Python 3.7, numpy 1.21, and a processor without AVX.
    "opencv-contrib-python-headless==4.14.0.94",
    "openvino==2022.3.2",
    "paho-mqtt==2.1.0",
    "typing-extensions==4.7.1",  # paho-mqtt on 3.7
    "awsiotsdk==1.22.0",
    "awscrt==0.21.1",
    "pip==24.0",
)
# As in setup.cfg; numpy 2.5 warns at filterpy's use of it.
_RECENT = (
    "numpy>=2.2,<2.5",
    "scipy>=1.15,<1.18",
    "opencv-contrib-python-headless>=4.12,<5",
    "openvino>=2024.4",
    "paho-mqtt>=2.1,<3",
    "awsiotsdk==1.31.0",
    "awscrt==0.36.1",
    "pip>=24",
)
# filterpy's metadata asks for matplotlib, which its Kalman filter never imports: 30 MB that a
# device has no use for. All wheels are therefore taken and installed as listed, with --no-deps.
_EVERY = ("filterpy==2.0.0",)


class Target(NamedTuple):
    """One kind of device: its Python, its processor, and the C library it must at least have."""

    python: str
    machine: str
    glibc: tuple[int, int]
    requirements: tuple[str, ...]

    @property
    def short(self) -> str:
        """Major and minor version, like 3.7."""
        return ".".join(self.python.split(".")[:2])


# The C library that the newest of their wheels ask for: OpenVINO's, on arm64.
_X86, _ARM = ("x86_64", (2, 28), _RECENT + _EVERY), ("aarch64", (2, 35), _RECENT + _EVERY)
# Python 3.7 is for the DeepLens alone; OpenVINO has no wheel of it for arm64. The project's own
# packages ask for 3.10 or newer; a box with 3.8 or 3.9 takes a newer one beside its own.
TARGETS = {
    "py37-x86_64": Target("3.7.16", "x86_64", (2, 17), _PYTHON37 + _EVERY),
    "py310-x86_64": Target("3.10", *_X86),
    "py311-x86_64": Target("3.11", *_X86),
    "py312-x86_64": Target("3.12", *_X86),
    "py313-x86_64": Target("3.13", *_X86),
    "py310-arm64": Target("3.10", *_ARM),
    "py311-arm64": Target("3.11", *_ARM),
    "py312-arm64": Target("3.12", *_ARM),
    "py313-arm64": Target("3.13", *_ARM),
}


def fetch(target: str, folder: str | Path | None = None, lock: Path | None = None) -> list[Path]:
    """Return the wheels of a target's lock; download those that the folder lacks.

    Parameters
    ----------
    target : str
        One of `TARGETS`.
    folder : str or Path, optional
        Where they are kept; a folder in the user's cache by default.
    lock : Path, optional
        Another list of wheels for the same kind of device.

    Returns
    -------
    list of Path
        In order of name. Each has the SHA-256 that the lock asks for.

    Raises
    ------
    ValueError
        No such target.
    OSError
        The lock or the folder cannot be read, or pip could not download a wheel.
    """
    lock = lock or _lock(target)  # Refuses a target that is none before a folder is named for it.
    folder = Path(folder) if folder else cache() / target
    folder.mkdir(parents=True, exist_ok=True)
    wanted = _hashes(lock)
    found = _cached(folder, wanted)
    if len(found) < len(wanted):
        _download(folder, target, ["--require-hashes", "-r", str(lock)])
        found = _cached(folder, wanted)
    if len(found) < len(wanted):
        raise OSError(f"{folder} lacks {len(wanted) - len(found)} wheels of {lock}")
    return sorted(found)


def cache() -> Path:
    """Return the folder where wheels are kept between builds."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "laughtrack" / "wheels"


def renew(target: str) -> None:
    """Write a target's lock again, with the newest versions that it may have.

    Parameters
    ----------
    target : str

    Raises
    ------
    ValueError, OSError
        As `fetch`.
    """
    if target not in TARGETS:
        raise ValueError(_unknown(target))
    with tempfile.TemporaryDirectory() as folder:
        _download(Path(folder), target, TARGETS[target].requirements)
        lines = [f"# Wheels for {target}. Renew: python -m laughtrack.edge.deploy.wheels {target}"]
        for path in sorted(Path(folder).glob("*.whl")):
            name, version = path.name.split("-")[:2]
            lines.append(f"{name.replace('_', '-')}=={version} --hash=sha256:{sha256(path)}")
        (LOCKS / f"{target}.txt").write_text("\n".join(lines) + "\n")


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal digits."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def _lock(target: str) -> Path:
    if target not in TARGETS:
        raise ValueError(_unknown(target))
    return LOCKS / f"{target}.txt"


def _unknown(target: str) -> str:
    return f"no target {target!r}: there are {', '.join(TARGETS)}"


def _hashes(lock: Path) -> set[str]:
    return set(re.findall(r"--hash=sha256:([0-9a-f]{64})", lock.read_text()))


def _cached(folder: Path, wanted: set[str]) -> list[Path]:
    """Wheels there with a wanted content; a half-downloaded one has another."""
    return [path for path in folder.glob("*.whl") if sha256(path) in wanted]


def _download(folder: Path, target: str, requirements: Sequence[str]) -> None:
    spec = TARGETS[target]
    tag = "cp" + spec.short.replace(".", "")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--only-binary=:all:", "--no-deps", "--dest", str(folder)]
    command += ["--python-version", spec.python, "--implementation", "cp"]
    for abi in (tag + "m" if spec.short == "3.7" else tag, "abi3", "none"):
        command += ["--abi", abi]
    tags = ("manylinux2014", "manylinux2010") if spec.machine == "x86_64" else ("manylinux2014",)
    for name in (*tags, *(f"manylinux_2_{n}" for n in range(17, spec.glibc[1] + 1))):
        command += ["--platform", f"{name}_{spec.machine}"]
    try:
        subprocess.run([*command, *requirements], check=True, stderr=subprocess.PIPE, text=True)
    except subprocess.CalledProcessError as error:
        lines = [line for line in error.stderr.splitlines() if "ERROR" in line] or ["no reason"]
        raise OSError(
            f"pip could not fetch the wheels for {target}: {lines[-1]}; a machine with a network"
            f" can fill {folder}, from which they are taken without one"
        ) from None


if __name__ == "__main__":
    for name in sys.argv[1:] or TARGETS:
        renew(name)
        show(LOCKS / f"{name}.txt")
