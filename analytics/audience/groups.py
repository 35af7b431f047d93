"""Groups of viewers, by row, side or what is known of them: do they differ more than by chance?

Conventions
-----------
- Every viewer counts once, with the viewer's own figures over the whole session; means are over the
  group's viewers.
- p is of a permutation test: viewers few and shares bounded at 0 leave no ground for a normal
  distribution. Groups are permuted and Student's ratio for unequal variances is computed, which
  keeps its level when the groups spread unequally (Janssen 1997, Statistics & Probability Letters
  36:9).
- The interval of a difference of means is Welch's; of two parts of a whole (reach), Newcombe's.
  With five viewers a bootstrap's would be much too narrow.
- How alike a group's viewers are in time is the mean correlation of its pairs; two groups are
  compared in it by permuting the viewers between them (`stats.pairwise_isc`). It has no interval:
  of five viewers there are ten pairs, but no more than five viewers.
- Holm's correction is over all comparisons of the table: any of them might be read from it.
- Neighbours laugh together. That one row laughed more than another is then true of this screening;
  that it was because of the row is not shown by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from laughtrack.analytics.defaults import LEAST_COMPARED, LEVEL, SEED
from laughtrack.analytics.messages import message
from laughtrack.analytics.stats.contrasts import holm, permutation_p, permuted_ratio
from laughtrack.analytics.stats.nulls.cluster_permutation import permutations
from laughtrack.analytics.stats.pairwise_isc import isc_differences, isc_within, pairwise_isc
from laughtrack.analytics.stats.proportions import beside_difference
from laughtrack.analytics.timelines.session_tables import SessionTables

PERMUTATIONS = 9999
SCORES = ("share_smiling", "reach", "mean_smile")
PAIRWISE = "pairwise_isc"
GROUPS = ("group", "viewers", *SCORES, PAIRWISE)
PAIRS = ("score", "group", "other", "difference", "low", "high", "p", "p_holm")


class GroupComparison(NamedTuple):
    """Groups, and each compared with each other.

    `groups`: a row a group, in order of name: `viewers` judged, and the means over them of
    `share_smiling`, `reach` and `mean_smile`, in [0, 1], and over its pairs of viewers of their
    correlation, `pairwise_isc` in [-1, 1]. `pairs`: a row for each score and two groups:
    `difference` of the first's mean less the other's, with `low` and `high`, its 95 % interval, NaN
    where neither group varies, and for `pairwise_isc`; `p` of the permutation test, two-sided;
    `p_holm`, corrected for all rows. `remarks`: which groups were left out, a sentence each.
    """

    groups: pd.DataFrame
    pairs: pd.DataFrame
    remarks: list[str]


def groups_of(
    tables: SessionTables, membership: pd.DataFrame, least: int = LEAST_COMPARED
) -> GroupComparison:
    """Compare groups of a session's viewers; figures of few are withheld as its tables say.

    `membership` is from `viewer_groups`; `least` as in `compare`, and the errors too.
    """
    people, alike = scores(tables.viewers), None
    if tables.withholds:
        # Who smiled at all is not known of stand-ins, nor when.
        people = people.drop(columns="reach")
    else:
        grid = tables.grid()
        alike = pd.DataFrame(pairwise_isc(grid.raw), index=grid.ids, columns=grid.ids)
    names = _in_order(membership["group"])
    least = max(least, tables.min_viewers)
    return compare(people, tables.groups(membership), least, names=names, alike=alike)


def scores(people: pd.DataFrame) -> pd.DataFrame:
    """Return each judged viewer's `SCORES`, all in [0, 1]: for one viewer reach is 0 or 1.

    `people` is a table from `timelines.viewers`.
    """
    people = people[people["judged_s"] > 0]
    return pd.DataFrame(
        {
            "viewer_id": people["viewer_id"],
            "share_smiling": people["smiling_share"],
            "reach": (people["smiles_per_min"] > 0).astype(float),
            "mean_smile": people["mean_smile"],
        }
    )


def compare(
    people: pd.DataFrame,
    groups: pd.DataFrame,
    least: int = LEAST_COMPARED,
    seed: int = SEED,
    names: Iterable[str] | None = None,
    alike: pd.DataFrame | None = None,
) -> GroupComparison:
    """Compare groups of viewers, each with each other.

    Parameters
    ----------
    people : DataFrame
        From `scores`.
    groups : DataFrame
        From `grouping`.
    least : int
        Groups of fewer judged viewers are left out. At least 2.
    seed : int
        Of the permutations, where there are too many to go through all.
    names : iterable of str, optional
        Of all groups, also of those of nobody; by default those in `groups`.
    alike : DataFrame, optional
        From `pairwise_isc`, with the viewers' IDs as index and columns: compared as well.

    Returns
    -------
    GroupComparison

    Raises
    ------
    ValueError
        If `least` is below 2, or fewer than two groups are large enough.
    """
    if least < 2:
        raise ValueError(f"--min-group {least}: expected at least 2; one viewer is no group")
    joined = people.merge(groups, on="viewer_id")
    sizes = (
        joined["group"]
        .value_counts()
        .reindex(_in_order(groups["group"] if names is None else names), fill_value=0)
    )
    small = sizes[sizes < least]
    if len(sizes) - len(small) < 2:
        there = ", ".join(f"{name!r} {size}" for name, size in sizes.items()) or "no group"
        raise ValueError(
            f"fewer than two groups have {least} judged viewers or more ({there}); "
            "nothing to compare, unless a smaller --min-group will do"
        )
    remarks = [
        message(
            "Group {name!r} is left out: {judged} judged, fewer than {least}.",
            name=str(name),
            judged=size,
            least=least,
        )
        for name, size in small.items()
    ]
    kept = {name: joined[joined["group"] == name] for name in sizes.index if name not in small}
    of = [score for score in SCORES if score in people]
    members = {name: each["viewer_id"].to_numpy() for name, each in kept.items()}
    means = [
        (
            name,
            len(each),
            *each.reindex(columns=[*SCORES]).mean(),
            np.nan if alike is None else _isc(alike, members[name]),
        )
        for name, each in kept.items()
    ]
    found = {
        (one, other): _pair(kept[one], kept[other], of, alike, seed)
        for one, other in combinations(kept, 2)
    }
    pairs = [
        (score, one, other, *rows[score])
        for score in (*of, *([] if alike is None else [PAIRWISE]))
        for (one, other), rows in found.items()
    ]
    table = pd.DataFrame(pairs, columns=PAIRS[:-1])
    corrected = table.assign(p_holm=holm(table["p"].to_numpy(dtype=float)))
    return GroupComparison(pd.DataFrame(means, columns=GROUPS), corrected, remarks)


def _in_order(names: Iterable[str]) -> list[str]:
    """Return the different names in order, "row 10" after "row 2"."""
    return sorted(
        set(names),
        key=lambda name: [p.zfill(9) if p.isdigit() else p for p in re.split(r"(\d+)", name)],
    )


def _pair(
    first: pd.DataFrame, second: pd.DataFrame, of: list[str], alike: pd.DataFrame | None, seed: int
) -> dict[str, tuple[float, float, float, float]]:
    """Return, for each score, the difference of two groups' means, its interval, and p."""
    both = pd.concat([first, second])
    rng = np.random.default_rng(seed)
    ways = permutations(np.arange(len(first)), np.arange(len(second)), PERMUTATIONS, rng)
    p = p_of_means(both[of].to_numpy(dtype=float), ways)
    rows = {
        score: (*_difference(score, *(each[score].to_numpy(dtype=float) for each in pair)), p[k])
        for k, (score, pair) in enumerate((each, (first, second)) for each in of)
    }
    if alike is not None:
        ids = both["viewer_id"].to_numpy()
        isc = isc_differences(alike.loc[ids, ids].to_numpy(), ways)
        p_isc = permutation_p(isc[:, None])[0] if np.isfinite(isc[0]) else np.nan
        rows[PAIRWISE] = (float(isc[0]), np.nan, np.nan, float(p_isc))
    return rows


def p_of_means(values: np.ndarray, ways: np.ndarray) -> np.ndarray:
    """Return the p of each of (V, K) scores of two groups, the observed one first among `ways`."""
    return permutation_p(permuted_ratio(values, ways))


def _difference(score: str, first: np.ndarray, second: np.ndarray) -> tuple[float, float, float]:
    """Return the difference of two groups' means and its interval."""
    difference = float(first.mean() - second.mean())
    return difference, *(_newcombe if score == "reach" else _welch)(first, second)


def _isc(alike: pd.DataFrame, ids: np.ndarray) -> float:
    """Return the mean correlation of the pairs of some viewers."""
    return float(isc_within(alike.loc[ids, ids].to_numpy(), np.ones((1, len(ids))))[0])


def _welch(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Return the interval of a difference of means (Welch 1947, Biometrika 34:28).

    As `scipy.stats.ttest_ind` has it; importing that takes longer than all groups do.
    """
    squares = [each.var(ddof=1) / len(each) for each in (first, second)]
    if sum(squares) < 1e-18:
        return np.nan, np.nan
    parts = (
        square**2 / (len(each) - 1) for square, each in zip(squares, (first, second), strict=True)
    )
    freedom = sum(squares) ** 2 / sum(parts)
    far = float(stdtrit(freedom, (1 + LEVEL) / 2) * np.sqrt(sum(squares)))
    difference = float(first.mean() - second.mean())
    return max(difference - far, -1.0), min(difference + far, 1.0)


def _newcombe(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    difference = first.mean() - second.mean()
    below, above = beside_difference((first.mean(), second.mean()), (len(first), len(second)))
    return difference - below, difference + above
