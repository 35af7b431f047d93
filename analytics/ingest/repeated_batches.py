"""Whether a batch that came again is the one that is stored."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
from deltalake import DeltaTable

from laughtrack.analytics.store import corrections
from laughtrack.analytics.store.amendments.entries import Amendment
from laughtrack.analytics.store.amendments.ledger import entries_in
from laughtrack.analytics.store.amendments.opt_outs import opt_outs, opted_out
from laughtrack.analytics.store.batches import batch_rows, header_row, key_of, stored_values
from laughtrack.analytics.store.delta_table import KEY, READING, read
from laughtrack.analytics.store.queries import key_condition, scan
from laughtrack.analytics.store.session_info import RETAGGED, RETITLED
from laughtrack.edge.readings import Batch


def matches_stored(store: str, batches: Sequence[Batch]) -> list[bool]:
    """Return whether what is stored under the batches' keys is these batches, not others.

    Compared is all that a batch says, but whether its info names the context, which may have been
    stated when the batch was taken in, a title that the session was given afterwards, or readings
    of seats that opted out.

    Returns
    -------
    list of bool
        One for each batch; False also where nothing is stored under its key.
    """
    columns = ("started_utc", "start_s", "end_s", "frames", "info", corrections.COLUMN)

    def query(table: DeltaTable | None) -> list[bool]:
        stored = stored_values(table, batches, columns)
        rows = {
            key: (
                *(*values[:4], _as_sent(values[4])),
                values[5] if isinstance(values[5], str) else None,
            )
            for key, values in stored.items()
        }
        expected = [header_row(each) for each in batches]
        for header in expected:
            header["info"] = _as_sent(header["info"])
        alike = [
            rows.get(key_of(each)) == tuple(header[name] for name in columns)
            for each, header in zip(batches, expected, strict=True)
        ]
        if table is None or not any(alike):
            return alike
        pairs = zip(batches, alike, strict=True)
        keys = key_condition([key_of(each) for each, is_alike in pairs if is_alike])
        found = scan(table, [*KEY, *READING], f"({keys}) AND viewer_id IS NOT NULL").to_pandas()
        stored_readings = {key: part for key, part in found.groupby([*KEY])}
        seats = {pair: opt_outs(entries_in(table, *pair)) for pair in {*map(_pair, batches)}}
        return [
            is_alike
            and np.array_equal(
                _ordered(batch_rows(each, None).slice(1).to_pandas(), seats[_pair(each)]),
                _ordered(stored_readings.get(key_of(each), found[:0]), seats[_pair(each)]),
            )
            for each, is_alike in zip(batches, alike, strict=True)
        ]

    return read(store, query)


def _as_sent(info: str) -> str:
    try:
        said = json.loads(info)
        for added in ("context", RETITLED, RETAGGED):
            said.pop(added, None)
    except (ValueError, AttributeError):
        # Damaged: it is like no batch's.
        return info
    return json.dumps(said, sort_keys=True)


def _pair(batch: Batch) -> tuple[str, str]:
    return batch.session, batch.device


def _ordered(rows: pd.DataFrame, seats: Sequence[Amendment]) -> np.ndarray:
    """Return a batch's readings as numbers, in an order that does not depend on the files'.

    Without those in seats that opted out at any time: whether they are stored depends on when.
    """
    rows = rows[~opted_out(rows, seats)]
    values = rows[[*READING]].astype(float).fillna(-1.0).to_numpy()
    return values[np.lexsort(values.T)]
