"""What a reader of a comparison has to know of its limits, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import comb
from typing import Any

import numpy as np

from laughtrack.analytics.comparison.resample import Resampled
from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.formatting import percent
from laughtrack.analytics.messages import message

# Ten viewers who laugh as one are worth four or five independent ones; of two such audiences, who
# saw the same, 40 % seemed to differ somewhere. Six who sit together, of whom no more is known, are
# taken to be worth five.
LEAST_EFFECTIVE, MOST_ALIKE = 6, 1.5


def alike_neighbours(resampled: Sequence[Resampled], many: Sequence[float]) -> list[str]:
    """Say of which audience too many viewers laugh as one to tell anything from chance."""
    return [
        message(
            "Neighbours in audience {name} are so alike that its {many} viewers say no more than "
            "{worth:.0f} strangers: no stretch is told from chance, and intervals may be too "
            "narrow.",
            name=name,
            many=len(viewers.ids),
            worth=worth,
        )
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
        message(
            "Faces of the first audience were found by {first}, of the second by {second}: one "
            "sees turned or dark faces that the other misses, so other people were judged.",
            first=finders[0],
            second=finders[1],
        )
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
    notes: list[str] = []
    counts = [len(np.unique(each)) for each in blocks]
    if comb(sum(counts), counts[0]) < 2 / ALPHA:
        notes.append(
            message(
                "{first} and {second} blocks of neighbours can be dealt in too few ways to tell "
                "any difference from chance: a smaller --block, or more viewers, are needed.",
                first=counts[0],
                second=counts[1],
            )
        )
    if not enough.all():
        lost_s = (~enough).sum() * step_s
        notes.append(
            message(
                "For {seconds:.0f} s fewer than {least} viewers could be judged in one of the "
                "audiences: no difference was looked for there.",
                seconds=lost_s,
                least=min_viewers,
            )
        )
    seen = [(each.scored_s > 0)[:, enough].mean() if enough.any() else 0 for each in resampled]
    if abs(seen[0] - seen[1]) > 0.1:
        notes.append(
            message(
                "Of the first audience {first} could be judged at a usual moment, of the second "
                "{second}: if those who smile turn away more, that alone makes a difference.",
                first=percent(seen[0]),
                second=percent(seen[1]),
            )
        )
    return notes
