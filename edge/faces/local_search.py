"""Looks around expected faces: who is looked at now, and how a missed face is tried again.

A look first tries what is cheap and mostly enough. Where that misses, finer and turned tries, the
side-face cascade and an evened-out picture follow, until one finds the face. A face missed again
gets only one of them now and then, in turn; at a place where it was missed for long nobody looks
oftener than that. Work is priced, never timed: see `edge.faces.finder`.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import cv2
import numpy as np
from scipy.spatial import cKDTree

from laughtrack.edge.faces.haar import COARSE, FINE, Haar, How

SIDE_CASCADE = "haarcascade_profileface"
# A face found by a doubtful try gets half its confidence, and less than this.
DOUBT_MOST = 0.34
# While a face is missed, more than the first try is made every so many seconds.
AGAIN_S = 0.1
# After so many seconds without the face a place is looked at only every so many seconds.
ABSENT_S, SELDOM_S = 1.0, 0.2
# A place is known again if it moved less than this, in widths, and grew less than that.
SAME_PLACE, SAME_SIZE = 0.5, 1.6


class Try(NamedTuple):
    """How to look, what that costs (ms on one core), whether a hit is doubtful, which cascade."""

    how: How
    price_ms: float
    doubtful: bool
    side: bool = False


TRIES = (
    Try(COARSE, 0.3, False),
    Try(FINE, 1.0, False),
    Try(How(44, 1.35, 2, turn_deg=15), 0.6, True),
    Try(How(44, 1.35, 2, turn_deg=-15), 0.6, True),
    Try(How(44, 1.35, 2, turn_deg=30), 0.6, True),
    Try(How(44, 1.35, 2, turn_deg=-30), 0.6, True),
    Try(How(32, 1.6, 3), 0.6, True, side=True),
    Try(How(32, 1.6, 3, mirror=True), 0.6, True, side=True),
    Try(How(44, 1.35, 2, even=True), 0.8, True),
)
REST = len(TRIES) - 1

# What is remembered of a place where the first try didn't find the face, or nobody looked.
PLACE = np.dtype(
    [
        ("box", np.float64, (4,)),
        ("misses", np.int64),  # looks in a row that missed, the first try and at least another
        ("since_s", np.float64),  # the first of them
        ("looked_s", np.float64),  # the last of them
        ("best", np.int64),  # the try that found it last
        ("turn", np.int64),  # where the tries in turn stand
        ("waits", np.int64),  # frames in a row that had no time for it
    ]
)


class Looks:
    """Looks at expected faces, and remembers the places where that was in vain.

    Parameters
    ----------
    haar : Haar
        Of front faces.
    retries : bool
        Whether to try more than the two upright ways.
    """

    def __init__(self, haar, retries=True):
        self._front = haar
        self._side = Haar(SIDE_CASCADE) if retries else None
        self._retries = retries
        # OpenCV cannot share out work this small between its threads: whole looks are.
        self.pool = ThreadPoolExecutor(max(1, cv2.getNumThreads()))
        self._places = np.zeros(0, PLACE)

    def run(self, grey, expected, t_s, most_ms):
        """Look at as many expected faces as the work allows, those who waited longest first.

        Parameters
        ----------
        grey : ndarray, shape (H, W), uint8
        expected : ndarray, shape (N, 4), float64, x1 y1 x2 y2 in pixels
        t_s : float
        most_ms : float
            Price of the work that may be done.

        Returns
        -------
        found : list of (ndarray, ndarray)
            Boxes (M, 4) and scores (M,), M is 0 or 1, for each expected face.
        looked : ndarray, shape (N,), bool
            Where a face that is not found may be counted as missed.
        spent_ms : float
            At most `most_ms`.
        """
        places = self._recall(expected, t_s)
        found = [None] * len(expected)
        looked = np.zeros(len(expected), bool)
        absent = (places["misses"] > 0) & (t_s - places["since_s"] > ABSENT_S)
        due = np.flatnonzero(~absent | (t_s - places["looked_s"] > SELDOM_S - 1e-6))
        due = due[np.argsort(-places["waits"][due], kind="stable")]
        plans = {i: _tries(places[i], t_s, self._retries) for i in due.tolist()}
        spent_ms = 0.0
        for step in range(len(TRIES)):
            todo = [(i, TRIES[plans[i][step]]) for i in due.tolist() if step < len(plans[i])]
            if not todo:
                break
            prices = spent_ms + np.cumsum([each.price_ms for _, each in todo])
            todo = todo[: int(np.searchsorted(prices, most_ms, side="right"))]
            spent_ms = float(prices[len(todo) - 1]) if todo else spent_ms
            for (i, each), result in zip(todo, self._all(grey, expected, todo)):
                found[i] = result
                # A face that only the first, cheap try missed may well be there.
                looked[i] |= len(result[0]) > 0 or step > 0
                if len(result[0]):
                    places["best"][i] = TRIES.index(each)
            due = np.array([i for i, _ in todo if not len(found[i][0])], dtype=np.intp)
        self._remember(places, found, looked, absent, t_s)
        return [result for result in found if result is not None], looked, spent_ms

    def _all(self, grey, expected, todo):
        def one(task):
            i, each = task
            haar = self._side if each.side else self._front
            boxes, scores = haar.look(grey, expected[i], (each.how,))
            return boxes, np.minimum(scores / 2, DOUBT_MOST) if each.doubtful else scores

        return self.pool.map(one, todo)

    def _recall(self, expected, t_s):
        """What is remembered of each expected face's place, a row each; fresh where nothing is."""
        places = np.zeros(len(expected), PLACE)
        places["since_s"] = places["looked_s"] = t_s
        if len(expected) and len(self._places):
            middles, sides = _middles(self._places["box"])
            ours, own = _middles(expected)
            far, nearest = cKDTree(middles).query(ours)
            ratio = own / sides[nearest]
            same = (far < SAME_PLACE * own) & (ratio < SAME_SIZE) & (ratio > 1 / SAME_SIZE)
            places[same] = self._places[nearest[same]]
        places["box"] = expected
        return places

    def _remember(self, places, found, looked, absent, t_s):
        """Keep what the next frame needs to know."""
        there = np.array([each is not None and len(each[0]) > 0 for each in found], bool)
        missed = looked & ~there
        places["since_s"][missed & (places["misses"] == 0)] = t_s
        places["looked_s"][looked] = t_s
        places["misses"][missed] += 1
        places["turn"][missed] += 1
        places["misses"][there] = 0
        places["waits"] = np.where(looked, 0, places["waits"] + (~looked & ~absent))
        self._places = places[~there | (places["best"] > 0)]

    def state(self):
        """Return what `restore` needs to go on from here, as JSON types."""
        return {name: self._places[name].tolist() for name in PLACE.names}

    def restore(self, state):
        """Go on from a `state`."""
        self._places = np.zeros(len(state["misses"]), PLACE)
        for name in PLACE.names:
            self._places[name] = np.array(state[name]).reshape(self._places[name].shape)


def _tries(place, t_s, retries):
    """Numbers of the tries at a place, in order."""
    if not retries:
        return [0, 1]
    best = int(place["best"])
    rest = [1 + (int(place["turn"]) + i) % REST for i in range(REST)]
    if place["misses"] == 0:
        # What found it last, then by how often each finds what the others miss.
        return [0] + [best] * (best > 0) + [i for i in range(1, REST + 1) if i != best]
    return [0, *rest[: int(t_s - place["looked_s"] > AGAIN_S - 1e-6)]]


def _middles(boxes):
    return (boxes[:, :2] + boxes[:, 2:]) / 2, np.maximum(boxes[:, 2] - boxes[:, 0], 1.0)
