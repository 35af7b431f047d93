"""Who is spoken of together where figures of few are withheld: cohorts that never change.

Conventions
-----------
- A viewer is in one cohort at most, for the whole session. A cohort has at least as many viewers as
  are asked for, and is shown as a whole or not at all: whatever two figures are subtracted, what is
  left is of a whole cohort, or of none.
- The cohorts of a larger least number are made of whole ones of the smaller, so that the same holds
  between two least numbers.
- A viewer who cannot be judged for `HOLD_STEPS` steps or less counts with the last step that could.
  A cohort is shown in a step only if every viewer of it counts, and the least number was judged in
  the step itself: at least two of each pair or three that it was made of. Without that, the change
  from one step to the next could be that of the only viewer who was judged anew.
- Who is in which cohort follows from who was judged when, and who sat in which row; never from how
  anybody smiled.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# As long as a laughing head is thrown back.
HOLD_STEPS = 3
# Of the steps in which a cohort can be shown, what it must keep when it takes in others that it
# does not need; and when it needs them.
KEEP, KEEP_LEAST = 0.9, 0.5
# The row of a cohort whose viewers sit in several.
MIXED = -2


class Cohort(NamedTuple):
    """Viewers who are always spoken of together.

    `members`: (n,) int64, rows of the grid. `shown`: (T,) bool, the steps in which they are spoken
    of. `row`: in which they all sit, or `MIXED`.
    """

    members: np.ndarray
    shown: np.ndarray
    row: int


def held(scored: np.ndarray) -> np.ndarray:
    """Return for each viewer and step the last step, this one included, that counts for it.

    `scored` is (V, T) bool; the result (V, T) int64, -1 where none is near enough.
    """
    at = np.arange(scored.shape[1])
    last = np.maximum.accumulate(np.where(scored, at, -1), axis=1)
    return np.where(at - last <= HOLD_STEPS, last, -1)


def form_cohorts(scored: np.ndarray, rows: np.ndarray, least: int) -> list[Cohort]:
    """Divide an audience into cohorts.

    Parameters
    ----------
    scored : ndarray, shape (V, T), bool
        Who could be judged in which step.
    rows : ndarray, shape (V,), int64
        Where each sat: cohorts are formed within rows as far as that will do.
    least : int
        Of each cohort, 2 or more.

    Returns
    -------
    list of Cohort
        Viewers who are with too few others for too short are in none.
    """
    there = held(scored) >= 0
    cohorts = [
        Cohort(np.array([viewer]), there[viewer], int(rows[viewer]))
        for viewer in np.flatnonzero(there.any(axis=1))
    ]
    if least > len(cohorts):
        # Of a number that somebody mistyped, the sizes up to it would take for ever.
        return []
    for size in range(2, least + 1):
        cohorts = _Level(cohorts, size).merged()
        if size in (2, least):
            cohorts = [
                each._replace(shown=each.shown & (scored[each.members].sum(axis=0) >= size))
                for each in cohorts
            ]
    return [each for each in cohorts if each.shown.any()]


class _Level:
    """The step from cohorts of any size to such of at least `least`."""

    def __init__(self, cohorts: list[Cohort], least: int) -> None:
        self.least = least
        # A few more than needed, so that one who looks away does not hide the others.
        self.enough = least + -(-least // 4)
        self.done = [each for each in cohorts if len(each.members) >= self.enough]
        small = [each for each in cohorts if len(each.members) < self.enough]
        self.small = sorted(small, key=lambda each: (-each.shown.sum(), each.members[0]))
        self.free = np.ones(len(self.small), dtype=bool)
        self.masks = _packed(self.small)

    def merged(self) -> list[Cohort]:
        """Return the cohorts, the smaller joined; those that fit nowhere are left out."""
        for place, cohort in enumerate(self.small):
            if self.free[place]:
                self.free[place] = False
                self._settle(self._grown(cohort))
        return self.done

    def _grown(self, cohort: Cohort) -> Cohort:
        """Join others to a cohort: of its row, and where it is too small, of any."""
        while len(cohort.members) < self.enough:
            other = self._partner(cohort, self._of_row(cohort.row), KEEP)
            if other is None and len(cohort.members) < self.least:
                if self._host(cohort, same_row=True) is not None:
                    break
                other = self._partner(cohort, self.free, KEEP_LEAST)
                if other is None and self._host(cohort, same_row=False) is None:
                    other = self._partner(cohort, self.free, 0.0)
            if other is None:
                break
            self.free[other] = False
            cohort = _joined(cohort, self.small[other])
        return cohort

    def _of_row(self, row: int) -> np.ndarray:
        return self.free & np.array([each.row == row for each in self.small], dtype=bool)

    def _partner(self, cohort: Cohort, among: np.ndarray, keep: float) -> int | None:
        """Return the place of the one that is there with a cohort for longest, or None."""
        places = np.flatnonzero(among)
        if not len(places):
            return None
        common = np.bitwise_count(self.masks[places] & np.packbits(cohort.shown)).sum(axis=1)
        best = int(np.argmax(common))
        enough = common[best] > 0 and common[best] >= keep * cohort.shown.sum()
        return int(places[best]) if enough else None

    def _settle(self, cohort: Cohort) -> None:
        """Keep a cohort that is large enough; join another to one where that costs little."""
        if len(cohort.members) >= self.least:
            self.done.append(cohort)
            return
        host = self._host(cohort, same_row=True)
        host = self._host(cohort, same_row=False) if host is None else host
        if host is not None:
            self.done[host] = _joined(self.done[host], cohort)

    def _host(self, cohort: Cohort, same_row: bool) -> int | None:
        """Return the place of the finished cohort that loses least by taking one in, or None."""
        best, least_lost = None, 0.0
        for place, each in enumerate(self.done):
            if same_row and each.row != cohort.row:
                continue
            before, after = each.shown.sum(), (each.shown & cohort.shown).sum()
            many = len(each.members)
            # More viewers for less time: is it more in all?
            gained = after * (many + len(cohort.members)) - before * many
            if gained >= least_lost and after >= KEEP_LEAST * before:
                best, least_lost = place, gained
        return best


def _packed(cohorts: list[Cohort]) -> np.ndarray:
    if not cohorts:
        return np.zeros((0, 0), dtype=np.uint8)
    return np.packbits(np.array([each.shown for each in cohorts]), axis=1)


def _joined(one: Cohort, other: Cohort) -> Cohort:
    members = np.sort(np.append(one.members, other.members))
    return Cohort(members, one.shown & other.shown, one.row if one.row == other.row else MIXED)
