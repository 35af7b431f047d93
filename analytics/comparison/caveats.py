"""What a reader of a comparison has to know of its limits, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import comb
from typing import Any

import numpy as np

from laughtrack.analytics.comparison.resample import Resampled
from laughtrack.analytics.defaults import ALPHA

# Ten viewers who laugh as one are worth four or five independent ones; of two such audiences, who
# saw the same, 40 % seemed to differ somewhere. Six who sit together, of whom no more is known, are
# taken to be worth five.
LEAST_EFFECTIVE, MOST_ALIKE = 6, 1.5


def alike_neighbours(resampled: Sequence[Resampled], many: Sequence[float]) -> list[str]:
    """Say of which audience too many viewers laugh as one to tell anything from chance."""
    return [
        f"Neighbours in audience {name} are so alike that its {len(viewers.ids)} viewers say no "
        f"more than {worth:.0f} strangers: no stretch is told from chance, and intervals may "
        "be too narrow."
        for name, viewers, worth in zip("AB", resampled, many, strict=True)
        if worth < LEAST_EFFECTIVE and len(viewers.ids) > MOST_ALIKE * worth
    ]


def different_finders(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    """Say that two sessions' faces were found by other means, by what each tells of itself."""
    finders = [(each.get("model") or {}).get("finder", "") for each in (a, b)]
    # Other programs' tables name none.
    if finders[0] == finders[1] or not all(finders):
        return []
    return [
        f"Faces of the first audience were found by {finders[0]}, of the second by {finders[1]}: "
        "one sees turned or dark faces that the other misses, so other people were judged."
    ]


def limitations(
    resampled: Sequence[Resampled],
    enough: np.ndarray,
    blocks: Sequence[np.ndarray],
    step_s: float,
    min_viewers: int,
) -> list[str]:
    """Say what else limits a comparison, a sentence each.

    `resampled` are the two audiences, `enough` the steps at which enough were judged in both,
    `blocks` who sits together in each.
    """
    notes = []
    counts = [len(np.unique(each)) for each in blocks]
    if comb(sum(counts), counts[0]) < 2 / ALPHA:
        notes.append(
            f"{counts[0]} and {counts[1]} blocks of neighbours can be dealt in too few ways to "
            "tell any difference from chance: a smaller --block, or more viewers, are needed."
        )
    if not enough.all():
        lost_s = (~enough).sum() * step_s
        notes.append(
            f"For {lost_s:.0f} s fewer than {min_viewers} viewers could be judged in one "
            "of the audiences: no difference was looked for there."
        )
    seen = [(each.scored_s > 0)[:, enough].mean() if enough.any() else 0 for each in resampled]
    if abs(seen[0] - seen[1]) > 0.1:
        notes.append(
            f"Of the first audience {seen[0]:.0%} could be judged at a usual moment, of the second "
            f"{seen[1]:.0%}: if those who smile turn away more, that alone makes a difference."
        )
    return notes
