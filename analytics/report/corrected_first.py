"""What a page tells first: shares put right for the scorer's errors, and those seen beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.correction.session_correction import with_corrected
from laughtrack.analytics.audience.session_analysis import SessionAnalysis

CURVE = ("share", "share_low", "share_high", "share_all_low", "share_all_high")
PEAKS = ("share_low", "share_high")


def corrected_first(found: SessionAnalysis) -> SessionAnalysis:
    """Return a session's results with every share of the audience put right, if that is possible.

    Parameters
    ----------
    found : SessionAnalysis

    Returns
    -------
    SessionAnalysis
        Its tables have the corrected shares in place of those seen, which are in columns named
        `seen_` and the column's name: of the curve, moments, marks, quiet stretches, scenes and
        scores. Unchanged where nothing can be put right.
    """
    if not found.correction.possible:
        return found
    scenes = found.scenes and (_corrected(found, found.scenes[0], "share_smiling"), found.scenes[1])
    main = {**found.main, "top_share": _top(found)}
    scores = _scores(found.scores)
    named = scores.set_index("score")
    return found._replace(
        curve=_bounds(found, _instead(found.curve, "share", CURVE)),
        moments=_instead(found.moments, "share_smiling", PEAKS),
        marked=_corrected(found, found.marked, "share_smiling"),
        quiet=_corrected(found, found.quiet, "share", "share"),
        scenes=scenes,
        scores=scores,
        main={
            **main,
            "share_smiling": named.at["Average share", "value"],
            "share_smiling_low": named.at["Average share", "low"],
            "share_smiling_high": named.at["Average share", "high"],
            "reach": named.at["Reach", "value"],
            "reach_as_scored": bool(np.isnan(named.at["Reach", "corrected"])),
        },
    )


def _top(found: SessionAnalysis) -> float:
    """Return the share put right at the moment that is told of."""
    at = found.moments[found.moments["t_s"] == found.main["top_s"]]
    return float(at["corrected_share"].iloc[0]) if len(at) else found.main["top_share"]


def _instead(table: pd.DataFrame, value: str, others: tuple[str, ...]) -> pd.DataFrame:
    """Put a table's corrected columns in the place of those seen."""
    names = {value: "corrected_share", **{name: f"corrected_{name}" for name in others}}
    seen = {f"seen_{name}": table[name] for name in names}
    return table.assign(**seen, **{name: table[new] for name, new in names.items()})


def _bounds(found: SessionAnalysis, curve: pd.DataFrame) -> pd.DataFrame:
    """Put right what the share would be, had no missing viewer smiled, or all."""
    for name in ("worst", "best"):
        curve = curve.assign(**{name: found.correction.plain(curve[name])})
    return curve


def _corrected(
    found: SessionAnalysis, table: pd.DataFrame, value: str, band: str | None = None
) -> pd.DataFrame:
    """Put right a table's column of shares, and its interval where it has one."""
    if "low" in table:
        renamed = table.rename(columns={"low": "share_low", "high": "share_high"})
        made = _corrected(found, renamed, value, "share")
        return made.rename(columns={"share_low": "low", "share_high": "high"})
    if band is None:
        return table.assign(
            **{f"seen_{value}": table[value], value: found.correction.plain(table[value])}
        )
    return _instead(with_corrected(table, found.correction, value), value, PEAKS)


def _scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Put the corrected scores in the place of those seen, where there are any."""
    known = scores["corrected"].notna()
    new = {"value": "corrected", "low": "corrected_low", "high": "corrected_high"}
    seen = {f"seen_{name}": scores[name].where(known) for name in new}
    shown = {name: scores[name].mask(known, scores[right]) for name, right in new.items()}
    return scores.assign(**seen, **shown)
