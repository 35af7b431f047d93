"""Landmarks of faces: found once, carried on after a stop, and in units of the box."""

import sys
from functools import partial

import cv2
import numpy as np
import pytest

from laughtrack.models.data import labels
from laughtrack.models.faces import landmark_cache, wide_crops
from laughtrack.models.faces.landmarker import BLENDSHAPES, POINTS, Landmarks
from tests.models import in_training


def same(first, second):
    """Say whether two sets of landmarks are the same, missing ones included."""
    return all(map(partial(np.array_equal, equal_nan=True), first, second))


# A pretend face, the same turned, and nothing at all, through MediaPipe itself.
REAL = """
import sys
from pathlib import Path
import cv2, numpy as np
from laughtrack.edge.simulate import faces as audience_faces
from laughtrack.models.faces import wide_crops
from laughtrack.models.data import labels
from laughtrack.models.faces import landmark_cache

work, model = Path(sys.argv[1]), Path(sys.argv[2])
(face,) = audience_faces.draw_people([90], 3)
head = audience_faces.with_smile(face, 0.9)
picture = np.full((360, 360, 3), 90, np.uint8)
top, left = (360 - head.shape[0]) // 2, (360 - head.shape[1]) // 2
paste = picture[top : top + head.shape[0], left : left + head.shape[1]]
paste[:] = face.alpha[..., None] * head + (1 - face.alpha[..., None]) * paste
box = np.array(face.box) + [left, top, left, top]
turn = cv2.getRotationMatrix2D(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), 20, 1)
turned = cv2.warpAffine(picture, turn, (360, 360), borderMode=cv2.BORDER_REPLICATE)
listed = []
for name, image in (("straight", picture), ("turned", turned), ("blank", picture * 0 + 90)):
    cv2.imwrite(str(work / f"{name}.png"), image)
    listed.append(labels.Picture(work / f"{name}.png", "own", name, "train", "1"))
faces = wide_crops.Faces(np.zeros((3, 1, 1)), np.arange(3), np.stack([box] * 3))
for folder in ("first", "second"):
    landmark_cache.find_landmarks(listed, faces, work / folder, model)
"""


def invented(folder, count, size=80):
    """Write pictures with one red dot each; return the list, faces, and the dots' (N, 2) px."""
    rng = np.random.default_rng(5)
    dots = rng.integers(12, 28, (count, 2))
    listed = []
    for number, (x, y) in enumerate(dots):
        picture = np.zeros((size, size, 3), np.uint8)
        picture[y, x] = (0, 0, 255)
        path = folder / f"{number}.png"
        cv2.imwrite(str(path), picture)
        listed.append(labels.Picture(path, "own", path.name, "train", "1"))
    boxes = np.array([[10.0, 12, 30, 30]] * count)
    return listed, wide_crops.Faces(np.zeros((count, 1, 1)), np.arange(count), boxes), dots + 0.5


def dot_finder(square):
    """Put all points on the red dot of the square; no movement but one."""
    light = square[..., 0].astype(float)
    y, x = np.mgrid[: square.shape[0], : square.shape[1]] + 0.5
    place = np.array([(light * x).sum(), (light * y).sum()]) / light.sum() / square.shape[0]
    return Landmarks(np.tile([*place, 0.25], (POINTS, 1)), np.eye(BLENDSHAPES)[3])


def test_points_are_in_units_of_the_box(tmp_path):
    """A dot is where it is in its box, which needn't be square."""
    listed, faces, dots = invented(tmp_path, 4)
    found = landmark_cache.find_landmarks(listed, faces, tmp_path / "work", dot_finder)
    assert found.points.shape == (4, POINTS, 2) and found.points.dtype == np.float32
    wanted = (dots - [10, 12]) / [20, 18]
    assert np.allclose(found.points[:, 0], wanted, atol=0.005)
    assert np.array_equal(found.blendshapes, np.tile(np.eye(BLENDSHAPES)[3], (4, 1)))


@pytest.mark.slow
def test_stopped_search_goes_on_from_the_last_part(tmp_path, monkeypatch):
    """Parts that are whole aren't searched again; in the end one file is left."""
    monkeypatch.setattr(landmark_cache, "CHUNK", 3)
    listed, faces, _ = invented(tmp_path, 8)
    whole = landmark_cache.find_landmarks(listed, faces, tmp_path / "whole", dot_finder)
    asked = []

    def stopping(square):
        asked.append(1)
        if len(asked) == 5:
            raise KeyboardInterrupt
        return dot_finder(square)

    with pytest.raises(KeyboardInterrupt):
        landmark_cache.find_landmarks(listed, faces, tmp_path / "work", stopping)
    found = landmark_cache.find_landmarks(listed, faces, tmp_path / "work", stopping)
    assert len(asked) == 5 + 5 and same(found, whole)
    assert len(list((tmp_path / "work").iterdir())) == 1


def test_landmarks_are_found_once(tmp_path):
    """The second call asks no finder; for other boxes it would."""
    listed, faces, _ = invented(tmp_path, 2)
    first = landmark_cache.find_landmarks(listed, faces, tmp_path / "work", dot_finder)
    again = landmark_cache.find_landmarks(listed, faces, tmp_path / "work", tmp_path / "none")
    assert same(first, again)
    moved = faces._replace(boxes=faces.boxes + 1)
    assert landmark_cache.cache_key(listed, moved) != landmark_cache.cache_key(listed, faces)


def test_face_without_landmarks_is_missing(tmp_path, caplog):
    """A face on which none is found, and a picture that has gone, are NaN; the rest is done."""
    listed, faces, _ = invented(tmp_path, 3)
    listed[1].path.unlink()
    answers = iter([None, Landmarks(np.zeros((POINTS, 3)), np.zeros(BLENDSHAPES))])
    found = landmark_cache.find_landmarks(
        listed, faces, tmp_path / "work", lambda square: next(answers)
    )
    assert np.isnan(found.points[:, 0, 0]).tolist() == [True, True, False]
    assert f"{listed[1].path}: missing" in caplog.text


def test_no_faces_give_no_landmarks(tmp_path):
    """Nothing in, nothing out, and nothing written."""
    none = wide_crops.Faces(np.zeros((0, 1, 1)), np.zeros(0, int), np.zeros((0, 4)))
    found = landmark_cache.find_landmarks([], none, tmp_path / "work", tmp_path / "none")
    assert found.points.shape == (0, POINTS, 2) and found.blendshapes.shape == (0, BLENDSHAPES)
    assert not (tmp_path / "work").exists()


def test_missing_mediapipe_is_named_with_its_cure(tmp_path, monkeypatch):
    """The message says how to get it."""
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    listed, faces, _ = invented(tmp_path, 1)
    with pytest.raises(ValueError, match=r"MediaPipe.*laughtrack train-env"):
        landmark_cache.find_landmarks(listed, faces, tmp_path / "work", tmp_path / "none")


def test_landmarker_that_is_none_is_named(tmp_path):
    """A file that is not there, and one that is something else: named, with what to give."""
    listed, faces, _ = invented(tmp_path, 1)
    for file in (tmp_path / "none.task", listed[0].path):
        with pytest.raises(ValueError, match=r"--landmarker|train-env") as error:
            landmark_cache.find_landmarks(listed, faces, tmp_path / "work", file)
        assert str(file) in str(error.value) or "MediaPipe" in str(error.value)


@pytest.mark.train
def test_mediapipe_finds_a_pretend_face(tmp_path, landmarker_file):
    """A turned face has turned landmarks, nothing has none, and a second search finds the same."""
    in_training.ran(REAL, tmp_path, "-W", "error::UserWarning", words=[landmarker_file])
    rows = np.load(next((tmp_path / "first").iterdir()))
    assert np.isnan(rows[2]).all()
    straight, turned = rows[:2, : 2 * POINTS].reshape(2, POINTS, 2)
    eyes = [
        points[[362, 263]].mean(axis=0) - points[[33, 133]].mean(axis=0)
        for points in (straight, turned)
    ]
    angles = [np.degrees(np.arctan2(-y, x)) for x, y in eyes]
    assert abs(angles[0]) < 5 and abs(angles[1] - angles[0] - 20) < 5
    assert np.all(straight[[61, 291], 1] > straight[[33, 263], 1] + 0.2)  # the mouth is below
    assert abs(straight[:, 0].mean() - 0.5) < 0.1
    assert np.all((rows[:2, 2 * POINTS :] >= 0) & (rows[:2, 2 * POINTS :] <= 1))
    again = np.load(next((tmp_path / "second").iterdir()))
    assert np.array_equal(again, rows, equal_nan=True)
