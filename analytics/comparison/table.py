"""A comparison as one table, for files and for other programs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laughtrack.analytics.comparison.compare import Comparison
from laughtrack.analytics.defaults import ALPHA

TIMES = ("a_start_s", "a_end_s", "b_start_s", "b_end_s")
COLUMNS = (
    *("what", "name", *TIMES, "a", "b"),
    *("difference", "low", "high", "p", "least_difference"),
)


def compare_table(result: Comparison) -> pd.DataFrame:
    """Put all that came of a comparison in one table.

    Parameters
    ----------
    result : Comparison

    Returns
    -------
    DataFrame
        `what`: "stretch" for each cluster, by p; "score"; "scene"; "findable" for each length of
        stretch. `name` of a score or scene; times in seconds of each one's film, of a scene those
        of A's; the figures `a` and `b`; `difference` A - B with its 95 % interval `low`,
        `high`; `p` corrected for all that was looked at together; `least_difference` that would
        have been found with 80 % power. NaN where a row has no such figure.
    """
    first = result.clusters.assign(what="stretch", name="")
    scores = result.scores.assign(what="score", name=result.scores["score"])
    scenes = result.scenes.rename(columns={"start_s": "a_start_s", "end_s": "a_end_s"})
    scored = [each.assign(p=each["p_holm"]) for each in (scores, scenes.assign(what="scene"))]
    names = [f"any {stretch:g} s" for stretch in result.detectable["stretch_s"]]
    least = result.detectable.assign(what="findable", name=names)
    tables = [each.reindex(columns=COLUMNS) for each in (first, *scored, least) if len(each)]
    a_offset_s, b_offset_s = result.facts.offsets_s
    kinds = {name: float for name in COLUMNS[2:]}
    table = pd.concat([each.astype(kinds) for each in tables], ignore_index=True)
    table[[*TIMES]] += [a_offset_s, a_offset_s, b_offset_s, b_offset_s]
    return table.assign(name=table["name"].astype("str"), what=table["what"].astype("str"))


def for_people(table: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the parts of a table from `compare_table`, each without its empty columns.

    Returns
    -------
    list of DataFrame
        The scores; the scenes; the stretches that chance would hardly give.
    """
    significant = (table["what"] == "stretch") & (table["p"] <= ALPHA)
    parts = [table[table["what"] == "score"], table[table["what"] == "scene"], table[significant]]
    return [
        part.drop(columns="what").replace("", np.nan).dropna(axis=1, how="all")
        for part in parts
        if len(part)
    ]
