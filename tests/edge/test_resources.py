"""What the machine and the program use."""

import os
import subprocess
import sys

import pytest

from laughtrack.edge import resources

# what the sensors say, the temperature taken
SENSORS = [
    (["45000\n"], 45.0),
    (["45000", "61500", "-5000"], 61.5),
    (["255000", "52000", "-263200", "0"], 52.0),  # off or broken
    (["hot", ""], None),
    ([], None),
]


@pytest.mark.parametrize("said, expected", SENSORS)
def test_temperature_is_the_hottest_sane_sensor(tmp_path, said, expected):
    """Sensors that are off, broken or absent don't count."""
    for n, text in enumerate(said):
        (tmp_path / f"zone{n}").write_text(text)
    assert resources.temperature_c(str(tmp_path / "zone*")) == expected


def test_memory_grows_with_what_is_held():
    """Fifty megabytes more are seen."""
    before = resources.memory_mb()
    held = bytearray(os.urandom(1000)) * 50_000
    assert 45 < resources.memory_mb() - before < 80 and len(held) == 50e6


def test_another_process_is_read():
    """The figures are those of the process asked for; None once it is gone."""
    command = [sys.executable, "-c", "print('here', flush=True); input()"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **pipes) as other:
        other.stdout.readline()
        assert resources.memory_mb(other.pid) > 1
        other.stdin.close()
        other.wait()
        assert resources.memory_mb(other.pid) is None


def test_free_disk_is_the_users(tmp_path):
    """What this user can write, as the system says; None where there is no such folder."""
    disk = os.statvfs(tmp_path)
    free_mb = disk.f_bavail * disk.f_frsize / 1e6
    assert resources.disk_free_mb(str(tmp_path)) == pytest.approx(free_mb, rel=0.05)
    assert resources.disk_free_mb(str(tmp_path / "none")) is None
