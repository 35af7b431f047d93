"""A session as it was recorded: its readings, when the camera looked, and what is known of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd


class Session(NamedTuple):
    """One session as tables.

    `readings`: viewer_id int64; t_s float64, seconds since the session began; x1 y1 x2 y2 int32, px
    of the full frame; quality, raw, smile float64 in [0, 1], NaN where the face cannot be scored;
    sorted by t_s, viewer_id. `spans`: one row a batch: seq, started_utc, start_s, end_s (half-open,
    seconds), frames looked at; sorted by start_s. `info`: title, settings, versions and the like.
    `brief`: IDs of viewers seen too briefly to count, whose readings are left out; see
    `brief_viewers.without_brief`. `static`: IDs of faces that turned out to be printed or on a
    screen, none of whose readings count; see `store.corrections`. `joined`: (ID, kept ID) of each
    that was joined to an earlier one of the same viewer, see `timelines.fragments`; None before
    anybody looked for such, () to leave IDs as they are.
    """

    readings: pd.DataFrame
    spans: pd.DataFrame
    info: dict[str, Any]
    name: str
    device: str
    brief: tuple[int, ...] = ()
    static: tuple[int, ...] = ()
    joined: tuple[tuple[int, int], ...] | None = None
