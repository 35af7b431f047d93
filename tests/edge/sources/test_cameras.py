"""Cameras: the DeepLens's module and its FIFO give each picture once, with its time of arrival."""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from laughtrack.edge.sources import cameras
from laughtrack.edge.sources.frames import Source, SourceError
from tests.edge.camera_cases import DARK, WIDE, A, B, ffmpeg, picture

ROOT = Path(__file__).parents[3]
STANDINS = ROOT / "tests" / "standins"


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
        for picture in cameras._polled(last_frame, rate_hz):
            if picture is not cameras.NOTHING:
                found.append((picture.number, picture.clock_s, picture.decode()))
    return found


@pytest.mark.slow
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


@pytest.mark.slow
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
    kept = next(pictures).decode()
    memory[:] = 0
    assert np.array_equal(kept, picture(1))


@pytest.mark.slow
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


@pytest.mark.slow
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
from laughtrack.edge.sources.frames import Source, SourceError
try:
    print(next(iter(Source("awscam"))).image.shape)
except SourceError as error:
    print(error)
"""


@pytest.mark.slow
def test_awscam_is_imported_before_cv2(film):
    """In the other order it fails as the real one does, and the message says the cure."""
    first = (
        "from laughtrack.edge.sources import deeplens\n"
        "import sys; assert 'cv2' not in sys.modules\n"
    )
    assert run(f"{first}deeplens.awscam(){OPEN}", LAUGHTRACK_STANDIN_FILM=str(film)) == (
        "(182, 322, 3)\n"
    )
    assert "awscam was imported after cv2" in run(OPEN) and "import awscam first" in run(OPEN)


def test_other_machines_have_no_awscam(monkeypatch):
    """The message says where it would come from, and what to choose instead."""
    monkeypatch.setitem(sys.modules, "awscam", None)
    with pytest.raises(SourceError, match=r"camera awscam: cannot import .*choose another source"):
        Source("awscam")
