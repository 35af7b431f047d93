"""The readings of all sessions as one Arrow dataset, for SQL and other engines."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import DeltaTable
from pyarrow import fs

from laughtrack.analytics.store.amendments.applied import amend
from laughtrack.analytics.store.amendments.entries import Amendment
from laughtrack.analytics.store.amendments.ledger import mended_in
from laughtrack.analytics.store.corrections import counts, taken_back
from laughtrack.analytics.store.delta_table import KEY, READING, read
from laughtrack.analytics.store.disk.location import location
from laughtrack.analytics.store.queries import checked_headers, of_session, scan
from laughtrack.analytics.store.sessions import check_readings

SCHEMA = pa.schema({**KEY, **READING})
_IS_READING = "viewer_id IS NOT NULL"


def readings_dataset(store: str, check: bool = True, uncorrected: bool = False) -> ds.Dataset:
    """Return the store's readings as they are now: no header rows, no file that was replaced.

    What was taken back later is left out, as everywhere, and what a person mended is honoured:
    sessions with such corrections are read into memory.

    Parameters
    ----------
    store : str
        Folder or URL. What is behind a URL is read into memory.
    check : bool
        Read all once to compare it with the batches' sums.
    uncorrected : bool
        Without what a person mended.

    Returns
    -------
    pyarrow.dataset.Dataset
        With the columns `SCHEMA`. It reads its files when it is asked: a session that is forgotten
        meanwhile, or replaced more than an hour ago, ends that with FileNotFoundError.

    Raises
    ------
    StoreError
        Something of it is damaged, or cannot be read.
    """

    def query(table: DeltaTable | None) -> ds.Dataset:
        if table is None:
            return ds.dataset(SCHEMA.empty_table())
        # Header rows are few: without their sums, a batch might be there twice.
        batches = checked_headers(table)
        if check:
            for (session, device), own in batches.groupby(["session", "device"]):
                where = of_session(session, device)
                readings = scan(table, [*READING], f"{where} AND {_IS_READING}")
                check_readings(table, where, own, readings)
        mended = {} if uncorrected else mended_in(table)
        apart = {name for name, _ in mended}
        rest = batches[~batches["session"].isin(apart)]
        tables = [
            _mended(table, own, mended.get((name, device), []))
            for (name, device), own in batches.groupby(["session", "device"])
            if name in apart
        ]
        kept = _kept(rest)
        if "://" in (place := location(store)):
            # Not through deltalake's files: pyarrow's threads at them can abort the process.
            others = " AND ".join([_IS_READING, *(f"session <> '{name}'" for name in apart)])
            tables.append(scan(table, SCHEMA.names, others).cast(SCHEMA))
            return ds.dataset(pa.concat_tables(tables)).filter(kept)
        files = fs.SubTreeFileSystem(place, fs.LocalFileSystem())
        whole = table.to_pyarrow_dataset(filesystem=files, schema=SCHEMA)
        if not tables:
            return whole.filter(kept)
        fragments = [
            each
            for each in whole.get_fragments()
            if ds.get_partition_keys(each.partition_expression).get("session") not in apart
        ]
        others = ds.FileSystemDataset(fragments, SCHEMA, whole.format, files)
        return ds.dataset([others, ds.dataset(pa.concat_tables(tables))]).filter(kept)

    return read(store, query)


def _mended(table: DeltaTable, batches: pd.DataFrame, entries: list[Amendment]) -> pa.Table:
    """Return one session's readings of one device as they count."""
    here = of_session(batches["session"].iloc[0], batches["device"].iloc[0])
    rows = scan(table, SCHEMA.names, f"{here} AND {_IS_READING}").to_pandas()
    rows = rows[counts(rows["viewer_id"].to_numpy(), rows["t_s"].to_numpy(), taken_back(batches))]
    rows = rows.sort_values(["t_s", "viewer_id"], kind="stable", ignore_index=True)
    return pa.Table.from_pandas(amend(rows, entries)[0], SCHEMA, preserve_index=False)


def _kept(batches: pd.DataFrame) -> ds.Expression:
    """Return the condition that a row is a reading that was not taken back."""
    kept = ds.field("viewer_id").is_valid()
    for (session, device), own in batches.groupby(["session", "device"]):
        conditions = [
            (ds.field("viewer_id") == each.viewer_id)
            & (ds.field("t_s") >= each.from_s)
            & (ds.field("t_s") < each.to_s)
            for each in taken_back(own)
        ]
        if not conditions:
            continue
        # In pairs, so that many are not as many deep.
        while len(conditions) > 1:
            pairs = zip(conditions[::2], conditions[1::2], strict=False)
            rest = conditions[len(conditions) // 2 * 2 :]
            conditions = [first | second for first, second in pairs] + rest
        here = (ds.field("session") == session) & (ds.field("device") == device)
        kept &= ~(here & conditions[0])
    return kept
