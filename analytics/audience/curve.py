"""What the audience did as a whole: its curve over time, its peak moments, its headline figures.

Conventions
-----------
- Every mean is over viewers, not over rows: first each viewer's own mean, then the mean of those.
- A share smiling is the mean over judged viewers of the part of the viewer's judged time that lies
  inside a smile (`timelines.smiles`).
- Missing is NaN, never 0: nobody could be judged there.
- The steadied `smile` follows the face by 0.2 to 0.3 s. The curve's mean smile and the peaks are
  therefore of `raw`: the mean over a bin and over viewers steadies enough. Against the truth of a
  synthetic audience the curve of `raw` correlates 0.994, that of `smile` 0.962.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.suppression import rounded_share, with_numbers
from laughtrack.analytics.timelines.coverage import watched
from laughtrack.analytics.timelines.session_tables import SessionTables

CURVE = ("t_s", "visible", "judged", "share_smiling", "mean_smile", "watched")


def curve(tables: SessionTables, bin_s: float = 1.0) -> pd.DataFrame:
    """Return the audience's curve.

    Parameters
    ----------
    tables : SessionTables
    bin_s : float
        Seconds a bin, above 0. Bin k is the half-open [k * bin_s, (k + 1) * bin_s).

    Returns
    -------
    DataFrame
        A row for every bin from 0 to the session's end, none for a session of no length: `t_s` bin
        start, seconds; `visible` and `judged` number of viewers; `share_smiling` and `mean_smile`
        in [0, 1], means over judged viewers, NaN where there are none or they are withheld;
        `watched` whether the camera looked in any part of the bin.

    Raises
    ------
    ValueError
        If `bin_s` is not above 0.
    """
    table = tables.binned(bin_s)
    count = int(np.ceil(round(tables.length_s / bin_s, 6)))
    judged = table[table["judged_s"] > 0]
    share = (judged["smiling_s"] / judged["judged_s"]).groupby(judged["bin"]).mean()
    smile = judged.groupby("bin")["raw"].mean()
    bins = np.arange(count)
    found = pd.DataFrame(
        {
            "t_s": np.round(bins * bin_s, 6),
            "visible": np.bincount(table["bin"], minlength=count)[:count],
            "judged": np.bincount(judged["bin"], minlength=count)[:count],
            "share_smiling": share.reindex(bins).to_numpy(dtype=float),
            "mean_smile": smile.reindex(bins).to_numpy(dtype=float),
            "watched": watched(tables.spans, np.arange(count + 1) * bin_s),
        },
        columns=CURVE,
    )
    return with_numbers(found, tables, lambda everyone: curve(everyone, bin_s))


def headline(tables: SessionTables, peaks: pd.DataFrame) -> dict[str, float]:
    """Return the audience's headline figures.

    Parameters
    ----------
    tables : SessionTables
    peaks : DataFrame
        Those to be told of, from `peaks.peaks`, the largest first.

    Returns
    -------
    dict
        `viewers` all that were seen and `judged` those with any score; `seconds` the session's
        length and `watched_s` the part with the camera on; `judged_share` of the time seen, the
        part in which faces could be judged, `share_smiling` and `mean_smile`, means over viewers in
        [0, 1]; `reach` the share of judged viewers who smiled at least once; `smiles` how many
        there were in all, `smiles_per_min` of judged time, mean over judged viewers; `top_s` and
        `top_share` the apex of the largest peak and the share smiling there. NaN where there is
        nothing to say it of.
    """
    people, cover = tables.viewers, tables.coverage
    judged = people[people["judged_s"] > 0]
    on = cover[cover["state"] != "camera off"]
    found = {
        "viewers": len(people),
        "judged": len(judged),
        "seconds": tables.length_s,
        "watched_s": float((on["end_s"] - on["start_s"]).sum()),
        "judged_share": float(1 - (people["unjudgeable_s"] / people["seen_s"]).mean()),
        "share_smiling": float(judged["smiling_share"].mean()),
        "mean_smile": float(judged["mean_smile"].mean()),
        "reach": float((judged["smiles_per_min"] > 0).mean()) if len(judged) else np.nan,
        "smiles": round((judged["smiles_per_min"] * judged["judged_s"] / 60).sum()),
        "smiles_per_min": float(judged["smiles_per_min"].mean()),
        "top_s": float(peaks["t_s"].iloc[0]) if len(peaks) else np.nan,
        "top_share": float(peaks["share_smiling"].iloc[0]) if len(peaks) else np.nan,
    }
    return {**found, **_of_the_whole(tables)} if tables.withholds else found


def _of_the_whole(tables: SessionTables) -> dict[str, float]:
    """Return what stand-ins do not tell: numbers of viewers, and two shares of all of them."""
    people = tables.everyone.viewers
    judged = people[people["judged_s"] > 0]
    few = len(judged) < tables.min_viewers
    judgeable = 1 - judged["unjudgeable_s"] / judged["seen_s"]
    smiled = (judged["smiles_per_min"] > 0).to_numpy(dtype=float)
    return {
        "viewers": len(people),
        "judged": len(judged),
        "judged_share": np.nan if few else rounded_share(judgeable),
        "reach": np.nan if few else rounded_share(smiled),
        "smiles": np.nan,
        "smiles_per_min": np.nan,
    }
