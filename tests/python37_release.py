"""A real bundle installed for Python 3.7, once for all tests of a run: it takes a while."""

import os
import shutil
import subprocess
from pathlib import Path

from filelock import FileLock

from laughtrack.edge.deploy import bundle
from tests.tools import PYTHON37


def offline() -> list[str]:
    """Return words before a command that take the network away, where this user may."""
    words = ["unshare", "--net"]
    may = shutil.which("unshare") and subprocess.run([*words, "true"], capture_output=True)
    return words if may and may.returncode == 0 else []


def installed(tmp_path_factory) -> Path:
    """Return the folder of a release, installed from its bundle with no network to be had.

    Workers of one run share it: whoever comes first makes it.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    place = folder / "python37" / "place"
    with FileLock(folder / "python37.lock"):
        if not (place / "current").exists():
            place.parent.mkdir(exist_ok=True)
            archive = bundle.bundle(place.parent, "py37-x86_64")
            nowhere = dict.fromkeys(
                ("PIP_INDEX_URL", "http_proxy", "https_proxy"), "http://127.0.0.1:9"
            )
            words = [*offline(), PYTHON37, str(archive), "install", "--no-start"]
            subprocess.run(
                [*words, "--folder", str(place)],
                check=True,
                env={**os.environ, **nowhere},
                cwd=folder,
                stdout=subprocess.DEVNULL,
            )
    (release,) = (place / "releases").iterdir()
    return release
