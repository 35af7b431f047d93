"""Shares seen by a scorer that errs, put right: Rogan and Gladen's estimator and its interval.

Conventions
-----------
- Sensitivity is the part of true smiling that is seen, specificity the part of the rest that is not
  taken for smiling; what is seen of a share is then `sensitivity * share + (1 - specificity) *
  (1 - share)`. Solved for the share: W. J. Rogan and B. Gladen (1978), Estimating prevalence from
  the results of a screening test, American Journal of Epidemiology 107:71.
- Everything uncertain is an `Interval`: a value and the ends of its 95 % interval. They are carried
  through by moving each input to its own ends alone and adding the squares of what that does (G. Y.
  Zou and A. Donner 2008, Construction of confidence limits about effect measures, Statistics in
  Medicine 27:1693), which keeps uneven intervals uneven.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

# Below this, sensitivity and specificity together say too little of the truth.
LEAST_YOUDEN = 0.3


class Interval(NamedTuple):
    """A number, or an array of them, with the ends of its 95 % interval; NaN where unknown."""

    value: Any
    low: Any
    high: Any


class Errors(NamedTuple):
    """How wrong a scorer is: `sensitivity` and `specificity`, each in [0, 1]."""

    sensitivity: Interval
    specificity: Interval

    @property
    def youden(self) -> float:
        """Return how much both tell together at the least, 0 for nothing, 1 for all (Youden)."""
        return float(self.sensitivity.low) + float(self.specificity.low) - 1


def true_share(
    seen: np.ndarray | float, sensitivity: np.ndarray | float, specificity: np.ndarray | float
) -> np.ndarray:
    """Return the share behind one that was seen; outside [0, 1] where chance made it so."""
    return (np.asarray(seen) + specificity - 1) / (np.asarray(sensitivity) + specificity - 1)


def corrected(seen: Interval, errors: Errors) -> Interval:
    """Return the share behind one that was seen, with an interval that all three inputs made.

    Parameters
    ----------
    seen : Interval
        In [0, 1], numbers or arrays.
    errors : Errors
        With `errors.youden` above 0.

    Returns
    -------
    Interval
        In [0, 1].
    """
    found = propagated(true_share, (seen, *errors))
    return Interval(*(np.clip(each, 0, 1) for each in found))


def propagated(formula: Callable[..., np.ndarray], inputs: tuple[Interval, ...]) -> Interval:
    """Return what a formula makes of independent inputs, and the interval that follows from theirs.

    Parameters
    ----------
    formula : function
        Of as many numbers or arrays as there are inputs.
    inputs : tuple of Interval
    """
    values = [each.value for each in inputs]
    value = np.asarray(formula(*values), dtype=float)
    below, above = np.zeros_like(value), np.zeros_like(value)
    for place, each in enumerate(inputs):
        moved = [
            np.asarray(formula(*values[:place], end, *values[place + 1 :])) - value
            for end in (each.low, each.high)
        ]
        below = below + np.minimum(np.minimum(*moved), 0) ** 2
        above = above + np.maximum(np.maximum(*moved), 0) ** 2
    return Interval(value, value - np.sqrt(below), value + np.sqrt(above))
