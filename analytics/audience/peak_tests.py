"""How sure a peak is: whether chance and contagion give as much, when it was, how many smiled.

Conventions
-----------
- What is tested is how many viewers began to laugh within two seconds or so, against sessions in
  which nothing is funny to all at once: viewers laugh by themselves, and set each other off as
  often as they do in this session where it is quiet (`stats.nulls.contagion_null`). A peak's
  p-value is how often such a session has as sharp a moment anywhere: it holds for all peaks at
  once.
- The peak was searched for, among other moments and other peaks, so its share is too high and its
  time not where that of all such viewers would be. Audiences resampled from these viewers are
  searched in the same way, and say by how much.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from laughtrack.analytics.audience.correction.session_correction import (
    correction,
    with_corrected,
)
from laughtrack.analytics.audience.peaks import NEAR_S, NEAR_TOP, deviations, over_a_second, peaks
from laughtrack.analytics.defaults import ALPHA, LEAST_VIEWERS, LEVEL, SEED
from laughtrack.analytics.stats import proportions
from laughtrack.analytics.stats.bootstrap import Draws, draws
from laughtrack.analytics.stats.nulls import contagion_null
from laughtrack.analytics.stats.nulls.contagion_null import WINDOW_S, Laughs
from laughtrack.analytics.timelines.bins import BIN_S
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.step_sizes import MOST_SIZE, MOST_STEPS, curve_step

# Sessions pretended, of which a quarter is kept; fewer where there are millions of laughs in all.
SESSIONS, FEWEST_SESSIONS, MOST_LAUGHS = 1200, 400, 8_000_000
# An apex is sought in the peak's own time and this much around it.
AROUND_S = 1.0
COLUMNS = ("p_value", "least_share", "t_low_s", "t_high_s", "share_low", "share_high")
ROWS = 64  # viewers whose laughs are found at once


class Moved(NamedTuple):
    """Viewers in steps of `BIN_S`, (V, T) float32 each, 0 where missing.

    `total`: scores less the viewer's own usual. `known`: 1 where judged. `judged_s`, `smiling_s`:
    seconds judged, and inside a smile.
    """

    total: np.ndarray
    known: np.ndarray
    judged_s: np.ndarray
    smiling_s: np.ndarray


def peaks_with_certainty(tables: SessionTables, min_viewers: int = 1) -> pd.DataFrame:
    """Return a session's peaks, as from `peaks.peaks`, with what `with_certainty` adds to them.

    The share is put right for the scorer's errors in columns of their own: `corrected_share` and
    its interval.
    """
    tables = tables.at_least(min_viewers)
    grid = tables.grid(curve_step(tables.length_s))
    audiences = draws(grid.share, tables.seats)
    found = with_certainty(peaks(tables), tables, audiences)
    right = correction(tables, audiences.lasting)
    return with_corrected(found, right, "share_smiling").round(6)


def with_certainty(
    found: pd.DataFrame, tables: SessionTables, audiences: Draws, sessions: int = SESSIONS
) -> pd.DataFrame:
    """Add to each peak what is known of its certainty.

    Parameters
    ----------
    found : DataFrame
        From `peaks.peaks`.
    tables : SessionTables
        Of the same session.
    audiences : Draws
        From `bootstrap.draws` of the same viewers.
    sessions : int
        How many sessions are pretended.

    Returns
    -------
    DataFrame
        `found` with `p_value` in (0, 1], NaN for a peak under way when the session, or the camera,
        began; `least_share`, the same for all: the share of viewers who had to begin smiling at
        once for p <= 0.05, 1 where not even all of them would do; `t_low_s`, `t_high_s`, 95 %
        interval of the apex, seconds; `share_low`, `share_high`, of the share that all such
        viewers would have shown there. NaN where fewer than `LEAST_VIEWERS` were judged, and in
        sessions too long or large: of more than 2.3 days, and of 1,000 viewers in more than 5
        hours.
    """
    found = found.assign(**dict.fromkeys(COLUMNS, np.nan))
    enough = found["viewers"] >= LEAST_VIEWERS
    steps = tables.length_s / BIN_S
    is_large = tables.length_s > MOST_STEPS or steps * len(tables.seats) > MOST_SIZE
    if is_large or not enough.any():
        return found
    moved = lay_out(tables.bins, tables.seats["viewer_id"].to_numpy())
    smooth = moved._replace(total=over_a_second(moved.total), known=over_a_second(moved.known))
    told = laughs_of(smooth, moved.known.sum(axis=0))
    found.loc[enough, ["p_value", "least_share"]] = test_peaks(found[enough], told, sessions)
    ends = _searched_again(smooth, found[enough], audiences)
    found.loc[enough, ["t_low_s", "t_high_s", "share_low", "share_high"]] = ends
    return found


def lay_out(table: pd.DataFrame, ids: np.ndarray) -> Moved:
    """Return a table from `bin_readings` as `Moved`, viewers in the order of `ids`."""
    table = table[table["raw"].notna()]
    size = len(ids), int(table["bin"].max()) + 1 if len(table) else 0
    moved = Moved(*(np.zeros(size, dtype=np.float32) for _ in range(4)))
    at = np.searchsorted(ids, table["viewer_id"]), table["bin"].to_numpy()
    moved.total[at], moved.known[at] = deviations(table)[0] if len(table) else 0.0, 1.0
    moved.judged_s[at], moved.smiling_s[at] = table["judged_s"], table["smiling_s"]
    return moved


def laughs_of(smooth: Moved, many: np.ndarray) -> Laughs:
    """Return a session's laughs, weighted.

    `smooth` has its scores summed over about a second about each step; `many` (T,) says how many
    were judged.
    """
    parts = []
    for first in range(0, len(smooth.total), ROWS):
        total, known = (each[first : first + ROWS] for each in smooth[:2])
        level = np.divide(total, known, out=np.zeros_like(total), where=known > 1e-6)
        viewer, *rest = contagion_null.laughs(level, known > 1e-6)
        parts.append((viewer + first, *rest))
    viewer, start, steps, height = (np.concatenate(each) for each in zip(*parts, strict=True))
    rarity = contagion_null.rarity(viewer, len(many) * BIN_S)
    judged = over_a_second(many) / over_a_second(np.ones(len(many)))
    least = 0.25 * np.median(judged[judged > 0])
    # Who laughs when the camera begins to look began before; so may have all others.
    reach = round(2 * WINDOW_S / BIN_S)
    blind = np.cumsum(np.pad(judged < least, (reach, 0), constant_values=True))
    known = np.append(blind[reach - 1 :][1:] - blind[:-reach], 0)[: len(judged)] == 0
    judged = np.maximum(judged, least)
    return Laughs(viewer, start, steps, height, rarity, judged, known, BIN_S)


def test_peaks(
    found: pd.DataFrame, told: Laughs, sessions: int = SESSIONS, seed: int = SEED
) -> np.ndarray:
    """Return each peak's (N, 2) p-value and least share, as in `with_certainty`."""
    many = max(
        min(sessions, MOST_LAUGHS // max(len(told.start), 1)), min(sessions, FEWEST_SESSIONS)
    )
    chance = contagion_null.null(told, many, [seed, 2])
    gain = contagion_null.stands_out(contagion_null.gains(told, told.start[None])[0][0], chance)
    first = np.maximum((found["start_s"].to_numpy() - AROUND_S) / BIN_S, 0).astype(int)
    last = ((found["t_s"].to_numpy() + WINDOW_S) / BIN_S).astype(int) + 1
    own = np.array([gain[a:b].max(initial=-np.inf) for a, b in zip(first, last, strict=True)])
    beyond = (chance.most >= own[:, None] - 1e-9).sum(axis=1)
    p = np.where(np.isfinite(own), (1 + beyond) / (1 + len(chance.most)), np.nan)
    # Of viewers who laugh at all.
    rarity = told.rarity[np.unique(told.viewer, return_index=True)[1]]
    usual = rarity.mean() if len(rarity) else 0.0
    # A session so short that none of it can be tested has no such share.
    limit = np.quantile(chance.most, 1 - ALPHA, method="higher") if told.known.any() else np.nan
    least = (chance.usual[1] + limit * chance.spread[1]) / max(usual, 1e-9)
    return np.column_stack([p, np.full(len(p), np.clip(least, 0, 1))])


test_peaks.__test__ = False  # type: ignore[attr-defined]


def _near(values: np.ndarray) -> np.ndarray:
    """Return (V, T) sums over half a second to each side of each step."""
    reach = round(NEAR_S / BIN_S)
    total = np.cumsum(np.pad(values, ((0, 0), (reach + 1, reach))), axis=1, dtype=np.float32)
    return total[:, 2 * reach + 1 :] - total[:, : -2 * reach - 1]


def _searched_again(smooth: Moved, found: pd.DataFrame, audiences: Draws) -> np.ndarray:
    """Return the (N, 4) ends of the 95 % intervals of each peak's apex, seconds, and of its share.

    `smooth` is as in `laughs_of`; `found` has the largest peak first.
    """
    smooth = smooth._replace(judged_s=_near(smooth.judged_s), smiling_s=_near(smooth.smiling_s))
    parts = [_apexes(smooth, peak, audiences) for peak in found.itertuples()]
    apex_s, top, above = (np.stack(each) for each in zip(*parts, strict=True))
    # The largest peak is the one that chance favoured most: draws are ranked as the peaks were.
    order = np.argsort(-top, axis=0, kind="stable")
    above = np.take_along_axis(above, order, axis=0).mean(axis=1)
    share = found["share_smiling"].to_numpy()
    many = found["viewers"].to_numpy() / audiences.effect
    low, high = proportions.of_share(np.clip(share - np.maximum(above, 0), 0, 1), many)
    ends = low, np.maximum(high, share)
    # The apex is that of so many viewers as smiled there: few, as Student's t has it.
    tail, t_s = (1 - LEVEL) / 2, found["t_s"].to_numpy()
    far = stdtrit(np.maximum(share * many - 1, 1.0), tail) / ndtri(tail)
    # What they set off in each other comes later, and at other times in each audience.
    far *= np.sqrt(max(audiences.lasting / audiences.effect, 1.0))
    low, high = (t_s + far * (np.quantile(apex_s, q, axis=1) - t_s) for q in (tail, 1 - tail))
    low = np.clip(low, found["start_s"] - AROUND_S, t_s)
    high = np.clip(high, t_s, found["end_s"] + AROUND_S)
    return np.column_stack([low, high, *ends])


def _apexes(smooth: Moved, peak: Any, audiences: Draws) -> tuple[np.ndarray, ...]:
    """Return each draw's apex of a peak in seconds, its height, and its share above these viewers'.

    `smooth` is summed over about a second about each step, its seconds over half to each side.
    """
    first = max(int((peak.start_s - AROUND_S) / BIN_S), 0)
    last = int((peak.end_s + AROUND_S) / BIN_S) + 1
    total, known, judged_s, smiling_s = (each[:, first:last] for each in smooth)
    seen = (judged_s > 1e-3).astype(np.float32)
    own = smiling_s / np.maximum(judged_s, 1e-3) * seen
    all_once = np.ones((1, len(total)), dtype=np.float32)
    level, share = (
        [each @ above / np.maximum(each @ below, 1e-6) for each in (all_once, audiences.weights)]
        for above, below in ((total, known), (own, seen))
    )
    # As far from these viewers' as neighbours alike make them.
    wider = audiences.scale * np.sqrt(audiences.inflation)
    drawn = level[0] + wider * (level[1] - level[0])
    height = drawn.max(axis=1)
    # The middle of the top, as the peaks have it.
    over = height - NEAR_TOP * (height - drawn.min(axis=1))
    weights = np.maximum(drawn - over[:, None], 0) + 1e-9
    place = weights @ np.arange(drawn.shape[1]) / weights.sum(axis=1)
    at = np.round(place).astype(int)
    off = wider * (share[1] - share[0])
    return (first + place + 0.5) * BIN_S, height, off[np.arange(len(at)), at]
