"""An update on a disk that becomes full leaves the old program running: more in tests.bench."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.tools import ROOT

UNSHARE = ["unshare", "--mount"]


@pytest.mark.slow
def test_the_old_program_runs_on_and_the_error_says_why():
    """In the middle of unpacking, and at one of the last files."""
    may = os.geteuid() == 0 and shutil.which("unshare")
    if not may or subprocess.run([*UNSHARE, "true"], capture_output=True).returncode:
        pytest.skip("it takes root to mount a small disk")
    words = [*UNSHARE, sys.executable, "-m", "tests.bench.update_full_disk", "0"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "refused 2 times" in done.stdout, done.stdout
