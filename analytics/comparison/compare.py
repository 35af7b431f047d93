"""Two screenings or two cuts: when their audiences differed, how much, and what stayed unseen.

The viewers of one room hear each other, and the two rooms differ in more than the cut: a difference
is one between these two audiences. Blocks of neighbours are therefore kept together in all draws.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.scenes import closed
from laughtrack.analytics.comparison.alignment import Alignment
from laughtrack.analytics.comparison.caveats import (
    alike_neighbours,
    different_finders,
    limitations,
)
from laughtrack.analytics.comparison.curves import cluster_table, curves
from laughtrack.analytics.comparison.resample import Resampled, resample, steps
from laughtrack.analytics.comparison.scores import scenes_table, scores_table
from laughtrack.analytics.comparison.whole_curve import with_whole_band
from laughtrack.analytics.defaults import LEAST_COMPARED, SEED
from laughtrack.analytics.session import Amended
from laughtrack.analytics.stats import bootstrap
from laughtrack.analytics.stats.bootstrap import Pool
from laughtrack.analytics.stats.contrasts import permutation_scale
from laughtrack.analytics.stats.nulls.cluster_permutation import cluster_test, permutations
from laughtrack.analytics.stats.power import detectable_in_stretches
from laughtrack.analytics.timelines.seating import block_size, seat_blocks
from laughtrack.analytics.timelines.session_tables import SessionTables


class Settings(NamedTuple):
    """How a comparison is made.

    `step_s`: seconds a step. `draws`: how many permutations and bootstrap draws. `min_viewers`:
    fewer in one audience are not compared. `block`: neighbours kept together, as many in both
    audiences, None for as many as leave six blocks in the smaller one, up to ten. `seed`: of all
    draws.
    """

    step_s: float = 1.0
    draws: int = 1000
    min_viewers: int = LEAST_COMPARED
    block: int | None = None
    seed: int = SEED


class Facts(NamedTuple):
    """What was compared, and how; pairs are of sessions A and B.

    `names`, `titles`; `offsets_s`, film time at the session's begin; `how` they were aligned, and
    `seconds` compared; `viewers` and how many independent ones these are worth, `independent
    viewers`; `amended`, what a person corrected; `brief`, how many others were seen too briefly to
    count; `static`, how many were printed or on a screen; `blocks` of neighbours kept together;
    `notes`, sentences; `settings`.
    """

    names: tuple[str, str]
    titles: tuple[str, str]
    offsets_s: tuple[float, float]
    how: str
    seconds: float
    viewers: tuple[int, int]
    effective_sizes: tuple[float, ...]
    amended: tuple[Amended, Amended]
    brief: tuple[int, int]
    static: tuple[int, int]
    blocks: tuple[int, int]
    notes: tuple[str, ...]
    settings: Settings


class Comparison(NamedTuple):
    """What came of it, as tables; shares are in [0, 1], times in seconds of each session.

    `curve`: a row a step: `a_s`, `b_s` where it begins; `judged_a`, `judged_b` viewers; `share_a`,
    `share_b` means over them; `difference` A - B with its 95 % band `low`, `high`, pointwise,
    NaN where fewer than the least were judged in one; `all_low`, `all_high`, the band that holds
    all of it at once, from `whole_curve`; `opens`, not following on the step before.
    `clusters`: by `p`: `a_start_s`, `a_end_s`, `b_start_s`, `b_end_s`; `higher` "A" or "B"; the
    mean `difference`, `mass`, and `p` corrected for all of the time, NaN where an audience's
    neighbours are so alike that it is worth fewer than `caveats.LEAST_EFFECTIVE`. `scores`
    and `scenes`: `score` or the scene and the columns of `contrasts`. `detectable`: from
    `power.detectable_in_stretches`. `facts`: of the sessions and of how they were compared.
    """

    curve: pd.DataFrame
    clusters: pd.DataFrame
    scores: pd.DataFrame
    scenes: pd.DataFrame
    detectable: pd.DataFrame
    facts: Facts


def compare(
    a: SessionTables,
    b: SessionTables,
    alignment: Alignment,
    scenes: pd.DataFrame | None = None,
    settings: Settings | None = None,
) -> Comparison:
    """Compare two sessions where they show the same.

    Parameters
    ----------
    a, b : SessionTables
        Where they withhold figures of few, no fewer are compared.
    alignment : Alignment
    scenes : DataFrame, optional
        From `scene_lists.read_scenes`, of A's film: compared one by one, too.
    settings : Settings, optional

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If fewer viewers than the least could be judged in one of them, or the settings are wrong.
    """
    settings = settings or Settings()
    _check(settings)
    least = max(settings.min_viewers, a.min_viewers, b.min_viewers)
    settings = settings._replace(min_viewers=least)
    rng = np.random.default_rng(settings.seed)
    shared = steps(alignment, settings.step_s)
    resampled = _resampled(a, b, shared, settings.min_viewers)
    seats = [
        each.seats[each.seats["viewer_id"].isin(viewers.ids)].reset_index(drop=True)
        for each, viewers in zip((a, b), resampled, strict=True)
    ]
    # Blocks of one size: else a small audience could not be permuted into a large one.
    block = settings.block or block_size(min(map(len, seats)))
    blocks = [seat_blocks(each, block) for each in seats]
    assignments = permutations(blocks[0], blocks[1], settings.draws, rng)
    draws = [
        bootstrap.draws(viewers.share, each, settings.draws, settings.seed + k)
        for k, (viewers, each) in enumerate(zip(resampled, seats, strict=True))
    ]
    data, opens = np.vstack([each.share for each in resampled]), shared["opens"].to_numpy()
    enough = _enough(resampled, settings.min_viewers)
    data[:, ~enough] = np.nan
    pool = Pool(assignments, tuple(draws), permutation_scale(data, assignments, draws))
    test = cluster_test(data, assignments, opens, scale=pool.scale)
    curve, extremes = curves(data, pool, shared, resampled)
    curve, no_band = with_whole_band(curve, data, pool, settings.step_s)
    clusters = cluster_table(test.found, shared, curve)
    alike_notes = alike_neighbours(resampled, pool.effective_sizes)
    if alike_notes:
        clusters["p"] = np.nan
    limits = different_finders(a.info, b.info)
    limits += limitations(resampled, enough, blocks, settings.step_s, settings.min_viewers)
    return Comparison(
        curve,
        clusters,
        scores_table(resampled, pool, extremes, a.withholds or b.withholds),
        scenes_table(_of_session(scenes, a), resampled, pool, shared),
        detectable_in_stretches(data, pool, test, opens, rng),
        Facts(
            **_session_facts(a, b),
            how=alignment.how,
            seconds=float((shared["a_end_s"] - shared["a_start_s"]).sum()),
            viewers=(len(resampled[0].ids), len(resampled[1].ids)),
            effective_sizes=pool.effective_sizes,
            blocks=(len(np.unique(blocks[0])), len(np.unique(blocks[1]))),
            notes=(*alignment.notes, *alike_notes, *limits, *no_band),
            settings=settings,
        ),
    )


def _session_facts(a: SessionTables, b: SessionTables) -> dict[str, Any]:
    """Return those of the facts that are true of the sessions, however they are compared."""
    return {
        "names": (_name(a, b), _name(b, a)),
        "titles": (_title(a), _title(b)),
        "offsets_s": (a.offset_s, b.offset_s),
        "amended": (a.session.amended, b.session.amended),
        "brief": (len(a.session.brief), len(b.session.brief)),
        "static": (len(a.session.static), len(b.session.static)),
    }


def _name(tables: SessionTables, other: SessionTables) -> str:
    """Return its name, with its device where the other has the same."""
    name = tables.name
    return name if name != other.name else f"{tables.session.device}/{name}"


def _title(tables: SessionTables) -> str:
    return str(tables.info.get("title") or tables.name)


def _of_session(scenes: pd.DataFrame | None, session: SessionTables) -> pd.DataFrame | None:
    """Return scenes in seconds of the session instead of the film's."""
    if scenes is None:
        return None
    first = session.offset_s
    scenes = closed(scenes, first + session.length_s)
    return scenes.assign(start_s=scenes["start_s"] - first, end_s=scenes["end_s"] - first)


def _check(settings: Settings) -> None:
    if settings.min_viewers < 2:
        raise ValueError(f"min_viewers is {settings.min_viewers!r}: expected 2 or more")
    if settings.draws < 100:
        raise ValueError(f"draws is {settings.draws!r}: expected 100 draws or more")
    if settings.block is not None and settings.block < 1:
        raise ValueError(f"block is {settings.block!r}: expected 1 neighbour or more")


def _resampled(
    a: SessionTables, b: SessionTables, shared: pd.DataFrame, least: int
) -> list[Resampled]:
    """Return both audiences in the steps that they share, which must be of so many viewers."""
    both = []
    for name, session in (("a", a), ("b", b)):
        times = (shared[f"{name}_{end}_s"].to_numpy() for end in ("start", "end"))
        viewers = resample(session, *times)
        if len(viewers.ids) < least:
            raise ValueError(
                f"{session.name!r} has {len(viewers.ids)} viewers who could be judged in the time "
                f"that is in both; at least {least} are needed (--min-viewers)"
            )
        both.append(viewers)
    return both


def _enough(resampled: list[Resampled], least: int) -> np.ndarray:
    """Return the steps at which as many as the least were judged in both audiences."""
    return np.all([(each.scored_s > 0).sum(axis=0) >= least for each in resampled], axis=0)
