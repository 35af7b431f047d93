"""The sections that compare: groups, synchrony, what followed marks, other sessions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from laughtrack.analytics.audience.latencies import WITHIN_S
from laughtrack.analytics.audience.norms import LEAST_OTHERS
from laughtrack.analytics.audience.synchrony import Synchrony
from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.formatting import UNKNOWN, clock, count, number, p_value, percent
from laughtrack.analytics.report.elements import Table, jump, nowrap

MOST_STRETCHES = 10
SCORES = {
    "share_smiling": "time spent smiling",
    "reach": "smiled at least once",
    "mean_smile": "mean degree, 0 to 1",
    "smiles_per_min": "smiles a minute, mean over viewers",
    "maximum_share": "highest share, corrected for being searched for",
    "minimum_share": "lowest share, likewise",
    "peak_end": "mean of the highest share and that of the end",
    "hook": "smiling in the first seconds",
    "judged_share": "time in view that could be judged",
}
_SHARES = (
    "share_smiling",
    "reach",
    "maximum_share",
    "minimum_share",
    "peak_end",
    "hook",
    "judged_share",
)


class Groups(NamedTuple):
    """Groups of viewers: who is left out, how many comparisons differ, and two tables."""

    remarks: list[str]
    text: str
    means: Table
    differences: Table


class Passage(NamedTuple):
    """A text and the table below it, None where there is no row."""

    text: str
    table: Table | None


def groups(
    compared: tuple[pd.DataFrame, pd.DataFrame, Sequence[str]] | None,
) -> Groups | None:
    """Return groups of viewers and their differences; None where there are none.

    `compared` is what `groups.compare` returns.
    """
    if compared is None:
        return None
    found, pairs, remarks = compared
    significant = int((pairs["p_holm"] <= ALPHA).sum()) or "none"
    text = (
        f"{count(len(pairs), 'comparison')} of {count(len(found), 'group')}; in {significant} of "
        "them the groups differ by more than chance would give. That p allows for their number "
        "(Holm). Neighbours laugh together: a row or side that laughed more did so in this "
        "screening, and it is not said that the seats are why."
    )
    return Groups(
        [f"{remark[:1].upper()}{remark[1:]}." for remark in remarks],
        text,
        _means(found),
        _differences(pairs),
    )


def _means(found: pd.DataFrame) -> Table:
    head = ["Group", "Viewers", "Time smiling", "Smiled at all", "Mean degree"]
    rows = [
        (
            each.group,
            each.viewers,
            percent(each.share_smiling),
            percent(each.reach),
            number(each.mean_smile),
        )
        for each in found.itertuples()
    ]
    return Table("Each group by itself", head, rows)


def _differences(pairs: pd.DataFrame) -> Table:
    head = ["Score", "Groups", "Difference, 95 % interval", "p"]
    rows = [
        (
            SCORES[each.score],
            f"{each.group}, {each.other}",
            nowrap(_range(each.difference, each.low, each.high, each.score)),
            nowrap(p_value(each.p_holm)),
        )
        for each in pairs.itertuples()
    ]
    return Table("The groups beside each other", head, rows, "named")


def synchrony(found: Synchrony | None) -> Passage | None:
    """Return the viewers' synchrony, and in which stretches it was highest; None if unknown."""
    if found is None or math.isnan(found.whole["isc"][0]):
        return None
    row = found.whole.iloc[0]
    known = not math.isnan(row["low"])
    between = f" (95 % interval {row['low']:.2f} to {row['high']:.2f})" if known else ""
    verdict = "more" if row["p"] <= ALPHA else "no more"
    out = int(row["left_out"])
    text = (
        f"Each viewer's smiles go with the mean of the others' with a correlation of "
        f"{row['isc']:.2f}{between}, mean over {count(int(row['viewers']), 'viewer')}; that is "
        f"{verdict} than viewers with no common timing would show ({p_value(row['p'], 'p ')})."
        + (f" {count(out, 'viewer')} never moved or was judged too briefly." if out else "")
    )
    best = found.windows[found.windows["p"] <= ALPHA].nlargest(MOST_STRETCHES, "isc")
    rows = [
        (
            jump(each.start_s),
            clock(each.end_s),
            nowrap(_range(each.isc, each.low, each.high)),
            each.viewers,
            nowrap(p_value(each.p)),
        )
        for each in best.itertuples()
    ]
    head = ["Stretch from", "To", "Correlation, 95 % interval", "Viewers", "p"]
    caption = "Where the viewers were most alike; p allows for the number of stretches"
    return Passage(text, Table(caption, head, rows) if rows else None)


def after_marks(found: pd.DataFrame) -> Passage | None:
    """Return how soon viewers smiled after each mark; `found` is from `latencies.after_marks`."""
    if found.empty:
        return None
    rows = [
        (
            each.text,
            jump(each.t_s),
            f"{each.smiled} of {each.free}",
            _half_began(each),
            each.already_smiling,
        )
        for each in found.itertuples()
    ]
    head = ["Mark", "Time", "Began to smile", "Half had begun after", "Already smiling"]
    text = (
        f"Of the viewers who could be judged and were not smiling yet, those whose smile began "
        f"within {WITHIN_S:g} s of the mark, and when half of all of them had begun."
    )
    return Passage(text, Table("Smiles after each mark", head, rows))


def _half_began(each: Any) -> str:
    if not math.isnan(each.median_latency_s):
        return f"{each.median_latency_s:.1f} s"
    return "less than half smiled" if each.free else UNKNOWN


def norms(found: pd.DataFrame | None) -> Passage | None:
    """Return where the session stands among the others; None where there are no others.

    `found` is from `norms.norms`.
    """
    if found is None or not found["others"].max():
        return None
    rows = [
        (
            SCORES[each.score],
            _figure(each.value, each.score),
            UNKNOWN if math.isnan(each.percentile) else f"{each.percentile:.0f} %",
            nowrap(f"{_figure(each.lowest, each.score)} to {_figure(each.highest, each.score)}"),
            each.others,
        )
        for each in found.itertuples()
    ]
    head = ["Score", "This session", "Percentile", "Others, lowest to highest"]
    few = found["others"].max() < LEAST_OTHERS
    text = f"With fewer than {LEAST_OTHERS} others no percentile is given." if few else ""
    caption = "This session among the others of its store"
    return Passage(text, Table(caption, [*head, "Others"], rows, "named"))


def _figure(value: float, score: str) -> str:
    return percent(value) if score in _SHARES else number(value)


def _range(value: float, low: float, high: float, score: str | None = None) -> str:
    """Write a figure with its interval; a difference of shares in points of percent."""
    if score in ("share_smiling", "reach"):
        value, low, high, digits = value * 100, low * 100, high * 100, 0
        unit = " point" if abs(round(value)) == 1 else " points"
    else:
        digits, unit = 2, ""
    rest = "" if math.isnan(low) else f" ({low:.{digits}f} to {high:.{digits}f})"
    return f"{value:.{digits}f}{unit}{rest}".replace("-", "−")
