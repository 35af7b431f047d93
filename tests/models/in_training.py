"""Run code in the training environment, for the tests of what only works there."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRAIN_PYTHON = Path(os.environ.get("LAUGHTRACK_TRAIN_PYTHON", ROOT / ".venv-train/bin/python"))


def ran(code, work, *flags, timeout_s=200):
    """Run code that is given the folder `work`; return what it printed, or skip the test."""
    if not TRAIN_PYTHON.is_file():
        pytest.skip(f"no training environment at {TRAIN_PYTHON} (make train-env)")
    done = subprocess.run(
        [TRAIN_PYTHON, *flags, "-c", code, work],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
