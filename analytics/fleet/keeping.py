"""What comes of jobs is written as it comes, so that the same command carries on after a stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pandas as pd
import pyarrow as pa

from laughtrack.analytics.fleet.jobs import Done
from laughtrack.analytics.store.derived.derived_rows import write
from laughtrack.analytics.store.derived.derived_table import KEY, VERSION, Derived

# Rows wait for each other: each commit reads the table that it changes, and is to take no more
# than this part of the time.
_WRITE_EVERY_S, _WRITING = 2.0, 0.05
_KINDS = {pa.string(): "str", pa.float64(): "float64", pa.int64(): "int64", pa.bool_(): "bool"}


def kept(
    store: str, derived: Derived, done: Iterable[Done], told: Callable[[Done], object]
) -> Iterator[Done]:
    """Yield jobs that are done and have rows, which are written to a derived table meanwhile.

    Parameters
    ----------
    store : str
    derived : Derived
    done : iterable of Done
        Each with a list of rows, dicts by column, or with a reason why there is none.
    told : function
        Told of each, also of those without rows.
    """
    waiting: list[dict[str, Any]] = []
    next_s = time.monotonic() + _WRITE_EVERY_S
    try:
        for one in done:
            told(one)
            if one.result is not None:
                waiting += one.result
                yield one
            if (began_s := time.monotonic()) > next_s and waiting:
                write(store, derived, frame(derived, waiting))
                waiting, now_s = [], time.monotonic()
                next_s = now_s + max(_WRITE_EVERY_S, (now_s - began_s) / _WRITING)
    finally:
        # Also when it is stopped.
        if waiting:
            write(store, derived, frame(derived, waiting))


def frame(derived: Derived, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a derived table has them, with their versions."""
    kinds = {
        **dict.fromkeys(KEY, "str"),
        **{name: _KINDS[each] for name, each in derived.columns.items()},
        VERSION: "str",
    }
    return pd.DataFrame(rows, columns=[*kinds]).astype(kinds)
