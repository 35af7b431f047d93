"""The DeepLens's FIFO and what is in it: Motion-JPEG, each picture once, one reader."""

import os
import threading
import time

import cv2
import numpy as np
import pytest

from laughtrack.edge.sources import fifo, mjpeg
from laughtrack.edge.sources.frames import Source, SourceError
from tests.edge.camera_cases import WIDE, A, B, ffmpeg


@pytest.fixture
def pipe(tmp_path):
    """Make a FIFO."""
    path = tmp_path / "ch2_out.mjpeg"
    os.mkfifo(path)
    return path


def jpeg(image, *settings):
    """Return a picture's JPEG."""
    return cv2.imencode(".jpg", image, list(settings))[1].tobytes()


@pytest.mark.slow
def test_fifo_gives_pictures_as_they_come(pipe):
    """A real ffmpeg writes 8 a second: they are told by the clock, not counted at 25."""
    writer = ffmpeg("-re", "-f", "lavfi", "-i", "testsrc=s=322x182:r=8:d=60", "-f", "mjpeg", pipe)
    frames = []
    for frame in Source(pipe, rate_hz=50):
        frames.append(frame)
        if len(frames) == 17:
            break
    writer.kill()
    writer.wait()
    assert all(frame.image.shape == (182, 322, 3) for frame in frames)
    assert np.median(np.diff([frame.t_s for frame in frames])) == pytest.approx(1 / 8, abs=0.04)


@pytest.mark.slow
def test_fifo_survives_its_writer(pipe):
    """A writer that dies in the middle of a picture, and a new one: the next whole picture."""
    data = jpeg(A)
    frames = iter(Source(pipe, rate_hz=100))
    for image in (A, WIDE):
        # Opening waits for the reader, which begins with the first next().
        opened = threading.Thread(
            target=lambda: pipe.write_bytes(jpeg(image) + data[: len(data) // 2])  # noqa: B023
        )
        opened.start()
        assert next(frames).image.shape == image.shape
        opened.join()
        time.sleep(0.02)  # until the next look is due
    frames.close()


@pytest.mark.slow
def test_fifo_without_writer_is_an_error(pipe, impatient):
    """The message names the FIFO and what to look at; a plain open would wait for ever."""
    with pytest.raises(
        SourceError, match=r"ch2_out.mjpeg .*nobody writes to it\): is the camera s"
    ):
        list(Source(pipe))


@pytest.mark.slow
def test_fifo_of_something_else_is_an_error(pipe, impatient):
    """Bytes come, but no pictures."""
    writer = os.open(str(pipe), os.O_RDWR)  # for both, so that opening does not wait
    os.write(writer, b"\xff\xd8\xff, so it seems")
    with pytest.raises(SourceError, match=r"no picture came .*what comes is no JPEG"):
        list(Source(pipe))
    os.close(writer)


@pytest.mark.slow
def test_fifo_has_one_reader(pipe, impatient, monkeypatch):
    """A second one would take bytes from the first, and is refused while that one reads."""
    monkeypatch.setattr(fifo, "LOCK_S", 0.2)
    monkeypatch.setattr(fifo, "PATIENCE_S", 60.0)
    writer = ffmpeg("-re", "-f", "lavfi", "-i", "testsrc=s=64x48:r=20:d=60", "-f", "mjpeg", pipe)
    first = iter(Source(pipe))
    next(first)
    with pytest.raises(SourceError, match=r"another Laughtrack reads .*ch2_out.mjpeg.*stop that"):
        next(iter(Source(pipe)))
    # A writer whose last reader goes is ended by the system: this one reads nothing.
    other = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    first.close()
    next(iter(Source(pipe)))
    os.close(other)
    writer.kill()
    writer.wait()


@pytest.mark.slow
@pytest.mark.parametrize("place", ["fifo", "awscam"])
def test_stopping_ends_a_wait_for_pictures(pipe, standin, monkeypatch, place):
    """Nobody writes, no picture comes: the source still ends when told, as if it ended there."""
    monkeypatch.setenv("LAUGHTRACK_STANDIN_MISS", "1")
    source = Source(pipe if place == "fifo" else place)
    before = threading.active_count()
    threading.Timer(0.3, source.stop).start()
    assert list(source) == []
    for _ in range(50):
        if threading.active_count() <= before:
            break
        time.sleep(0.1)
    assert threading.active_count() <= before


def thumbnailed(image):
    """Return a JPEG that holds another in its header."""
    data, small = jpeg(image), jpeg(image[:16, :16])
    segment = b"\xff\xe1" + (len(small) + 2).to_bytes(2, "big") + small
    return data[:2] + segment + data[2:]


STREAMS = [
    pytest.param([jpeg(A), jpeg(WIDE), jpeg(B)], b"", id="plain"),
    pytest.param([thumbnailed(A), thumbnailed(B)], b"", id="with thumbnails"),
    pytest.param([jpeg(A, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)] * 2, b"", id="progressive"),
    pytest.param([jpeg(A, cv2.IMWRITE_JPEG_RST_INTERVAL, 2)] * 2, b"", id="restart markers"),
    pytest.param([jpeg(A, cv2.IMWRITE_JPEG_QUALITY, 1), jpeg(B)], b"", id="coarse"),
    pytest.param([jpeg(A), jpeg(B)], b"\x00\xff--frame\r\n\xff", id="rubbish between"),
    pytest.param([jpeg(A), jpeg(B)], jpeg(WIDE)[:-900], id="cut pictures between"),
    pytest.param([jpeg(A), jpeg(B)], jpeg(WIDE)[:2], id="cut at the start"),
    pytest.param([jpeg(A), jpeg(B)], jpeg(WIDE)[:100], id="cut in a table"),
]


@pytest.mark.slow
@pytest.mark.parametrize("piece", [1, 7, 1000, 10**6])
@pytest.mark.parametrize(("pictures", "between"), STREAMS)
def test_stream_is_cut_into_its_pictures(pictures, between, piece):
    """However the bytes come, and whatever else comes with them."""
    stream = b"".join(between + data for data in pictures)
    splitter = mjpeg.Splitter()
    found = []
    for at in range(0, len(stream), piece):
        found += splitter.feed(stream[at : at + piece])
    assert found == pictures


def test_endless_picture_is_given_up(monkeypatch):
    """Memory is bounded, and the next picture is found."""
    monkeypatch.setattr(mjpeg, "LARGEST_BYTES", 50_000)
    splitter = mjpeg.Splitter()
    for _ in range(100):
        assert splitter.feed(jpeg(A)[:-2] + b"\x00" * 4000) == []
        assert len(splitter._bytes) <= 60_000
    assert splitter.feed(jpeg(B))[-1:] == [jpeg(B)]
