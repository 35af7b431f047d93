"""Where a session stands among the others of its store."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from laughtrack.analytics.store.delta_table import AmbiguousSession
from laughtrack.analytics.store.queries import ambiguity

NORMS = ("score", "value", "others", "percentile", "lowest", "median", "highest")
SCORES = (
    "share_smiling",
    "mean_smile",
    "reach",
    "smiles_per_min",
    "maximum_share",
    "minimum_share",
    "peak_end",
    "hook",
    "judged_share",
)
# Of fewer, a percentile would say more than it knows.
LEAST_OTHERS = 5


def norms(table: pd.DataFrame, session: str, device: str | None = None) -> pd.DataFrame:
    """Say where a session stands among the others.

    Parameters
    ----------
    table : DataFrame
        Sessions and their figures, from `fleet.summaries`.
    session : str
        Its name.
    device : str, optional
        Whose it is; needed where several have one of that name.

    Returns
    -------
    DataFrame
        A row a score: the session's `value`; how many `others` have that score; `percentile`, the
        share of these that lie below it, ties counting half, in 0 to 100, NaN for fewer than
        `LEAST_OTHERS`; and their `lowest`, `median` and `highest`. NaN where there is none.
    """
    is_own = table["session"] == session
    if device is not None:
        is_own &= table["device"] == device
    own, others = table[is_own], table[~is_own]
    if len(own) != 1:
        raise AmbiguousSession(ambiguity(session, own["device"]))
    rows = [_norm(score, own[score].iloc[0], others[score].dropna().to_numpy()) for score in SCORES]
    return pd.DataFrame(rows)[[*NORMS]].astype({"score": "str"})


def _norm(score: str, value: float, others: np.ndarray) -> dict[str, Any]:
    enough = len(others) >= LEAST_OTHERS and not np.isnan(value)
    spread = np.quantile(others, [0, 0.5, 1]) if len(others) else [np.nan] * 3
    return {
        "score": score,
        "value": value,
        "others": len(others),
        "percentile": _percentile(others, value) if enough else np.nan,
        **dict(zip(("lowest", "median", "highest"), map(float, spread), strict=True)),
    }


def _percentile(others: np.ndarray, value: float) -> float:
    """Return the share of `others` below a value, ties counting half, in percent."""
    return float(((others < value).sum() + (others <= value).sum()) * (50.0 / len(others)))
