"""Clips are scored frame by frame, against smiles timed by eye."""

from contextlib import contextmanager

import cv2
import numpy as np
import pytest

from laughtrack.edge.smile.smoothing import Smoother
from laughtrack.models.evaluation.clips.video import measure_clips
from tests.bench.film_kinds import ffmpeg

HEAD = "clip,fps,person,first_frame,last_frame,label,note\n"
BOX = np.array([[40.0, 40.0, 104.0, 104.0]])


@contextmanager
def counted(what, count):
    """Count nothing."""
    yield lambda done: None


def film(path, levels, fps=20):
    """Write a clip: a square whose grey is the smile."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), fps, (144, 144))
    for level in levels:
        writer.write(np.full((144, 144, 3), round(255 * level), np.uint8))
    writer.release()


def brightness(cut):
    """Score crops by their mean."""
    return cut.reshape(len(cut), -1).mean(axis=1) / 255


def faces(image):
    """Find a face where it isn't black, and a smaller one beside it."""
    if image.max() < 10:
        return np.zeros((0, 4)), np.zeros(0)
    return np.array([[0.0, 0, 20, 20], BOX[0]]), np.array([0.9, 0.8])


@pytest.mark.slow
def test_clip_with_a_smile(tmp_path):
    """Steadied, a step follows late: seen in frames right and in the onset."""
    film(tmp_path / "a.avi", [0.2] * 30 + [0.8] * 30)
    text = "a.avi,20,ann,0,29,neutral,\na.avi,20,ann,30,59,smile,\n"
    (tmp_path / "smile_intervals.csv").write_text(HEAD + text)
    found = measure_clips(tmp_path, faces, brightness, counted)
    clip = found["clips"]["a.avi"]
    assert (clip["frames"], clip["found"]) == (60, 60)
    assert clip["auc"] == 1
    smoother = Smoother()
    steady = [smoother.update(1, f / 20, 0.2 if f < 30 else 0.8) for f in range(60)]
    late = sum(score < 0.5 for score in steady[30:])
    assert late > 1 and clip["right"] == round(1 - late / 60, 4)
    (onset,) = clip["onsets"]
    assert onset["rise_s"] == pytest.approx((30 + late) / 20)
    assert onset["off_s"] == pytest.approx(late / 20) and onset["near"]
    assert found["auc"] == [1, None, None]


def test_frames_without_a_face_are_counted_not_scored(tmp_path):
    """Black frames have no face."""
    film(tmp_path / "a.avi", [0.0] * 10 + [0.8] * 10)
    (tmp_path / "smile_intervals.csv").write_text(HEAD + "a.avi,20,ann,0,19,smile,\n")
    found = measure_clips(tmp_path, faces, brightness, counted)
    clip = found["clips"]["a.avi"]
    assert (clip["frames"], clip["found"], clip["right"]) == (20, 10, 1)
    assert clip["auc"] is None and clip["onsets"] == []


def test_clips_together_are_one_lot_of_frames(tmp_path):
    """One clip's smile scores below the other's neutral face: 1 within each, 3/4 together."""
    film(tmp_path / "a.avi", [0.1] * 10 + [0.3] * 10)
    film(tmp_path / "b.avi", [0.5] * 10 + [0.9] * 10)
    lines = [f"{n}.avi,20,ann,{a},{b},{c},\n" for n in "ab" for a, b, c in SPANS]
    (tmp_path / "smile_intervals.csv").write_text(HEAD + "".join(lines))
    steps = []

    @contextmanager
    def counted(what, count):
        steps.append((what, count))
        yield steps.append

    found = measure_clips(tmp_path, faces, brightness, counted)
    assert [clip["auc"] for clip in found["clips"].values()] == [1, 1]
    assert found["auc"][0] == 0.75
    assert steps == [("clips", 2), 1, 2]


SPANS = [(0, 9, "neutral"), (10, 19, "smile")]


def test_missing_clip_is_told_and_the_rest_done(tmp_path):
    """A clip that isn't there, and one that is none."""
    film(tmp_path / "a.avi", [0.8] * 5)
    (tmp_path / "text.avi").write_text("no film")
    names = ("gone.avi", "text.avi", "a.avi")
    lines = [f"{name},20,ann,0,4,smile,\n" for name in names]
    (tmp_path / "smile_intervals.csv").write_text(HEAD + "".join(lines))
    found = measure_clips(tmp_path, faces, brightness, counted)
    assert list(found["clips"]) == ["a.avi"]
    gone, text = found["unreadable"]
    assert gone == f"{tmp_path}/gone.avi: no such file"
    assert text.startswith(f"cannot read {tmp_path}/text.avi as a video: it is damaged or of an")


@pytest.mark.slow
def test_clips_are_read_as_films_are(tmp_path):
    """An interlaced one, which OpenCV gives as black; what of a damaged one is lost is told."""
    grey = ("-f", "lavfi", "-i", "color=0xcccccc:s=144x144:r=20:d=1", "-pix_fmt", "yuv420p")
    interlaced = ("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-q:v", 2, tmp_path / "a.ts")
    ffmpeg(*grey, *interlaced)
    film(tmp_path / "b.avi", [0.8] * 20)
    data = (tmp_path / "b.avi").read_bytes()
    pictures = data.split(b"\xff\xd8")
    pictures[10] = bytes(len(pictures[10]))
    (tmp_path / "b.avi").write_bytes(b"\xff\xd8".join(pictures))
    lines = [f"{name},20,ann,0,14,smile,\n" for name in ("a.ts", "b.avi")]
    (tmp_path / "smile_intervals.csv").write_text(HEAD + "".join(lines))
    found = measure_clips(tmp_path, faces, brightness, counted)
    assert [clip["found"] for clip in found["clips"].values()] == [15, 15]
    assert [clip["right"] for clip in found["clips"].values()] == [1, 1]
    assert any("b.avi: 1 picture" in line for line in found["unreadable"])


def test_no_intervals_are_no_figures(tmp_path):
    """Empty in, empty out."""
    (tmp_path / "smile_intervals.csv").write_text(HEAD)
    found = measure_clips(tmp_path, faces, brightness, counted)
    assert found["clips"] == {} and found["auc"] == [None] * 3
