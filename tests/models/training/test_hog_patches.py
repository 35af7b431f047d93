"""Patches of face and mouth: upright and of one size, however the face lies in its picture."""

import cv2
import numpy as np
import pytest

from laughtrack.models.data import labels
from laughtrack.models.faces import wide_crops
from laughtrack.models.training import hog_patches

POINTS = 468


def drawn(size=240):
    """Return a smooth grey picture and points (POINTS, 2) of a level face in it."""
    coarse = np.random.default_rng(2).integers(0, 256, (12, 12), dtype=np.uint8)
    picture = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    points = np.full((POINTS, 2), np.nan)
    points[[33, 133, 362, 263]] = [(90, 105), (106, 105), (134, 105), (150, 105)]
    points[[61, 291, 0, 17]] = [(104, 145), (136, 145), (120, 139), (120, 151)]
    return picture, points


def test_level_face_is_cut_where_it_is():
    """The mouth is in the middle of its patch, the eyes in the upper half of theirs."""
    picture, points = np.zeros((240, 240), np.uint8), drawn()[1]
    picture[141:149, 116:124] = 255
    picture[103:107, 96:100] = 255
    face, mouth = hog_patches.upright_patches(picture, points)
    assert face.shape == (96, 96) and mouth.shape == (48, 64)
    y, x = np.mgrid[:48, :64]
    assert abs(np.average(x, weights=mouth) - 31.5) < 0.3
    assert abs(np.average(y, weights=mouth) - 23.5) < 0.3
    left = face[:48, :48] > 128  # the left eye's dot, 22 px from the middle of both
    size = np.sqrt(44 * 40)
    column = 47.5 - 22 * 96 / (2.6 * size)
    assert left.any() and abs(np.nonzero(left)[1].mean() - column) < 1


@pytest.mark.parametrize("angle, scale", [(0, 1), (25, 1), (-70, 1), (180, 1), (15, 0.7), (0, 1.4)])
def test_turned_face_gives_the_same_patches(angle, scale):
    """Turned or of another size in the picture, the patches hardly change."""
    picture, points = drawn()
    matrix = cv2.getRotationMatrix2D((119.5, 119.5), angle, scale)
    turned = cv2.warpAffine(picture, matrix, (240, 240), borderMode=cv2.BORDER_REPLICATE)
    # Points count from the corner of the first pixel, the matrix from its middle.
    moved = (points - 0.5) @ matrix[:, :2].T + matrix[:, 2] + 0.5
    pairs = zip(
        hog_patches.upright_patches(picture, points),
        hog_patches.upright_patches(turned, moved),
        strict=True,
    )
    for before, after in pairs:
        off = np.abs(before.astype(float) - after)[8:-8, 8:-8]
        assert off.mean() < 3, (angle, scale)


def test_large_faces_lose_what_is_too_fine():
    """A fine pattern becomes grey, not another pattern."""
    picture = np.zeros((960, 960), np.uint8)
    picture[:, ::2] = 255
    face, _ = hog_patches.upright_patches(picture, drawn()[1] * 4)
    assert face.std() < 20


def test_mesh_goes_from_its_box_to_the_picture():
    """The box's corners are the mesh's (0, 0) and (1, 1)."""
    mesh = np.array([[0, 0, 9], [1, 1, 9], [0.5, 2, 9.0]])
    placed = hog_patches.to_pixels(mesh, np.array([10.0, 20, 30, 50]))
    assert placed.tolist() == [[10, 20], [30, 50], [20, 80]]


def test_edges_are_missing_without_mesh_or_picture(tmp_path, caplog):
    """Of three faces, one has neither NaN nor zeros only; the others are named or NaN."""
    picture, points = drawn()
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    listed = [
        labels.Picture(tmp_path / name, "own", name, "train", "1") for name in ("a.png", "gone.png")
    ]
    boxes = np.array([[0.0, 0, 240, 240]] * 3)
    faces = wide_crops.Faces(np.zeros((3, 1, 1)), np.array([0, 0, 1]), boxes)
    mesh = np.nan_to_num(np.column_stack([points / 240, np.zeros(POINTS)]))
    rows = hog_patches.hog_features(listed, faces, np.stack([mesh, mesh * np.nan, mesh]))
    assert rows.shape == (3, 5616) and rows.dtype == np.float32
    assert np.isfinite(rows[0]).all() and rows[0].std() > 0
    assert np.isnan(rows[1:]).all() and "gone.png: missing" in caplog.text
