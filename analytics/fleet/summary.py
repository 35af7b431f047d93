"""A session in one row: what its page's head says, and the scores that norms are made of."""

from __future__ import annotations

import math

import pandas as pd

from laughtrack.analytics.audience.correction.corrected_scores import corrected_scores
from laughtrack.analytics.audience.correction.session_correction import correction
from laughtrack.analytics.audience.curve import headline
from laughtrack.analytics.audience.scores import scores, without_singles
from laughtrack.analytics.fleet.figures import COUNTS, HEADLINE, SEARCHED
from laughtrack.analytics.stats.bootstrap import draws
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.step_sizes import curve_step


def summary(tables: SessionTables) -> dict[str, float]:
    """Return a session's figures.

    Parameters
    ----------
    tables : SessionTables

    Returns
    -------
    dict
        `viewers` and `judged`, numbers of viewers; those of `curve.headline` that `HEADLINE` names;
        `coverage`, the part of the session's time with the camera on; scores of `scores.scores`:
        `maximum_share`, `minimum_share`, `peak_end`, `hook`; the 95 % interval of the average
        share, `share_low` to `share_high`, and of `reach`; the average share put right for the
        scorer's errors, `corrected_share`, with its interval. NaN where there is none.
    """
    grid = tables.grid(curve_step(tables.length_s))
    audiences = draws(grid.share, tables.seats)
    found = scores(tables, grid, audiences)
    main = headline(tables, pd.DataFrame())
    if tables.withholds:
        found = without_singles(found, main["reach"])
    found = corrected_scores(found, correction(tables, audiences.lasting), tables)
    of = found.set_index("score").to_dict("index")
    average, reach = of["Average share"], of["Reach"]
    return {
        **{name: main[name] for name in (*COUNTS, *HEADLINE)},
        "coverage": main["watched_s"] / main["seconds"] if main["seconds"] else math.nan,
        **{name: of[score]["value"] for name, score in SEARCHED.items()},
        **{f"share_{end}": average[end] for end in ("low", "high")},
        **{f"reach_{end}": reach[end] for end in ("low", "high")},
        "corrected_share": average["corrected"],
        **{f"corrected_{end}": average[f"corrected_{end}"] for end in ("low", "high")},
    }
