"""What covers hide, and what only looks like one leaves to be seen."""

import numpy as np
import pytest

from laughtrack.models.mouth import covers, lessons, masks
from laughtrack.models.mouth.face_frame import FaceFrame
from laughtrack.models.mouth.sheet import Sheet

POINTS = np.array([[52.0, 52], [76, 52], [64, 66], [54, 76], [74, 76]])
# Each kind once, in an order that does not change: who runs tests side by side must agree on it.
ONCE = dict.fromkeys((*covers.KINDS, *covers.PROOF_KINDS))
FACE = np.full((128, 128), 140, np.uint8)


def seen(drawer, seed, points=POINTS):
    """Return how much of the mouth is to be seen, and the picture."""
    frame = FaceFrame.of_points(points)
    sheet = Sheet(FACE, frame)
    drawer(sheet, np.random.default_rng(seed))
    assert np.isfinite(sheet.picture).all()
    return frame.seen_of_mouth(sheet.cover), sheet.picture


@pytest.mark.parametrize("drawer", [kind for kind in ONCE if kind is not covers.blot])
def test_covers_hide_the_mouth(drawer):
    """Most of each kind hides it; what hides half of it is not learnt from."""
    shares = [seen(drawer, seed)[0] for seed in range(12)]
    assert np.median(shares) <= lessons.HIDDEN


@pytest.mark.parametrize("drawer", dict.fromkeys(covers.NEAR))
def test_what_only_looks_like_a_cover_leaves_the_mouth(drawer):
    """Chin masks, beards, glasses."""
    shares = [seen(drawer, seed)[0] for seed in range(12)]
    assert np.median(shares) >= lessons.SEEN


def test_a_cover_turns_with_the_head():
    """On a rolled or turned head it lies where the mouth is."""
    angle = np.radians(35)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    rolled = (POINTS - 64) @ turn + 64
    to_the_side = POINTS + np.array([[4, 0], [-2, 0], [9, 0], [5, 0], [0, 0]])
    for points in (rolled, to_the_side):
        shares = [seen(masks.surgical, seed, points)[0] for seed in range(8)]
        assert np.median(shares) <= 0.1


def test_proof_is_of_other_kinds():
    """No drawer trains and proves."""
    assert not {*covers.KINDS} & {*covers.PROOF_KINDS}


def test_lessons_are_what_is_scored_and_said_for_sure():
    """The same from the same seed; none of half a mouth, none that the loop would not score."""
    rng = np.random.default_rng(1)
    noise = np.clip(FACE + rng.normal(0, 25, FACE.shape), 0, 255).astype(np.uint8)
    base = lessons.Base(noise, POINTS)
    for kinds in ((), covers.KINDS, covers.NEAR):
        one, other = (
            [lessons.lesson(base, kinds, np.random.default_rng(seed)) for seed in range(6)]
            for _ in range(2)
        )
        for mine, theirs in zip(one, other, strict=True):
            assert (mine is None) == (theirs is None)
            if mine is not None:
                assert (mine.crop == theirs.crop).all() and mine.hidden == theirs.hidden
                assert lessons.is_scored(mine.crop, mine.width_px)
                assert kinds != () or not mine.hidden
