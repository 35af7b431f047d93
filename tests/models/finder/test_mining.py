"""Hard places: what a net takes for a face where the teacher sees nobody; they are shown often."""

import cv2
import numpy as np
import pytest

from laughtrack.models.finder import compose, mining, pictures, placing, teacher
from laughtrack.models.finder.canvas import Canvas, shrunk

NONE = np.empty((0, 15), np.float32)
FACE = np.array([[40, 40, 30, 40, *[55] * 10, 0.4]], np.float32)  # a doubtful one is one


def _find(picture):
    """Bright squares are faces."""
    count, _, stats, _ = cv2.connectedComponentsWithStats((picture > 150).astype(np.uint8))
    boxes = stats[1:count, :4].astype(float)
    boxes[:, 2:] += boxes[:, :2]
    return boxes, np.full(len(boxes), 0.7)


def _picture(*squares):
    picture = np.full((160, 240), 90, np.uint8)
    for x, y, side in squares:
        picture[y : y + side, x : x + side] = 200
    return picture


def test_places_are_where_nobody_is():
    """Not at a face, not in tight cuts; each once, however often it was looked at."""
    shown = _picture((100, 20, 24), (45, 45, 20))
    sources = [(shown, "scene"), (shown, "close"), (_picture(), "empty")]
    places = mining.hard_places(_find, sources, [FACE, NONE, NONE])
    assert places.shape == (1, mining.COLUMNS)
    assert places[0] == pytest.approx([0, 112, 32, 24, 0.7], abs=1.0)


def test_hard_places_are_in_pictures_without_faces():
    """What was taken for a face is seen far oftener, as nobody, and the teacher is not asked."""
    rng = np.random.default_rng(0)
    plain = rng.integers(80, 100, (160, 240), np.uint8)
    hard = plain.copy()
    hard[70:94, 110:134] = 255
    sources = [(plain, "scene"), (hard, "empty"), (plain, "people")]
    rows = np.array([[1, 122, 82, 24, 0.7]], np.float32)
    faces = [NONE, NONE, FACE]

    class Never:
        """A teacher that must not be asked."""

        def faces(self, picture, scale=1.0):
            """Fail."""
            raise AssertionError("asked about a picture that is known")

    composer = compose.Composer(sources, faces, Never(), 3, rows)
    bright = 0
    for n in range(30):
        canvas = Canvas(compose.SIDE)
        composer._pasted(canvas, np.random.default_rng(n), empty=True)
        assert not len(composer._judged(canvas, rng))
        bright += (canvas.picture == 255).any()
    assert bright > 15


def test_places_cut_at_an_edge_fill_their_square():
    """A tile about a place is filled by the picture, wherever in it the place is."""
    pyramid = shrunk(np.full((60, 80), 7, np.uint8), NONE)
    for n in range(40):
        rng = np.random.default_rng(n)
        place = np.array([rng.uniform(0, 80), rng.uniform(0, 60), rng.uniform(8, 40)])
        canvas = Canvas(64)
        at = placing.Placed.tile_about(place, (16.0, 16.0, 32.0), pyramid, rng)
        corners = np.array([[16.0, 16.0], [48.0, 48.0]]) - at.turn[:, 2]
        within = corners / at.scale
        assert (within[0] >= -1e-6).all() and (within[1] <= [80 + 1e-6, 60 + 1e-6]).all()
        placing.lay(canvas, pyramid, at)
        assert (canvas.picture[16:48, 16:48] == 7).all()


def test_negatives_are_of_two_parts(tmp_path):
    """One picture in five is for proof; what shows somebody to the teacher is not composed."""
    for i in range(10):
        cv2.imwrite(str(tmp_path / f"{i}.png"), np.full((40, 40), i, np.uint8))
    parts = [
        [int(p[0, 0]) for p, kind in pictures.natural_pictures(tmp_path, apart, tmp_path)]
        for apart in (False, True)
    ]
    assert parts == [[1, 2, 3, 4, 6, 7, 8, 9], [0, 5]]
    with pytest.raises(ValueError, match="no pictures"):
        list(pictures.natural_pictures(tmp_path, negatives=tmp_path / "none"))
    sources = [(np.zeros((40, 40), np.uint8), "empty")] * 2
    composer = compose.Composer(sources, [NONE, FACE], None, 1)
    assert len(composer._empty) == 1
    assert teacher.LEAST <= 0.4
