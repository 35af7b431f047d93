"""Bundles for tests: real code and installer; the packages are lent by this environment.

Installing the real wheels takes minutes and 150 MB of downloads. Here a lock names two wheels: one
that stands in for pip, and one that leads to the packages of the Python that runs the tests. What
pip itself makes of real wheels is tested with real bundles: `test_device_python37.py`,
`greengrass/test_greengrass_v2.py`.
"""

import hashlib
import platform
import sys
import sysconfig
import zipfile
from pathlib import Path

from laughtrack.edge.deploy import bundle, wheels

MACHINE = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
TARGET = f"py{sys.version_info[0]}{sys.version_info[1]}-{MACHINE}"
# The Python that this environment was made of, as a device has it.
PYTHON = str(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info[1]}")
LENT = "opencv_lent-1.0"
# Started as pip is, from within its wheel. Pip takes two seconds for what this does.
PIP = """
import sys, sysconfig, zipfile

assert sys.argv[1] == "install" and "--no-index" in sys.argv
for wheel in (word for word in sys.argv if word.endswith(".whl")):
    zipfile.ZipFile(wheel).extractall(sysconfig.get_path("purelib"))
"""


def lend(folder):
    """Write the wheels and their lock; return the wheels' folder."""
    import cv2

    folder.mkdir()
    with zipfile.ZipFile(folder / "pip-99-py3-none-any.whl", "w") as wheel:
        wheel.writestr(zipfile.ZipInfo("pip/__main__.py"), PIP)
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
