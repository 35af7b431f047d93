"""Where a session stands among the others of its store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from laughtrack.analytics.audience import scores as page_scores
from laughtrack.analytics.audience.curve import headline
from laughtrack.analytics.formatting import count
from laughtrack.analytics.stats.bootstrap import draws
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.delta_table import AmbiguousSession, StoreError
from laughtrack.analytics.store.queries import ambiguity
from laughtrack.analytics.store.sessions import device_of, load_audience, stored_batches
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.step_sizes import curve_step

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
# Which of them are scores of the page, corrected for having been searched for: the highest of a
# small audience is else above that of a large one.
_OF_PAGE = {
    "maximum_share": "Maximum share",
    "minimum_share": "Minimum share",
    "peak_end": "Peak-end",
    "hook": "Hook",
}
# From a store, a session's name and device to its scores.
Measure = Callable[[str, str, str], dict[str, float]]
# Of fewer, a percentile would say more than it knows.
LEAST_OTHERS = 5


def scores(tables: SessionTables) -> dict[str, float]:
    """Return a session's `SCORES` by name, of `curve.headline` and `scores.scores`.

    NaN where there is none.
    """
    grid = tables.grid(curve_step(tables.length_s))
    found = page_scores.scores(tables, grid, draws(grid.share, tables.seats))
    value = found.set_index("score")["value"]
    # The headline's peak is not asked for: it is the highest that was found, not corrected.
    main = headline(tables, pd.DataFrame())
    return {name: value[_OF_PAGE[name]] if name in _OF_PAGE else main[name] for name in SCORES}


def stored_scores(
    store: str, session: str, device: str, min_viewers: int = 1, uncorrected: bool = False
) -> dict[str, float]:
    """Read a session and return its `scores`.

    Figures of fewer than `min_viewers` are withheld; `uncorrected` is without what a person
    corrected.
    """
    audience = load_audience(store, session, device, uncorrected)
    return scores(SessionTables(audience, min_viewers))


def store_scores(
    store: str,
    session: str,
    step: Callable[[int, int], object] = lambda done, count: None,
    device: str | None = None,
    left_out: Callable[[str], object] = lambda remark: None,
    measure: Measure = stored_scores,
) -> pd.DataFrame:
    """Compute the scores of everything in a store, one session at a time.

    Parameters
    ----------
    store : str
    session : str
        One that must be there, so that a wrong name is told before the long work.
    step : callable
        Told before each session how many are done, of how many, and once at the end.
    device : str, optional
        Whose session it is; needed where several have one of that name.
    left_out : callable
        Told of each other session that cannot be read or measured, a line each, and of how many
        are not complete: their scores would change from one moment to the next.
    measure : callable
        What gives a session's scores, of store, session and device: `stored_scores`, or who
        remembers what that gave.

    Returns
    -------
    DataFrame
        A row for each session of each device: `session`, `device`, and `SCORES`.

    Raises
    ------
    UnknownSession, AmbiguousSession
        If there is no such session, or several; it names those there are.
    """
    device = device_of(store, session, device)
    known = [*list_sessions(store)[["session", "device"]].itertuples(index=False, name=None)]
    ended = stored_batches(store, known)
    whole = [pair for pair in known if ended[pair].complete or pair == (session, device)]
    rows = []
    for done, (name, whose) in enumerate(whole):
        step(done, len(known))
        try:
            found = measure(store, name, whose)
        except (StoreError, ValueError) as error:
            if (name, whose) == (session, device):
                raise
            left_out(f"{name} of {whose} is left out: {error}")
            continue
        rows.append((name, whose, *map(found.get, SCORES)))
    step(len(known), len(known))
    if len(whole) < len(known):
        left_out(
            f"{count(len(known) - len(whole), 'session')} left out: still being recorded, or "
            "broken off"
        )
    return pd.DataFrame(rows, columns=["session", "device", *SCORES])


def norms(table: pd.DataFrame, session: str, device: str | None = None) -> pd.DataFrame:
    """Say where a session stands among the others.

    Parameters
    ----------
    table : DataFrame
        From `store_scores`.
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
