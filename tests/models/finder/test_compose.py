"""Composed pictures: faces are where they are said to be; a number is always the same picture."""

import cv2
import numpy as np
import pytest

from laughtrack.models.finder import compose, placing, teacher
from laughtrack.models.finder.canvas import Canvas, shrunk
from laughtrack.models.finder.drawings import KINDS, draw_something

OVAL = np.zeros((96, 96), np.uint8)
cv2.ellipse(OVAL, (48, 48), (18, 24), 0, 0, 360, 255, -1)
ROW = np.array(
    [[30, 24, 36, 48, 40, 42, 56, 42, 48, 50, 42, 60, 54, 60, 0.9]], np.float32
)  # x, y, width, height, points, score


class Blind:
    """A teacher that finds nothing: what is known of the parts is all there is."""

    def faces(self, picture, scale=1.0):
        """Find none."""
        return np.empty((0, teacher.COLUMNS), np.float32)


@pytest.fixture(scope="module")
def composer():
    """Return a composer of one oval face, and of scenes without any."""
    rng = np.random.default_rng(0)
    scenes = [rng.integers(0, 60, (120, 160), np.uint8) for _ in range(3)]
    sources = [(OVAL, "people"), (OVAL, "close"), *((scene, "scene") for scene in scenes)]
    none = np.empty((0, 15), np.float32)
    return compose.Composer(sources, [ROW, ROW, none, none, none], Blind(), seed=3)


def test_a_number_is_a_picture(composer):
    """The same number is the same picture and faces; another one is another."""
    one, again, other = composer.lesson(5), composer.lesson(5), composer.lesson(6)
    assert (one.picture == again.picture).all() and (one.faces == again.faces).all()
    assert (one.picture != other.picture).any()


def test_rows_are_faces_or_not_judged_or_none(composer):
    """States are 1, -1 and 0; faces to be found are no smaller than the teacher's word allows."""
    states, sizes = set(), []
    for n in range(12):
        faces = composer.lesson(n).faces
        states |= set(faces[:, 14].tolist())
        sizes += np.sqrt(faces[:, 2] * faces[:, 3])[faces[:, 14] > 0].tolist()
    assert states == {-1.0, 0.0, 1.0}
    assert min(sizes) >= compose.UNSEEN_PX


@pytest.mark.parametrize("roll", [-50, -20, 0, 35, 60])
@pytest.mark.parametrize("scale", [0.3, 1.0, 2.2])
def test_a_turned_face_lies_in_its_box(roll, scale):
    """The box, computed, is that of the pixels."""
    canvas = Canvas(256)
    pyramid = shrunk(OVAL, ROW)
    turn = placing._turn((48, 48), roll, scale, np.array([128.0, 120.0]))
    window = (0, 0, 256, 256)
    placing.lay(canvas, pyramid, placing.Placed(turn, roll, scale, window, (0, 0, 0, 0)))
    rows, columns = np.nonzero(canvas.picture > 127)
    x, y, w, h, visible = canvas.known()[0][[0, 1, 2, 3, 14]]
    seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert np.abs(np.array([x, y, x + w, y + h]) - seen).max() < 2.0 * max(1.0, scale)
    assert visible > 0.9


def test_what_is_laid_over_a_face_hides_it():
    """A face half covered is half to be seen; one wholly covered is not."""
    canvas = Canvas(128)
    pyramid = shrunk(OVAL, ROW)
    turn = placing._turn((48, 48), 0.0, 1.0, np.array([48.0, 48.0]))
    placing.lay(canvas, pyramid, placing.Placed(turn, 0.0, 1.0, (0, 0, 128, 128), (0, 0, 0, 0)))
    mask = np.zeros((128, 128), bool)
    mask[:, :48] = True
    canvas.cover(mask)
    assert canvas.known()[0, 14] == pytest.approx(0.5, abs=0.05)
    canvas.cover(np.ones((128, 128), bool))
    assert canvas.known()[0, 14] == 0


def test_what_is_drawn_changes_the_picture_alone_there():
    """Every kind draws, also over the edge, and nothing far from its place."""
    rng = np.random.default_rng(2)
    for kind in KINDS:
        picture = np.full((200, 200), 100, np.uint8)
        kind(picture, (20, 20, 40), rng)
        assert (picture != 100).any()
        assert (picture[150:, 150:] == 100).all()
    for at in ((-30, -30, 60), (180, 180, 60)):
        for _ in range(20):
            draw_something(np.full((200, 200), 100, np.uint8), at, rng)


def test_a_mirrored_face_has_its_eyes_the_other_way_round():
    """Right stays right of the person."""
    turned = teacher.mirror(ROW, 96)
    assert turned[0, 0] == 96 - 30 - 36
    assert turned[0, 4:6].tolist() == [96 - 56, 42]
    assert (teacher.mirror(turned, 96) == ROW).all()
