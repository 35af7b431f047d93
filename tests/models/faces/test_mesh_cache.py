"""Meshes of faces: found once, carried on after a stop, in units of the box, and in one pose."""

import sys

import cv2
import numpy as np
import pytest

from laughtrack.models.data import labels
from laughtrack.models.faces import mesh_cache, wide_crops
from tests.models import in_training

POINTS = mesh_cache.POINTS

# A pretend face, the same turned, and nothing at all, through MediaPipe itself.
REAL = """
import sys
from pathlib import Path
import cv2, numpy as np
from laughtrack.edge.simulate import faces as audience_faces
from laughtrack.models.faces import wide_crops
from laughtrack.models.data import labels
from laughtrack.models.faces import mesh_cache

work = Path(sys.argv[1])
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
    mesh_cache.find_meshes(listed, faces, work / folder)
"""


def invented(folder, count, size=40):
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
    """Put all points of the mesh on the red dot of the square."""
    light = square[..., 0].astype(float)
    y, x = np.mgrid[: square.shape[0], : square.shape[1]] + 0.5
    place = np.array([(light * x).sum(), (light * y).sum()]) / light.sum() / square.shape[0]
    return np.tile([*place, 0.25], (POINTS, 1))


def turning(yaw, pitch, roll):
    """Return the rotation, shape (3, 3), by three angles in degrees."""
    matrix = np.eye(3)
    for axis, angle in enumerate(np.radians([pitch, yaw, roll])):
        matrix = matrix @ cv2.Rodrigues(np.eye(3)[axis] * angle)[0]
    return matrix


def test_points_are_in_units_of_the_box(tmp_path):
    """A dot is where it is in its box, which needn't be square; depth is in its mean side."""
    listed, faces, dots = invented(tmp_path, 4)
    found = mesh_cache.find_meshes(listed, faces, tmp_path / "work", dot_finder)
    assert found.shape == (4, POINTS, 3) and found.dtype == np.float32
    wanted = (dots - [10, 12]) / [20, 18]
    assert np.allclose(found[:, 0, :2], wanted, atol=0.005)
    assert np.allclose(found[:, :, 2], 0.25 * mesh_cache.face_mesh.INPUT_WIDEN)


@pytest.mark.slow
def test_stopped_search_goes_on_from_the_last_part(tmp_path, monkeypatch):
    """Parts that are whole aren't searched again; in the end one file is left."""
    monkeypatch.setattr(mesh_cache, "CHUNK", 3)
    listed, faces, _ = invented(tmp_path, 8)
    whole = mesh_cache.find_meshes(listed, faces, tmp_path / "whole", dot_finder)
    asked = []

    def stopping(square):
        asked.append(1)
        if len(asked) == 5:
            raise KeyboardInterrupt
        return dot_finder(square)

    with pytest.raises(KeyboardInterrupt):
        mesh_cache.find_meshes(listed, faces, tmp_path / "work", stopping)
    found = mesh_cache.find_meshes(listed, faces, tmp_path / "work", stopping)
    assert len(asked) == 5 + 5 and np.array_equal(found, whole)
    assert len(list((tmp_path / "work").iterdir())) == 1


def test_meshes_are_found_once(tmp_path):
    """The second call asks no finder; for other boxes it would."""
    listed, faces, _ = invented(tmp_path, 2)
    first = mesh_cache.find_meshes(listed, faces, tmp_path / "work", dot_finder)
    assert np.array_equal(first, mesh_cache.find_meshes(listed, faces, tmp_path / "work", None))
    moved = faces._replace(boxes=faces.boxes + 1)
    assert mesh_cache.cache_key(listed, moved) != mesh_cache.cache_key(listed, faces)


def test_face_without_mesh_is_missing(tmp_path, caplog):
    """A face on which none is found, and a picture that has gone, are NaN; the rest is done."""
    listed, faces, _ = invented(tmp_path, 3)
    listed[1].path.unlink()
    answers = iter([None, np.zeros((POINTS, 3))])
    found = mesh_cache.find_meshes(listed, faces, tmp_path / "work", lambda square: next(answers))
    assert np.isnan(found[:, 0, 0]).tolist() == [True, True, False]
    assert f"{listed[1].path}: missing" in caplog.text


def test_no_faces_give_no_meshes(tmp_path):
    """Nothing in, nothing out, and nothing written."""
    none = wide_crops.Faces(np.zeros((0, 1, 1)), np.zeros(0, int), np.zeros((0, 4)))
    assert mesh_cache.find_meshes([], none, tmp_path / "work").shape == (0, POINTS, 3)
    assert not (tmp_path / "work").exists()


def test_missing_mediapipe_is_named_with_its_cure(tmp_path, monkeypatch):
    """The message says how to get it."""
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    listed, faces, _ = invented(tmp_path, 1)
    with pytest.raises(ValueError, match=r"MediaPipe.*laughtrack train-env"):
        mesh_cache.find_meshes(listed, faces, tmp_path / "work")


@pytest.mark.parametrize(
    "angles, scale", [((0, 0, 0), 1), ((0, 0, 35), 0.4), ((50, 0, 0), 3), ((-30, 20, 170), 1.7)]
)
def test_aligning_undoes_turn_and_scale(angles, scale):
    """A mesh turned, scaled and moved comes back to the mean one."""
    mean = np.random.default_rng(1).normal(0, 1, (20, 3))
    moved = scale * mean @ turning(*angles) + [3, -2, 5]
    back = mesh_cache.align_meshes(np.stack([moved, moved * np.nan]), mean)
    assert np.allclose(back[0], mean - mean.mean(axis=0), atol=1e-5)
    assert np.isnan(back[1]).all() and back.dtype == np.float32


def test_aligning_mirrors_nothing():
    """A mirrored mesh can't be brought to lie on the mean one: it stays as far off as it is."""
    mean = np.random.default_rng(1).normal(0, 1, (20, 3))
    back = mesh_cache.align_meshes(mean[None] * [-1, 1, 1], mean)[0]
    assert np.abs(back - (mean - mean.mean(axis=0))).mean() > 0.3


@pytest.mark.train
def test_mediapipe_finds_a_pretend_face(tmp_path):
    """Turned faces have turned meshes, nothing has none, and a second search finds the same."""
    in_training.ran(REAL, tmp_path, "-W", "error::UserWarning")
    straight, turned, blank = np.load(next((tmp_path / "first").iterdir()))
    assert np.isnan(blank).all()
    eyes = [
        mesh[[362, 263], :2].mean(axis=0) - mesh[[33, 133], :2].mean(axis=0)
        for mesh in (straight, turned)
    ]
    angles = [np.degrees(np.arctan2(-y, x)) for x, y in eyes]
    assert abs(angles[0]) < 5 and abs(angles[1] - angles[0] - 20) < 5
    assert np.all(straight[[61, 291], 1] > straight[[33, 263], 1] + 0.2)  # the mouth is below
    assert abs(straight[:, 0].mean() - 0.5) < 0.1
    again = np.load(next((tmp_path / "second").iterdir()))
    assert np.array_equal(again, [straight, turned, blank], equal_nan=True)
