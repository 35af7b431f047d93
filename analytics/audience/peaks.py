"""The audience's peak moments: when more of it smiled, or smiled more, than just before and after.

The steadied `smile` follows the face by 0.2 to 0.3 s, so moments are timed on `raw`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from laughtrack.analytics.stats.maxima import half_widths, maxima
from laughtrack.analytics.timelines.bins import BIN_S, COLUMNS, bin_of
from laughtrack.analytics.timelines.session_tables import SessionTables

PEAKS = ("t_s", "start_s", "end_s", "mean_smile", "share_smiling", "viewers", "rise")

LEAST_RISE = 0.1  # in mean score; one viewer's noise over a second stays well below it
LEAST_OVER_NOISE = 6.0  # the highest and the lowest of a minute's noise lie about this far apart
APART_S = 3.0
SURROUNDINGS_S = 30.0  # how far to each side a peak is compared with
SURROUNDINGS = round(SURROUNDINGS_S / BIN_S)

SMOOTH_S = 0.4  # standard deviation of the smoothing, about 1 s wide at half its height
REACH_S = 1.0  # the smoothing reaches no further; where nobody is judged for longer, a gap begins
SHRINK_S = 30.0  # a viewer judged for less than about this is compared with the others' usual
NEAR_S = 0.5  # figures at an apex are over this long to each side
NEAR_TOP = 0.1  # the part of a peak's rise that counts as its top


def peaks(
    tables: SessionTables,
    least_rise: float = LEAST_RISE,
    apart_s: float = APART_S,
    min_viewers: int = 1,
) -> pd.DataFrame:
    """Find the moments at which the audience smiled more than around them.

    The `raw` scores, less each viewer's own usual, averaged over viewers every 0.2 s and smoothed
    without delay over about a second, are searched for maxima.

    Parameters
    ----------
    tables : SessionTables
    least_rise : float
        Least height above the surroundings (30 s to each side), in mean score, above 0. An audience
        that moves less than this, or less than six times the noise of its mean, has no peaks.
    apart_s : float
        Least distance between two peaks, in seconds.
    min_viewers : int
        Figures of fewer are withheld, as in `SessionTables`.

    Returns
    -------
    DataFrame
        A row for each peak, the largest `rise` first: `t_s` apex, `start_s` and `end_s` where the
        rise is half its height, seconds; within half a second of the apex, `mean_smile` and
        `share_smiling` in [0, 1], means over viewers, and how many `viewers` could be judged;
        `rise` in mean score above the surroundings. Empty where there are none.

    Raises
    ------
    ValueError
        If `least_rise` is not above 0.
    """
    if not least_rise > 0:
        raise ValueError(f"least_rise is {least_rise!r}: expected a mean score above 0")
    return peaks_of_bins(tables.at_least(min_viewers).bins, least_rise, apart_s)


def peaks_of_bins(
    table: pd.DataFrame, least_rise: float = LEAST_RISE, apart_s: float = APART_S
) -> pd.DataFrame:
    """Find the peaks of readings gathered in bins of `BIN_S`: see `peaks`."""
    level, runs, noise = _level(table)
    least_rise = max(least_rise, LEAST_OVER_NOISE * noise)
    found = [
        {**peak, **_near(table, peak["t_s"])}
        for first, last in runs
        for peak in _peaks_of_run(level[first:last], first * BIN_S, least_rise, apart_s)
    ]
    found = pd.DataFrame(found, columns=PEAKS).astype({"viewers": np.int64})
    found = found[found["viewers"] > 0].astype(float)
    found = found.sort_values(["rise", "t_s"], ascending=[False, True], ignore_index=True)
    return found.round(6).astype({"viewers": np.int64})


def _level(table: pd.DataFrame) -> tuple[np.ndarray, list[tuple[int, int]], float]:
    """Return the smoothed mean score at each step, its runs without a gap, and its noise."""
    table = table[table["raw"].notna()]
    if table.empty:
        return np.zeros(0), [], 0.0
    moved, overall = deviations(table)
    size = int(table["bin"].max()) + 1
    total, count = np.bincount(table["bin"], moved, size), np.bincount(table["bin"], minlength=size)
    seen = np.flatnonzero(count)
    kernel = _kernel()
    noise = _noise(total[seen] / count[seen]) * np.linalg.norm(kernel) / kernel.sum()
    runs = np.split(seen, np.flatnonzero(np.diff(seen) > round(REACH_S / BIN_S)) + 1)
    return overall + smoothed(total, count), [(run[0], run[-1] + 1) for run in runs], noise


def deviations(table: pd.DataFrame) -> tuple[np.ndarray, float]:
    """Return each row's `raw` less its viewer's own usual, and the usual of all viewers.

    Who is in view changes from moment to moment; without this a cheerful face coming into view
    would look like a laugh.
    """
    own = table.groupby("viewer_id")["raw"].agg(["mean", "size"])
    overall, few = own["mean"].mean(), SHRINK_S / BIN_S
    usual = (own["mean"] * own["size"] + overall * few) / (own["size"] + few)
    return table["raw"].to_numpy() - usual.loc[table["viewer_id"]].to_numpy(), overall


def smoothed(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Return the smoothed mean over viewers of (T,) sums and numbers of viewers."""
    total, count, known = over_a_second(total), over_a_second(count), count > 0
    # Where few of those usually judged are, their mean says less; it is drawn towards the usual.
    return total / np.maximum(count, 0.25 * np.median(count[known]))


def over_a_second(values: np.ndarray) -> np.ndarray:
    """Return the weighted sum of (..., T) values over about a second around each step."""
    kernel, steps = _kernel(), values.shape[-1]
    reach = len(kernel) // 2
    kind = np.result_type(values, np.float32)
    wide = np.zeros((*values.shape[:-1], steps + 2 * reach), dtype=kind)
    wide[..., reach : reach + steps] = values
    total = np.zeros(values.shape, dtype=kind)
    for k, weight in enumerate(kernel.astype(kind)):
        total += weight * wide[..., k : k + steps]
    return total


def _kernel() -> np.ndarray:
    reach = round(REACH_S / BIN_S)
    return np.exp(-0.5 * (np.arange(-reach, reach + 1) * BIN_S / SMOOTH_S) ** 2)


def _noise(series: np.ndarray) -> float:
    """Return the standard deviation of a series' noise, from its steps: laughs are too rare."""
    steps = np.abs(np.diff(series))
    return float(np.median(steps)) * 1.4826 / np.sqrt(2) if len(steps) else 0.0


def _peaks_of_run(
    level: np.ndarray, start_s: float, least_rise: float, apart_s: float
) -> list[dict[str, float]]:
    """Find the peaks of an unbroken stretch of the smoothed mean score that begins at `start_s`."""
    level = with_margin(level)
    found = maxima(level, SURROUNDINGS, least_rise, apart_s / BIN_S)
    left, right = half_widths(level, found)

    def seconds(place: float) -> float:
        return start_s + (place - 0.5) * BIN_S

    return [
        {
            "t_s": seconds(_middle_of_top(level, top, rise)),
            "start_s": seconds(a),
            "end_s": seconds(b),
            "rise": rise,
        }
        for top, rise, a, b in zip(found.place, found.rise, left, right, strict=True)
    ]


def with_margin(level: np.ndarray) -> np.ndarray:
    """Return a stretch with a margin of a step at either end.

    What came before and after is not known; the stretch's own least stands in for it, so that a
    laugh under way at either end is found too.
    """
    return np.pad(level, 1, constant_values=level.min())


def _middle_of_top(level: np.ndarray, top: int, rise: float) -> float:
    """Return the place of the middle of a peak's top, weighted by height: steady on a broad one."""
    above = level - (level[top] - NEAR_TOP * rise)
    first = top - np.argmin(above[top::-1] > 0) + 1
    last = top + np.argmin(above[top:] > 0)
    return float(np.average(np.arange(first, last), weights=above[first:last]))


def _near(table: pd.DataFrame, t_s: float) -> dict[str, float]:
    """Return an apex's figures: the means over viewers of what each did within half a second."""
    first, last = np.searchsorted(table["bin"], bin_of([t_s - NEAR_S, t_s + NEAR_S], BIN_S) + 1)
    near = {name: table[name].to_numpy()[first:last] for name in COLUMNS}
    judged = near["judged_s"] > 0
    ids, who = np.unique(near["viewer_id"][judged], return_inverse=True)
    judged_s, smiling_s, smile_s = (
        np.bincount(who, weights=each[judged], minlength=len(ids))
        for each in (near["judged_s"], near["smiling_s"], near["smile"] * near["judged_s"])
    )
    return {
        "mean_smile": float(np.mean(smile_s / judged_s)) if len(ids) else np.nan,
        "share_smiling": float(np.mean(smiling_s / judged_s)) if len(ids) else np.nan,
        "viewers": len(ids),
    }
