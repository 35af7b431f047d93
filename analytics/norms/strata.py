"""Sessions in strata: those that are alike in their tags, their length and the audience's size.

Conventions
-----------
- Bands hold their lower end, and not their upper one.
- A session that lacks one of the tags asked for is in no stratum: what has no genre is not alike.
- A stratum of fewer than `intervals.LEAST` sessions tells nothing of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from laughtrack.analytics.formatting import count
from laughtrack.analytics.norms.intervals import LEAST, median
from laughtrack.analytics.norms.standing import MEDIAN, SCORES, own_row
from laughtrack.edge.tags import split_tags

# Where one band ends and the next begins: minutes of a session, and viewers.
LENGTHS_MIN = (5, 30, 75, 150)
AUDIENCES = (10, 30, 100, 300)
BANDS = ("length", "audience")
COLUMNS = ("device", "context")
STRATA = ("stratum", "score", "sessions", *MEDIAN, "lowest", "highest", "note")
FEW = f"fewer than {LEAST}"
# More time, more of it: who laughs at something, and how high the curve goes. Measured by
# `tests.bench.fleet.norms`.
GROW_WITH_LENGTH = ("reach", "maximum_share", "peak_end")


class TooFewAlike(ValueError):
    """The stratum of the session that was asked for is too small, or it is in none."""


def keys_of(text: str, table: pd.DataFrame) -> tuple[str, ...]:
    """Read what sessions are to be alike in, like ``genre,length,audience``; "" is nothing.

    Parameters
    ----------
    text : str
    table : DataFrame
        Of sessions, with `tags`.

    Raises
    ------
    ValueError
        A key is none that a session of the table has, or is there twice.
    """
    keys = tuple(each.strip().lower() for each in text.split(",")) if text.strip() else ()
    known = {*BANDS, *COLUMNS, *(key for each in table["tags"] for key in split_tags(each))}
    for key in keys:
        if key not in known:
            raise ValueError(f"by {key!r}: expected some of {', '.join(sorted(known))}")
    if len({*keys}) < len(keys):
        raise ValueError(f"by {text!r}: expected each once")
    return keys


def strata(table: pd.DataFrame, keys: Sequence[str]) -> pd.Series:
    """Return the name of each session's stratum.

    Parameters
    ----------
    table : DataFrame
        Sessions with their figures, `context` and `tags`, from `fleet.others`.
    keys : sequence of str
        From `keys_of`.

    Returns
    -------
    Series of str
        Like "genre=comedy; length=75-150 min; audience=30-99"; "" for who lacks a tag, or
        if there are no keys.
    """
    found = pd.Series("", table.index)
    for key in keys:
        found += ("; " if key != keys[0] else "") + key + "=" + _values(table, key)
    return found.where(lacking(table, keys) == "", "")


def lacking(table: pd.DataFrame, keys: Sequence[str]) -> pd.Series:
    """Return which of the keys says nothing of a session, the first such; "" where all do."""
    found = pd.Series("", table.index)
    for key in keys[::-1]:
        found = found.mask(_values(table, key) == "", key)
    return found


def alike(
    table: pd.DataFrame, keys: Sequence[str], session: str, device: str | None = None
) -> pd.DataFrame:
    """Return a session and those of its stratum; all where there are no keys.

    Raises
    ------
    TooFewAlike
        There are fewer than `LEAST` others, or it lacks a tag.
    """
    is_own = own_row(table, session, device)
    if not keys:
        return table
    if key := lacking(table[is_own], keys).iloc[0]:
        raise TooFewAlike(
            f"{session} has no {key}: give it one, laughtrack tag {session} {key}=..., or leave "
            f"{key} out"
        )
    found = _with_own(table, keys, is_own)
    if len(found) > LEAST:
        return found
    stratum = strata(table[is_own], keys).iloc[0]
    others = count(len(found) - 1, "other session")
    raise TooFewAlike(
        f"{session} stands among {others} of {stratum}, {FEW}: record more, or ask by fewer: "
        + _by_fewer(table, keys, is_own)
    )


def of_strata(table: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return what is usual in each stratum.

    Parameters
    ----------
    table : DataFrame
    keys : sequence of str
        As of `strata`; of none, all are one stratum, "".

    Returns
    -------
    DataFrame
        A row a stratum and score, in order of strata: how many `sessions` have the score; their
        `median` with its 95 % interval, `lowest` and `highest`; `note` says why these are NaN.
    """
    rows = []
    for stratum, own in table.groupby(strata(table, keys)):
        if keys and stratum == "":
            continue
        for score in SCORES:
            values = own[score].dropna().to_numpy()
            enough = len(values) >= LEAST
            ends = (values.min(), values.max()) if enough else (np.nan, np.nan)
            note = "" if enough else FEW
            rows.append((stratum, score, len(values), *median(values), *ends, note))
    kinds = {"stratum": "str", "score": "str", "sessions": "int64", "note": "str"}
    return pd.DataFrame(rows, columns=[*STRATA]).astype(kinds)


def remarks(table: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """Say who is in no stratum, and what depends on the sessions' length."""
    found = []
    lacks = lacking(table, keys)
    for key, many in lacks[lacks != ""].value_counts(sort=False).items():
        found.append(f"{count(many, 'session')} in no stratum: no {key}")
    if "length" not in keys and _values(table, "length").nunique() > 1:
        found.append(
            f"{', '.join(GROW_WITH_LENGTH)} grow with a session's length, and these differ in it: "
            "by length they do not"
        )
    return found


def stratum_of(alike: pd.DataFrame, keys: Sequence[str]) -> str:
    """Return the name of the stratum that sessions have in common."""
    return str(strata(alike[:1], keys).iloc[0])


def _with_own(table: pd.DataFrame, keys: Sequence[str], is_own: pd.Series) -> pd.DataFrame:
    of = strata(table, keys)
    return table[of == of[is_own].iloc[0]] if keys else table


def _by_fewer(table: pd.DataFrame, keys: Sequence[str], is_own: pd.Series) -> str:
    """Say how many others there are by one key less, the most first."""
    fewer = combinations(keys, len(keys) - 1)
    many = [
        (len(_with_own(table, some, is_own)) - 1, ",".join(some) or "nothing") for some in fewer
    ]
    return ", ".join(f"{others:,} by {some}" for others, some in sorted(many, reverse=True))


def _values(table: pd.DataFrame, key: str) -> pd.Series:
    """Return what a key says of each session, "" where nothing."""
    if key == "length":
        return _banded(table["seconds"] / 60, LENGTHS_MIN, "{}-{} min", "{}+ min")
    if key == "audience":
        # Viewers are whole: 10-29, then 30-99.
        return _banded(table["viewers"], AUDIENCES, "{}-{}", "{}+", last=1)
    if key in COLUMNS:
        return table[key].astype(str)
    return table["tags"].map(lambda text: split_tags(text).get(key, "")).astype(str)


def _banded(
    values: pd.Series, ends: Sequence[int], between: str, above: str, last: int = 0
) -> pd.Series:
    """Return the band of each value; `last` is how far before the next one its name ends."""
    names = [
        between.format(low, high - last) for low, high in zip((0, *ends[:-1]), ends, strict=True)
    ]
    which = np.searchsorted(ends, values.to_numpy(), side="right")
    return pd.Series(np.array([*names, above.format(ends[-1])], object)[which], values.index, "str")
