"""One derived table: where it lies, what its rows are, and whether they are what was written.

It is a Delta table of its own at ``STORE/_tables/NAME``, where the store's own table does not look.
Its log holds no statistics: what a row says lies in the data files alone.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from typing import NamedTuple

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError
from deltalake.fs import DeltaStorageHandler
from pyarrow import fs

from laughtrack.analytics.store.delta_table import store_errors
from laughtrack.analytics.store.disk.location import StoreError, location
from laughtrack.analytics.store.queries import scan
from laughtrack.edge.checked_files import Damaged, digest

FOLDER = "_tables"
KEY = ("session", "device")
VERSION, CODE, SUM = "version", "code", "sum"
# Columns of a table whose rows are of two sessions each.
OTHER = ("other_session", "other_device", "other_version")
_SETTINGS = {
    # A log's statistics would outlive the rows that `forget` takes away.
    "delta.dataSkippingNumIndexedCols": "0",
    "delta.checkpointInterval": "20",
    "delta.logRetentionDuration": "interval 1 hours",
}


class Outdated(Damaged):
    """Another release wrote the table, with other columns."""


class Derived(NamedTuple):
    """A derived table.

    `name` is its folder's; `columns` are the types of what its rows say, by name; `code` is the sum
    of the code that works them out (`code_sums.code_sum`). A row is known by session, device, and
    those of its columns that `more_key` names. With the columns `OTHER` it is of two sessions, and
    holds as long as both are what they were.
    """

    name: str
    columns: dict[str, pa.DataType]
    code: str
    more_key: tuple[str, ...] = ()

    @property
    def key(self) -> list[str]:
        """The columns that a row is known by."""
        return [*KEY, *self.more_key]

    @property
    def schema(self) -> pa.Schema:
        """All columns as they are stored."""
        texts = dict.fromkeys((*KEY, VERSION, CODE, SUM), pa.string())
        return pa.schema({**{each: texts[each] for each in KEY}, **self.columns, **texts})


def place_of(store: str, name: str) -> str:
    """Return the folder or URL of a derived table."""
    return "/".join((location(store).rstrip("/"), FOLDER, name))


def open_derived(store: str, name: str) -> DeltaTable | None:
    """Open the derived table of a name; None where there is none yet.

    Raises
    ------
    Damaged
        What lies there is no table.
    StoreError
        It cannot be read.
    """
    place = place_of(store, name)
    if "://" not in place:
        # What a link leads to may be anybody's folder.
        if link := _link(place):
            raise Damaged(f"{link} is a link")
        if not os.path.lexists(place):
            return None
    try:
        with store_errors(place, "read"):
            try:
                return DeltaTable(place)
            except TableNotFoundError:
                if not DeltaTable.is_deltatable(place):
                    return None
                # Another process may just have made it.
                return DeltaTable(place)
    except StoreError as error:
        raise _told(error) from error


def _link(place: str) -> str | None:
    return next((each for each in (os.path.dirname(place), place) if os.path.islink(each)), None)


def _told(error: StoreError) -> Exception:
    """Tell a table that is damaged from one that cannot be reached."""
    return error if isinstance(error.__cause__, OSError) else Damaged(str(error.__cause__))


def create_derived(store: str, derived: Derived) -> None:
    """Make an empty derived table; no error where another process was first."""
    place = place_of(store, derived.name)
    with store_errors(place, "create"):
        DeltaTable.create(place, derived.schema, mode="ignore", configuration=_SETTINGS)


def throw_away(store: str, name: str) -> None:
    """Remove a derived table's folder, whatever it holds; of a link, the link."""
    place = place_of(store, name)
    with store_errors(place, "remove"):
        if "://" in place:
            files = fs.PyFileSystem(DeltaStorageHandler(place))
            selector = fs.FileSelector("", recursive=True, allow_not_found=True)
            for each in files.get_file_info(selector):
                if each.is_file:
                    files.delete_file(each.path)
        elif link := _link(place):
            os.unlink(link)
        elif os.path.isdir(place):
            shutil.rmtree(place)
        else:
            with suppress(FileNotFoundError):
                os.unlink(place)


def stored_rows(table: DeltaTable) -> pa.Table:
    """Return what a derived table holds, unchecked.

    Raises
    ------
    Damaged
        It is no derived table, or its files cannot be read.
    StoreError, FileNotFoundError
        They cannot be reached, or were replaced meanwhile.
    """
    names = [field.name for field in table.schema().fields]
    if not {*KEY, VERSION, CODE, SUM} <= {*names}:
        raise Damaged("it has other columns")
    try:
        with store_errors(table.table_uri, "read"):
            rows = scan(table, names, "TRUE")
    except StoreError as error:
        raise _told(error) from error
    # Views cannot be filtered.
    texts = [pa.types.is_string_view(each.type) for each in rows.schema]
    plain = [
        each.with_type(pa.string()) if is_text else each
        for each, is_text in zip(rows.schema, texts, strict=True)
    ]
    return rows.cast(pa.schema(plain))


def checked_rows(table: DeltaTable, derived: Derived) -> pa.Table:
    """Return the rows of a derived table, in order of its key.

    Raises
    ------
    Outdated
        It has other columns.
    Damaged
        They are not what was written, or one is there twice.
    StoreError, FileNotFoundError
        As `stored_rows`.
    """
    rows = stored_rows(table)
    if {*rows.column_names} != {*derived.schema.names}:
        raise Outdated("it has other columns")
    try:
        rows = rows.select(derived.schema.names).cast(derived.schema)
    except pa.ArrowException as error:
        raise Outdated(f"it has other columns: {error}") from None
    if rows[SUM].to_pylist() != _sums(rows):
        raise Damaged("rows of it are not what was written")
    if rows.select(derived.key).group_by(derived.key).aggregate([]).num_rows != len(rows):
        raise Damaged("a row of it is there twice")
    return rows.sort_by([(name, "ascending") for name in derived.key])


def sealed(rows: pa.Table, derived: Derived) -> pa.Table:
    """Return rows as they are stored: with the code's sum and their own."""
    texts = pa.array([derived.code] * len(rows), pa.string())
    rows = rows.append_column(CODE, texts)
    return rows.append_column(SUM, pa.array(_sums(rows), pa.string())).select(derived.schema.names)


def _sums(rows: pa.Table) -> list[str]:
    columns = [rows[name].to_pylist() for name in sorted({*rows.column_names} - {SUM})]
    return [digest(json.dumps(row).encode()) for row in zip(*columns, strict=True)]
