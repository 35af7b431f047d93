"""The sections of a comparison's page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pandas as pd
from markupsafe import Markup

from laughtrack.analytics.brief_viewers import remark
from laughtrack.analytics.comparison.compare import Comparison, Facts
from laughtrack.analytics.formatting import UNKNOWN, clock, duration, number, p_value
from laughtrack.analytics.report.comparison_summary import SCORES, points, signed, significant
from laughtrack.analytics.report.elements import Cell, Table, nowrap
from laughtrack.analytics.report.figures.axes import to_html
from laughtrack.analytics.report.figures.comparison import MOST_SHADES, compare_figure

MOST_OTHERS = 5
NOT_FOUND = "not even if all of them smiled"
ALIGNED = {
    "film time": "Moments of the same film time were laid on each other.",
    "marks": "Moments marked alike in both were laid on each other, time running evenly between "
    "two marks.",
    "edit list": "The stretches that the edit list names were laid on each other; what is in one "
    "cut alone was left out.",
}


class Curves(NamedTuple):
    """The figure of both curves.

    `text` explains it, `label` describes it to screen readers, `key` is (class, text) of each line
    and shade.
    """

    text: str
    label: str
    key: list[tuple[str, str]]
    drawing: Markup


class Stretches(NamedTuple):
    """Where the audiences differed.

    `significant`: the stretches that chance would hardly give, None if there is none; `others`, the
    next ones, and how many more are `unlisted`.
    """

    significant: Table | None
    others: Table | None
    unlisted: int


def header(facts: Facts) -> list[tuple[str, str]]:
    """Return (name, text) of who was compared, for the top of the page."""
    pairs = []
    for k, letter in enumerate("AB"):
        name, title = facts.names[k], facts.titles[k]
        who = name if name == title else f"{title} ({name})"
        judged = f"{facts.viewers[k]} viewers judged"
        left_out = remark(facts.brief[k], facts.static[k])
        pairs.append((letter, ", ".join(filter(None, (who, judged, left_out)))))
    return [*pairs, ("In both", clock(facts.seconds)), ("Aligned by", facts.how)]


def curves(result: Comparison) -> Curves | None:
    """Return the figure of both curves and its key; None where there is no curve."""
    curve, (offset_s, b_offset_s) = result.curve, result.facts.offsets_s
    if curve["difference"].isna().all():
        return None
    found = significant(result.clusters)
    key = [
        ("line", "A: share of viewers smiling"),
        ("line dashed", "B"),
        ("line dark", "A - B (lower curve)"),
        ("box band", "its 95 % band, each moment by itself"),
    ]
    if len(found):
        key.append(("box shade", "differed by more than chance would give"))
    film = "the film of A" if offset_s else "A"
    more = (
        f" Of {len(found)} such stretches the first {MOST_SHADES} are shaded."
        if len(found) > MOST_SHADES
        else ""
    )
    text = (
        "Each point is the mean over the viewers who could be judged in that moment, at the "
        f"time of {film}; a gap is a stretch that is not in both, or that too few were judged "
        f"in. The band holds one moment at a time; all of the time together is tested below.{more}"
    )
    drawing = to_html(compare_figure(curve, found, offset_s, b_offset_s), "both")
    return Curves(text, _label(curve, found, offset_s), key, drawing)


def _label(curve: pd.DataFrame, found: pd.DataFrame, offset_s: float) -> str:
    """Describe the figure to screen readers."""
    mean = float(curve["difference"].mean())
    where = ", ".join(
        f"{clock(a + offset_s)} to {clock(b + offset_s)}"
        for a, b in found[["a_start_s", "a_end_s"]].head(5).to_numpy()
    )
    average = "not said" if math.isnan(mean) else f"{points(mean)} percentage points"
    return (
        f"The shares of both audiences over time; A - B is {average} on average. Stretches that "
        f"differed by more than chance would give: {where or 'none'}. The tables have the figures."
    )


def stretches(clusters: pd.DataFrame, offsets_s: Sequence[float]) -> Stretches:
    """Return the stretches in which the audiences differed, and the next, insignificant ones."""
    found = significant(clusters)
    others = clusters.iloc[len(found) : len(found) + MOST_OTHERS]
    return Stretches(
        _stretches("By more than chance would give", found, offsets_s, numbered=True),
        _stretches("The next, which chance could well give", others, offsets_s),
        len(clusters) - len(found) - len(others),
    )


def _stretches(
    caption: str, found: pd.DataFrame, offsets_s: Sequence[float], numbered: bool = False
) -> Table | None:
    head = ["From", "To", "Lasts", "From, in B", "More smiles in", "A - B", "p"]
    rows: list[tuple[object, ...]] = [
        (
            clock(each.a_start_s + offsets_s[0], tenths=True),
            clock(each.a_end_s + offsets_s[0], tenths=True),
            duration(each.a_end_s - each.a_start_s),
            clock(each.b_start_s + offsets_s[1], tenths=True),
            each.higher,
            points(each.difference),
            nowrap(p_value(each.p)),
        )
        for each in found.itertuples()
    ]
    if numbered:
        head = ["", *head]
        rows = [(rank, *row) for rank, row in enumerate(rows, start=1)]
    return Table(f"{caption}; A - B in percentage points", head, rows) if rows else None


def scores(found: pd.DataFrame) -> Table:
    """Return each score of both audiences with the difference and its interval."""
    rows = []
    for each in found.itertuples():
        name, unit = SCORES[each.score]
        rows.append((name, *_contrast(each, unit)))
    head = ["Score", "A", "B", "A - B", "95 % interval", "p", "Smallest detectable difference"]
    return Table("Scores of the time in both", head, rows, "named")


def scenes(found: pd.DataFrame, offset_s: float = 0.0) -> Table | None:
    """Return the share smiling in each scene, as `scores`; None where no scenes were given."""
    if found.empty:
        return None
    head = [
        "Scene",
        "From",
        "To",
        "A",
        "B",
        "A - B",
        "95 % interval",
        "p",
        "Smallest detectable difference",
    ]
    rows = [
        (
            each.name,
            clock(each.start_s + offset_s, tenths=True),
            clock(each.end_s + offset_s, tenths=True),
            *_contrast(each, "share"),
        )
        for each in found[["name", *(c for c in found if c != "name")]].itertuples(index=False)
    ]
    return Table(
        "Share of the time smiling, scene by scene; p for their number", head, rows, "named"
    )


def _contrast(each: Any, unit: str) -> Iterator[str | Cell]:
    """Yield the cells of a contrast: both sides, difference, interval, p, least difference."""
    scale, digits = (100, 1) if unit == "share" else (1, 2)
    mark = " %" if unit == "share" else ""
    yield number(scale * each.a, digits) + mark
    yield number(scale * each.b, digits) + mark
    yield signed(scale * each.difference, digits)
    if math.isnan(each.low) or math.isnan(each.high):
        yield UNKNOWN
    else:
        yield f"{signed(scale * each.low, digits)} to {signed(scale * each.high, digits)}"
    yield nowrap(p_value(each.p_holm))
    yield number(scale * each.least_difference, digits)


def missed(findable: pd.DataFrame) -> Table | None:
    """Return the least difference found in stretches of each length; None where there is none."""
    if findable.empty:
        return None
    rows = [
        (
            f"{each.stretch_s:g} s",
            NOT_FOUND
            if math.isnan(each.least_difference)
            else f"{math.ceil(each.least_difference * 100 - 1e-6)} percentage points",
        )
        for each in findable.itertuples()
    ]
    head = ["A difference that lasts", "Smallest detectable difference"]
    return Table("The smallest difference of the share smiling that is found", head, rows)


def method(facts: Facts) -> list[tuple[str, str]]:
    """Return (name, text) pairs that explain how the audiences were compared."""
    settings, (first, second) = facts.settings, facts.blocks
    worth = [f"{many:.0f}" for many in facts.effective_sizes]
    return [
        ("Aligned", ALIGNED[facts.how]),
        (
            "Stretches",
            f"Each {settings.step_s:g} s the shares smiling were compared by Student's t; "
            "neighbouring moments beyond p = 0.05 form a stretch. Then viewers were dealt anew to "
            "the two audiences, and a stretch counts only if so large a one comes about in fewer "
            "than 5 of 100 dealings, anywhere (Maris and Oostenveld 2007).",
        ),
        (
            "Neighbours",
            "Neighbours laugh together, so that they were dealt in blocks: "
            f"{first} of A, {second} of B. For the intervals, A's viewers count as "
            f"{worth[0]} strangers and B's as {worth[1]}, by how alike neighbours were.",
        ),
        (
            "Intervals",
            "95 %, from audiences drawn anew from the viewers at hand, with Student's t for so "
            "few. They speak of other viewers like these in the same rooms, not of other rooms.",
        ),
        (
            "Missing",
            "A viewer counts in the moments that could be judged, and never as not smiling where "
            f"not. Nothing is said of moments with fewer than {settings.min_viewers} judged.",
        ),
    ]
