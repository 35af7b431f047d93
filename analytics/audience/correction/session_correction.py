"""A session's shares put right for the scorer's errors, as far as these are known.

Conventions
-----------
- `error_model.json` knows the errors of one look. The average share is that of looks scored as
  smiles, put right by them: nothing need be known there of how errors follow each other in time.
- The curve is of smiles: a state that the steadied score turns on and off. Momentary errors do not
  get through to it, lasting ones do. Its sensitivity and specificity are those with which the share
  of time in smiles, put right, is the same as that of looks, and changes as much over the session.
- Who has a resting face that looks like a smile has it all evening: with few viewers a session may
  have more or fewer of these than the faces that the errors were measured on. Intervals of means
  over viewers are at least as wide as that alone makes them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.correction.error_model import ErrorModel, error_model_of
from laughtrack.analytics.audience.correction.looks import looks_of, quietest, slope
from laughtrack.analytics.formatting import percent
from laughtrack.analytics.messages import message
from laughtrack.analytics.stats.misclassification import (
    LEAST_YOUDEN,
    Interval,
    corrected,
    propagated,
    true_share,
)
from laughtrack.analytics.stats.proportions import of_means, of_share
from laughtrack.analytics.timelines.grid import mean_over
from laughtrack.analytics.timelines.session_tables import SessionTables

# The share's bands in the curve's table.
CURVE_BANDS = ("share", "share_all")


class Correction(NamedTuple):
    """How a session's shares are put right.

    `model`: the scorer's errors. `looks`: the share of looks scored as smiles, mean over viewers.
    `in_smiles`: the share of time in smiles, and `slope`, how much it changes with that of looks.
    `reason`: why nothing can be put right, "" if it can.
    """

    model: ErrorModel | None
    looks: Interval
    in_smiles: float
    slope: float
    reason: str

    @property
    def possible(self) -> bool:
        """Whether shares can be put right."""
        return not self.reason

    def average(self) -> Interval:
        """Return the average share, put right."""
        assert self.model is not None
        return corrected(self.looks, self.model.errors)

    def share(self, seen: Interval) -> Interval:
        """Return shares read off the curve, put right; arrays or numbers, NaN stays NaN."""
        assert self.model is not None
        found = propagated(self._behind, (seen, *self.model.errors))
        return Interval(*(np.clip(each, 0, 1) for each in found))

    def plain(self, seen: pd.Series) -> pd.Series:
        """Return shares read off the curve that have no interval, put right."""
        return pd.Series(self.share(Interval(seen, seen, seen)).value, seen.index)

    def smile_errors(self, sensitivity: float, specificity: float) -> tuple[float, float]:
        """Return sensitivity and specificity of smiles that follow from those of a look."""
        true = float(true_share(self.looks.value, sensitivity, specificity))
        youden = self.slope * (sensitivity + specificity - 1)
        false = self.in_smiles - youden * true
        return youden + false, 1 - false

    def _behind(self, seen: np.ndarray, sensitivity: float, specificity: float) -> np.ndarray:
        return true_share(seen, *self.smile_errors(sensitivity, specificity))


def correction(tables: SessionTables, effect: float) -> Correction:
    """Work out how a session's shares are put right.

    Parameters
    ----------
    tables : SessionTables
    effect : float
        Design effect of viewers' means over time, `lasting` of `bootstrap.draws`.
    """
    model, reason = error_model_of(tables)
    parts = looks_of(tables)
    many = int((~np.isnan(parts.whole)).sum())
    (low,), (high,) = of_means(parts.whole[:, None], effect)
    looks = Interval(float(mean_over(parts.whole[:, None])[0]), float(low), float(high))
    in_smiles = float(tables.viewers["smiling_share"].mean()) if many else np.nan
    found = Correction(
        model, looks, in_smiles, slope(parts), reason or message("nobody could be judged")
    )
    if model is None or not many:
        return found
    looks = _with_personal_part(looks, model, many)
    reason = _contradiction(looks, model, quietest(parts.windows), many)
    return found._replace(looks=looks, reason=reason)


def _with_personal_part(looks: Interval, model: ErrorModel, viewers: int) -> Interval:
    """Widen an interval to what the personal part of false smiles alone makes of so few viewers."""
    if not model.personal:
        return looks
    usual = 1 - float(model.errors.specificity.value)
    low, high = of_share(usual, viewers / model.personal)
    # More such viewers than usual raise what is seen: the truth is as much lower.
    return Interval(
        looks.value,
        np.minimum(looks.low, looks.value - (float(high) - usual)),
        np.maximum(looks.high, looks.value + (usual - float(low))),
    )


def _contradiction(looks: Interval, model: ErrorModel, quiet: float, viewers: int) -> str:
    """Return why a session cannot be put right with these errors, "" if it can."""
    errors = model.errors
    if errors.youden < LEAST_YOUDEN:
        return message(
            "the scorer errs too often on such faces: at the least {smiles} of smiles and "
            "{others} of other faces are scored right",
            smiles=percent(errors.sensitivity.low),
            others=percent(errors.specificity.low),
        )
    least = 1 - errors.specificity.high
    if model.personal:
        least = float(of_share(least, viewers / model.personal)[0])
    seen = np.fmin(quiet, looks.high)
    if seen < least:
        return message(
            "at most {seen} of looks were scored as smiles in quiet moments, and the scorer's "
            "false smiles alone would make {least} or more of them: it errs less on these faces "
            "than on those it was measured on",
            seen=percent(seen),
            least=percent(least),
        )
    return ""


def with_corrected(
    table: pd.DataFrame,
    found: Correction,
    value: str = "share",
    bands: tuple[str, ...] = ("share",),
) -> pd.DataFrame:
    """Add columns of shares put right to a table of shares that were seen.

    Parameters
    ----------
    table : DataFrame
    found : Correction
    value : str
        The column of the shares.
    bands : tuple of str
        Each has two columns, `_low` and `_high`, with intervals of the same shares.

    Returns
    -------
    DataFrame
        With `corrected_share`, and `corrected_` before the name of each band's column; NaN where
        nothing can be put right.
    """
    new: dict[str, Any] = {"corrected_share": np.full(len(table), np.nan)}
    for band in bands:
        names = value, f"{band}_low", f"{band}_high"
        seen = Interval(*(table[name].to_numpy(dtype=float) for name in names))
        right = found.share(seen) if found.possible else Interval(*(np.nan * e for e in seen))
        new["corrected_share"] = right.value
        new[f"corrected_{band}_low"], new[f"corrected_{band}_high"] = right.low, right.high
    return table.assign(**new)
