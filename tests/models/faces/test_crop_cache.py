"""Crops kept as they are cut: none lost by a stop, none cut twice."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from laughtrack.edge.smile import smilenet
from laughtrack.models.data import labels
from laughtrack.models.faces import crop_cache

ROOT = Path(__file__).parents[3]
BOX = np.array([[30.0, 30, 90, 90]])
KILLED = """
import os, signal, sys
import numpy as np
from laughtrack.models.faces import crop_cache
from laughtrack.models.data import labels

def finder(image):
    return np.array([[30.0, 30, 90, 90]]), np.ones(1)

def step(done):
    if done == 3:
        os.kill(os.getpid(), signal.SIGKILL)

listed = [labels.Picture(path, "own", path, "train", "1") for path in sys.argv[2:]]
crop_cache.cut_crops(listed, sys.argv[1], step, finder)
"""


def photos(folder, count):
    """Write smooth pictures and return them listed."""
    listed = []
    for n in range(count):
        coarse = np.random.default_rng(n).integers(0, 256, (9, 9, 3), dtype=np.uint8)
        path = folder / f"{n}.png"
        cv2.imwrite(str(path), cv2.resize(coarse, (120, 120), interpolation=cv2.INTER_CUBIC))
        listed.append(labels.Picture(path, "own", path.name, "train", "1"))
    return listed


class Finder:
    """Finds the same box in every picture, or in the first few, and counts."""

    def __init__(self, most=99):
        self.asked, self.most = 0, most

    def __call__(self, image):
        """Return boxes and confidence."""
        self.asked += 1
        boxes = BOX if self.asked <= self.most else BOX[:0]
        return boxes, np.ones(len(boxes))


def cut(listed, path, finder=None):
    """Cut with a fake finder; return what is wrong."""
    return crop_cache.cut_crops(listed, path, lambda done: None, finder or Finder())


def crop_of(entry):
    """Return a kept crop."""
    return cv2.imdecode(np.frombuffer(entry.png, np.uint8), cv2.IMREAD_UNCHANGED)


def test_cut_is_the_loops_own_crop(tmp_path):
    """Grey, 48 x 48, and kept without loss."""
    listed = photos(tmp_path, 2)
    assert cut(listed, tmp_path / "c") == []
    kept = crop_cache.load_crops(tmp_path / "c")
    assert list(kept) == [str(p.path) for p in listed]
    image = cv2.imread(str(listed[1].path))
    assert np.array_equal(crop_of(kept[str(listed[1].path)]), smilenet.crop_faces(image, BOX)[0])


def test_picture_without_a_face_is_kept_as_such(tmp_path):
    """It isn't searched again."""
    listed = photos(tmp_path, 3)
    cut(listed, tmp_path / "c", Finder(most=1))
    assert [e.png is None for e in crop_cache.load_crops(tmp_path / "c").values()] == [
        False,
        True,
        True,
    ]
    again = Finder()
    cut(listed, tmp_path / "c", again)
    assert again.asked == 0


def test_wrong_pictures_are_named_and_the_rest_is_cut(tmp_path):
    """Missing, and broken."""
    listed = photos(tmp_path, 4)
    listed[0].path.unlink()
    listed[2].path.write_bytes(listed[2].path.read_bytes()[:200])
    done = []
    problems = crop_cache.cut_crops(listed, tmp_path / "c", done.append, Finder())
    assert problems == [
        f"{listed[0].path}: missing",
        f"{listed[2].path}: no picture, or a broken one",
    ]
    assert len(crop_cache.load_crops(tmp_path / "c")) == 2 and done == [1, 2, 3, 4]


@pytest.mark.slow
def test_killed_work_is_carried_on(tmp_path):
    """What was cut when the power went is not cut again, and comes out the same."""
    listed = photos(tmp_path, 6)
    words = [sys.executable, "-c", KILLED, tmp_path / "c", *(p.path for p in listed)]
    assert subprocess.run(words, cwd=ROOT, timeout=600).returncode == -signal.SIGKILL
    with (tmp_path / "c").open("ab") as file:
        file.write(b'{"picture": "half a li')
    rest = Finder()
    assert cut(listed, tmp_path / "c", rest) == [] and rest.asked == 3
    cut(listed, tmp_path / "whole")
    assert crop_cache.load_crops(tmp_path / "c") == crop_cache.load_crops(tmp_path / "whole")


def test_stop_before_the_first_line_was_whole(tmp_path):
    """It starts again."""
    (tmp_path / "c").write_bytes(b'{"made_')
    assert cut(photos(tmp_path, 1), tmp_path / "c") == []
    assert len(crop_cache.load_crops(tmp_path / "c")) == 1


def test_changed_picture_is_cut_again(tmp_path):
    """Its new crop counts."""
    listed = photos(tmp_path, 2)
    cut(listed, tmp_path / "c")
    cv2.imwrite(str(listed[0].path), np.zeros((130, 130, 3), np.uint8))
    again = Finder()
    cut(listed, tmp_path / "c", again)
    assert (
        again.asked == 1
        and not crop_of(crop_cache.load_crops(tmp_path / "c")[str(listed[0].path)]).any()
    )


def test_cuts_of_other_code_are_not_used(tmp_path):
    """Another OpenCV, detector or crop function makes other crops."""
    listed = photos(tmp_path, 2)
    cut(listed, tmp_path / "c")
    lines = (tmp_path / "c").read_text().splitlines()
    (tmp_path / "c").write_text("\n".join([json.dumps({"made_by": "x"}), *lines[1:]]) + "\n")
    again = Finder()
    cut(listed, tmp_path / "c", again)
    assert again.asked == 2 and len(crop_cache.load_crops(tmp_path / "c")) == 2


def test_crop_of_a_ready_crop_is_itself(tmp_path):
    """Pixel for pixel; larger ones are brought to size; the other way's crops don't count."""
    listed = photos(tmp_path, 2)
    cut(listed, tmp_path / "c")
    crop = crop_of(crop_cache.load_crops(tmp_path / "c")[str(listed[0].path)])
    cv2.imwrite(str(listed[0].path), crop)
    cut(listed, tmp_path / "c", crop_cache.whole_picture)
    kept = crop_cache.load_crops(tmp_path / "c")
    assert np.array_equal(crop_of(kept[str(listed[0].path)]), crop)
    assert not np.array_equal(
        crop_of(kept[str(listed[1].path)]),
        smilenet.crop_faces(cv2.imread(str(listed[1].path)), BOX)[0],
    )


def test_nothing_cut_yet_is_empty(tmp_path):
    """No file, no crops."""
    assert crop_cache.load_crops(tmp_path / "c") == {} and not (tmp_path / "c").exists()
