"""Two audiences' scores in the shared time, and their scenes, compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.suppression import OF_SINGLES
from laughtrack.analytics.comparison.resample import Resampled
from laughtrack.analytics.stats.bootstrap import Pool
from laughtrack.analytics.stats.contrasts import Trials, contrasts, of_viewers, together
from laughtrack.analytics.stats.pairwise_isc import isc_differences, isc_within, pairwise_isc

OF_VIEWERS = ("share_smiling", "reach", "mean_smile", "smiles_per_min")
SCENES = ("start_s", "end_s", "name")
OF_CURVE = ("maximum_share", "minimum_share")
PAIRWISE = "pairwise_isc"


def scores_table(
    resampled: Sequence[Resampled],
    pool: Pool,
    extremes: Trials,
    stand_ins: bool = False,
) -> pd.DataFrame:
    """Return a row for each score: `contrasts` and its name, `score`.

    Parameters
    ----------
    resampled : two of Resampled
    pool : Pool
    extremes : Trials
        Of the curve's maximum and minimum.
    stand_ins : bool
        Some of the viewers are stand-ins: scores that these cannot tell are NaN.

    Returns
    -------
    DataFrame
    """
    columns = [_of_viewers(each) for each in resampled]
    # Who smiled at all is settled in a moment.
    over_time = np.array([name != "reach" for name in OF_VIEWERS])
    trials = of_viewers(np.vstack(columns), pool, np.where(over_time, wider(pool)[:, None], 1.0))
    shares = [
        np.array([each[:, 1].mean(), *ends])
        for each, ends in zip(columns, extremes.observed, strict=True)
    ]
    floor = np.zeros(len(OF_VIEWERS) + len(OF_CURVE))
    floor[[1, 4, 5]] = _least_error(shares, pool.effective_sizes)
    all_trials = together(together(trials, extremes), _of_pairs(resampled, pool))
    table = contrasts(all_trials, pool, np.append(floor, 0.0))
    table = table.assign(score=[*OF_VIEWERS, *OF_CURVE, PAIRWISE])
    if stand_ins:
        unknown = table["score"].isin((*OF_SINGLES, PAIRWISE))
        table.loc[unknown, table.columns != "score"] = np.nan
    return table


def _of_pairs(resampled: Sequence[Resampled], pool: Pool) -> Trials:
    """Return the `Trials` of how alike the viewers of each audience are, pair by pair.

    Of an audience drawn with some viewers twice, nobody is a pair with itself: of the bootstraps of
    pairs this is the one that keeps to the viewers (Chen et al. 2016, NeuroImage 142:248).
    """
    z = pairwise_isc(np.vstack([each.smile for each in resampled]))
    first = pool.assignments[0]
    own = [z[np.ix_(members, members)] for members in (first, ~first)]
    observed = tuple(isc_within(each, np.ones((1, len(each)))) for each in own)
    drawn = tuple(
        isc_within(each, draws.weights)[:, None]
        for each, draws in zip(own, pool.draws, strict=True)
    )
    return Trials(observed, drawn, isc_differences(z, pool.assignments)[:, None])


def _least_error(shares: Sequence[np.ndarray], sizes: Sequence[float]) -> np.ndarray:
    """Return the (K,) standard error that a difference of shares has at least.

    A. Agresti and B. Caffo (2000), Simple and effective confidence intervals for proportions and
    differences of proportions, The American Statistician 54:280: one who smiled and one who did not
    more in each audience. Where all are alike, a bootstrap knows of no error.
    """
    square = np.zeros(len(shares[0]))
    for share, many in zip(shares, sizes, strict=True):
        pulled = (share * many + 1) / (many + 2)
        square += pulled * (1 - pulled) / (many + 2)
    return np.sqrt(square)


def _of_viewers(resampled: Resampled) -> np.ndarray:
    """Return each viewer's (V, 4) figures in the shared time, in the order of `OF_VIEWERS`."""
    judged_s = resampled.scored_s.sum(axis=1)
    smiling_s = np.nansum(resampled.share * resampled.scored_s, axis=1)
    smile = np.nansum(resampled.smile * resampled.scored_s, axis=1)
    per_min = resampled.smiles / (judged_s / 60)
    return np.column_stack([smiling_s / judged_s, smiling_s > 0, smile / judged_s, per_min])


def wider(pool: Pool) -> np.ndarray:
    """Return by how much further each audience's means over time stray than those of a moment.

    As two numbers, at least 1: the root of the lasting design effect over the moment's.
    """
    return np.sqrt([max(each.lasting / each.effect, 1.0) for each in pool.draws])


def scenes_table(
    scenes: pd.DataFrame | None,
    resampled: Sequence[Resampled],
    pool: Pool,
    shared: pd.DataFrame,
) -> pd.DataFrame:
    """Return each scene's share smiling compared: `start_s`, `end_s`, `name` and `contrasts`.

    Parameters
    ----------
    scenes : DataFrame or None
        `start_s`, `end_s` in seconds of session A, and `name`.
    resampled : two of Resampled
    pool : Pool
    shared : DataFrame
        From `aligned.steps`.

    Returns
    -------
    DataFrame
        Of the scenes that are in both, in part at least. A viewer's share is over the viewer's
        judged time in the shared part of the scene.
    """
    if scenes is None:
        scenes = pd.DataFrame(columns=[*SCENES])
    middle = (shared["a_start_s"] + shared["a_end_s"]).to_numpy() / 2
    inside = [(middle >= each.start_s) & (middle < each.end_s) for each in scenes.itertuples()]
    kept = np.array([mask.any() for mask in inside], dtype=bool)
    values = [
        np.column_stack([_share_in(each, mask) for mask in inside if mask.any()])
        if kept.any()
        else np.zeros((len(each.ids), 0))
        for each in resampled
    ]
    table = contrasts(of_viewers(np.vstack(values), pool, wider(pool)[:, None]), pool)
    return pd.concat([scenes.loc[kept, [*SCENES]].reset_index(drop=True), table], axis=1)


def _share_in(resampled: Resampled, mask: np.ndarray) -> np.ndarray:
    judged_s = resampled.scored_s[:, mask].sum(axis=1)
    smiling_s = np.nansum(resampled.share[:, mask] * resampled.scored_s[:, mask], axis=1)
    return smiling_s / np.where(judged_s > 0, judged_s, np.nan)
