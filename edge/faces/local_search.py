"""Local search around expected faces: whose turn it is, and how a missed one is tried again.

A search first tries what is cheap and mostly enough. Where that misses, finer and turned attempts,
the side-face cascade and an equalized picture follow, until one finds the face. A face missed again
gets only one of them now and then, in turn; a place where it was missed for long is searched no
oftener than that. Work is priced, never timed: see `edge.faces.finder`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Iterator, NamedTuple, Sequence

import cv2
import numpy as np

from laughtrack.edge.faces.haar import COARSE, FINE, Faces, HaarCascade, RetriedFaces, Variant

SIDE_CASCADE = "haarcascade_profileface"
# A face found by a doubtful attempt gets half its confidence, and less than this.
MAX_DOUBTFUL_SCORE = 0.34
# While a face is missed, more than the first attempt is made every so many seconds.
RETRY_S = 0.1
# After so many seconds without the face a place is searched only every so many seconds.
ABSENT_S, ABSENT_RETRY_S = 1.0, 0.2
# A place is known again if it moved less than this, in widths, and grew less than that.
MAX_MOVE, MAX_GROWTH = 0.5, 1.6


class Attempt(NamedTuple):
    """How to search, the price (ms on one core), whether a hit is doubtful, which cascade."""

    variant: Variant
    price_ms: float
    doubtful: bool
    side: bool = False


ATTEMPTS = (
    Attempt(COARSE, 0.3, False),
    Attempt(FINE, 1.0, False),
    Attempt(Variant(44, 1.35, 2, turn_deg=15), 0.6, True),
    Attempt(Variant(44, 1.35, 2, turn_deg=-15), 0.6, True),
    Attempt(Variant(44, 1.35, 2, turn_deg=30), 0.6, True),
    Attempt(Variant(44, 1.35, 2, turn_deg=-30), 0.6, True),
    Attempt(Variant(32, 1.6, 3), 0.6, True, side=True),
    Attempt(Variant(32, 1.6, 3, mirror=True), 0.6, True, side=True),
    Attempt(Variant(44, 1.35, 2, equalize=True), 0.8, True),
)
MORE_ATTEMPTS = len(ATTEMPTS) - 1

# What is remembered of a place where the first attempt missed the face, or that was not searched.
# The names are those of saved states, too.
PLACE = np.dtype(
    [
        ("box", np.float64, (4,)),
        # Searches in a row that missed, by the first attempt and at least another.
        ("misses", np.int64),
        ("since_s", np.float64),  # the first of them
        ("looked_s", np.float64),  # the last of them
        ("best", np.int64),  # the attempt that found it last
        ("turn", np.int64),  # the next of the attempts made in turn
        ("waits", np.int64),  # frames in a row that had no time for it
    ]
)
PLACE_COLUMNS = tuple(PLACE.names or ())


class SearchResult(NamedTuple):
    """What a search found: `found` for each expected face searched for, none or one.

    `searched` (N,) bool says where a face that is not found may be counted as missed; `spent_ms` is
    the price of the work.
    """

    found: list[Faces]
    searched: np.ndarray
    spent_ms: float


class LocalSearch:
    """Searches for expected faces, and remembers the places where they were missed.

    Parameters
    ----------
    haar : HaarCascade
        Of front faces.
    retries : bool
        Whether to try more than the two upright variants.
    """

    def __init__(self, haar: HaarCascade, retries: bool = True) -> None:
        self._front = haar
        self._side = HaarCascade(SIDE_CASCADE) if retries else None
        self._retries = retries
        # OpenCV cannot share out work this small between its threads: whole searches are.
        self.pool = ThreadPoolExecutor(max(1, cv2.getNumThreads()))
        self._places = np.zeros(0, PLACE)

    def run(
        self, grey: np.ndarray, expected: np.ndarray, t_s: float, max_ms: float
    ) -> SearchResult:
        """Search for as many expected faces as the work allows, those who waited longest first.

        Parameters
        ----------
        grey : ndarray, shape (H, W), uint8
        expected : ndarray, shape (N, 4), float64, x1 y1 x2 y2 in pixels
        t_s : float
        max_ms : float
            Price of the work that may be done; no more is.

        Returns
        -------
        SearchResult
        """
        places = self._recall(expected, t_s)
        found: list[Faces | None] = [None] * len(expected)
        searched = np.zeros(len(expected), bool)
        absent = (places["misses"] > 0) & (t_s - places["since_s"] > ABSENT_S)
        due = np.flatnonzero(~absent | (t_s - places["looked_s"] > ABSENT_RETRY_S - 1e-6))
        due = due[np.argsort(-places["waits"][due], kind="stable")]
        plans = {i: _attempts(places[i], t_s, self._retries) for i in due.tolist()}
        spent_ms = 0.0
        for step in range(len(ATTEMPTS)):
            todo = [(i, ATTEMPTS[plans[i][step]]) for i in due.tolist() if step < len(plans[i])]
            if not todo:
                break
            prices = spent_ms + np.cumsum([each.price_ms for _, each in todo])
            todo = todo[: int(np.searchsorted(prices, max_ms, side="right"))]
            spent_ms = float(prices[len(todo) - 1]) if todo else spent_ms
            for (i, each), result in zip(todo, self._search_all(grey, expected, todo)):
                found[i] = result
                # A face that only the first, cheap attempt missed may well be there.
                searched[i] |= len(result.boxes) > 0 or step > 0
                if len(result.boxes):
                    places["best"][i] = ATTEMPTS.index(each)
            due = np.array([i for i, _ in todo if not _is_found(found[i])], dtype=np.intp)
        self._remember(places, found, searched, absent, t_s)
        results = [result for result in found if result is not None]
        return SearchResult(results, searched, spent_ms)

    def _search_all(
        self, grey: np.ndarray, expected: np.ndarray, todo: list[tuple[int, Attempt]]
    ) -> Iterator[Faces]:
        def one(task: tuple[int, Attempt]) -> Faces:
            i, each = task
            haar = self._side if each.side and self._side is not None else self._front
            faces = haar.search(grey, expected[i], (each.variant,))
            if not each.doubtful:
                return faces
            return RetriedFaces(faces.boxes, np.minimum(faces.scores / 2, MAX_DOUBTFUL_SCORE))

        return self.pool.map(one, todo)

    def _recall(self, expected: np.ndarray, t_s: float) -> np.ndarray:
        """What is remembered of each expected face's place, a row each; zeros where nothing is."""
        places = np.zeros(len(expected), PLACE)
        places["since_s"] = places["looked_s"] = t_s
        if len(expected) and len(self._places):
            middles, sides = _centres(self._places["box"])
            ours, own = _centres(expected)
            # Not through scipy, which takes 0.3 s to import: places are some hundreds at most.
            apart = np.hypot(*(ours[:, None] - middles[None]).transpose(2, 0, 1))
            nearest = apart.argmin(axis=1)
            far = apart[np.arange(len(ours)), nearest]
            ratio = own / sides[nearest]
            same = (far < MAX_MOVE * own) & (ratio < MAX_GROWTH) & (ratio > 1 / MAX_GROWTH)
            places[same] = self._places[nearest[same]]
        places["box"] = expected
        return places

    def _remember(
        self,
        places: np.ndarray,
        found: Sequence[Faces | None],
        searched: np.ndarray,
        absent: np.ndarray,
        t_s: float,
    ) -> None:
        """Keep what the next frame needs to know."""
        there = np.array([_is_found(each) for each in found], bool)
        missed = searched & ~there
        places["since_s"][missed & (places["misses"] == 0)] = t_s
        places["looked_s"][searched] = t_s
        places["misses"][missed] += 1
        places["turn"][missed] += 1
        places["misses"][there] = 0
        places["waits"] = np.where(searched, 0, places["waits"] + (~searched & ~absent))
        self._places = places[~there | (places["best"] > 0)]

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs to go on from here, as JSON types."""
        return {name: self._places[name].tolist() for name in PLACE_COLUMNS}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""
        self._places = np.zeros(len(state["misses"]), PLACE)
        for name in PLACE_COLUMNS:
            self._places[name] = np.array(state[name]).reshape(self._places[name].shape)


def _is_found(faces: Faces | None) -> bool:
    return faces is not None and len(faces.boxes) > 0


def _attempts(place: np.void, t_s: float, retries: bool) -> list[int]:
    """Numbers of the attempts at a place, in order."""
    if not retries:
        return [0, 1]
    best = int(place["best"])
    rest = [1 + (int(place["turn"]) + i) % MORE_ATTEMPTS for i in range(MORE_ATTEMPTS)]
    if place["misses"] == 0:
        # What found it last, then by how often each finds what the others miss.
        return [0] + [best] * (best > 0) + [i for i in range(1, MORE_ATTEMPTS + 1) if i != best]
    return [0, *rest[: int(t_s - place["looked_s"] > RETRY_S - 1e-6)]]


def _centres(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return (boxes[:, :2] + boxes[:, 2:]) / 2, np.maximum(boxes[:, 2] - boxes[:, 0], 1.0)
