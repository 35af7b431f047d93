"""A session's scores put right for the scorer's errors.

Shares are put right by `session_correction`. Reach and the rate of smiles need `events` of the
scorer's error model: how a false smile makes somebody count who never smiled depends on for how
long each was judged.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from laughtrack.analytics.audience.correction.error_model import EventErrors
from laughtrack.analytics.audience.correction.session_correction import Correction
from laughtrack.analytics.defaults import LEVEL
from laughtrack.analytics.formatting import percent
from laughtrack.analytics.messages import message
from laughtrack.analytics.stats.misclassification import LEAST_YOUDEN, Interval, propagated
from laughtrack.analytics.timelines.session_tables import SessionTables

COLUMNS = ("corrected", "corrected_low", "corrected_high", "not_corrected")
OF_CURVE = ("Maximum share", "Minimum share", "Peak-end", "Hook")
# The looks a second of a session may differ so much from those of the people timed by eye.
ALIKE = 1.5
NOT_TIMED = message(
    "how often a false smile begins was not measured: the scorer's error model has no people "
    "timed by eye"
)


def corrected_scores(
    scores: pd.DataFrame, found: Correction, tables: SessionTables
) -> pd.DataFrame:
    """Add to a session's scores what they are put right.

    Parameters
    ----------
    scores : DataFrame
        From `scores.scores`.
    found : Correction
        Of the same session.
    tables : SessionTables
        Of the same session.

    Returns
    -------
    DataFrame
        With `corrected`, `corrected_low` and `corrected_high`, NaN where a score cannot be put
        right, and `not_corrected`, why not: "" where it is, and of scores that are of no share.
    """
    rows = []
    for each in scores.itertuples():
        seen = Interval(each.value, each.low, each.high)
        made, reason = _corrected(each.score, seen, found, tables)
        rows.append((*(made or (np.nan,) * 3), reason))
    # Objects: the reasons stay messages.
    table = pd.DataFrame(rows, columns=[*COLUMNS], index=scores.index, dtype=object)
    return scores.join(table.astype(dict.fromkeys(COLUMNS[:3], "float64")))


def _corrected(
    score: str, seen: Interval, found: Correction, tables: SessionTables
) -> tuple[Interval | None, str]:
    if score not in {*OF_CURVE, "Average share", "Smile minutes", "Reach", "Rate"}:
        return None, ""
    if not found.possible or np.isnan(seen.value):
        return None, found.reason
    if score in OF_CURVE:
        return found.share(seen), ""
    if score in ("Average share", "Smile minutes"):
        times = 60 if score == "Smile minutes" else 1
        return Interval(*(times * each for each in found.average())), ""
    people, judged = tables.viewers, int(tables.readings["smile"].notna().sum())
    events, reason = _events(found, judged / people["judged_s"].sum())
    if events is None:
        return None, reason
    if score == "Rate":
        return rate(seen, found, events, int((people["judged_s"] > 0).sum())), ""
    return reach(seen, found, events, people)


def rate(seen: Interval, found: Correction, events: EventErrors, viewers: int) -> Interval:
    """Put the rate of smiles right.

    Parameters
    ----------
    seen : Interval
        Smiles a minute of judged time, mean over viewers.
    found : Correction
    events : EventErrors
        Of its scorer.
    viewers : int
        That were judged: among few there may be more or fewer who are often misread.
    """
    far = events.false_spread * float(stdtrit(max(viewers - 1, 1), (1 + LEVEL) / 2))
    far /= np.sqrt(viewers)
    ends = np.minimum(seen.low, seen.value - far), np.maximum(seen.high, seen.value + far)
    seen = Interval(seen.value, *ends)

    def behind(seen: float, false: float, per_true: float, share: float) -> np.ndarray:
        return np.asarray((seen - false * (1 - share)) / max(per_true, 1e-9))

    made = propagated(behind, (seen, events.false_per_min, events.found, found.average()))
    return Interval(*(np.maximum(each, 0) for each in made))


def reach(
    seen: Interval, found: Correction, events: EventErrors, people: pd.DataFrame
) -> tuple[Interval | None, str]:
    """Put the reach right.

    Parameters
    ----------
    seen : Interval
        Part of the viewers who were seen to smile.
    found : Correction
    events : EventErrors
        Of its scorer.
    people : DataFrame
        From `viewers.viewers`: for how long each was judged, and how often each smiled.

    Returns
    -------
    reach : Interval or None
    reason : str
        Why there is none, "" if there is one.
    """
    people = people[people["judged_s"] > 0]
    other_s = people["judged_s"].to_numpy() * (1 - float(found.average().value))
    if np.median(other_s) > events.seconds[-1]:
        return None, message(
            "viewers were judged for {seconds:.0f} s without a smile, the people timed by eye for "
            "{timed:.0f} s",
            seconds=np.median(other_s),
            timed=events.seconds[-1],
        )
    false = Interval(*(_by(other_s, events.seconds, each) for each in events.false_by))
    if 1 - float(false.high) < LEAST_YOUDEN:
        return None, message(
            "in so long a time a false smile begins with {share} of viewers, so that who smiled "
            "cannot be told",
            share=percent(false.value),
        )
    smiles = max(float((people["smiles_per_min"] * people["judged_s"] / 60).mean()), 1.0)

    def behind(seen: float, false: float, noticed: float) -> np.ndarray:
        missed = (1 - noticed) ** (smiles / max(seen, 1e-9))
        return np.asarray((seen - false) / ((1 - missed) * (1 - false)))

    made = propagated(behind, (seen, false, events.noticed))
    return Interval(*(np.clip(each, 0, 1) for each in made)), ""


def _events(found: Correction, looks_per_s: float) -> tuple[EventErrors | None, str]:
    """Return the errors of whole smiles, if they were measured at about as many looks."""
    events = found.model and found.model.events
    if not events:
        return None, NOT_TIMED
    if not 1 / ALIKE <= looks_per_s / events.looks_per_s <= ALIKE:
        return None, message(
            "viewers were judged {looks:.1f} times a second, the people timed by eye {timed:.1f} "
            "times",
            looks=looks_per_s,
            timed=events.looks_per_s,
        )
    return events, ""


def _by(other_s: np.ndarray, seconds: np.ndarray, share: np.ndarray | float) -> float:
    """Return for which part of viewers a false smile has begun, each judged for its own time."""
    known = np.concatenate([[0.0], seconds]), np.concatenate([[0.0], np.asarray(share)])
    return float(np.mean(np.interp(other_s, *known)))
