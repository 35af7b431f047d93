"""MOT scores: small cases by hand, and sequences combine as the benchmarks do."""

import builtins

import numpy as np
import pytest

from laughtrack.tracker.mot.idf1 import score
from laughtrack.tracker.mot.trackeval_scores import combine, evaluate


def faces(*pairs):
    """Identities in one frame from (id, x): boxes of 10 by 10 at x."""
    ids = np.array([pair[0] for pair in pairs], dtype=np.int64)
    return ids, np.array([[x, 0, x + 10, 10] for _, x in pairs], dtype=float).reshape(-1, 4)


TRUTH = {k: faces((1, 0), (2, 50)) for k in range(4)}
HALF = {k: faces((5 + k // 2, 0), (9, 50)) for k in range(4)}  # one ID changes half-way
needs_trackeval = pytest.mark.usefixtures("trackeval")


@pytest.fixture
def trackeval():
    """Leave the test out where TrackEval is not installed."""
    return pytest.importorskip("trackeval")


@needs_trackeval
@pytest.mark.parametrize(
    "result, hota, idf1, mota, switches, fragments, given",
    [
        (TRUTH, 1, 1, 1, 0, 0, 2),
        ({k: faces((7, 0), (9, 50)) for k in range(4)}, 1, 1, 1, 0, 0, 2),  # other names
        (HALF, 0.75**0.5, 0.75, 7 / 8, 1, 0, 3),
        ({0: TRUTH[0], 3: TRUTH[3]}, 0.5, 2 / 3, 0.5, 0, 0, 2),  # a gap of whole frames
        ({k: faces((1, 0)) if k % 2 else TRUTH[k] for k in range(4)}, None, 6 / 7, 0.75, 0, 1, 2),
        ({}, 0, 0, 0, 0, 0, 0),
    ],
)
def test_judge(result, hota, idf1, mota, switches, fragments, given):  # noqa: PLR0913
    """Scores of small cases."""
    scores = combine([evaluate(TRUTH, result)])
    assert hota is None or scores.hota == pytest.approx(hota)
    assert (scores.idf1, scores.mota) == pytest.approx((idf1, mota))
    assert scores[5:] == (switches, fragments, given, 2)


@needs_trackeval
def test_combined_adds_counts():
    """Two sequences together are weighed by their boxes; IDs of one are not those of another."""
    short = {0: TRUTH[0]}, {}
    both = combine([evaluate(TRUTH, HALF), evaluate(*short)])
    assert both.idf1 == pytest.approx(2 * 6 / (10 + 8))
    assert (both.switches, both.result_ids, both.true_ids) == (1, 3, 4)


@needs_trackeval
def test_agrees_with_our_own_score():
    """IDF1 and switches are those of `score`, which needs no TrackEval."""
    own, scores = score(TRUTH, HALF), combine([evaluate(TRUTH, HALF)])
    assert (scores.idf1, scores.switches) == (own.idf1, own.switches)


def test_without_trackeval_it_says_how(monkeypatch):
    """The way to install it does not bring a second OpenCV."""

    def without(name, *rest, real=builtins.__import__):
        if name.startswith("trackeval"):
            raise ModuleNotFoundError("No module named 'trackeval'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ValueError, match=r"pip install --no-deps 'trackeval>=1\.3,<2'"):
        evaluate(TRUTH, TRUTH)
