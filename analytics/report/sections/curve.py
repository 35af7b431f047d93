"""The audience over time: the curve, its key, and the same as a table."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from laughtrack.analytics.formatting import UNKNOWN, clock, percent
from laughtrack.analytics.messages import joined, message, plural
from laughtrack.analytics.report.elements import Table, jump
from laughtrack.analytics.report.figures.axes import Drawing
from laughtrack.analytics.report.figures.curve import MARKED, audience_figure
from laughtrack.analytics.report.figures.curve_bands import has_values

MOST_ROWS = 60
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)


class Audience(NamedTuple):
    """The figure of the curve, with its key and explanations.

    `text` explains the curve and `bands` its bands; `key` is (class, text) of each line and shade;
    `has_bounds` tells whether it has the worst and best case, `has_seen` whether the curve
    as scored, before it was put right for the scorer's errors; `label` describes the figure to
    screen readers; `rows` is the curve as a table.
    """

    text: str
    bands: str
    key: list[tuple[str, str]]
    has_bounds: bool
    has_seen: bool
    label: str
    drawing: Drawing
    rows: Table


def audience(
    curve: pd.DataFrame,
    found: tuple[pd.DataFrame, pd.DataFrame],
    cover: pd.DataFrame,
    offset_s: float | None = None,
    min_viewers: int = 1,
    length_s: float | None = None,
) -> Audience | None:
    """Return the curve with the number of viewers behind it.

    Parameters
    ----------
    curve : DataFrame
        As `figures.curve.audience_figure` takes it.
    found : two DataFrames
        Peak and marked moments.
    cover : DataFrame
        From `coverage.coverage`.
    offset_s : float, optional
        The film's time code at the session's 0.
    min_viewers : int
        The curve has a gap where fewer were judged.
    length_s : float, optional
        The session's.

    Returns
    -------
    Audience, or None
        None where no viewer was seen.
    """
    if not curve["visible"].any():
        return None
    return Audience(
        _text(curve, bool(len(found[1])), offset_s, min_viewers),
        _bands(curve),
        _key(curve, cover),
        has_values(curve, "worst"),
        has_values(curve, "seen_share"),
        _label(curve),
        Drawing("curve", audience_figure(curve, found, cover, offset_s, length_s)),
        _rows(curve),
    )


def _text(curve: pd.DataFrame, has_marks: bool, offset_s: float | None, min_viewers: int) -> str:
    step = float(curve["t_s"].iloc[1] - curve["t_s"].iloc[0]) if len(curve) > 1 else 1.0
    told = {"seconds": step, "least": min_viewers}
    if min_viewers == 1:
        text = plural(
            "Each point is the mean over the viewers who could be judged in that second; a gap "
            "means that nobody could.",
            "Each point is the mean over the viewers who could be judged in those {seconds:g} "
            "seconds; a gap means that nobody could.",
            1 if step == 1 else 2,
            **told,
        )
    else:
        text = plural(
            "Each point is the mean over the viewers who could be judged in that second; a gap "
            "means that fewer than {least} could.",
            "Each point is the mean over the viewers who could be judged in those {seconds:g} "
            "seconds; a gap means that fewer than {least} could.",
            1 if step == 1 else 2,
            **told,
        )
    more = [
        message(
            "Numbers mark the first {many} peak moments, where there is room; they, and a click "
            "in the picture, move the cursor.",
            many=MARKED,
        )
    ]
    if has_marks:
        more.append(message("Letters mark the marked moments, where there is room."))
    more.append(message("Times are minutes and seconds since the session began."))
    if offset_s is not None:
        more.append(message("Add {time} for the film's time code.", time=clock(offset_s)))
    return joined([text, *more], " ")


def _bands(curve: pd.DataFrame) -> str:
    """Explain the bands, or why there are none."""
    if not has_values(curve, "share_low"):
        return message(
            "No band is drawn around the curve: too few viewers were judged to say how far other "
            "such audiences might differ."
        )
    wide = message(
        "There is none for the whole curve at once: that takes eight judged viewers, and a show "
        "at which more is smiled."
    )
    if has_values(curve, "share_all_low"):
        wide = message("The wider, paler one holds the whole of it at once in 95 of 100 audiences.")
    texts = (
        message(
            "The band shows how much the result could vary with a different but similar audience: "
            "in 95 of 100 audiences it holds the true share of a given moment, and it is left out "
            "where too few were judged."
        ),
        wide,
    )
    return joined(texts, " ")


def _key(curve: pd.DataFrame, cover: pd.DataFrame) -> list[tuple[str, str]]:
    """List what each line and shade is; the lines differ in kind, not only in colour."""
    items = [
        ("line", message("share of viewers smiling")),
        ("line dashed", message("mean smile (1 = 100 %)")),
    ]
    if has_values(curve, "share_low"):
        items.append(("box band", message("95 % band, each moment by itself")))
    if has_values(curve, "share_all_low"):
        items.append(("box wide", message("95 % band, the whole curve")))
    if (cover["state"] == "camera off").any():
        items.append(("box off", message("camera off")))
    return items


def _label(curve: pd.DataFrame) -> str:
    """Describe the figure to screen readers."""
    share = curve["share"]
    if share.isna().all():
        return message("The audience's curve: it has no figure anywhere.")
    low, high = curve["t_s"][share.idxmin()], curve["t_s"][share.idxmax()]
    return message(
        "The audience's curve: on average over time {mean} of viewers smiling, most at "
        "{highest_at} with {highest}, least at {lowest_at} with {lowest}. The tables below have "
        "the figures.",
        mean=percent(share.mean()),
        highest_at=clock(high),
        highest=percent(share.max()),
        lowest_at=clock(low),
        lowest=percent(share.min()),
    )


def _rows(curve: pd.DataFrame) -> Table:
    """Return the curve as a table of not too many rows."""
    step = float(curve["t_s"].iloc[1]) if len(curve) > 1 else 1.0
    length_s = len(curve) * step
    wide = next((s for s in STEPS_S if s >= step and length_s / s <= MOST_ROWS), STEPS_S[-1])
    rows = []
    for _, part in curve.groupby((curve["t_s"] // wide).astype(int)):
        share = part["share"].dropna()
        least, most = part["judged"].min(), part["judged"].max()
        judged = f"{least}" if least == most else f"{least}–{most}"
        shares = [percent(f) for f in (share.mean(), share.min(), share.max())]
        shares = [UNKNOWN] * 3 if share.empty else shares
        rows.append([jump(float(part["t_s"].iloc[0])), judged, *shares])
    head = [message("Begins"), message("Viewers judged"), message("Smiling, mean")]
    head += [message("Least"), message("Most")]
    return Table(_rows_caption(wide), head, rows)


def _rows_caption(seconds: int) -> str:
    if seconds < 60:
        return plural(
            "The curve as a table, a row for a second",
            "The curve as a table, a row for {n} seconds",
            seconds,
        )
    return plural(
        "The curve as a table, a row for a minute",
        "The curve as a table, a row for {n} minutes",
        round(seconds / 60),
    )
