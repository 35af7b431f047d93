"""Viewers by time in the steps that two sessions share: what a comparison begins with.

Conventions
-----------
- Step k of A and step k of B show the same of the film; each is half-open in its session's time.
- A row a viewer who was judged in some part of the shared time. Missing is NaN, never 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.comparison.alignment import NEAR_S, Alignment
from laughtrack.analytics.timelines.bins import BIN_S
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.step_sizes import check_size

STEPS = ("a_start_s", "a_end_s", "b_start_s", "b_end_s", "opens")


class Resampled(NamedTuple):
    """One session's viewers in the shared steps; V viewers in order of `ids`, T steps.

    `ids`: (V,) int64. `scored_s`: (V, T) float64, seconds judged. `share`: (V, T), the part of
    those inside a smile, [0, 1], and `smile`: (V, T), the mean smile over them, [0, 1]; float64,
    NaN where nothing was judged. `smiles`: (V,) float64, smiles that began in the shared time.
    """

    ids: np.ndarray
    scored_s: np.ndarray
    share: np.ndarray
    smile: np.ndarray
    smiles: np.ndarray


def steps(alignment: Alignment, step_s: float = 1.0) -> pd.DataFrame:
    """Divide the pieces of an alignment into steps.

    Parameters
    ----------
    alignment : Alignment
    step_s : float
        Seconds of session A a step, above 0. The last step of a piece takes what is left over;
        pieces shorter than half a step are left out.

    Returns
    -------
    DataFrame
        A row a step: `a_start_s`, `a_end_s`, `b_start_s`, `b_end_s`; `opens` whether it does not
        go on, in both sessions, where the step before it ended.
    """
    if not step_s > 0:
        raise ValueError(f"step_s is {step_s!r}: expected seconds above 0")
    found = []
    for piece in alignment.pieces.itertuples(index=False):
        lasts = piece.a_end_s - piece.a_start_s
        count = int(lasts / step_s + 0.5 + 1e-6)
        part = np.append(np.arange(count) * step_s / lasts, 1.0)
        in_a = piece.a_start_s + part * lasts
        in_b = piece.b_start_s + part * (piece.b_end_s - piece.b_start_s)
        if count:
            found.append(np.column_stack([in_a[:-1], in_a[1:], in_b[:-1], in_b[1:]]))
    edges = np.vstack(found or [np.zeros((0, 4))]).round(6)
    table = pd.DataFrame(edges, columns=[*STEPS[:4]])
    opens = np.ones(len(table), dtype=bool)
    for k, name in enumerate("ab"):
        start, end = table[f"{name}_start_s"].to_numpy(), table[f"{name}_end_s"].to_numpy()
        goes_on = np.abs(start[1:] - end[:-1]) <= NEAR_S
        opens[1:] = ~goes_on if not k else opens[1:] | ~goes_on
    return table.assign(opens=opens)


def resample(tables: SessionTables, starts: np.ndarray, ends: np.ndarray) -> Resampled:
    """Lay a session's viewers out in steps.

    Parameters
    ----------
    tables : SessionTables
    starts, ends : ndarray, shape (T,), float64
        Each step in seconds of the session; without overlap, in any order.

    Returns
    -------
    Resampled

    Raises
    ------
    TooLarge
        There are more viewers or steps than can be compared.
    """
    check_size(tables.name, tables.readings["viewer_id"].nunique(), len(starts), 1.0)
    table = tables.bins
    table = table[table["judged_s"] > 0]
    # Steps are right to half a bin.
    step = _step_of((table["bin"].to_numpy() + 0.5) * BIN_S, starts, ends)
    table, step = table[step >= 0], step[step >= 0]
    ids, row = np.unique(table["viewer_id"].to_numpy(dtype=np.int64), return_inverse=True)
    shape = len(ids), len(starts)

    def total(values: np.ndarray) -> np.ndarray:
        cell = row * shape[1] + step
        return np.bincount(cell, values, minlength=shape[0] * shape[1]).reshape(shape)

    judged_s = table["judged_s"].to_numpy()
    held = total(judged_s)
    with np.errstate(invalid="ignore"):
        share = total(table["smiling_s"].to_numpy()) / held
        smile = total(table["smile"].to_numpy() * judged_s) / held
    return Resampled(ids, held, share, smile, _begun(tables.smiles, ids, starts, ends))


def _step_of(t_s: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return which step each time is in, -1 for none."""
    order = np.argsort(starts, kind="stable")
    at = np.searchsorted(starts[order], t_s + 1e-9, side="right") - 1
    inside = (at >= 0) & (t_s < np.append(ends[order], -np.inf)[at] - 1e-9)
    return np.where(inside, np.append(order, -1)[at], -1)


def _begun(
    found: pd.DataFrame, ids: np.ndarray, starts: np.ndarray, ends: np.ndarray
) -> np.ndarray:
    found = found[_step_of(found["start_s"].to_numpy(), starts, ends) >= 0]
    known = np.isin(found["viewer_id"], ids)
    at = np.searchsorted(ids, found["viewer_id"].to_numpy()[known])
    return np.bincount(at, minlength=len(ids)).astype(float)
