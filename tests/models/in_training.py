"""Run code in the training environment, for the tests of what only works there."""

import os
import subprocess
from pathlib import Path

from tests.tools import TRAIN_PYTHON

ROOT = Path(__file__).resolve().parents[2]


def ran(code, work, *flags, words=(), timeout_s=600):
    """Run code that is given the folder `work`, and words; return what it printed."""
    done = subprocess.run(
        [TRAIN_PYTHON, *flags, "-c", code, work, *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
