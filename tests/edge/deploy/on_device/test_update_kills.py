"""An installer that is killed half way leaves something running: the many are in tests.bench."""

import signal

import pytest

from tests.bench.update_kills import Device, disturb

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    """Return a device on which the first bundle runs."""
    device = Device(tmp_path_factory.mktemp("kills").resolve())
    device.update("one")
    device.watch()
    yield device
    device.end()


CASES = {
    # the bundle, the signal, how long after the old program was about to be stopped, s
    "while nothing runs": ("two", signal.SIGKILL, 0.15),
    "while a program that dies is tried": ("dying", signal.SIGKILL, 2.0),
    "asked to end while the new one is tried": ("two", signal.SIGTERM, 1.0),
}


@pytest.mark.parametrize("name, number, after_s", CASES.values(), ids=CASES)
def test_something_runs_within_a_minute(device, name, number, after_s):
    """The one before, which came up; and nothing of it is half."""
    disturb(device, name, number, after_s, in_switch=True)
    device.wait()
    assert device.worst_s < 60


def test_the_next_update_clears_up(device):
    """What was cut off is gone, and the update is done."""
    disturb(device, "two", signal.SIGKILL, 0.1, in_switch=False)
    device.update("two")
    device.check_clean()
    assert device.runs() == "two"
