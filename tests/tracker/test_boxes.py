"""Boxes: conversions, overlap, and what is refused."""

import numpy as np
import pytest

from laughtrack.tracker.boxes import (
    check_boxes,
    check_scores,
    contained,
    overlap,
    to_centre,
    to_corners,
)

HERE = np.array([[0.0, 0, 10, 10]])


@pytest.mark.parametrize(
    "other, same, inside",
    [
        ([0, 0, 10, 10], 1.0, 1.0),  # the same box
        ([5, 0, 15, 10], 1 / 3, 0.5),  # half of it
        ([0, 0, 20, 20], 0.25, 1.0),  # all within a bigger one
        ([10, 0, 20, 10], 0.0, 0.0),  # touching
        ([30, 30, 40, 40], 0.0, 0.0),  # far
    ],
)
def test_overlap(other, same, inside):
    """Overlap and coverage of two boxes are what the drawing says."""
    other = np.array([other], dtype=float)
    assert overlap(HERE, other) == pytest.approx(np.array([[same]]))
    assert contained(HERE, other) == pytest.approx(np.array([[inside]]))


def test_overlap_of_nothing():
    """No boxes overlap in an empty matrix of the right shape."""
    assert overlap(np.zeros((0, 4)), HERE).shape == (0, 1)
    assert contained(HERE, np.zeros((0, 4))).shape == (1, 0)


def test_conversions_are_inverse():
    """Centre form and back gives the same boxes."""
    boxes = np.array([[0.0, 0, 10, 20], [-5, 3, 8, 4]])
    assert to_centre(boxes)[0].tolist() == [5, 10, 10, 20]
    assert to_corners(to_centre(boxes)) == pytest.approx(boxes)
    assert to_corners(to_centre(np.zeros((0, 4)))).shape == (0, 4)


@pytest.mark.parametrize("nothing", [[], np.zeros((0, 4)), ()])
def test_no_boxes_are_boxes(nothing):
    """Nothing is shape (0, 4)."""
    assert check_boxes(nothing).shape == (0, 4)


@pytest.mark.parametrize(
    "boxes, message",
    [
        ([[0, 0, 1]], r"shape \(N, 4\), got \(1, 3\)"),
        ([0, 0, 1, 1], r"shape \(N, 4\), got \(4,\)"),
        (5.0, r"shape \(N, 4\), got \(\)"),
        ([[0, 0, 1, 1], [0, 0, np.nan, 1]], r"boxes\[1\].*nan"),
        ([[0, 0, np.inf, 1]], r"boxes\[0\].*inf"),
        ([[0, 0, 0, 1]], r"x1 < x2"),
        ([[9, 9, 3, 12]], r"x y width height"),
    ],
)
def test_bad_boxes(boxes, message):
    """A wrong box is refused with what was expected and what came."""
    with pytest.raises(ValueError, match=message):
        check_boxes(boxes)


@pytest.mark.parametrize(
    "scores, message",
    [
        ([], r"shape \(2,\).*\(0,\)"),
        (0.5, r"shape \(2,\)"),
        ([0.5, np.nan], r"scores\[1\].*nan"),
        ([55.0, 0.5], r"scores\[0\].*55"),
    ],
)
def test_bad_scores(scores, message):
    """Wrong scores are refused with what was expected and what came."""
    with pytest.raises(ValueError, match=message):
        check_scores(scores, 2)
