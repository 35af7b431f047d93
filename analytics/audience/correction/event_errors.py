"""How wrong whole smiles are: sessions of people whose smiles were timed by eye.

`error_model.json` says how often a look errs; how many smiles begin that are none, and whom they
make count as somebody who smiled, depends on how errors follow each other in time. Whoever has
timed films of a scorer's own measures it here and puts it into the file as `events`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from laughtrack.analytics.defaults import DRAWS, LEVEL, SEED
from laughtrack.analytics.stats.proportions import of_share
from laughtrack.analytics.timelines.session_tables import SessionTables

# A smile that is seen to begin so much before a true one is that one.
NEAR_S = 0.3
# Fewer people say too little of how differently people are misread.
LEAST_PEOPLE = 20
TIMES = 12
PEOPLE = ("looks", "smiling_s", "other_s", "true", "noticed", "found", "false", "first_false_s")


def people_of(tables: SessionTables, true: pd.DataFrame) -> pd.DataFrame:
    """Count each person's true and false smiles.

    Parameters
    ----------
    tables : SessionTables
        Of footage that was scored.
    true : DataFrame
        A row a smile: viewer_id, start_s and end_s.

    Returns
    -------
    DataFrame
        A row a viewer who was judged: `looks`, how many; `smiling_s` and `other_s`, judged seconds
        with and without a smile; how many smiles are `true`, how many of these were `noticed`; how
        many were `found`, begun within a true one, or `false`; `first_false_s`, seconds without a
        smile until the first false one began, NaN for none.
    """
    readings = tables.readings
    judged = readings["smile"].notna().to_numpy()
    rows = []
    for viewer in tables.viewers.query("judged_s > 0")["viewer_id"]:
        own = (readings["viewer_id"] == viewer).to_numpy() & judged
        t_s, held = readings["t_s"].to_numpy()[own], tables.detected.held_s[own]
        starts, ends = _spans(true, viewer)
        seen_from, seen_to = _spans(tables.smiles, viewer)
        smiling = _within(t_s, starts, ends)
        right = _within(seen_from, starts - NEAR_S, ends)
        noticed = (seen_from[None, :] < ends[:, None]) & (seen_to[None, :] > starts[:, None])
        others = held * ~smiling
        before = others[t_s < seen_from[~right].min(initial=np.inf)].sum()
        rows.append(
            (
                len(t_s),
                (held * smiling).sum(),
                others.sum(),
                len(starts),
                noticed.any(axis=1).sum(),
                right.sum(),
                (~right).sum(),
                np.nan if right.all() else before,
            )
        )
    return pd.DataFrame(rows, columns=PEOPLE)


def _spans(events: pd.DataFrame, viewer: int) -> tuple[np.ndarray, np.ndarray]:
    own = events[events["viewer_id"] == viewer].sort_values("start_s")
    return own["start_s"].to_numpy(dtype=float), own["end_s"].to_numpy(dtype=float)


def _within(t_s: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    inside = (t_s[:, None] >= starts) & (t_s[:, None] < ends)
    return np.asarray(inside.any(axis=1))


def event_errors(people: pd.DataFrame) -> dict[str, Any] | None:
    """Return the cell `events` of an error model.

    Parameters
    ----------
    people : DataFrame
        From `people_of`, of one or several sessions.

    Returns
    -------
    dict or None
        As `error_model` describes it, with intervals from drawing people; None of fewer than
        `LEAST_PEOPLE`, or without any true smile.
    """
    people = people[people["other_s"] > 0]
    if len(people) < LEAST_PEOPLE or not people["true"].sum():
        return None
    rng = np.random.default_rng(SEED)
    counts = rng.multinomial(len(people), np.full(len(people), 1 / len(people)), DRAWS)

    def part(of: str, among: str, times: float = 1.0) -> list[float]:
        above, below = (people[each].to_numpy(dtype=float) for each in (of, among))
        drawn = times * (counts @ above) / np.maximum(counts @ below, 1e-9)
        low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        value = times * above.sum() / below.sum()
        return [round(float(each), 4) for each in (value, min(low, value), max(high, value))]

    return {
        "people": len(people),
        "looks_per_s": looks_per_s(people["looks"], people["smiling_s"] + people["other_s"]),
        "false_per_min": part("false", "other_s", 60.0),
        "false_spread": round(float((60 * people["false"] / people["other_s"]).std()), 4),
        "found": part("found", "true"),
        "noticed": part("noticed", "true"),
        "first_false": _first_false(people),
    }


def looks_per_s(looks: pd.Series, judged_s: pd.Series) -> float:
    """Return how often people were looked at, over all of them."""
    return round(float(looks.sum() / judged_s.sum()), 3)


def _first_false(people: pd.DataFrame) -> list[dict[str, Any]]:
    """Return for how many a false smile had begun by several times: Kaplan and Meier (1958)."""
    until = people["first_false_s"].fillna(people["other_s"]).to_numpy(dtype=float)
    began = people["first_false_s"].notna().to_numpy()
    # Where a quarter of the people were not watched for so long, they say little of it.
    last = float(np.quantile(people["other_s"], 0.25))
    found = []
    for seconds in np.round(np.geomspace(last / 50, last, TIMES), 1):
        times = np.unique(until[began & (until <= seconds)])
        risk = (until[None, :] >= times[:, None]).sum(axis=1)
        events = (began & (until[None, :] == times[:, None])).sum(axis=1)
        left = float(np.prod(1 - events / risk)) if len(times) else 1.0
        low, high = of_share(1 - left, int((people["other_s"] >= seconds).sum()))
        share = [1 - left, min(float(low), 1 - left), max(float(high), 1 - left)]
        found.append({"seconds": float(seconds), "share": [round(each, 4) for each in share]})
    return found
