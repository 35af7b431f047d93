"""A comparison in at most five sentences that claim no more than was found."""

from __future__ import annotations

import math

import pandas as pd

from laughtrack.analytics.comparison.compare import Comparison
from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.formatting import clock, count, number

STRETCH_S = 10.0  # the stretch that the summary names when it says what would have been missed
SCORES = {
    "share_smiling": ("Share of the time smiling", "share"),
    "reach": ("Smiled at least once", "share"),
    "mean_smile": ("Mean smile, 0 to 1", "number"),
    "smiles_per_min": ("Smiles a minute", "number"),
    "maximum_share": ("Highest share at any moment", "share"),
    "minimum_share": ("Lowest share at any moment", "share"),
}


def points(difference: float, digits: int = 0) -> str:
    """Write a difference of shares in percentage points, with its sign. NaN is a dash."""
    return signed(100 * difference, digits)


def signed(value: float, digits: int = 2) -> str:
    """Write a number with its sign, none where all digits are 0. NaN is a dash."""
    text = number(abs(value), digits)
    if math.isnan(value) or not float(text):
        return text
    return ("−" if value < 0 else "+") + text


def _size(difference: float) -> str:
    return f"{abs(difference) * 100:.0f}"


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
        f"{count(first, 'viewer')} of A and {count(second, 'viewer')} of B were compared over "
        f"{clock(facts.seconds)} that both saw.",
        _stretches(result),
        _scores(result.scores),
        _missed(result.detectable),
    ]
    sentences.append(
        "The audiences may differ in other ways, so this does not prove that the cut made the "
        "difference."
        if len(significant(result.clusters)) or (result.scores["p_holm"] <= ALPHA).any()
        else "Finding no difference does not show that there is none."
    )
    return [text for text in sentences if text]


def _stretches(result: Comparison) -> str:
    found, offset_s = significant(result.clusters), result.facts.offsets_s[0]
    if result.curve["difference"].isna().all():
        return "At no moment were enough viewers judged in both to look for a difference."
    if len(result.clusters) and result.clusters["p"].isna().all():
        return "Too few viewers were independent to tell a stretch that differed from chance."
    if found.empty:
        return "No stretch differed clearly enough to rule out chance."
    top = found.iloc[0]
    where = f"{clock(top['a_start_s'] + offset_s)} to {clock(top['a_end_s'] + offset_s)}"
    lower = "B" if top["higher"] == "A" else "A"
    what = (
        f"from about {where} more of {top['higher']}'s viewers smiled than of {lower}'s, "
        f"{_size(top['difference'])} percentage points on average in this sample"
    )
    if len(found) == 1:
        return f"One stretch differed by more than chance would give: {what}."
    return f"{len(found)} stretches differed by more than chance would give; the surest: {what}."


def _scores(scores: pd.DataFrame) -> str:
    found = scores[scores["p_holm"] <= ALPHA]
    row = scores.set_index("score").loc["share_smiling"]
    if found.empty:
        differed = "No overall score differed clearly enough to rule out chance"
    else:
        names = ", ".join(SCORES[name][0].lower() for name in found["score"])
        differed = f"These overall scores differed by more than chance would give: {names}"
    if math.isnan(row["low"]):
        return f"{differed}."
    return (
        f"{differed}; the share of the time smiling, A - B, is between "
        f"{points(row['low'], 1)} and {points(row['high'], 1)} percentage points (95 % interval)."
    )


def _missed(findable: pd.DataFrame) -> str:
    known = findable.dropna()
    if known.empty:
        return "" if findable.empty else "However large, a difference could not have been found."
    row = known.loc[(known["stretch_s"] - STRETCH_S).abs().idxmin()]
    return (
        f"A difference of less than {_size(row['least_difference'])} percentage points "
        f"that lasts {row['stretch_s']:.0f} s could have been missed."
    )
