"""A comparison in at most five sentences that claim no more than was found."""

from __future__ import annotations

import math

import pandas as pd

from laughtrack.analytics.comparison.compare import Comparison
from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.formatting import clock, number
from laughtrack.analytics.messages import Message, joined, message, plural

STRETCH_S = 10.0  # the stretch that the summary names when it says what would have been missed
SCORES = {
    "share_smiling": (message("Share of the time smiling"), "share"),
    "reach": (message("Smiled at least once"), "share"),
    "mean_smile": (message("Mean smile, 0 to 1"), "number"),
    "smiles_per_min": (message("Smiles a minute"), "number"),
    "maximum_share": (message("Highest share at any moment"), "share"),
    "minimum_share": (message("Lowest share at any moment"), "share"),
    "pairwise_isc": (message("Correlation of two viewers, mean over pairs"), "number"),
}


def points(difference: float, digits: int = 0) -> str:
    """Write a difference of shares in percentage points, with its sign. NaN is a dash."""
    return signed(100 * difference, digits)


def signed(value: float, digits: int = 2) -> str:
    """Write a number with its sign, none where all digits are 0. NaN is a dash."""
    if math.isnan(value) or not round(abs(value), digits):
        return number(abs(value), digits)
    return Message(f"{{value:+.{digits}f}}", {"value": value})


def least_points(difference: float) -> int:
    """Return a smallest detectable difference in whole percentage points, rounded up."""
    return math.ceil(difference * 100 - 1e-6)


def _size(difference: float) -> str:
    return number(abs(difference) * 100, 0)


def significant(clusters: pd.DataFrame) -> pd.DataFrame:
    """Return the significant clusters, the least p first."""
    return clusters[clusters["p"] <= ALPHA].reset_index(drop=True)


def summary(result: Comparison) -> list[str]:
    """Sum a comparison up.

    Parameters
    ----------
    result : Comparison

    Returns
    -------
    list of str
        Five at most: who was compared, where they differed, whether any score did, what would have
        been missed, and what a difference does not show.
    """
    facts = result.facts
    first, second = facts.viewers
    sentences = [
        message(
            "{first} of A and {second} of B were compared over {time} that both saw.",
            first=plural("{n:,} viewer", "{n:,} viewers", first),
            second=plural("{n:,} viewer", "{n:,} viewers", second),
            time=clock(facts.seconds),
        ),
        _stretches(result),
        _scores(result.scores),
        _missed(result.detectable),
    ]
    sentences.append(
        message(
            "The audiences may differ in other ways, so this does not prove that the cut made the "
            "difference."
        )
        if len(significant(result.clusters)) or (result.scores["p_holm"] <= ALPHA).any()
        else message("Finding no difference does not show that there is none.")
    )
    return [text for text in sentences if text]


def _stretches(result: Comparison) -> str:
    found, offset_s = significant(result.clusters), result.facts.offsets_s[0]
    if result.curve["difference"].isna().all():
        return message("At no moment were enough viewers judged in both to look for a difference.")
    if len(result.clusters) and result.clusters["p"].isna().all():
        return message(
            "Too few viewers were independent to tell a stretch that differed from chance."
        )
    if found.empty:
        return message("No stretch differed clearly enough to rule out chance.")
    top = found.iloc[0]
    told = {
        "start": clock(top["a_start_s"] + offset_s),
        "end": clock(top["a_end_s"] + offset_s),
        "higher": top["higher"],
        "lower": "B" if top["higher"] == "A" else "A",
        "size": _size(top["difference"]),
    }
    return plural(
        "One stretch differed by more than chance would give: from about {start} to {end} more of "
        "{higher}'s viewers smiled than of {lower}'s, {size} percentage points on average in this "
        "sample.",
        "{n} stretches differed by more than chance would give; the surest: from about {start} to "
        "{end} more of {higher}'s viewers smiled than of {lower}'s, {size} percentage points on "
        "average in this sample.",
        len(found),
        **told,
    )


def _scores(scores: pd.DataFrame) -> str:
    found = scores[scores["p_holm"] <= ALPHA]
    row = scores.set_index("score").loc["share_smiling"]
    if found.empty:
        differed = message("No overall score differed clearly enough to rule out chance.")
    else:
        differed = message(
            "These overall scores differed by more than chance would give: {scores}.",
            scores=joined([SCORES[name][0] for name in found["score"]], "; "),
        )
    if math.isnan(row["low"]):
        return differed
    difference = message(
        "The share of the time smiling, A - B, is between {low} and {high} percentage points "
        "(95 % interval).",
        low=points(row["low"], 1),
        high=points(row["high"], 1),
    )
    return joined([differed, difference], " ")


def _missed(findable: pd.DataFrame) -> str:
    known = findable.dropna()
    if known.empty and findable.empty:
        return ""
    if known.empty:
        return message("However large, a difference could not have been found.")
    row = known.loc[(known["stretch_s"] - STRETCH_S).abs().idxmin()]
    return message(
        "A difference of less than {size} percentage points that lasts {seconds:.0f} s could have "
        "been missed.",
        size=least_points(row["least_difference"]),
        seconds=row["stretch_s"],
    )
