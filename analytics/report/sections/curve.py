"""The part of the page about the audience over time: the curve, its key, the same as a table."""

from __future__ import annotations

from html import escape

from laughtrack.analytics.formatting import UNKNOWN, clock, count, percent
from laughtrack.analytics.report.figures import axes
from laughtrack.analytics.report.figures import curve as curve_figure
from laughtrack.analytics.report.figures.curve_bands import has
from laughtrack.analytics.report.html import jump, paragraph, table

MOST_ROWS = 60
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)


def audience(curve, found, cover, offset_s=None, min_viewers=1):
    """Show the curve with the number of viewers behind it.

    Parameters
    ----------
    curve : DataFrame
        As `curve_figure.audience_figure` takes it.
    found : two DataFrames
        Peak and marked moments.
    cover : DataFrame
        From `timelines.coverage`.
    offset_s : float, optional
        The film's time code at the session's 0.
    min_viewers : int
        Of fewer the curve says nothing.
    """
    if not curve["visible"].any():
        return paragraph("There is no curve: no viewer was seen.")
    drawing = axes.to_html(curve_figure.audience_figure(curve, found, cover, offset_s), "curve")
    return (
        f"{paragraph(_text(curve, found, offset_s, min_viewers))}{_bands(curve)}<figure>"
        f"{_key(curve, cover)}{_switch(curve)}"
        f'<div class="plot"><div class="chart" role="img" aria-label="{escape(_label(curve))}">'
        f'{drawing}</div><div class="over" aria-hidden="true"><i class="cursor"></i></div>'
        '<div class="pins"></div></div>'
        '<figcaption><ul class="key">'
        '<li><i class="line thin"></i>viewers visible (lower curve)</li>'
        '<li><i class="line dark"></i>of them, could be judged</li></ul></figcaption>'
        f"</figure>{_rows(curve)}"
    )


def _text(curve, found, offset_s, min_viewers):
    step = float(curve["t_s"].iloc[1] - curve["t_s"].iloc[0]) if len(curve) > 1 else 1.0
    each = "that second" if step == 1 else f"those {step:g} seconds"
    film = "" if offset_s is None else f" Add {clock(offset_s)} for the film's time code."
    nobody = "nobody" if min_viewers == 1 else f"fewer than {min_viewers}"
    letters = " Letters mark the marked moments, where there is room." if len(found[1]) else ""
    return (
        f"Each point is the mean over the viewers who could be judged in {each}; a gap means "
        f"that {nobody} could. Numbers mark the first {curve_figure.MARKED} peak moments, where "
        f"there is room; they, and a click in the picture, move the cursor.{letters} Times are "
        f"minutes and seconds since the session began.{film}"
    )


def _bands(curve):
    """Say what the bands are, or that there is no ground for one."""
    if not has(curve, "share_low"):
        return paragraph(
            "No band is drawn around the curve: too few viewers were judged to say how far other "
            "such audiences might differ.",
            "small",
        )
    wide = (
        " The wider, paler one holds the whole of it at once in 95 of 100 audiences."
        if has(curve, "share_all_low")
        else ""
    )
    return paragraph(
        "The band says how far the share smiling may be off, had other viewers like these sat "
        f"there: in 95 of 100 audiences it holds the true share of a given moment.{wide} "
        "It is left out where too few were judged.",
        "small",
    )


def _key(curve, cover):
    """List what each line and shade is; the lines differ in kind, not only in colour."""
    items = [("line", "share of viewers smiling"), ("line dashed", "mean smile (1 = 100 %)")]
    if has(curve, "share_low"):
        items.append(("box band", "95 % band, each moment by itself"))
    if has(curve, "share_all_low"):
        items.append(("box wide", "95 % band, the whole curve"))
    if (cover["state"] == "camera off").any():
        items.append(("box off", "camera off"))
    return (
        '<ul class="key" aria-hidden="true">'
        + "".join(f'<li><i class="{kind}"></i>{text}</li>' for kind, text in items)
        + "</ul>"
    )


def _switch(curve):
    if not has(curve, "worst"):
        return ""
    return (
        '<div class="buttons"><button type="button" data-shows="bounds" aria-pressed="false">'
        "Show the bounds: had no missing viewer smiled, or all</button></div>"
    )


def _label(curve):
    """Sum the picture up for whoever does not see it."""
    share = curve["share"]
    if share.isna().all():
        return "The audience's curve: it has no figure anywhere."
    low, high = curve["t_s"][share.idxmin()], curve["t_s"][share.idxmax()]
    return (
        f"The audience's curve: on average over time {percent(share.mean())} of viewers smiling, "
        f"most at {clock(high)} with {percent(share.max())}, least at {clock(low)} with "
        f"{percent(share.min())}. The tables below have the figures."
    )


def _rows(curve):
    """Show the curve as a table too, folded away."""
    step = float(curve["t_s"].iloc[1]) if len(curve) > 1 else 1.0
    length_s = len(curve) * step
    wide = next((s for s in STEPS_S if s >= step and length_s / s <= MOST_ROWS), STEPS_S[-1])
    rows = []
    for _, part in curve.groupby((curve["t_s"] // wide).astype(int)):
        share = part["share"].dropna()
        least, most = part["judged"].min(), part["judged"].max()
        judged = f"{least}" if least == most else f"{least}–{most}"
        figures_of = [percent(f) for f in (share.mean(), share.min(), share.max())]
        rows.append([jump(float(part["t_s"].iloc[0])), judged, *figures_of])
        if share.empty:
            rows[-1][2:] = [UNKNOWN] * 3
    head = ["Begins", "Viewers judged", "Smiling, mean", "Least", "Most"]
    name = f"The curve as a table, a row for {_lasting(wide)}"
    return f"<details><summary>{name}</summary>{table(name, head, rows)}</details>"


def _lasting(seconds):
    return count(seconds, "second") if seconds < 60 else count(round(seconds / 60), "minute")
