"""A disk that is full, in each folder: what was taken is kept, what is lost is counted."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.full_disks import CASES

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare"), reason="a disk of its own needs root"
)
@pytest.mark.parametrize("case", CASES)
def test_a_full_disk_loses_nothing_in_silence(case, tmp_path):
    """In the device's folder, the store, the quarantine, and in home and temporary folder."""
    command = ["unshare", "-m", sys.executable, "-m", "tests.full_disks", case, tmp_path / "disk"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.endswith("ok\n"), done.stdout + done.stderr
