"""Which figures a session's summary has, and whose code works them out: names alone.

Norms of sessions that were measured before need no more, and do not wait for the statistics.
"""

from __future__ import annotations

COUNTS = ("viewers", "judged")
# Of `curve.headline`; its peak is left out: it is the highest that was found, not corrected.
HEADLINE = (
    *("seconds", "watched_s", "judged_share", "share_smiling", "mean_smile"),
    *("reach", "smiles", "smiles_per_min"),
)
# Scores of the page, corrected for having been searched for: the highest of a small audience is
# else above that of a large one.
SEARCHED = {
    "maximum_share": "Maximum share",
    "minimum_share": "Minimum share",
    "peak_end": "Peak-end",
    "hook": "Hook",
}
INTERVALS = (
    *("share_low", "share_high", "reach_low", "reach_high"),
    *("corrected_share", "corrected_low", "corrected_high"),
)
FIGURES = (*HEADLINE, "coverage", *SEARCHED, *INTERVALS)
# Whose change may change a summary.
CODE = (
    *("analytics/audience", "analytics/stats", "analytics/timelines", "analytics/store"),
    *("analytics/brief_viewers.py", "analytics/defaults.py", "analytics/session.py"),
    *("analytics/fleet/figures.py", "analytics/fleet/summary.py", "edge/readings.py"),
)
