"""The session in sentences: from tables made up so that each claim is right or wrong to make."""

import math

import pandas as pd
import pytest

from laughtrack.analytics.report.session_summary import Average, sentences

NAN = math.nan
MAIN = {"viewers": 24, "judged": 24, "seconds": 600.0, "judged_share": 0.97, "share_smiling": 0.12}
PEAK = {
    "t_s": 31.0,
    "share_smiling": 0.65,
    "p_value": 0.002,
    "t_low_s": 29.6,
    "t_high_s": 32.4,
    "share_low": 0.44,
    "share_high": 0.81,
}
NONE = pd.DataFrame(columns=[*PEAK])
TOGETHER = pd.Series({"isc": 0.31, "low": 0.2, "high": 0.41, "p": 0.001})


def curve(low=0.05, worst=0.10, best=0.12):
    """Return a curve of ten seconds with a band and bounds."""
    one = {"share": 0.12, "share_low": low, "share_high": 0.2, "worst": worst, "best": best}
    return pd.DataFrame([one] * 10)


def said(main=None, table=None, peaks=({},), **more):
    """Return the sentences of the usual tables with changes."""
    moments = pd.DataFrame([{**PEAK, **peak} for peak in peaks]) if peaks else NONE
    more = {"synchrony": TOGETHER, "average": Average(0.12, 0.08, 0.16), **more}
    return sentences({**MAIN, **(main or {})}, curve() if table is None else table, moments, **more)


def test_usual():
    """With ground for all, each figure is said as from where to where."""
    assert said() == [
        "24 viewers were seen in 10:00, and could be judged 97 % of the time in view.",
        "On average over the session, between 8 and 16 % of such viewers were smiling.",
        "The moment at 0:31 (95 % interval 0:30 to 0:32) stood out by more than chance "
        "would give: between 44 and 81 % of such viewers smiled.",
        "Viewers smiled at the same moments more than chance would explain (average correlation "
        "with the rest 0.20 to 0.41).",
    ]


CASES = [
    # name, changes, a part of what is said, a part of what must not be
    ("chance", {"peaks": [{"p_value": 0.051}]},
        "No moment stood out clearly enough to rule out chance; the largest was at 0:31 (65 %).",
        "stood out by more"),
    ("just sure", {"peaks": [{"p_value": 0.05}]}, "The moment at 0:31", "No moment"),
    ("second is sure", {"peaks": [{"p_value": 0.3}, {"t_s": 90.0, "t_low_s": NAN}]},
        "The moment at 1:30 stood out", "0:31"),
    ("three are sure", {"peaks": [{}, {}, {}]}, "smiled. 2 other moments did too.", "3 other"),
    ("not tested", {"peaks": [{"p_value": NAN}]}, "whether by chance was not tested",
        "than chance would give"),
    ("no peak", {"peaks": ()}, "No moment stood out.", "0:31"),
    ("peak without band", {"peaks": [{"share_low": NAN}]}, "65 % of those who could be judged",
        "between 44"),
    ("no average", {"average": Average(0.12, NAN, NAN)},
        "how far this holds for others cannot be said", "such viewers were smiling"),
    ("no band", {"table": curve(low=NAN)}, "too few to tell how other such audiences", None),
    ("narrow", {"average": Average(0.12, 0.118, 0.121)}, "about 12 % of such viewers were smiling",
        "12 and 12"),
    ("corrected", {"average": Average(0.12, 0.08, 0.16, 0.2)},
        "between 8 and 16 % of such viewers were smiling, allowing for faces misread (as scored: "
        "20 %).", None),
    ("few corrected", {"average": Average(0.1, NAN, NAN, 0.2)},
        "They smiled 10 % of that time, on average over viewers, allowing for faces misread (as "
        "scored: 20 %); how far", None),
    ("not together", {"synchrony": TOGETHER.replace(0.001, 0.2)}, "no sign", "correlat"),
    ("hardly together", {"synchrony": TOGETHER.replace(0.2, -0.01)}, "no sign", "correlat"),
    ("together not known", {"synchrony": TOGETHER * NAN}, "24 viewers", "same moments"),
    ("many missing", {"table": curve(worst=0.09, best=0.34)},
        "On average 25 % of the viewers were missing: had none of them smiled, or all, the average "
        "share would be 9 % or 34 %.", None),
    ("few missing", {"table": curve(worst=0.09, best=0.13)}, "24 viewers", "missing"),
    ("one viewer", {"main": {"viewers": 1, "judged": 1}}, "1 viewer was seen", "1 viewers"),
    ("film", {"offset_s": 3600.0}, "The moment at 0:31 (film 1:00:31)", None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "there", "absent"), CASES, ids=lambda v: str(v)[:20])
def test_claims(name, changes, there, absent):
    """Each claim stands only where its interval or its test allows it."""
    found = " ".join(said(**changes))
    assert there in found
    assert absent is None or absent not in found
    assert "nan" not in found
    assert len(said(**changes)) <= 5


def test_nobody():
    """Of nobody there is one sentence."""
    assert said({"viewers": 0}) == [
        "No viewer was seen, so there is nothing to say of the audience."
    ]


def test_nobody_judged():
    """Of faces that could not be judged nothing is said of smiles."""
    (only,) = said({"judged": 0})
    assert only.endswith("but no face could be judged, so nothing can be said of smiles.")


def test_plain_tables():
    """Tables without any interval, test or bounds are enough."""
    moments = pd.DataFrame([{"t_s": 31.0, "share_smiling": 0.65}])
    found = sentences(MAIN, curve()[["share"]], moments)
    assert len(found) == 3
    assert "whether by chance was not tested" in found[2]
