"""Readings and sessions for tests of timelines, from short rows or drawn at random."""

import numpy as np
import pandas as pd

from laughtrack.analytics.session import Session

NAN = float("nan")


def readings(*rows):
    """Return readings of (viewer_id, t_s, smile) rows, in order of time."""
    table = pd.DataFrame(rows, columns=["viewer_id", "t_s", "smile"])
    table = table.astype({"viewer_id": "int64", "t_s": "float64", "smile": "float64"})
    for name in ("x1", "y1", "x2", "y2"):
        table[name] = np.arange(len(table), dtype=np.int32)
    # A face that cannot be scored has little quality; with more, it was another viewer's turn.
    table = table.assign(quality=np.where(table["smile"].isna(), 0.3, 0.9), raw=table["smile"])
    return table.sort_values(["t_s", "viewer_id"], ignore_index=True)


def session(table, spans=()):
    """Return a session of these readings and (start_s, end_s, frames) spans."""
    found = pd.DataFrame(
        [(k, "2026-01-31T20:15:00Z", *map(float, s[:2]), s[2]) for k, s in enumerate(spans)],
        columns=["seq", "started_utc", "start_s", "end_s", "frames"],
    ).astype({"seq": "int64", "start_s": "float64", "end_s": "float64", "frames": "int64"})
    return Session(table, found, {}, "friday", "cam")


def steady(viewer, start_s, scores, step_s=0.1):
    """Return rows of one viewer with these scores, evenly spaced."""
    return [(viewer, round(start_s + k * step_s, 3), score) for k, score in enumerate(scores)]


def random_readings(seed, viewers=5, count=400):
    """Return readings of uneven steps, with gaps, trembling scores and faces not judged."""
    rng = np.random.default_rng(seed)
    rows = []
    for viewer in range(1, viewers + 1):
        t_s = np.cumsum(
            rng.choice([0.1, 0.1, 0.2, 0.9, 1.1, 3.0], count, p=[0.4, 0.4, 0.1, 0.05, 0.03, 0.02])
        )
        smile = np.clip(0.5 + 0.3 * np.sin(t_s) + rng.normal(0, 0.1, count), 0, 1).round(3)
        smile[rng.random(count) < 0.2] = NAN
        rows += zip([viewer] * count, t_s.round(3), smile, strict=True)
    return readings(*rows)
