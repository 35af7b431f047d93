"""Cameras: the DeepLens's module and its FIFO give each picture once, with its time of arrival."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from edge import cameras, fifo, jpegs
from edge.frames import Source, SourceError

ROOT = Path(__file__).parents[2]
STANDINS = ROOT / "tests" / "standins"


def ffmpeg(*words):
    """Start a real ffmpeg."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", *map(str, words)]
    return subprocess.Popen(command)


def picture(seed=0, size=(60, 80)):
    """Return noise: no two alike."""
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


@pytest.fixture
def impatient(monkeypatch):
    """Let waits that would end in an error end soon."""
    for module in (cameras, fifo):
        monkeypatch.setattr(module, "PATIENCE_S", 0.5)
    monkeypatch.setattr(cameras, "BACKOFF_S", (0.01, 0.1))


def polled(answers, rate_hz=50.0):
    """Return the pictures that awscam's answers make, until the answers end."""

    class Over(BaseException):
        pass

    queue = iter(answers)

    def last_frame():
        for answer in queue:
            if isinstance(answer, Exception):
                raise answer
            return answer
        raise Over

    found = []
    with contextlib.suppress(Over):
        for index, t_s, image in cameras._polled(last_frame, rate_hz):
            if image is not None:
                found.append((index, t_s, image()))
    return found


A, B, DARK = picture(1), picture(2), np.full((60, 80, 3), 7, np.uint8)
WIDE = picture(3, (90, 160))


@pytest.mark.parametrize(
    ("answers", "wanted"),
    [
        # Each call a new picture.
        ([(True, A), (True, B), (True, A)], [A, B, A]),
        # The same picture again, in memory of its own, is no new one.
        ([(True, A), (True, A.copy()), (True, A.copy()), (1, B)], [A, B]),
        # A single pixel, off the grid that is compared first, makes it new.
        ([(True, A), (True, np.where(np.arange(80)[:, None] == 77, 255 - A, A))], None),
        # Misses of every kind are passed over.
        ([(False, None), (True, A), (0, B), (True, None), (True, B)], [A, B]),
        ([RuntimeError("stream"), (True, A), (True, np.zeros((0, 0, 3))), (True, "A")], [A]),
        # The size is whatever comes.
        ([(True, A), (True, WIDE), (True, A)], [A, WIDE, A]),
        # In the dark, pictures may well be equal.
        ([(True, DARK), (True, DARK), (True, DARK)], [DARK, DARK, DARK]),
    ],
)
def test_awscam_gives_each_picture_once(answers, wanted):
    """Repeats and misses are left out; numbers count, times rise."""
    wanted = [image for _, image in answers] if wanted is None else wanted
    found = polled(answers)
    assert [index for index, _, _ in found] == list(range(len(wanted)))
    assert [image.tobytes() for _, _, image in found] == [image.tobytes() for image in wanted]
    times = [t_s for _, t_s, _ in found]
    assert times[0] == 0 and times == sorted(set(times))


def test_awscam_is_asked_at_the_wanted_rate():
    """A camera that always has a new picture is not asked more often than that is looked at."""
    asked = []

    def last_frame():
        asked.append(time.monotonic())
        return True, picture(len(asked))

    for index, _, _ in cameras._polled(last_frame, 20.0):
        if index == 8:
            break
    assert len(asked) == 9 and asked[-1] - asked[0] >= 8 / 20


def test_picture_is_not_written_over():
    """Whoever keeps a picture keeps it, even if the module has one memory for all."""
    memory = picture(1)
    pictures = cameras._polled(lambda: (True, memory), 50.0)
    kept = next(pictures)[2]()
    memory[:] = 0
    assert np.array_equal(kept, picture(1))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((False, None), "getLastFrame has none"),
        ((True, A), "always the same picture"),
    ],
)
def test_camera_without_pictures_is_an_error(impatient, answer, says):
    """After some patience; the message says how often it was asked, and what came."""
    with pytest.raises(
        SourceError, match=rf"awscam gave no new picture .*asked \d+ times \({says}"
    ):
        list(cameras._polled(lambda: answer, 50.0))


def test_failing_camera_is_left_alone_longer_each_time(monkeypatch):
    """Back-off doubles up to its end, and begins anew after a picture."""
    waits = []
    monkeypatch.setattr(cameras, "waiting", lambda pause_s: waits.append(pause_s) or ())
    polled([(False, None)] * 8 + [(True, A)] + [(False, None)] * 2)
    assert waits[:8] == pytest.approx([0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2, 2])
    assert waits[9:] == pytest.approx([0.05, 0.1])


@pytest.fixture
def film(tmp_path_factory):
    """Four seconds at 12 frames a second, of a size that no constant would guess."""
    path = tmp_path_factory.mktemp("cameras") / "room.mp4"
    noise = "noise=alls=20:allf=t:all_seed=1"
    source = f"testsrc=s=322x182:r=12:d=4,{noise}"
    assert ffmpeg("-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", path).wait() == 0
    return path


@pytest.fixture
def standin(monkeypatch):
    """Let `awscam` be found, and forgotten again."""
    monkeypatch.syspath_prepend(str(STANDINS))
    monkeypatch.setitem(sys.modules, "awscam", None)
    del sys.modules["awscam"]


def test_awscam_is_a_source(film, standin, monkeypatch):
    """By its stand-in: new pictures at the looks' rate, though every third call has none."""
    monkeypatch.setenv("LAUGHTRACK_STANDIN_FILM", str(film))
    monkeypatch.setenv("LAUGHTRACK_STANDIN_MISS", "3")
    frames = []
    for frame in Source("awscam", rate_hz=5):
        frames.append(frame)
        if len(frames) == 6:
            break
    assert all(frame.image.shape == (182, 322, 3) for frame in frames)
    steps = np.floor([frame.t_s * 5 + 0.01 for frame in frames])
    assert (np.diff(steps) >= 1).all() and steps[-1] <= 12
    assert len({frame.image.tobytes() for frame in frames}) == 6


def run(code, **environment):
    """Run Python in a process of its own, with the stand-ins; returns what it printed."""
    path = os.pathsep.join([str(ROOT), str(STANDINS)])
    env = {**os.environ, "PYTHONPATH": path, "LAUGHTRACK_STANDIN_STRICT": "1", **environment}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


OPEN = """
from edge.frames import Source, SourceError
try:
    print(next(iter(Source("awscam"))).image.shape)
except SourceError as error:
    print(error)
"""


def test_awscam_is_imported_before_cv2(film):
    """In the other order it fails as the real one does, and the message says the cure."""
    first = "from edge import deeplens; import sys; assert 'cv2' not in sys.modules\n"
    assert run(f"{first}deeplens.awscam(){OPEN}", LAUGHTRACK_STANDIN_FILM=str(film)) == (
        "(182, 322, 3)\n"
    )
    assert "awscam was imported after cv2" in run(OPEN) and "import awscam first" in run(OPEN)


def test_other_machines_have_no_awscam(monkeypatch):
    """The message says where it would come from, and what to choose instead."""
    monkeypatch.setitem(sys.modules, "awscam", None)
    with pytest.raises(SourceError, match=r"camera awscam: cannot import .*choose another source"):
        Source("awscam")


@pytest.fixture
def pipe(tmp_path):
    """Make a FIFO."""
    path = tmp_path / "ch2_out.mjpeg"
    os.mkfifo(path)
    return path


def jpeg(image, *settings):
    """Return a picture's JPEG."""
    return cv2.imencode(".jpg", image, list(settings))[1].tobytes()


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


def test_fifo_without_writer_is_an_error(pipe, impatient):
    """The message names the FIFO and what to look at; a plain open would wait for ever."""
    with pytest.raises(
        SourceError, match=r"ch2_out.mjpeg .*nobody writes to it\): is the camera s"
    ):
        list(Source(pipe))


def test_fifo_of_something_else_is_an_error(pipe, impatient):
    """Bytes come, but no pictures."""
    writer = os.open(str(pipe), os.O_RDWR)  # for both, so that opening does not wait
    os.write(writer, b"\xff\xd8\xff, so it seems")
    with pytest.raises(SourceError, match=r"no picture came .*what comes is no JPEG"):
        list(Source(pipe))
    os.close(writer)


def test_fifo_has_one_reader(pipe, impatient, monkeypatch):
    """A second one would take bytes from the first, and is refused while that one reads."""
    monkeypatch.setattr(fifo, "LOCK_S", 0.2)
    monkeypatch.setattr(fifo, "PATIENCE_S", 60.0)
    writer = ffmpeg("-re", "-f", "lavfi", "-i", "testsrc=s=64x48:r=20:d=60", "-f", "mjpeg", pipe)
    first = iter(Source(pipe))
    next(first)
    with pytest.raises(SourceError, match=r"another Laughtrack reads .*ch2_out.mjpeg.*stop that"):
        next(iter(Source(pipe)))
    first.close()
    next(iter(Source(pipe)))
    writer.kill()
    writer.wait()


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


@pytest.mark.parametrize("piece", [1, 7, 1000, 10**6])
@pytest.mark.parametrize(("pictures", "between"), STREAMS)
def test_stream_is_cut_into_its_pictures(pictures, between, piece):
    """However the bytes come, and whatever else comes with them."""
    stream = b"".join(between + data for data in pictures)
    splitter = jpegs.Splitter()
    found = []
    for at in range(0, len(stream), piece):
        found += splitter.feed(stream[at : at + piece])
    assert found == pictures


def test_endless_picture_is_given_up(monkeypatch):
    """Memory is bounded, and the next picture is found."""
    monkeypatch.setattr(jpegs, "LARGEST_BYTES", 50_000)
    splitter = jpegs.Splitter()
    for _ in range(100):
        assert splitter.feed(jpeg(A)[:-2] + b"\x00" * 4000) == []
        assert len(splitter._bytes) <= 60_000
    assert splitter.feed(jpeg(B))[-1:] == [jpeg(B)]
