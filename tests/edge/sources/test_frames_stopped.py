"""A source that hangs, fails oddly or is played slowly is ended as soon as it is asked to."""

import threading
import time

import cv2
import numpy as np
import pytest

from laughtrack.edge.sources.frames import Frame, Source, SourceError
from laughtrack.edge.sources.open_source import OpenSource
from laughtrack.edge.sources.recordings import is_recording, paced

PICTURE = np.zeros((90, 120, 3), np.uint8)


@pytest.fixture
def hanging(monkeypatch):
    """A camera that gives two pictures, then hangs in its driver."""
    release, asked = threading.Event(), threading.Event()

    def pictures():
        yield 0, 0.0, lambda: PICTURE
        yield 1, 0.1, lambda: PICTURE
        asked.set()
        release.wait()

    monkeypatch.setattr(
        "laughtrack.edge.sources.frames.open_source",
        lambda place, hz: OpenSource(pictures, None, 0.0, 0.0),
    )
    yield Source("0"), asked
    release.set()


@pytest.mark.slow
def test_stopped_it_ends_though_the_camera_hangs(hanging):
    """As if the camera had ended: with the frames already read."""
    source, asked = hanging
    found = []
    reader = threading.Thread(target=lambda: found.extend(source), daemon=True)
    reader.start()
    asked.wait()
    source.stop()
    reader.join(20)
    assert not reader.is_alive() and [frame.index for frame in found] == [0, 1]


@pytest.mark.slow
def test_given_up_it_says_why(hanging):
    """Whoever reads is told what hung."""
    source, asked = hanging
    threading.Thread(target=lambda: (asked.wait(), source.give_up("hangs"))).start()
    with pytest.raises(SourceError, match="0: hangs"):
        list(source)


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), cv2.error("broken")])
@pytest.mark.parametrize("when", ["opened", "read"])
def test_odd_errors_are_the_sources(monkeypatch, error, when):
    """Whatever the system or OpenCV says of a camera, it is the camera's failure."""

    def fail(*_):
        raise error
        yield

    def open_source(place, rate_hz):
        if when == "opened":
            raise error
        return OpenSource(fail, None, 0.0, 0.0)

    monkeypatch.setattr("laughtrack.edge.sources.frames.open_source", open_source)
    with pytest.raises(SourceError, match=r"cannot read camera: .*(denied|broken)"):
        list(Source("camera"))


def test_film_is_a_file_or_a_folder(tmp_path, monkeypatch):
    """A camera's number, a device, an address are none; nor is what is not there."""
    (tmp_path / "film.mp4").write_text("")
    (tmp_path / "0").mkdir()
    monkeypatch.chdir(tmp_path)
    assert is_recording("film.mp4") and is_recording(str(tmp_path))
    others = ["0", "/dev/null", "rtsp://a/b", "none.mp4", "awscam", "x" * 5000]
    assert not any(is_recording(place) for place in others)


def test_paced_frames_come_when_their_time_has_come():
    """At twice the speed after half the time; what was played before is left out."""
    now_s, waits = [3.0], []

    def wait(seconds):
        waits.append(round(seconds, 6))
        now_s[0] += seconds

    frames = [Frame(n, n * 1.0, PICTURE) for n in range(10)]
    found = [f.index for f in paced(frames, 2.0, lambda: now_s[0], 6.0, wait)]
    assert found == [6, 7, 8, 9] and waits == [0.5, 0.5, 0.5]


def test_paced_wait_can_be_cut_short():
    """By whoever has something else to do."""
    over = threading.Event()
    over.set()
    frames = [Frame(0, 1e6, PICTURE)]
    assert [f.index for f in paced(frames, 1.0, time.monotonic, 0.0, over.wait)] == [0]
