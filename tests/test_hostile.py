"""A small part of `tests.bench.hostile`: hostile inputs of every kind are read right or refused."""

import subprocess
import sys

import pytest

from tests.tools import ROOT


@pytest.mark.slow
def test_hostile_inputs_are_read_right_or_refused(tmp_path):
    """No crash, no stall, no wrong row, no write outside: some 160 inputs of 20 kinds."""
    words = ["--here", "--inputs", "8", "--seed", "7", "--folder", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.hostile", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    total = done.stdout.split("| all |")[1].split("|")
    inputs, accepted, refused = (int(each) for each in total[:3])
    assert inputs == 20 * 8 == accepted + refused and accepted > 25 and refused > 25
