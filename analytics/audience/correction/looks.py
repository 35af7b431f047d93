"""Looks scored as smiles: what a look's errors are put right in, and how few there are at rest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri

from laughtrack.analytics.defaults import LEVEL
from laughtrack.analytics.timelines.grid import mean_over
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.smiles import stretches

SMILING_FROM = 0.5
# Smiles lag behind looks by a fraction of a second, little of a window; laughs and most errors are
# over within one. Of fewer windows, or of fewer viewers, nothing is said.
WINDOW_S, LEAST_WINDOWS, LEAST_VIEWERS = 10.0, 6, 4
# How sure one is beforehand that errors last, as a deviation of the share over windows.
BEFOREHAND = 0.02


class Looks(NamedTuple):
    """Parts of viewers' judged time, in [0, 1], NaN where not judged.

    `whole`: (V,) of looks scored one half or more, over the session; `windows`: (V, W) in each
    `WINDOW_S`; `in_smiles`: (V, W), the part in smiles, which the steadied score makes.
    """

    whole: np.ndarray
    windows: np.ndarray
    in_smiles: np.ndarray


def looks_of(tables: SessionTables) -> Looks:
    """Return which part of each viewer's judged time is of looks scored as smiles.

    Parameters
    ----------
    tables : SessionTables
    """
    readings, detected = tables.readings, tables.detected
    raw, t_s = (readings[name].to_numpy(dtype=float) for name in ("raw", "t_s"))
    code, ids = pd.factorize(readings["viewer_id"].to_numpy(dtype=np.int64), sort=True)
    many = int(np.ceil(max(tables.length_s, 1e-3) / WINDOW_S)) + 1
    sums = np.zeros((3, len(ids) * many))
    for rows in stretches(len(raw)):
        held = np.where(np.isnan(raw[rows]), 0.0, detected.held_s[rows])
        at = code[rows] * many + (t_s[rows] // WINDOW_S).astype(np.int64)
        weights = held, held * (raw[rows] >= SMILING_FROM), held * detected.smiling[rows]
        for total_s, each in zip(sums, weights, strict=True):
            total_s += np.bincount(at, weights=each, minlength=len(total_s))
    total, above, smiling = sums.reshape(3, len(ids), many)
    whole = above.sum(axis=1) / np.where(total.any(axis=1), total.sum(axis=1), np.nan)
    per = np.where(total > 0, total, np.nan)
    return Looks(whole, above / per, smiling / per)


def halves(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the means over every other viewer, and over the rest, of (V, W) values: (W,) each."""
    return mean_over(values[::2]), mean_over(values[1::2])


def slope(looks: Looks) -> float:
    """Return by how much the share in smiles changes with that of looks scored as smiles.

    Over windows, by least squares with an instrument: the errors of one half of the viewers have
    nothing to do with the looks of the other half, what they smile at has. Where the audience
    hardly changed it is near 1, as it is where errors last.
    """
    if len(looks.windows) < LEAST_VIEWERS:
        return 1.0
    ours, others = halves(looks.windows)
    smiles = halves(looks.in_smiles)
    known = ~np.isnan(ours) & ~np.isnan(others)
    if known.sum() < LEAST_WINDOWS:
        return 1.0
    ours, others = (each[known] - each[known].mean() for each in (ours, others))
    mine, theirs = (each[known] - each[known].mean() for each in smiles)
    common = max(float(np.mean(ours * others)), 0.0)
    both = float(np.mean(mine * others) + np.mean(theirs * ours)) / 2
    return float((both + BEFOREHAND**2) / (common + BEFOREHAND**2))


def quietest(windows: np.ndarray) -> float:
    """Return the share of looks scored as smiles when the audience was quiet, at the most.

    Who smiles in them or not: false smiles can be no more. One half of the viewers says which
    quarter of the windows is quiet, and the other half is counted in it, so that chance in the
    choice does not make it lower; then the other way round.

    Parameters
    ----------
    windows : ndarray, shape (V, W)
        Of `Looks`.

    Returns
    -------
    float
        The upper end of its 95 % interval over windows; NaN of a short session or few viewers.
    """
    known = ~np.isnan(windows).all(axis=0)
    if known.sum() < LEAST_WINDOWS or len(windows) < LEAST_VIEWERS:
        return np.nan
    chosen = []
    for half in (0, 1):
        ours, others = halves(windows[:, known])[:: 1 - 2 * half]
        there = ~np.isnan(ours) & ~np.isnan(others)
        ours, others = ours[there], others[there]
        chosen.append(others[np.argsort(ours, kind="stable")[: max(len(ours) // 4, 1)]])
    found = np.concatenate(chosen)
    far = -ndtri((1 - LEVEL) / 2) * found.std(ddof=1) / np.sqrt(len(found))
    return float(found.mean() + far)
