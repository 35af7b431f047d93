"""One archive with all that a device needs: code, weights, cascade, pinned wheels, manifest.

It is a ZIP that Python runs: ``python3.7 laughtrack-0.1.0-py37-x86_64.zip install`` installs it.
The same input gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.deploy.wheels import TARGETS, fetch, sha256
from laughtrack.edge.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# The package `laughtrack`, whose links lead here.
ROOT = Path(__file__).parents[2]
# What devices do not get: the simulator, and of this folder all but the device's own installer.
NOT_SHIPPED = re.compile(r"edge/(simulate/|deploy/(?!__init__|on_device/))")
# What a package that AWS installs does without, besides.
NO_DEPLOY = re.compile(r"edge/(simulate|deploy)/")
WEIGHTS = (
    "smilenet.onnx",
    "smilenet.json",
    "smilenet-0000.params",
    "smilenet-symbol.json",
    # For devices whose OpenVINO is of 2023 or later.
    "smilenet-int8.xml",
    "smilenet-int8.bin",
    "figures.json",
    # Whether a mouth is to be seen.
    "mouthnet.npz",
    # For devices that are told to use FinderNet.
    "findernet.onnx",
    "findernet.json",
    "findernet_second.onnx",
    "findernet-int8.xml",
    "findernet-int8.bin",
    "findernet_second-int8.xml",
    "findernet_second-int8.bin",
)
CASCADES = ("haarcascade_frontalface_alt2.xml", "haarcascade_profileface.xml")
# Where OpenCV's wheel has them, and where `edge.faces.haar` looks first.
WHEEL_FOLDER, CASCADE_FOLDER = "cv2/data/", "laughtrack/edge/faces/cascades/"
# Python runs this when it is given the archive, or the folder it was unpacked into.
MAIN = "from laughtrack.edge.deploy.on_device.install import main\n\nraise SystemExit(main())\n"
# Version 0.1 had `edge` at the top: its units, crontabs and installers call these three, as ours do
# for one more release, since an update that fails goes back to it.
VERSION_0_1_SHIMS = {
    "edge/__init__.py": '"""Names that version 0.1 was called by."""\n',
    "edge/__main__.py": "from laughtrack.edge.__main__ import main\n\nraise SystemExit(main())\n",
    "edge/deploy/__init__.py": '"""Names that version 0.1 was called by."""\n',
    "edge/deploy/install.py": MAIN,
    "edge/deploy/supervise.py": MAIN.replace(".install ", ".supervise "),
}
# The earliest that a ZIP can say; a file's own times would change the archive's bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)


def bundle(
    output: str | Path, target: str = "py37-x86_64", wheels: str | Path | None = None
) -> Path:
    """Write the archive for one kind of device.

    Parameters
    ----------
    output : str or Path
        The file; or a folder, in which it is named after version and target.
    target : str
        One of `edge.deploy.wheels.TARGETS`.
    wheels : str or Path, optional
        Folder of wheels; missing ones are downloaded into it. The user's cache by default.

    Returns
    -------
    Path
        The archive, in place whole or not at all.

    Raises
    ------
    ValueError
        No such target.
    OSError
        A file cannot be read, downloaded or written; the message names it.
    """
    fetched = fetch(target, wheels)
    files = {name: path.read_bytes() for name, path in sources().items()}
    files["__main__.py"] = MAIN.encode()
    files.update((name, text.encode()) for name, text in VERSION_0_1_SHIMS.items())
    files.update((CASCADE_FOLDER + name, cascade(fetched, name)) for name in CASCADES)
    sums: dict[str, dict[str, str | int]] = {
        name: {"sha256": _sha256(data), "size": len(data)} for name, data in files.items()
    }
    for path in fetched:
        sums["wheels/" + path.name] = {
            "sha256": sha256(path),
            "size": path.stat().st_size,
        }
    manifest = _manifest(target, fetched, sums)
    files["manifest.json"] = (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode()
    output = Path(output)
    if output.is_dir():
        output = output / f"laughtrack-{manifest['version']}-{target}.zip"
    _write(output, files, {"wheels/" + path.name: path for path in fetched})
    return output


def sources(installs: bool = True) -> dict[str, Path]:
    """Return the project's files that go onto a device.

    Parameters
    ----------
    installs : bool
        With the device's own installer and its units, as a bundle; else without, as a package that
        AWS installs.

    Returns
    -------
    dict of str to Path
        By name in the archive, in order of name.
    """
    not_shipped, kinds = (NOT_SHIPPED, (".py", ".service")) if installs else (NO_DEPLOY, (".py",))
    found = {"laughtrack/__init__.py": ROOT / "__init__.py"}
    for package in ("edge", "tracker"):
        for path in (ROOT / package).rglob("*"):
            name = path.relative_to(ROOT).as_posix()
            shipped = "__pycache__" not in name and path.suffix in kinds
            if shipped and not not_shipped.match(name):
                found["laughtrack/" + name] = path
    artifacts = ROOT / "models" / "artifacts"
    for name in WEIGHTS:
        found["laughtrack/models/artifacts/" + name] = artifacts / name
    return dict(sorted(found.items()))


def cascade(wheels: Sequence[Path], name: str) -> bytes:
    """Return a face cascade that the loop uses, as OpenCV's wheel has it.

    Parameters
    ----------
    wheels : list of Path
    name : str
        One of `CASCADES`.

    Returns
    -------
    bytes
        XML.

    Raises
    ------
    OSError
        No wheel has it: OpenCV's from 5 on do not.
    """
    for path in wheels:
        if path.name.startswith("opencv"):
            with zipfile.ZipFile(path) as wheel:
                if WHEEL_FOLDER + name in wheel.namelist():
                    return wheel.read(WHEEL_FOLDER + name)
    raise OSError(f"no wheel holds {name}: lock opencv-contrib-python-headless below 5")


def _manifest(
    target: str, wheels: Sequence[Path], sums: dict[str, dict[str, str | int]]
) -> dict[str, Any]:
    """Return what the archive is for, what is in it, and each file's SHA-256."""
    spec = TARGETS[target]
    packages = {}
    for path in wheels:
        name, number = path.name.split("-")[:2]
        packages[name.replace("_", "-")] = number
    digest = _sha256(json.dumps(sums, sort_keys=True).encode())
    return {
        "schema": 1,
        "id": f"{VERSION}-{target}-{digest[:12]}",
        "version": VERSION,
        "target": target,
        "python": spec.short,
        "machine": spec.machine,
        "glibc": "{}.{}".format(*spec.glibc),
        "packages": packages,
        "cascades": [CASCADE_FOLDER + name for name in CASCADES],
        "files": sums,
    }


def _write(output: Path, files: Mapping[str, bytes], wheels: Mapping[str, Path]) -> None:
    """Write the archive beside its place, then put it there."""
    try:
        with replacing(output) as part, zipfile.ZipFile(part, "w") as archive:
            for name in sorted([*files, *wheels]):
                entry = zipfile.ZipInfo(name, EPOCH)
                entry.create_system, entry.external_attr = 3, 0o100644 << 16
                # Stored, not deflated: wheels are deflated already, and zlib's releases differ.
                with archive.open(entry, "w") as out:
                    for block in _blocks(files[name] if name in files else wheels[name]):
                        out.write(block)
    except OSError as error:
        raise OSError(f"cannot write {output}: {error.strerror or error}") from None


def _blocks(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with open(content, "rb") as file:
        yield from iter(lambda: file.read(1 << 20), b"")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
