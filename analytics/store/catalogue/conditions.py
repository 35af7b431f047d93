"""Conditions on sessions: KEY=PATTERN, KEY!=PATTERN, and KEY<NUMBER, <=, >, >=.

A key is a column of the list of sessions, a tag's key, or a figure that was measured of sessions. A
pattern has ``*``, ``?`` and ``[...]``, and case does not count. Which has no such tag has an empty
one: ``film=`` are the sessions without. Of a figure that is missing or withheld nothing holds.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Sequence
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from typing import NamedTuple

import pandas as pd

from laughtrack.edge.tags import KNOWN, split_tags

_STARTED = "started_utc"
_FORM = re.compile(r"\s*([A-Za-z][\w-]*)\s*(<=|>=|!=|<|>|=)(.*)", re.DOTALL)
_COMPARED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class Condition(NamedTuple):
    """That a session's `key` is, by `sign`, like `value`."""

    key: str
    sign: str
    value: str


def read_condition(text: str) -> Condition:
    """Read a condition.

    Raises
    ------
    ValueError
        It is none.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r}: expected KEY=PATTERN, KEY!=PATTERN or KEY<NUMBER, <=, >, >=")
    key, sign, value = found[1].lower(), found[2], found[3].strip()
    if sign in _COMPARED and key == _STARTED:
        try:
            _moment(value)
        except ValueError:
            raise ValueError(f"{text!r}: expected a date like 2026-11-27 after {sign}") from None
    elif sign in _COMPARED and _number(value) is None:
        raise ValueError(f"{text!r}: expected a number after {sign}")
    return Condition(key, sign, value)


def holding(conditions: Sequence[Condition], sessions: pd.DataFrame) -> pd.Series:
    """Return which sessions all conditions hold for.

    Parameters
    ----------
    conditions : sequence of Condition
    sessions : DataFrame
        From `session_list.list_sessions`; with measured figures as more columns where some are
        asked for.

    Returns
    -------
    Series of bool
        As long as `sessions`.

    Raises
    ------
    ValueError
        There is no such key; it names those there are. Of no sessions at all, any key may be.
    """
    keep = pd.Series(True, sessions.index)
    if len(sessions) and (unknown := more_keys(conditions, sessions)):
        names = ", ".join(name for name in sessions.columns if name != "tags")
        raise ValueError(
            f"--where {unknown[0]}: there is no such key; there are {names}, the tags "
            f"{', '.join(sorted(_tags_in(sessions)))}, and the figures of `laughtrack fleet "
            "summarize`"
        )
    for each in conditions:
        keep &= _holds(each, _values(each.key, sessions))
    return keep


def more_keys(conditions: Sequence[Condition], sessions: pd.DataFrame) -> list[str]:
    """Return the keys that are neither columns of a list of sessions nor tags in it."""
    there = {*sessions.columns, *_tags_in(sessions)} - {"tags"}
    return [each.key for each in conditions if each.key not in there]


def _tags_in(sessions: pd.DataFrame) -> set[str]:
    return {*KNOWN, *(key for text in sessions["tags"].unique() for key in split_tags(text))}


def _values(key: str, sessions: pd.DataFrame) -> pd.Series:
    if key in sessions.columns:
        return sessions[key]
    return sessions["tags"].map(lambda text: split_tags(text).get(key, ""))


def _holds(condition: Condition, values: pd.Series) -> pd.Series:
    is_number = values.dtype.kind in "iuf"
    wanted = _number(condition.value)
    if compare := _COMPARED.get(condition.sign):
        if condition.key == _STARTED:
            moment = pd.Timestamp(_moment(condition.value))
            times = pd.to_datetime(values, utc=True, format="ISO8601", errors="coerce")
            return pd.Series(compare(times, moment), values.index)
        numbers = pd.to_numeric(values, errors="coerce")
        return pd.Series(compare(numbers, pd.Series(wanted, values.index)), values.index)
    there = values.notna()
    if is_number and wanted is not None:
        alike = values == wanted
    else:
        pattern = condition.value.casefold()
        alike = values.map(lambda each: fnmatchcase(str(each).casefold(), pattern)).astype(bool)
    return there & (alike if condition.sign == "=" else ~alike)


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _moment(text: str) -> datetime:
    """Read a date, or a time in UTC or with its offset."""
    found = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text))
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
