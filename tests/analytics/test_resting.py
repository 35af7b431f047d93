"""The resting face: the viewer's own, causal, shrunk while little is known, capped."""

import numpy as np

from laughtrack.analytics.grid import grid
from laughtrack.analytics.resting import HIGHEST, SHRINK_S, WARM_UP_S, resting
from tests.analytics.timeline_rows import NAN, readings, session, steady


def found(*viewers):
    """Return the resting faces of viewers whose degrees are given a second each."""
    rows = [
        row
        for viewer, degrees in enumerate(viewers, start=1)
        for row in steady(viewer, 0.0, np.repeat(degrees, 10))
    ]
    length = max((len(each) for each in viewers), default=5)
    return resting(grid(session(readings(*rows), [(0, length, 10 * length)])))


def test_each_has_the_own():
    """After minutes each viewer's is near the own usual, however often they laugh."""
    quiet, cheerful = [0.05] * 300, ([0.25] * 5 + [0.9] * 5) * 30
    last = found(quiet, cheerful).level[:, -1]
    np.testing.assert_allclose(last, [0.05, 0.25], atol=0.03)


def test_laughs_stand_above_it():
    """The same laugh is 0 at rest and about as high above either face."""
    made = found([0.05] * 100 + [0.9], [0.25] * 100 + [0.9])
    np.testing.assert_allclose(made.above[:, 99], 0, atol=0.1)
    assert np.ptp(made.above[:, 100]) < 0.05 and made.above[:, 100].min() > 0.8


def test_nothing_before_the_warm_up():
    """Until somebody was judged for so long there is none; then the audience's serves all."""
    made = found([0.1] * 60, [NAN] * 40 + [0.3] * 20)
    first = int(WARM_UP_S) - 1
    assert np.isnan(made.level[:, :first]).all() and not np.isnan(made.level[:, first]).any()
    np.testing.assert_allclose(made.level[1, 45], made.level[0, 45], atol=1e-6)


def test_shrunk_while_little_is_known():
    """Seen for as long as `SHRINK_S`, a viewer stands half-way between the own and the others."""
    many = int(SHRINK_S)
    made = found(*[[0.0] * many] * 4, [0.3] * many)
    np.testing.assert_allclose(made.level[4, -1], 0.15, atol=0.01)


def test_smiling_throughout_is_not_neutral():
    """Who shows 0.9 for ten minutes still stands far above the resting face."""
    made = found([0.9] * 600)
    assert made.level[0, -1] == np.float32(HIGHEST) and made.above[0, -1] > 0.8


def test_causal():
    """What comes later changes nothing before."""
    degrees = list(np.random.default_rng(1).uniform(0, 1, 120))
    whole, part = found(degrees, degrees[::-1]), found(degrees[:60], degrees[::-1][:60])
    np.testing.assert_array_equal(whole.level[:, :59], part.level[:, :59])


def test_nobody():
    """No viewers, no faces."""
    assert found().level.shape == (0, 5)
