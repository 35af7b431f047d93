"""The tools that some tests need beside Python's packages, by the mark of those tests.

A test that is marked is left out by name where its tool is missing: see `conftest.py`.
"""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Other people's footage and labels: never in the repository.
DATA = Path(os.environ.get("LAUGHTRACK_DATA", ROOT.parent / "shared" / "data"))
TRAIN_PYTHON = Path(os.environ.get("LAUGHTRACK_TRAIN_PYTHON", ROOT / ".venv-train/bin/python"))
FINDER_PYTHON = Path(os.environ.get("LAUGHTRACK_FINDER_PYTHON", ROOT / ".venv-finder/bin/python"))
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
# Debian puts these where only root's path leads.
SBIN = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
MOSQUITTO = shutil.which("mosquitto", path=SBIN)
SSHD = shutil.which("sshd", path=SBIN)


def _python37() -> str | None:
    """Return a real Python 3.7, from the path or from pyenv, or None."""
    places = [shutil.which("python3.7"), *Path.home().glob(".pyenv/versions/3.7.*/bin/python")]
    for place in filter(None, places):
        if subprocess.run([place, "-c", ""], capture_output=True).returncode == 0:
            return str(place)
    return None


PYTHON37 = _python37()
# By mark: whether the tool is there, and what is said of a test that is left out.
NEEDS = {
    "browser": (
        bool(BROWSER and shutil.which("chromedriver")),
        "no Chromium with its driver (apt-get install chromium chromium-driver)",
    ),
    "broker": (bool(MOSQUITTO), "no mosquitto (apt-get install mosquitto)"),
    "ssh": (bool(SSHD and shutil.which("ssh")), "no sshd or ssh (apt-get install openssh-server)"),
    "finder": (
        FINDER_PYTHON.is_file(),
        "no environment to train FinderNet in (make .venv-finder/done)",
    ),
    "train": (
        TRAIN_PYTHON.is_file(),
        f"no training environment at {TRAIN_PYTHON} (make train-env)",
    ),
    "python37": (bool(PYTHON37), "no Python 3.7"),
}
