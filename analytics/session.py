"""A session as it was recorded: its readings, when the camera looked, and what is known of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd


class Amended(NamedTuple):
    """What the list of a person's corrections did to a session as it was loaded.

    `version`: the list's, 0 for none. `mended`: how many entries are in effect; `ignored`: how many
    would be, had the session not been asked for as recorded. `excluded`: IDs of viewers none of
    whose readings count. `parted`: pairs of IDs, the lower first, that are two
    viewers whatever their seats say. `groups`: (ID, name) of each viewer in a group that a person
    named. See `store.amendments`.
    """

    version: int = 0
    mended: int = 0
    ignored: int = 0
    excluded: tuple[int, ...] = ()
    parted: frozenset[tuple[int, int]] = frozenset()
    groups: tuple[tuple[int, str], ...] = ()


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
    anybody looked for such, () to leave IDs as they are. `amended`: what a person mended of it,
    nothing where it is as recorded.
    """

    readings: pd.DataFrame
    spans: pd.DataFrame
    info: dict[str, Any]
    name: str
    device: str
    brief: tuple[int, ...] = ()
    static: tuple[int, ...] = ()
    joined: tuple[tuple[int, int], ...] | None = None
    amended: Amended = Amended()
