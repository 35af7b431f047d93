"""Each viewer's resting face: what the score reads of it when the viewer does not smile.

Faces differ at rest: one viewer's reads 0.05, another's 0.25. What a viewer shows above the own
resting face is comparable between viewers.

Conventions
-----------
- At each moment only what was seen until then counts (causal), so that live and replay agree.
- The resting face is the `QUANTILE` quantile of the viewer's judged steps: people laugh for less
  than four fifths of any show. It is told to 0.01.
- With `n` judged seconds it is drawn towards the audience's, the median over viewers, as if
  `SHRINK_S` more seconds had been seen of that; before `WARM_UP_S` it is the audience's alone.
- It never exceeds `HIGHEST`: who smiles throughout is smiling, and does not become neutral.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

QUANTILE = 0.2
WARM_UP_S = 10.0
SHRINK_S = 30.0
HIGHEST = 0.35
_LEVELS = 101


class Resting(NamedTuple):
    """Resting faces of V viewers in T steps.

    `level` (V, T) float32: the resting face, [0, HIGHEST], NaN until anybody was judged for
    `WARM_UP_S`. `above` (V, T) float32: the raw degree above it, as a part of what is left up to 1;
    0 below it, NaN where the viewer was not judged. `raw` (V, T) float32: the degree itself.
    """

    level: np.ndarray
    above: np.ndarray
    raw: np.ndarray


def resting(table):
    """Return each viewer's resting face over time, and what was shown above it.

    Parameters
    ----------
    table : Grid

    Returns
    -------
    Resting
    """
    raw = table.raw
    size, steps = raw.shape
    counts = np.zeros((size, _LEVELS), dtype=np.int32)
    seen_s = np.zeros(size)
    level = np.full((size, steps), np.nan, dtype=np.float32)
    viewers = np.arange(size)
    place = np.round(np.nan_to_num(raw) * (_LEVELS - 1)).astype(int)
    known = ~np.isnan(raw)
    for k in range(steps):
        now = known[:, k]
        counts[viewers[now], place[now, k]] += 1
        seen_s += table.judged_s[:, k]
        warm = seen_s >= WARM_UP_S
        if warm.any():
            level[:, k] = _level(counts, seen_s, warm)
    with np.errstate(invalid="ignore"):
        above = np.clip((raw - level) / (1 - level), 0, 1)
    return Resting(level, above, raw)


def _level(counts, seen_s, warm):
    """Return the resting faces after so many steps at each level: (V,)."""
    reached = np.cumsum(counts, axis=1)
    own = (reached >= QUANTILE * np.maximum(reached[:, -1:], 1)).argmax(axis=1) / (_LEVELS - 1)
    audience = np.median(own[warm])
    drawn = (own * seen_s + audience * SHRINK_S) / (seen_s + SHRINK_S)
    return np.minimum(np.where(warm, drawn, audience), HIGHEST)
