"""Figures by group of people: a smile that means the same on every face.

A group is what a set's makers saw in its people, by one word each: sex, age, race, glasses. Its
pictures are all that have the word, with a smile's label or not: `found` is of them all, since who
is not found is missing from an audience's figures just as who is misread.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from laughtrack.models.data.labels import Picture
from laughtrack.models.evaluation import metrics
from laughtrack.models.evaluation.faces import ScoredPictures
from laughtrack.models.evaluation.figures import figures_row, with_intervals

GROUPS = ("sex", "age", "race", "glasses")
WORDS = {("glasses", "0"): "no glasses", ("glasses", "1"): "glasses"}
ALL = "all"
MAX_BELOW = 0.03  # balanced accuracy under that of all: more is said in words
MIN_KIND = 10  # smiles and others in a group that may be called worse


def has_group(picture: Picture) -> bool:
    """Return whether a set says anything of who is in a picture."""
    return any(getattr(picture, name) for name in GROUPS)


def group_rows(scored: ScoredPictures) -> dict[str, dict[str, Any]]:
    """Work out a row for each group, by set.

    Parameters
    ----------
    scored : ScoredPictures

    Returns
    -------
    dict of dict of row
        By set and group, the first all of the set. A row is that of `models.evaluation.figures`,
        of the faces with a smile's label, and `pictures` and `found` of all.
    """
    grouped = scored.subset(has_group(p) for p in scored.pictures)
    found: dict[str, dict[str, Any]] = {}
    for source in dict.fromkeys(p.source for p in grouped.pictures):
        of_set = grouped.subset(p.source == source for p in grouped.pictures)
        rows = {ALL: _row(of_set)}
        for name in GROUPS:
            for word in sorted({getattr(p, name) for p in of_set.pictures} - {""}):
                part = of_set.subset(getattr(p, name) == word for p in of_set.pictures)
                rows[WORDS.get((name, word), word)] = _row(part)
        found[source] = rows
    return found


def worse_groups(fairness: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Find the groups whose balanced accuracy is more than `MAX_BELOW` under that of their set.

    Parameters
    ----------
    fairness : dict, what `group_rows` returns

    Returns
    -------
    list of dict
        `set`, `group`, `below` (a share), the worst first. Groups with fewer than `MIN_KIND` smiles
        or others are left out.
    """
    worse = []
    for source, rows in fairness.items():
        mean = rows[ALL]["balanced"][0]
        for group, row in rows.items():
            few = min(row["smiles"], row["faces"] - row["smiles"]) < MIN_KIND
            if few or mean is None or mean - row["balanced"][0] <= MAX_BELOW:
                continue
            below = round(mean - row["balanced"][0], 4)
            worse.append({"set": source, "group": group, "below": below})
    return sorted(worse, key=lambda each: -each["below"])


def _row(scored: ScoredPictures) -> dict[str, Any]:
    labelled = scored.subset(p.smile in ("0", "1") for p in scored.pictures)
    there = scored.found()
    found = with_intervals({"found": partial(metrics.mean, there)}, scored.people())
    return {"pictures": len(there), **found, **figures_row(labelled, labelled.truth())}
