"""Peaks as markers of the film, for editing programs and players.

Conventions
-----------
- Times are the film's: the session's plus its info's `media_offset_s`, the film's time at the
  session's second 0. Peaks before the film's beginning are left out, and counted.
- A marker runs from where the peak's rise is half its height to where it is again; where a format
  knows points only, it stands at the apex.
- Markers are in order of time; their numbers are ranks, 1 the largest rise.
"""

from __future__ import annotations

import html
import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.peak_tests import peaks_with_certainty
from laughtrack.analytics.formatting import chance_verdict, count, percent
from laughtrack.analytics.inputs.timecode import FilmClock, frame_of, timecode
from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.session_time import length_s, offset_s
from laughtrack.edge.console import printable
from laughtrack.edge.tables.spreadsheet import csv_text

COLUMNS = (
    "number",
    "t_s",
    "start_s",
    "end_s",
    "share_smiling",
    "mean_smile",
    "viewers",
    "rise",
    "p_value",
    "name",
    "text",
)
# Characters of a title: lines of edit lists are short.
MOST_IN_TITLE = 200
# The columns of Premiere's own "Export Markers"; a tab between them, in UTF-16.
PREMIERE = ("Marker Name", "Description", "In", "Out", "Duration", "Marker Type")


class Markers(NamedTuple):
    """Markers of a session's peaks.

    `table`: a row for each peak, in order of time: `number` its rank from 1; `t_s`, `start_s`,
    `end_s`, apex and extent in seconds of the film, from 0; `share_smiling`, `mean_smile`,
    `viewers`, `rise` and `p_value` as in `peak_tests.peaks_with_certainty`; `name` and `text`, what
    is written beside it, whether chance gives as much included. `before_film`: how many peaks lie
    before the film's beginning and are left out.
    """

    table: pd.DataFrame
    before_film: int


def markers(tables: SessionTables, min_viewers: int = 1) -> Markers:
    """Make markers of a session's peaks.

    Parameters
    ----------
    tables : SessionTables
    min_viewers : int
        As in `peaks.peaks`.

    Returns
    -------
    Markers
    """
    found = peaks_with_certainty(tables, min_viewers)
    film_s = tables.offset_s
    table = found.assign(number=np.arange(1, len(found) + 1))
    for name in ("t_s", "start_s", "end_s"):
        table[name] = (table[name] + film_s).round(6)
    before = int((table["t_s"] < 0).sum())
    table = table[table["t_s"] >= 0].sort_values("t_s", ignore_index=True)
    table["start_s"] = table["start_s"].clip(lower=0.0)
    table["name"] = [f"Peak {number}" for number in table["number"]]
    table["text"] = [_text(each) for each in table.itertuples()]
    return Markers(table[[*COLUMNS]].astype({"name": "str", "text": "str"}), before)


def _text(peak: Any) -> str:
    """Return how many smiled, as the page tells it, and how likely chance gives as much."""
    known = not math.isnan(peak.corrected_share)
    share = percent(peak.corrected_share if known else peak.share_smiling)
    smiling = f"{share} smiling, of {count(peak.viewers, 'viewer')}"
    return f"{smiling}; could be chance? {chance_verdict(peak.p_value)}"


def frames(table: pd.DataFrame, rate: Fraction) -> tuple[np.ndarray, np.ndarray]:
    """Return the first frame of each marker and the one after its last, (N,) int each."""
    first = np.array([frame_of(each, rate) for each in table["start_s"]], dtype=np.int64)
    after = np.array([frame_of(each, rate) for each in table["end_s"]], dtype=np.int64)
    return first, np.maximum(after, first + 1)


def chosen(table: pd.DataFrame, top: int | None = None, max_p: float | None = None) -> pd.DataFrame:
    """Return some of the markers, in the same order and with their numbers.

    Parameters
    ----------
    table : DataFrame
        From `markers`.
    top : int, optional
        So many at most, the largest rises.
    max_p : float, optional
        The largest p-value; a peak that was never tested has none.
    """
    if max_p is not None:
        table = table[table["p_value"] <= max_p]
    if top is not None:
        table = table[table["number"].rank() <= top]
    return table.reset_index(drop=True)


def title_of(session: Session) -> str:
    """Return a timeline's name: the session's title, else its name, in a line."""
    title = str(session.info.get("title") or session.name)
    return printable(" ".join(title.split()), MOST_IN_TITLE)


def film_frames(session: Session, table: pd.DataFrame, clock: FilmClock) -> int:
    """Return how many frames the film has as far as the session knows it, 1 or more."""
    end_s = length_s(session) + offset_s(session)
    return max(frame_of(max([end_s, *table["end_s"]]), clock.rate), 1)


def vtt(table: pd.DataFrame) -> str:
    """Write markers as WebVTT, a cue for each; times to 0.001 s.

    Parameters
    ----------
    table : DataFrame
        From `markers`.

    Returns
    -------
    str
    """
    # Without names of cues: some readers take the next one's for a part of the text.
    cues = [
        f"{_clock(each.start_s)} --> {_clock(max(each.end_s, each.start_s + 0.001))}\n"
        f"{html.escape(printable(f'{each.name}: {each.text}'), quote=False)}\n"
        for each in table.itertuples()
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _unbarred(text: str) -> str:
    """Return a text in which nothing parts Resolve's columns."""
    return printable(text).replace("|", "/")


def _clock(film_s: float) -> str:
    thousandths = round(film_s * 1000)
    minutes, rest = divmod(thousandths, 60000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def premiere(table: pd.DataFrame, clock: FilmClock) -> bytes:
    """Write markers as the CSV that Premiere Pro exports and marker importers for it take.

    Parameters
    ----------
    table : DataFrame
        From `markers`.
    clock : FilmClock
        Times are rounded to its frames.

    Returns
    -------
    bytes
        UTF-16 with a byte order mark, columns parted by tabs, as Premiere writes it.
    """
    first, after = frames(table, clock.rate)
    # A length counts from 0, whatever the first frame's time code.
    length_clock = clock._replace(start=0)
    rows = [
        (
            each.name,
            each.text,
            timecode(a, clock),
            timecode(b, clock),
            timecode(b - a, length_clock),
            "Comment",
        )
        for each, a, b in zip(table.itertuples(), first.tolist(), after.tolist(), strict=True)
    ]
    return csv_text(pd.DataFrame(rows, columns=PREMIERE), "\t", "\r\n").encode("utf-16")


def resolve(table: pd.DataFrame, clock: FilmClock, title: str) -> str:
    """Write markers as the EDL that DaVinci Resolve reads as "Timeline Markers from EDL".

    Resolve has no CSV of markers; this is what it exports too: an event of the marker's frames,
    and a line with colour, text and length.

    Parameters
    ----------
    table : DataFrame
        From `markers`.
    clock : FilmClock
        Times are rounded to its frames. Resolve places markers by time code: its timelines begin
        at 01:00:00:00 unless set otherwise.
    title : str

    Returns
    -------
    str
    """
    first, after = frames(table, clock.rate)
    kind = "DROP FRAME" if clock.drop else "NON-DROP FRAME"
    lines = [f"TITLE: {printable(' '.join(title.split()), MOST_IN_TITLE)}", f"FCM: {kind}", ""]
    for number, (each, a, b) in enumerate(
        zip(table.itertuples(), first.tolist(), after.tolist(), strict=True), 1
    ):
        span = f"{timecode(a, clock)} {timecode(b, clock)}"
        lines += [
            f"{number:03d}  001      V     C        {span} {span}",
            f" |C:ResolveColorGreen |M:{_unbarred(each.name)}: {_unbarred(each.text)} |D:{b - a}",
            "",
        ]
    return "\n".join(lines)
