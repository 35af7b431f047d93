"""Bundles for tests: real code and installer; the packages are lent by this environment.

Installing the real wheels takes minutes and 150 MB of downloads. Here a lock names two wheels:
pip's own, and one that leads to the packages of the Python that runs the tests.
"""

import compileall
import functools
import hashlib
import io
import platform
import py_compile
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

from laughtrack.edge.deploy import bundle, wheels

MACHINE = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
TARGET = f"py{sys.version_info[0]}{sys.version_info[1]}-{MACHINE}"
# The Python that this environment was made of, as a device has it.
PYTHON = str(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info[1]}")
LENT = "opencv_lent-1.0"


def pip_wheel():
    """Return pip's own wheel, which Python brings; None where the system took it out."""
    places = [Path(sysconfig.get_path("stdlib")) / "ensurepip" / "_bundled"]
    places.append(Path("/usr/share/python-wheels"))
    found = [path for place in places for path in sorted(place.glob("pip-*.whl"))]
    return found[-1] if found else None


@functools.cache
def compiled_pip():
    """Return pip's own wheel with its byte code inside: it runs from there, anew at each install.

    Python compiles what it imports from a ZIP each time, which takes pip three seconds.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with zipfile.ZipFile(pip_wheel()) as wheel:
            wheel.extractall(folder)
        unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
        # Beside each source, where Python looks in a ZIP.
        compileall.compile_dir(folder, quiet=2, legacy=True, invalidation_mode=unchecked)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as wheel:
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                at = zipfile.ZipInfo(str(path.relative_to(folder)))
                wheel.writestr(at, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def lend(folder):
    """Write the wheels and their lock; return the wheels' folder."""
    import cv2

    folder.mkdir()
    pip = pip_wheel()
    (folder / pip.name).write_bytes(compiled_pip())
    cascades = [Path(cv2.data.haarcascades) / name for name in bundle.CASCADES]
    files = {
        "lent.pth": sysconfig.get_path("purelib") + "\n",
        f"{LENT}.dist-info/METADATA": "Metadata-Version: 2.1\nName: opencv-lent\nVersion: 1.0\n",
        f"{LENT}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        **{"cv2/data/" + path.name: path.read_text() for path in cascades},
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{LENT}.dist-info/RECORD"])
    files[f"{LENT}.dist-info/RECORD"] = record
    with zipfile.ZipFile(folder / f"{LENT}-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(zipfile.ZipInfo(name), text)
    lines = []
    for path in sorted(folder.glob("*.whl")):
        name, version = path.name.split("-")[:2]
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        lines.append(f"{name.replace('_', '-')}=={version} --hash=sha256:{digest}\n")
    (folder / f"{TARGET}.txt").write_text("".join(lines))
    return folder


def build(monkeypatch, lent, output, replaced=None):
    """Make a bundle of lent packages.

    Parameters
    ----------
    lent : Path
        As `lend` returned it.
    output : Path
    replaced : dict of str to Path, optional
        Files of the project that are others in this bundle.
    """
    real = bundle.sources()
    with monkeypatch.context() as patch:
        patch.setattr(wheels, "LOCKS", lent)
        patch.setattr(bundle, "sources", lambda: {**real, **(replaced or {})})
        return bundle.bundle(output, TARGET, lent)
