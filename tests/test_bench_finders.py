"""What the finders' tables count is what they say."""

import numpy as np
import pytest

pytest.importorskip("openvino")

from tests.bench.finders import composed, engines, matching
from tests.bench.finders.faces import Face

GREY = np.zeros((64, 64), np.uint8)


def box(*rows):
    """Boxes as an array."""
    return np.array(rows, float).reshape(-1, 4)


def test_one_hit_a_face_and_the_rest_is_false():
    """A face is found once, whatever hits it more."""
    truth = box((0, 0, 20, 20), (30, 30, 50, 50))
    hits = box((1, 0, 21, 20), (0, 1, 20, 21), (31, 31, 50, 50), (0, 40, 10, 50), (55, 0, 60, 5))
    judged = matching.Judged(GREY, truth, [("a",), ("b",)], box((50, 0, 64, 10)))
    found = matching.match(judged, engines.Hits(hits, np.ones(5)))
    assert found.found.all()
    assert found.false == 2  # the second hit of one face, the one at nobody; not the one aside


def test_no_truth_and_no_hits():
    """Nothing is no error."""
    nothing = box()
    judged = matching.Judged(GREY, nothing, [])
    counted = matching.count([(judged, engines.Hits(nothing, np.zeros(0)))], 0.5)
    assert counted.recall() == counted.precision() == "-"
    assert counted.false_each() == "0.000"


def test_a_turned_and_placed_face_stays_in_its_box():
    """Boxes move with the pictures."""
    grey = np.full((60, 60), 100, np.uint8)
    grey[20:40, 15:35] = 250
    face = Face(grey, np.array([15.0, 20, 35, 40]), ("one",))
    turned = composed.rolled(face, 30)
    assert np.allclose(turned.box, face.box)  # as wide as high: the oval is a circle
    [judged] = composed.placed([face], 10, [grey], 1)
    x1, y1, x2, y2 = judged.boxes.round().astype(int)[0]
    assert judged.grey[y1 + 1 : y2 - 1, x1 + 1 : x2 - 1].min() > 230
    assert judged.labels == [("one", "plain")]
