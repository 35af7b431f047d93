"""Scene by scene: who smiled how much in each, with an interval over viewers.

Conventions
-----------
- A scene's times are of the film; the session began at the film's `media_offset_s`.
- Every mean is over the viewers who could be judged in the scene, each counting once.
- A step of the grid that a scene covers in part counts by that part.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.suppression import with_numbers
from laughtrack.analytics.defaults import LEAST_VIEWERS
from laughtrack.analytics.formatting import clock
from laughtrack.analytics.messages import message
from laughtrack.analytics.stats.neighbour_correlation import neighbour_correlation
from laughtrack.analytics.stats.proportions import of_means
from laughtrack.analytics.stats.rates import of_rates
from laughtrack.analytics.timelines.grid import Grid, mean_over
from laughtrack.analytics.timelines.session_tables import SessionTables

SCENES = (
    "start_s",
    "end_s",
    "name",
    "watched_s",
    "judged",
    "share_smiling",
    "share_low",
    "share_high",
    "reach",
    "reach_low",
    "reach_high",
    "mean_smile",
    "smiles_per_min",
    "smiles_per_min_low",
    "smiles_per_min_high",
    "no_interval",
)
TOO_FEW = f"fewer than {LEAST_VIEWERS} viewers judged"
WITHHELD = "figures of few are withheld"
# A scene that is cut by less than this is not spoken of.
UNSEEN_S = 0.5


def fit(scenes: pd.DataFrame, tables: SessionTables) -> tuple[pd.DataFrame, list[str]]:
    """Cut scenes to what was watched of the film.

    Parameters
    ----------
    scenes : DataFrame
        From `scene_lists.read_scenes`.
    tables : SessionTables

    Returns
    -------
    scenes : DataFrame
        Those that the session reaches, cut to it.
    remarks : list of str
        What the list's reader said, what was cut and what was left out, a sentence each.
    """
    first = tables.offset_s
    last = first + tables.length_s
    scenes = closed(scenes, last)
    cut = scenes.assign(
        start_s=scenes["start_s"].clip(lower=first), end_s=scenes["end_s"].clip(upper=last)
    )
    inside = cut["start_s"] < cut["end_s"]
    # A list's last scene and a session seldom end in the same frame.
    lost_s = np.maximum(cut["start_s"] - scenes["start_s"], scenes["end_s"] - cut["end_s"])
    changed = inside & (lost_s > UNSEEN_S)
    shown = {"first": clock(first), "last": clock(last)}
    remarks = [
        *scenes.attrs.get("remarks", ()),
        *(
            message(
                "{name!r} ({was_start} to {was_end}) is cut to {start} to {end}: the session "
                "shows {first} to {last} of the film",
                **_times(was),
                start=clock(now.start_s),
                end=clock(now.end_s),
                **shown,
            )
            for was, now in _pairs(scenes[changed], cut[changed])
        ),
    ]
    remarks += [
        message(
            "{name!r} ({was_start} to {was_end}) is left out: the session shows {first} to {last} "
            "of the film",
            **_times(was),
            **shown,
        )
        for was in scenes[~inside].itertuples()
    ]
    return cut[inside].reset_index(drop=True), remarks


def _times(scene: Any) -> dict[str, str]:
    ends = {"was_start": clock(scene.start_s), "was_end": clock(scene.end_s)}
    return {"name": str(scene.name), **ends}


def closed(scenes: pd.DataFrame, end_s: float) -> pd.DataFrame:
    """Return scenes of which none goes on forever: the last marker's lasts until `end_s`."""
    is_open = scenes["end_s"] == np.inf
    return scenes.assign(end_s=scenes["end_s"].mask(is_open, scenes["start_s"].clip(lower=end_s)))


def _pairs(first: pd.DataFrame, second: pd.DataFrame) -> Iterator[tuple[Any, Any]]:
    return zip(first.itertuples(), second.itertuples(), strict=True)


def by_scene(
    table: Grid,
    scenes: pd.DataFrame,
    events: pd.DataFrame,
    film_s: float = 0.0,
    seats: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Sum up each scene.

    Parameters
    ----------
    table : Grid
    scenes : DataFrame
        `start_s`, `end_s` in film time, and `name`; not overlapping.
    events : DataFrame
        The session's smiles, in session time.
    film_s : float
        The film's time at the session's start.
    seats : DataFrame, optional
        From `seating.seating`, of the viewers of `table`: neighbours laugh together, and intervals
        are then wider. Without it viewers are taken to be independent.

    Returns
    -------
    DataFrame
        A row a scene: `start_s`, `end_s`, `name` as given; `watched_s`, seconds of it in which the
        camera looked; `judged`, viewers who could be judged in some part of it. Of those:
        `share_smiling`, the mean over viewers of the part of the judged time spent smiling;
        `reach`, the share of viewers who smiled in it at all; `mean_smile`, the mean degree; and
        `smiles_per_min`, the mean over viewers of smiles begun a minute of judged time. NaN where
        nobody could be judged. Of three of them the 95 % interval, `share_low` and so on, NaN where
        `no_interval` says why there is none, else "".

    Notes
    -----
    Intervals of share and reach are Wilson's of as many viewers as would give a proportion the
    variance of this mean (Korn, Graubard 1998, Survey Methodology 24:193), that of the smiles a
    minute is `rates.of_rates`, all with the design effect of neighbours. Of the share it is that
    over stretches as long as a scene usually is; of the others, which add up all that neighbours
    set off in each other, that of means over time. `tests/bench/rooms/scenes.py` measures them.
    """
    start_s, end_s = (scenes[name].to_numpy(dtype=float) - film_s for name in ("start_s", "end_s"))
    inside = _parts(table, start_s, end_s)
    judged_s = table.scored_s.astype(float) @ inside
    smiling_s = (np.nan_to_num(table.share) * table.scored_s).astype(float) @ inside
    degree = (np.nan_to_num(table.raw) * table.scored_s).astype(float) @ inside
    known = judged_s > 1e-6
    per = np.where(known, judged_s, np.nan)
    begun, smiled = _events(events, table.ids, start_s, end_s)
    share = smiling_s / per
    usual_s = float(np.median(end_s - start_s)) if len(scenes) else table.step_s
    effect, lasting = _effects(table, seats, usual_s)
    reached = np.where(known, smiled, np.nan)
    ends = {
        "share": of_means(share, effect),
        "reach": of_means(reached, lasting),
        "smiles_per_min": of_rates(begun, np.nan_to_num(per) / 60, lasting),
    }
    return pd.DataFrame(
        {
            "start_s": scenes["start_s"].to_numpy(dtype=float),
            "end_s": scenes["end_s"].to_numpy(dtype=float),
            "name": scenes["name"].to_numpy(),
            "watched_s": (table.watched * table.step_s) @ inside,
            "judged": known.sum(axis=0),
            "share_smiling": mean_over(share),
            "reach": mean_over(reached),
            "mean_smile": mean_over(degree / per),
            "smiles_per_min": mean_over(begun / (per / 60)),
            "no_interval": np.where(known.sum(axis=0) < LEAST_VIEWERS, TOO_FEW, ""),
            **{
                f"{name}_{end}": values
                for name, pair in ends.items()
                for end, values in zip(("low", "high"), pair, strict=True)
            },
        },
        columns=SCENES,
    ).astype({"name": "str", "no_interval": "str"})


def scenes_of(tables: SessionTables, scenes: pd.DataFrame) -> pd.DataFrame:
    """Return what `by_scene` does of a session; figures of few are withheld as its tables say."""
    grid, offset_s = tables.grid(), tables.offset_s
    found = by_scene(grid, scenes, tables.smiles, offset_s, tables.seats)
    if tables.withholds:
        found = found.assign(no_interval=WITHHELD).astype({"no_interval": "str"})
    return with_numbers(found, tables, lambda everyone: scenes_of(everyone, scenes))


def _parts(table: Grid, start_s: np.ndarray, end_s: np.ndarray) -> np.ndarray:
    """Return (T, S): the part of each step that lies in each scene, in [0, 1]."""
    steps = table.t_s[:, None]
    first, last = np.maximum(steps, start_s), np.minimum(steps + table.step_s, end_s)
    return np.clip(last - first, 0, None) / table.step_s


def _events(
    events: pd.DataFrame, ids: np.ndarray, start_s: np.ndarray, end_s: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return (V, S): smiles begun in each scene, and whether the viewer smiled in it at all."""
    viewer = np.searchsorted(ids, events["viewer_id"].to_numpy())
    first, last = (events[name].to_numpy()[:, None] for name in ("start_s", "end_s"))

    def count(hits: np.ndarray) -> np.ndarray:
        total = np.zeros((len(ids), len(start_s)))
        np.add.at(total, viewer, hits)
        return total

    begun = count((first >= start_s) & (first < end_s))
    return begun, count((first < end_s) & (last > start_s)) > 0


def _effects(table: Grid, seats: pd.DataFrame | None, length_s: float) -> tuple[float, float]:
    """Return the design effects of neighbours: over stretches as long as a scene usually is, and of
    means over time."""
    if seats is None:
        return 1.0, 1.0
    steps = table.share.shape[1]
    many = min(max(round(length_s / table.step_s), 1), max(steps, 1))
    cut = table.share[:, : steps // many * many].astype(float)
    cut = cut.reshape(len(cut), steps // many, many)
    count = (~np.isnan(cut)).sum(axis=2)
    means = np.nansum(cut, axis=2) / np.where(count, count, np.nan)
    effect = neighbour_correlation(means, seats).design_effect
    return effect, neighbour_correlation(table.share, seats).lasting
