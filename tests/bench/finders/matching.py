"""What a finder's hits are worth: matched with the truth, counted, put into rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from laughtrack.analytics.stats.proportions import of_share
from laughtrack.tracker.boxes import overlap
from tests.bench.finders.engines import Engine, Hits

LEAST_OVERLAP = 0.4


class Judged(NamedTuple):
    """A picture and its truth.

    Attributes
    ----------
    grey : ndarray, shape (H, W), uint8
    boxes : ndarray, shape (N, 4)
        The faces that are to be found, x1 y1 x2 y2 in pixels.
    labels : list of tuple of str
        The groups that each of them counts in.
    others : ndarray, shape (M, 4)
        Where a hit is neither right nor wrong.
    """

    grey: np.ndarray
    boxes: np.ndarray
    labels: list[tuple[str, ...]]
    others: np.ndarray = np.zeros((0, 4))


class Outcome(NamedTuple):
    """Of one picture: `found` (N,) bool, and how many hits were none."""

    found: np.ndarray
    false: int


def match(judged: Judged, hits: Hits) -> Outcome:
    """Match hits with the truth, one to one, where they overlap by `LEAST_OVERLAP`."""
    alike = overlap(judged.boxes, hits.boxes)
    rows, columns = linear_sum_assignment(np.where(alike >= LEAST_OVERLAP, alike, 0), maximize=True)
    right = alike[rows, columns] >= LEAST_OVERLAP
    found = np.zeros(len(judged.boxes), bool)
    found[rows[right]] = True
    rest = np.delete(hits.boxes, columns[right], axis=0)
    middles = (rest[:, :2] + rest[:, 2:]) / 2
    low, high = judged.others[:, None, :2], judged.others[:, None, 2:]
    aside = ((middles > low) & (middles < high)).all(axis=2).any(axis=0)
    return Outcome(found, int(len(rest) - aside.sum()))


class Tally(NamedTuple):
    """A finder on a row of pictures."""

    found: np.ndarray
    labels: list[tuple[str, ...]]
    false: int
    pictures: int

    def recall(self, label: str | None = None) -> str:
        """Return the share found, of all or of one group, with its interval and number."""
        chosen = [label is None or label in each for each in self.labels]
        found = self.found[np.array(chosen, bool)]
        return share(int(found.sum()), len(found))

    def precision(self) -> str:
        """Return the share of the hits that are faces."""
        right = int(self.found.sum())
        return share(right, right + self.false)

    def false_each(self) -> str:
        """Return the false faces a picture."""
        return f"{self.false / max(self.pictures, 1):.3f}"


def share(many: int, of: int) -> str:
    """Return a share with its 95 % interval (Wilson)."""
    if not of:
        return "-"
    low, high = of_share(np.array(many / of), np.array(of))
    return f"{many / of:.3f} ({float(low):.3f}-{float(high):.3f})"


def tally(engine: Engine, pictures: Iterable[Judged]) -> tuple[Tally, list[tuple[Judged, Hits]]]:
    """Run a finder over pictures; also return what it hit at any confidence."""
    hits = [(each, engine.find(each.grey)) for each in pictures]
    return count(hits, engine.threshold), hits


def count(hits: list[tuple[Judged, Hits]], threshold: float) -> Tally:
    """Count hits from a threshold on."""
    outcomes = [match(each, found.above(threshold)) for each, found in hits]
    labels = [label for each, _ in hits for label in each.labels]
    found = np.concatenate([np.zeros(0, bool), *(each.found for each in outcomes)])
    return Tally(found, labels, sum(each.false for each in outcomes), len(outcomes))


def recall_at(hits: list[tuple[Judged, Hits]], least_precision: float) -> str:
    """Return the best recall where precision is at least so much, and the threshold."""
    best, at = -1.0, 0.0
    for threshold in np.arange(0.1, 0.96, 0.05):
        counted = count(hits, threshold)
        right = int(counted.found.sum())
        if right and right / (right + counted.false) >= least_precision:
            recall = right / len(counted.found)
            if recall > best:
                best, at = recall, threshold
    return "-" if best < 0 else f"{best:.3f} at {at:.2f}"
