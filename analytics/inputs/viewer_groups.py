"""Which viewer is in which group: by row, by side, or by a column of a CSV file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from laughtrack.analytics.inputs.csv_table import column, read
from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines.fragments import group_names
from laughtrack.analytics.timelines.seating import NOWHERE

SEATS = ("row", "side")
# The groups that a person named.
NAMED = "named"


def by_seat(seats: pd.DataFrame, what: str) -> pd.DataFrame:
    """Group viewers by where they sat.

    Parameters
    ----------
    seats : DataFrame
        From `seating.seating`.
    what : str
        "row" or "side".

    Returns
    -------
    DataFrame
        `viewer_id`, and `group`: "row 1" for the uppermost in the picture, or "left". Viewers whose
        seat is not known are in none.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if what not in SEATS:
        raise ValueError(f"groups by {what!r}: expected {' or '.join(SEATS)}, or a CSV file")
    seats = seats[seats["row"] != NOWHERE]
    names = seats[what] if what == "side" else "row " + (seats["row"] + 1).astype("str")
    return pd.DataFrame({"viewer_id": seats["viewer_id"], "group": names.astype("str")})


def named_groups(session: Session) -> pd.DataFrame:
    """Group a session's viewers as a person named them.

    Returns
    -------
    DataFrame
        `viewer_id`, sorted, and `group`. A viewer whom seat and time joined of several is in the
        group of the first of these.

    Raises
    ------
    ValueError
        Nobody of the session is in such a group.
    """
    there = {*session.readings["viewer_id"].unique().tolist()}
    found = {each: name for each, name in group_names(session).items() if each in there}
    if not found:
        raise ValueError(
            f"{session.name!r} has no named groups: `laughtrack correct {session.name} group NAME "
            "3 7` names one, of viewers 3 and 7"
        )
    groups = pd.DataFrame({"viewer_id": [*found], "group": [*found.values()]})
    groups = groups.astype({"viewer_id": "int64", "group": "str"})
    return groups.sort_values("viewer_id", ignore_index=True)


def read_groups(
    path: str | Path, viewer_ids: Iterable[int], attribute: str | None = None
) -> pd.DataFrame:
    """Group viewers by a column of a CSV file.

    Parameters
    ----------
    path : str or Path
        With a column `viewer_id`. A viewer it does not name, or with an empty cell, is in no group.
    viewer_ids : iterable of int
        The session's viewers.
    attribute : str, optional
        The column; needed only where there are several besides `viewer_id`.

    Returns
    -------
    DataFrame
        `viewer_id`, sorted, and `group`.

    Raises
    ------
    ValueError
        Naming the file and what is wrong: no such column, no number, a viewer named twice, or one
        that the session does not have.
    OSError
        If it cannot be read.
    """
    table = read(path)
    viewer = column(table, ("viewer_id",), path)
    others = [name for name in table.columns if name != viewer]
    if attribute is None and len(others) != 1:
        raise ValueError(
            f"{path}: columns {', '.join(map(repr, others)) or 'none'} besides {viewer!r}; "
            f"name one, as in {path}:COLUMN"
        )
    chosen = column(table, ((attribute or others[0]).lower(),), path)
    ids = [_viewer_id(text, path, line) for line, text in table[viewer].items()]
    known = {*map(int, viewer_ids)}
    lines: dict[int, int] = {}
    for line, each in zip(table.index, ids, strict=True):
        if each in lines:
            raise ValueError(f"{path}: viewer {each} is in line {lines[each]} and in line {line}")
        if each not in known:
            raise ValueError(
                f"{path}, line {line}: no viewer {each} in the session; viewers there: "
                f"{', '.join(map(str, sorted(known))) or 'none'}"
            )
        lines[each] = line
    groups = pd.DataFrame({"viewer_id": ids, "group": table[chosen].to_numpy()})
    groups = groups[groups["group"] != ""].astype({"viewer_id": "int64", "group": "str"})
    return groups.sort_values("viewer_id", ignore_index=True)


def groups_of_file(
    path: str | Path, session: Session, attribute: str | None = None
) -> pd.DataFrame:
    """Group a session's viewers by a column of a CSV file, as `read_groups` does.

    A file may name those who do not count: they are in no group.
    """
    left_out = [*session.brief, *session.static, *session.amended.excluded]
    groups = read_groups(path, [*session.readings["viewer_id"].unique(), *left_out], attribute)
    return groups[~groups["viewer_id"].isin(left_out)].reset_index(drop=True)


def _viewer_id(text: str, path: str | Path, line: int) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{path}, line {line}: viewer_id {text!r}; expected a whole number")
    return int(text)
