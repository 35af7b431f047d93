"""The clock is set by an hour, forward and back, while the device program runs."""

import signal
import time

import pytest

from laughtrack.edge.atomic_files import write
from tests.edge.device_cases import SOON_S, plugged, process, sent, until, whole

# The program with a wall clock that goes by a file, as if somebody set it.
CODE = """
import sys, time
from pathlib import Path

now, shift = time.time, Path({path!r})
time.time = lambda: now() + float(shift.read_text())
from laughtrack.edge.__main__ import main
sys.exit(main())
"""


@pytest.mark.slow
def test_a_clock_set_by_an_hour_loses_and_doubles_nothing(tmp_path):
    """One session whose seconds go on; each batch once, none missing; the change is noted."""
    shift = str(tmp_path / "shift")
    write(shift, b"0")
    began_s = time.monotonic()
    with plugged() as camera:
        code = CODE.format(path=shift)
        with process(tmp_path, camera.place, code, session="start") as device:
            for seconds in (b"3600", b"-3600", b"0"):
                before = len(sent(tmp_path)) if (tmp_path / "batches.jsonl").exists() else 0
                until(lambda before=before: len(sent(tmp_path)) > before + 2, "two batches more")
                write(shift, seconds)
            before = len(sent(tmp_path))
            until(lambda: len(sent(tmp_path)) > before + 2, "two batches more")
            device.send_signal(signal.SIGTERM)
            assert device.wait(SOON_S) == 0
    batches = sent(tmp_path)
    assert whole(batches) and batches[-1].info["complete"] is True
    assert batches[-1].end_s < time.monotonic() - began_s + 10
    moved = [each.info["clock_set_s"] for each in batches if "clock_set_s" in each.info]
    assert [round(each / 3600) for each in moved] == [1, -2, 1]
    assert not list((tmp_path / "device" / "outbox").glob("0*.json"))
