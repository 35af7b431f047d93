"""Whether viewers go missing just when the audience smiles: then the curve misleads.

Who laughs throws the head back, bends over or covers the face, and is then not judged. The mean
over those judged leaves them out, and the curve's tops come out too low.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from laughtrack.analytics.timelines.grid import Grid

# Shifts by less than this are no chance: missing and smiling last for some seconds.
APART_S = 10.0
LEAST_STEPS = 60


class Missingness(NamedTuple):
    """How the share of viewers missing goes with the share smiling.

    `steps` compared; `r` Pearson's correlation in [-1, 1]; `p` two-sided; NaN where there are too
    few steps, or one of the two never changes.
    """

    steps: int
    r: float
    p: float


def missingness(table: Grid) -> Missingness:
    """Test whether coverage moves with the curve.

    Parameters
    ----------
    table : Grid

    Returns
    -------
    Missingness
        Over the steps in which the camera looked and somebody was judged: the part of the session's
        viewers who were not judged, against the share smiling of those who were. The p-value is how
        often the one moved round in a circle against the other, by at least `APART_S`, goes with it
        as closely.
    """
    many = table.scored.sum(axis=0)
    known = table.watched & (many > 0)
    share = np.nansum(table.share, axis=0)[known] / np.maximum(many[known], 1)
    gone = 1 - many[known] / max(len(table.ids), 1)
    steps, apart = len(share), round(APART_S / table.step_s)
    if steps < max(LEAST_STEPS, 3 * apart) or np.ptp(share) == 0 or np.ptp(gone) == 0:
        return Missingness(steps, np.nan, np.nan)
    share, gone = ((each - each.mean()) / each.std() / np.sqrt(steps) for each in (share, gone))
    r = np.fft.irfft(np.fft.rfft(share) * np.conj(np.fft.rfft(gone)), steps)
    null = np.abs(r[apart : steps - apart + 1])
    beyond = (null >= abs(r[0]) - 1e-12).sum()
    return Missingness(steps, float(r[0]), float((1 + beyond) / (1 + len(null))))
