"""Which faces are judged, and how far a score is trusted."""

import cv2
import numpy as np
import pytest

from laughtrack.edge.smile import quality, quality_coefficients
from laughtrack.edge.smile.crops import MIN_QUALITY, SIZE, crop_faces
from laughtrack.edge.smile.crops import quality as face_quality

SIDE_PX = 120  # of the invented face, before it is made smaller


def picture(seed=5):
    """Return a picture with detail of all sizes, and the box of its middle."""
    rng = np.random.default_rng(seed)
    image = np.zeros((2 * SIDE_PX, 2 * SIDE_PX), np.float32)
    for cells in (4, 8, 16, 32, 64):
        coarse = rng.normal(0, 1, (cells, cells)).astype(np.float32)
        image += cv2.resize(coarse, image.shape, interpolation=cv2.INTER_CUBIC)
    image = np.clip(128 + 25 * image, 0, 255).astype(np.uint8)
    return image, np.array([[0.5, 0.5, 1.5, 1.5]]) * SIDE_PX


def seen(width_px=SIDE_PX, blur=0.0, contrast=1.0, confidence=0.75):
    """Quality of the invented face made so wide, blurred by a part of its side, and darkened."""
    image, box = picture()
    image = (image * contrast).astype(np.uint8)
    if blur:
        image = cv2.GaussianBlur(image, (0, 0), blur * SIDE_PX)
    scale = width_px / SIDE_PX
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    crops = crop_faces(image, box * scale)
    return float(face_quality(crops, box * scale, np.array([confidence]))[0])


@pytest.mark.parametrize(
    ("face", "judged"),
    [
        pytest.param({}, True, id="large and sharp"),
        pytest.param({"width_px": 40}, True, id="40 px"),
        pytest.param({"width_px": 24}, True, id="24 px"),
        pytest.param({"width_px": 40, "confidence": 0.1}, True, id="the detector was unsure"),
        pytest.param({"contrast": 0.4}, True, id="a dark room"),
        pytest.param({"blur": 0.01}, True, id="a little out of focus"),
        pytest.param({"width_px": 8}, False, id="8 px"),
        pytest.param({"blur": 0.15}, False, id="nothing but a blur"),
        pytest.param({"width_px": 20, "blur": 0.06}, False, id="small and blurred"),
        pytest.param({"contrast": 0.0}, False, id="black"),
    ],
)
def test_faces_are_judged_unless_small_or_blurred(face, judged):
    """Size and blur decide; light and the detector have little to say."""
    assert 0 <= seen(**face) <= 1
    assert (seen(**face) >= MIN_QUALITY) == judged


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("width_px", (32, 24, 16, 12, 8)),
        ("blur", (0, 0.04, 0.06, 0.1, 0.15)),
        ("contrast", (1.0, 0.3, 0.1)),
        ("confidence", (0.9, 0.6, 0.2)),
    ],
)
def test_worse_faces_have_less_quality(name, values):
    """Nothing makes a face better by making it worse."""
    found = [seen(**{name: value}) for value in values]
    assert found == sorted(found, reverse=True) and found[0] > found[-1]


def test_mirror_changes_the_sign_of_yaw_and_roll():
    """A mirrored face is turned the other way, and as good."""
    crops = crop_faces(*picture())
    there = quality.pose(quality.coarse_cells(crops))[0]
    mirrored = quality.pose(quality.coarse_cells(crops[:, :, ::-1]))[0]
    assert np.abs(there).min() > 0.1
    assert mirrored == pytest.approx(there * [-1, 1, -1], abs=0.3)


def test_quality_does_not_depend_on_the_other_faces():
    """Alone or among others: the same number."""
    crops = np.stack([crop_faces(*picture(seed))[0] for seed in range(7)])
    boxes = np.tile([0.0, 0.0, 30.0, 30.0], (7, 1)) * np.linspace(0.5, 3, 7)[:, None]
    confidence = np.linspace(0, 1, 7)
    together = face_quality(crops, boxes, confidence)
    alone = [face_quality(crops[[i]], boxes[[i]], confidence[[i]])[0] for i in range(7)]
    assert together == pytest.approx(alone, abs=1e-6) and len(set(alone)) == 7


def test_faces_that_do_not_match_are_refused():
    """The message says how many there were of each."""
    with pytest.raises(ValueError, match=r"differ in number: \(2, 1, 1\)"):
        face_quality(np.zeros((2, SIZE, SIZE), np.uint8), np.array([[0, 0, 9, 9]]), np.ones(1))


def test_every_part_takes_something_off_or_nothing():
    """The shipped numbers name each part once, and none is below 0."""
    assert tuple(quality_coefficients.COSTS) == quality.PARTS
    assert min(quality_coefficients.COSTS.values()) >= 0
    assert 2 / (1 + np.exp(-quality_coefficients.BEST)) - 1 > MIN_QUALITY
