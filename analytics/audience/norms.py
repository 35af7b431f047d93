"""Where a session stands among the others of its store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.curve import headline
from laughtrack.analytics.audience.peaks import peaks
from laughtrack.analytics.store.sessions import list_sessions, load
from laughtrack.analytics.timelines.session_tables import SessionTables

NORMS = ("score", "value", "others", "percentile", "lowest", "median", "highest")
SCORES = ("share_smiling", "mean_smile", "reach", "smiles_per_min", "top_share", "judged_share")
# Of fewer, a percentile would say more than it knows.
LEAST_OTHERS = 5


def scores(tables: SessionTables) -> dict[str, float]:
    """Return a session's `SCORES` by name, of `curve.headline`; NaN where there is none."""
    main = headline(tables, peaks(tables))
    return {name: main[name] for name in SCORES}


def store_scores(
    store: str, session: str, step: Callable[[int, int], object] = lambda done, count: None
) -> pd.DataFrame:
    """Compute the scores of everything in a store, one session at a time.

    Parameters
    ----------
    store : str
    session : str
        One that must be there, so that a wrong name is told before the long work.
    step : callable
        Told before each session how many are done, of how many, and once at the end.

    Returns
    -------
    DataFrame
        A row for each session and device: `session`, `device`, and `SCORES`.

    Raises
    ------
    ValueError
        If there is no such session; it names those there are.
    """
    known = list_sessions(store)[["session", "device"]]
    if session not in set(known["session"]):
        names = ", ".join(dict.fromkeys(known["session"])) or "it is empty"
        raise ValueError(f"no session {session!r} in {store}: {names}")
    rows = []
    for done, (name, device) in enumerate(known.itertuples(index=False)):
        step(done, len(known))
        found = scores(SessionTables(load(store, name, device)))
        rows.append((name, device, *map(found.get, SCORES)))
    step(len(known), len(known))
    return pd.DataFrame(rows, columns=["session", "device", *SCORES])


def norms(table: pd.DataFrame, session: str) -> pd.DataFrame:
    """Say where a session stands among the others.

    Parameters
    ----------
    table : DataFrame
        From `store_scores`.
    session : str
        Its name.

    Returns
    -------
    DataFrame
        A row a score and, where several recorded the session, a device (column `device`): the
        session's `value`; how many `others` have that score; `percentile`, the share of these that
        lie below it, ties counting half, in 0 to 100, NaN for fewer than `LEAST_OTHERS`; and their
        `lowest`, `median` and `highest`. NaN where there is none.
    """
    own_rows = table[table["session"] == session]
    others = table[table["session"] != session]
    rows = [
        {"device": own["device"], **_norm(score, own[score], others[score].dropna().to_numpy())}
        for _, own in own_rows.iterrows()
        for score in SCORES
    ]
    columns = (["device"] if len(own_rows) > 1 else []) + [*NORMS]
    return pd.DataFrame(rows)[columns].astype({"score": "str"})


def _norm(score: str, value: float, others: np.ndarray) -> dict[str, Any]:
    from scipy.stats import percentileofscore

    enough = len(others) >= LEAST_OTHERS and not np.isnan(value)
    spread = np.quantile(others, [0, 0.5, 1]) if len(others) else [np.nan] * 3
    return {
        "score": score,
        "value": value,
        "others": len(others),
        "percentile": percentileofscore(others, value, kind="mean") if enough else np.nan,
        **dict(zip(("lowest", "median", "highest"), map(float, spread), strict=True)),
    }
