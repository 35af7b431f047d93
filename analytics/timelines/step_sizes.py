"""How finely a session's tables are made for drawing, and how large they may become at all.

The curve has a point a second up to four hours, since a coarser one would cut off the tops of short
laughs; the picture of viewers has at most 2,000 columns, about the finest screen's pixels, so that
a long film stays a small page.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

STEPS_S = (0.4, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
MOST_POINTS = 4 * 3600
MOST_COLUMNS = 2000
MOST_CELLS = 600_000
# What is worked out of one table takes about 3 GB then: two days in seconds, resampled; viewers,
# each with each; viewers in steps.
MOST_STEPS, MOST_VIEWERS, MOST_SIZE = 200_000, 8_000, 100_000_000


class TooLarge(ValueError):
    """A session has more viewers or time than can be worked out at once; the message says both."""


def check_size(name: str, viewers: int, steps: int, step_s: float) -> None:
    """Refuse a table of so many viewers by steps that it would fill the memory.

    Raises
    ------
    TooLarge
    """
    if viewers > MOST_VIEWERS or steps > MOST_STEPS or viewers * steps > MOST_SIZE:
        raise TooLarge(
            f"{name!r} has {viewers:,} viewers in {steps:,} steps of {step_s:g} s: expected at "
            f"most {MOST_VIEWERS:,} viewers, {MOST_STEPS:,} steps and {MOST_SIZE:,} of both "
            "multiplied. Wider steps may do (curve --bin), or a session for each day"
        )


def curve_step(length_s: float) -> float:
    """Return the seconds between the points of the curve of a session of that length."""
    return _step(length_s, MOST_POINTS, STEPS_S[1:])


def grid_step(length_s: float, viewers: int) -> float:
    """Return the seconds a column of the picture of that many viewers over that time."""
    columns = int(np.clip(MOST_CELLS // max(viewers, 1), 60, MOST_COLUMNS))
    return _step(length_s, columns, STEPS_S)


def _step(seconds: float, most: int, steps: Sequence[float]) -> float:
    """Return the finest of `steps` that cuts `seconds` into at most `most` parts."""
    fits = [step for step in steps if seconds / step <= most]
    return fits[0] if fits else float(np.ceil(seconds / most))
