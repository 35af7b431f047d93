"""The preview's FIFO: whole pictures, the newest, for whoever reads; nobody ever waits for it."""

import grp
import os
import stat
import subprocess
import threading
import time

import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from laughtrack.edge.preview import fifo
from laughtrack.edge.preview.draw import NO_SMILE, SMILE
from laughtrack.edge.preview.fifo import FifoPreview, encode
from laughtrack.edge.preview.preview import open_preview
from laughtrack.edge.readings import Reading
from laughtrack.edge.sources.frames import Frame
from laughtrack.edge.sources.mjpeg import Splitter
from laughtrack.tracker.tracks import Track


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Return a free name; readers are looked for often."""
    monkeypatch.setattr(fifo, "RETRY_S", 0.02)
    return str(tmp_path / "results.mjpeg")


def noise(seed=0):
    """Return a picture whose JPEG is far larger than a pipe."""
    return np.random.default_rng(seed).integers(0, 256, (480, 858, 3), dtype=np.uint8)


def showing(preview, stop, image_of=lambda n: np.full((96, 160, 3), n % 200, np.uint8)):
    """Show frames in a thread until told to stop; returns the thread."""

    def show():
        n = 0
        while not stop.wait(0.005):
            preview.show(Frame(n, n / 10, image_of(n)), [], [])
            n += 1

    thread = threading.Thread(target=show)
    thread.start()
    return thread


def read_pictures(file, count):
    """Read so many whole pictures from an open FIFO."""
    splitter, found = Splitter(), []
    while len(found) < count:
        data = os.read(file, 50_000)
        assert data, "the stream ended"
        found += splitter.feed(data)
    return found


def wait_for(condition):
    """Wait until a condition holds."""
    until_s = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until_s
        time.sleep(0.005)


def shade(jpeg):
    """Return the grey level in a picture's middle."""
    return int(cv2.imdecode(np.frombuffer(jpeg, np.uint8), 0)[240, 429])


@pytest.mark.parametrize(
    ("height", "width", "corner_black"), [(1520, 2688, True), (480, 858, False), (480, 640, True)]
)
def test_picture_has_the_viewers_size_and_the_frames_shape(height, width, corner_black):
    """A circle stays a circle; what is left over is black."""
    image = np.full((height, width, 3), 255, np.uint8)
    cv2.circle(image, (width // 2, height // 2), height // 3, (0, 0, 0), -1)
    picture = cv2.imdecode(np.frombuffer(encode(image, [], []), np.uint8), 0)
    assert picture.shape == (480, 858)
    black = picture < 128
    assert bool(black[0, 0]) == corner_black
    across, down = int(black[240, 200:658].sum()), int(black[20:460, 429].sum())
    assert abs(across - down) <= 2


@pytest.mark.parametrize(("smile", "colour"), [(0.9, SMILE), (0.1, NO_SMILE)])
def test_boxes_are_where_the_faces_are(smile, colour):
    """On a frame three times as large; lines as thick as ever, in the score's colour."""
    image = np.zeros((1440, 2574, 3), np.uint8)
    track = Track(7, np.array([300.0, 300.0, 900.0, 900.0]), True, 0.7)
    reading = Reading(7, 0.0, (300, 300, 900, 900), 0.9, smile, smile)
    data = np.frombuffer(encode(image, [track], [reading]), np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR).astype(int)
    for y, x in ((200, 100), (200, 300), (300, 200)):
        assert np.abs(picture[y, x] - colour).max() < 60
    assert not image.any() and track.box[0] == 300


def test_nobody_reading_costs_nothing(path):
    """Frames are forgotten at once, and the FIFO is there for its reader."""
    preview = FifoPreview(path)
    assert stat.S_ISFIFO(os.stat(path).st_mode)
    preview.show(Frame(0, 0.0, noise()), [], [])
    assert preview._waiting is None
    preview.close()
    assert not preview._thread.is_alive() and os.path.exists(path)


@pytest.mark.parametrize("there", [None, 0o644, 0o666])
@pytest.mark.parametrize("group", ["", grp.getgrgid(os.getgid()).gr_name])
def test_only_the_owner_reads_it_or_a_group_that_is_named(path, group, there):
    """Whatever the umask, and also where an older one was everybody's."""
    if there is not None:
        os.mkfifo(path)
        os.chmod(path, there)
    mask = os.umask(0)
    try:
        FifoPreview(path, group).close()
    finally:
        os.umask(mask)
    assert os.stat(path).st_mode & 0o777 == (0o640 if group else 0o600)
    assert os.stat(path).st_gid == os.getgid()


def test_group_that_is_not_there_is_an_error():
    """Before anything is made."""
    with pytest.raises(ValueError, match=r"'fifo:no-such': there is no group no-such"):
        open_preview("fifo:no-such", 10)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make another user's FIFO")
def test_another_users_fifo_gets_no_picture(path):
    """Neither one that lies in wait in /tmp, nor one that is put in our own one's place."""
    os.mkfifo(path)
    os.chown(path, 12345, 12345)
    with pytest.raises(OSError, match=r"results\.mjpeg: it belongs to another user; remove it"):
        FifoPreview(path)
    os.remove(path)
    preview, stop = FifoPreview(path), threading.Event()
    os.remove(path)
    os.mkfifo(path)
    os.chown(path, 12345, 12345)
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    thread = showing(preview, stop)
    time.sleep(0.2)
    assert not preview._watched and os.read(file, 10) == b""
    stop.set()
    thread.join()
    os.close(file)
    preview.close()


@pytest.mark.slow
def test_real_player_shows_it(path, tmp_path):
    """A real ffmpeg reads the stream as the DeepLens's viewer does."""
    preview, stop = FifoPreview(path), threading.Event()
    thread = showing(preview, stop)
    words = ["-loglevel", "error", "-f", "mjpeg", "-probesize", "32", "-i", path]
    words += ["-frames:v", "5", str(tmp_path / "%d.png")]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words], check=True, timeout=600)
    stop.set()
    thread.join()
    preview.close()
    shots = [cv2.imread(str(tmp_path / f"{n}.png")) for n in range(1, 6)]
    assert all(shot.shape == (480, 858, 3) for shot in shots)


def test_readers_come_and_go(path):
    """Each one's stream begins with a whole picture; the one before may leave in the middle."""
    preview, stop = FifoPreview(path), threading.Event()
    picture = noise()
    thread = showing(preview, stop, lambda n: picture)
    for _ in range(3):
        file = os.open(path, os.O_RDONLY)
        assert os.read(file, 2) == b"\xff\xd8"
        os.read(file, 1000)
        os.close(file)
        # One who comes before this has been noticed reads on where the last one left.
        wait_for(lambda: not preview._watched)
    stop.set()
    thread.join()
    preview.close()
    assert not preview._thread.is_alive()


@pytest.mark.slow
def test_at_most_fifteen_a_second(path):
    """However many are shown."""
    preview, stop = FifoPreview(path), threading.Event()
    thread = showing(preview, stop)
    file = os.open(path, os.O_RDONLY)
    read_pictures(file, 1)
    began_s = time.monotonic()
    read_pictures(file, 9)
    assert time.monotonic() - began_s > 7 / fifo.RATE_HZ
    stop.set()
    thread.join()
    os.close(file)
    preview.close()


def test_slow_reader_gets_whole_pictures_and_the_newest(path):
    """Frames shown while a picture is stuck in the pipe are dropped but for the last."""
    preview = FifoPreview(path)
    file = os.open(path, os.O_RDONLY)
    wait_for(lambda: preview._watched)
    preview.show(Frame(0, 0.0, noise()), [], [])
    wait_for(lambda: preview._waiting is None)
    for n in range(1, 100):
        preview.show(Frame(n, n / 10, np.full((96, 160, 3), n, np.uint8)), [], [])
    first, second = read_pictures(file, 2)
    assert len(first) > 200_000
    assert shade(second) == pytest.approx(99, abs=2)
    preview.close()
    assert os.read(file, 10) == b""
    os.close(file)


def test_picture_begun_is_finished_at_the_end(path):
    """A reader who keeps reading gets the rest of it, and then the end."""
    preview = FifoPreview(path)
    file = os.open(path, os.O_RDONLY)
    wait_for(lambda: preview._watched)
    preview.show(Frame(0, 0.0, noise()), [], [])
    data = os.read(file, 1000)
    closing = threading.Thread(target=preview.close)
    closing.start()
    splitter = Splitter()
    found = splitter.feed(data)
    while data:
        data = os.read(file, 50_000)
        found += splitter.feed(data)
    closing.join()
    os.close(file)
    assert len(found) == 1 and splitter._bytes == b""


@pytest.mark.slow
def test_reader_who_takes_nothing_cannot_hold_up_the_end(path):
    """Closing hangs up on a reader who stopped reading."""
    preview = FifoPreview(path)
    file = os.open(path, os.O_RDONLY)
    wait_for(lambda: preview._watched)
    preview.show(Frame(0, 0.0, noise()), [], [])
    os.read(file, 1000)
    preview.close()
    wait_for(lambda: not preview._thread.is_alive())
    os.close(file)


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_no_fifo_is_refused(tmp_path, kind):
    """Nothing of that name is written over, nor what a link points to."""
    path = tmp_path / "results.mjpeg"
    if kind == "file":
        path.write_bytes(b"mine")
    elif kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(tmp_path / "other")
        path.symlink_to(tmp_path / "other")
    with pytest.raises(ValueError, match=r"results\.mjpeg': that is no FIFO; remove it"):
        FifoPreview(str(path))


def test_folder_that_is_not_there_is_an_error(tmp_path):
    """The message names the FIFO."""
    with pytest.raises(OSError, match=r"cannot make the preview's FIFO .*no/results\.mjpeg"):
        FifoPreview(str(tmp_path / "no" / "results.mjpeg"))


def test_the_word_fifo_is_the_project_stream(path, monkeypatch):
    """And the path of a FIFO is itself; footage is not written into."""
    monkeypatch.setattr("laughtrack.edge.preview.preview.PROJECT_STREAM", path)
    for place in ("fifo", path):
        open_preview(place, 10).close()
    assert stat.S_ISFIFO(os.stat(path).st_mode)
    for place in ("fifo", path):
        with pytest.raises(ValueError, match="overwrite the footage"):
            open_preview(place, 10, path)
