"""The sections of a comparison's page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pandas as pd

from laughtrack.analytics.brief_viewers import remark
from laughtrack.analytics.comparison.compare import Comparison, Facts
from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.formatting import UNKNOWN, clock, duration, number, p_value
from laughtrack.analytics.messages import joined, message, plural
from laughtrack.analytics.report.comparison_summary import (
    SCORES,
    least_points,
    points,
    signed,
    significant,
)
from laughtrack.analytics.report.elements import Cell, Table, nowrap, scene_name
from laughtrack.analytics.report.figures.axes import Drawing
from laughtrack.analytics.report.figures.comparison import MOST_SHADES, compare_figure
from laughtrack.analytics.review.wording import remark as corrections

MOST_OTHERS = 5
NOT_FOUND = message("not even if all of them smiled")
ALIGNED = {
    "film time": message("Moments of the same film time were laid on each other."),
    "marks": message(
        "Moments marked alike in both were laid on each other, time running evenly between two "
        "marks."
    ),
    "edit list": message(
        "The stretches that the edit list names were laid on each other; what is in one cut alone "
        "was left out."
    ),
}
HOW = {
    "film time": message("film time"),
    "marks": message("marks"),
    "edit list": message("edit list"),
}


class Curves(NamedTuple):
    """The figure of both curves.

    `text` explains it, `label` describes it to screen readers, `key` is (class, text) of each line
    and shade.
    """

    text: str
    label: str
    key: list[tuple[str, str]]
    drawing: Drawing


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
    pairs: list[tuple[str, str]] = []
    for k, letter in enumerate("AB"):
        name, title = facts.names[k], facts.titles[k]
        who = name if name == title else message("{title} ({name})", title=title, name=name)
        judged = plural("{n:,} viewer judged", "{n:,} viewers judged", facts.viewers[k])
        left_out = remark(facts.brief[k], facts.static[k])
        said = who, judged, corrections(facts.amended[k]), left_out
        pairs.append((letter, joined([text for text in said if text])))
    pairs.append((message("In both"), clock(facts.seconds)))
    return [*pairs, (message("Aligned by"), HOW[facts.how])]


def curves(result: Comparison) -> Curves | None:
    """Return the figure of both curves and its key; None where there is no curve."""
    curve, (offset_s, b_offset_s) = result.curve, result.facts.offsets_s
    if curve["difference"].isna().all():
        return None
    found = significant(result.clusters)
    key = [
        ("line", message("A: share of viewers smiling")),
        ("line dashed", "B"),
        ("line dark", message("A - B (lower curve)")),
        ("box band", message("its 95 % band, each moment by itself")),
    ]
    whole = curve["all_low"].notna().any()
    if whole:
        key.append(("box wide", message("its 95 % band, all of it at once")))
    if len(found):
        key.append(("box shade", message("differed by more than chance would give")))
    text = message(
        "Each point is the mean over the viewers who could be judged in that moment, at the time "
        "of A; a gap is a stretch that is not in both, or that too few were judged in."
    )
    if offset_s:
        text = message(
            "Each point is the mean over the viewers who could be judged in that moment, at the "
            "time of the film of A; a gap is a stretch that is not in both, or that too few were "
            "judged in."
        )
    bands = message(
        "The band holds one moment at a time; all of the time together is tested below."
    )
    if whole:
        bands = message(
            "The darker band holds one moment at a time, the lighter one all of the difference at "
            "once; all of the time together is tested below."
        )
    texts = [text, bands]
    if len(found) > MOST_SHADES:
        texts.append(
            message(
                "Of {many:,} such stretches the first {shaded} are shaded.",
                many=len(found),
                shaded=MOST_SHADES,
            )
        )
    drawing = Drawing("both", compare_figure(curve, found, offset_s, b_offset_s))
    return Curves(joined(texts, " "), _label(curve, found, offset_s), key, drawing)


def _label(curve: pd.DataFrame, found: pd.DataFrame, offset_s: float) -> str:
    """Describe the figure to screen readers."""
    mean = float(curve["difference"].mean())
    ends = found[["a_start_s", "a_end_s"]].head(5).to_numpy() + offset_s
    where = joined([message("{low} to {high}", low=clock(a), high=clock(b)) for a, b in ends])
    average = message("not said") if math.isnan(mean) else points(mean)
    return message(
        "The shares of both audiences over time; A - B is {average} percentage points on average. "
        "Stretches that differed by more than chance would give: {where}. The tables have the "
        "figures.",
        average=average,
        where=where if len(ends) else message("none"),
    )


def stretches(clusters: pd.DataFrame, offsets_s: Sequence[float]) -> Stretches:
    """Return the stretches in which the audiences differed, and the next, insignificant ones."""
    found = significant(clusters)
    others = clusters.iloc[len(found) : len(found) + MOST_OTHERS]
    sure = message("By more than chance would give; A - B in percentage points")
    unsure = message("The next, which chance could well give; A - B in percentage points")
    return Stretches(
        _stretches(sure, found, offsets_s, numbered=True),
        _stretches(unsure, others, offsets_s),
        len(clusters) - len(found) - len(others),
    )


def _stretches(
    caption: str, found: pd.DataFrame, offsets_s: Sequence[float], numbered: bool = False
) -> Table | None:
    head = [message("From"), message("To"), message("Lasts"), message("From, in B")]
    head += [message("More smiles in"), "A - B", "p"]
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
    return Table(caption, head, rows) if rows else None


def scores(found: pd.DataFrame) -> Table:
    """Return each score of both audiences with the difference and its interval."""
    rows = []
    for each in found.itertuples():
        name, unit = SCORES[each.score]
        rows.append((name, *_contrast(each, unit)))
    head = [message("Score"), *_contrast_head()]
    return Table(message("Scores of the time in both"), head, rows, "named")


def scenes(found: pd.DataFrame, offset_s: float = 0.0) -> Table | None:
    """Return the share smiling in each scene, as `scores`; None where no scenes were given."""
    if found.empty:
        return None
    head = [message("Scene"), message("From"), message("To"), *_contrast_head()]
    rows = [
        (
            scene_name(each.name),
            clock(each.start_s + offset_s, tenths=True),
            clock(each.end_s + offset_s, tenths=True),
            *_contrast(each, "share"),
        )
        for each in sorted(
            found[["name", *(c for c in found if c != "name")]].itertuples(index=False),
            key=lambda each: not each.p_holm <= ALPHA,
        )
    ]
    return Table(
        message(
            "Share of the time smiling, scene by scene, the surest differences first; p for their "
            "number"
        ),
        head,
        rows,
        "named",
    )


def _contrast_head() -> tuple[str, ...]:
    missed = message("Smallest detectable difference")
    return "A", "B", "A - B", message("95 % interval"), "p", missed


def _contrast(each: Any, unit: str) -> Iterator[str | Cell]:
    """Yield the cells of a contrast: both sides, difference, interval, p, least difference."""
    scale, digits = (100, 1) if unit == "share" else (1, 2)
    for value in (each.a, each.b):
        is_share = unit == "share" and not math.isnan(value)
        yield message("{percent:.1f} %", percent=100 * value) if is_share else number(value)
    yield signed(scale * each.difference, digits)
    if math.isnan(each.low) or math.isnan(each.high):
        yield UNKNOWN
    else:
        low, high = signed(scale * each.low, digits), signed(scale * each.high, digits)
        yield message("{low} to {high}", low=low, high=high)
    yield nowrap(p_value(each.p_holm))
    yield number(scale * each.least_difference, digits)


def missed(findable: pd.DataFrame) -> Table | None:
    """Return the least difference found in stretches of each length; None where there is none."""
    if findable.empty:
        return None
    rows = [
        (
            message("{seconds:g} s", seconds=each.stretch_s),
            NOT_FOUND
            if math.isnan(each.least_difference)
            else plural(
                "{n} percentage point",
                "{n} percentage points",
                least_points(each.least_difference),
            ),
        )
        for each in findable.itertuples()
    ]
    head = message("A difference that lasts"), message("Smallest detectable difference")
    return Table(message("The smallest difference of the share smiling that is found"), head, rows)


def method(facts: Facts) -> list[tuple[str, str]]:
    """Return (name, text) pairs that explain how the audiences were compared."""
    settings, (first, second) = facts.settings, facts.blocks
    first_worth, second_worth = facts.effective_sizes
    return [
        (message("Aligned"), ALIGNED[facts.how]),
        (
            message("Stretches"),
            message(
                "Each {step:g} s the shares smiling were compared by Student's t; neighbouring "
                "moments beyond p = 0.05 form a stretch. Then viewers were dealt anew to the two "
                "audiences, and a stretch counts only if so large a one comes about in fewer than "
                "5 of 100 dealings, anywhere (Maris and Oostenveld 2007).",
                step=settings.step_s,
            ),
        ),
        (
            message("Neighbours"),
            message(
                "Neighbours laugh together, so that they were dealt in blocks: {first} of A, "
                "{second} of B. For the intervals, A's viewers count as {first_worth:.0f} "
                "strangers and B's as {second_worth:.0f}, by how alike neighbours were.",
                first=first,
                second=second,
                first_worth=first_worth,
                second_worth=second_worth,
            ),
        ),
        (
            message("Intervals"),
            message(
                "95 %, from audiences drawn anew from the viewers at hand, with Student's t for "
                "so few. They speak of other viewers like these in the same rooms, not of other "
                "rooms."
            ),
        ),
        (
            message("Missing"),
            message(
                "A viewer counts in the moments that could be judged, and never as not smiling "
                "where not. Nothing is said of moments with fewer than {least} judged.",
                least=settings.min_viewers,
            ),
        ),
    ]
