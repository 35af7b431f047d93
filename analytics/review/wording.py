"""The list of corrections as a table, and each of them in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from laughtrack.analytics.messages import plural
from laughtrack.analytics.session import Amended
from laughtrack.analytics.store.amendments.entries import Amendment, can_be_undone

COLUMNS = {
    "number": "int64",
    "when_utc": "str",
    "who": "str",
    "what": "str",
    "why": "str",
    "holds": "bool",
}


def table(entries: Sequence[Amendment]) -> pd.DataFrame:
    """Return the list: number, when_utc, who, what in words, why, and whether it holds."""
    held = {*can_be_undone(entries)}
    rows = [
        (each.number, each.when_utc, each.who, in_words(each), each.why, each.number in held)
        for each in entries
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS]).astype(COLUMNS)


def remark(amended: Amended) -> str:
    """Say how many corrections a session was loaded with, or without; "" for none."""
    if amended.ignored:
        return plural(
            "as recorded, without {n:,} correction by a person",
            "as recorded, without {n:,} corrections by a person",
            amended.ignored,
        )
    if not amended.mended:
        return ""
    return plural("{n:,} correction by a person", "{n:,} corrections by a person", amended.mended)


def in_words(entry: Amendment) -> str:
    """Say in words what an entry does."""
    named, span = _listed(entry.viewers), _span(entry)
    if entry.kind == "merge":
        return f"merge {_listed(entry.viewers[1:])} into {entry.viewers[0]}"
    if entry.kind == "split":
        return f"split {entry.viewers[0]} at {entry.from_s:g} s, from then on {entry.made}"
    if entry.kind == "exclude":
        return f"exclude {named}{span}"
    if entry.kind == "group":
        return f"group {entry.name}: {named}" if entry.name else f"no group: {named}"
    if entry.kind == "opt-out" and entry.box is not None:
        return f"opt-out seat {' '.join(map(str, entry.box))}{span}"
    return f"undo {entry.of}"


def _listed(viewers: Iterable[int]) -> str:
    return ", ".join(map(str, viewers))


def _span(entry: Amendment) -> str:
    start = "" if entry.from_s is None else f" from {entry.from_s:g} s"
    return start + ("" if entry.to_s is None else f" to {entry.to_s:g} s")
