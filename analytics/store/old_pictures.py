"""Pictures that version 0.1 left in a store, and their removal.

A replay or live session of that version kept, with every batch, a small grey picture of the room in
which faces are to be seen: in the column `resume`, and so in files that were replaced since. They
go when a store of that version is first written to.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

import pyarrow.parquet as pq
from deltalake import DeltaTable

from laughtrack.analytics.store.delta_table import (
    commit,
    is_split_by_device,
    session_transaction,
    store_errors,
    transactions,
)
from laughtrack.analytics.store.disk.files import file_system, files_below, live_files, remove_begun
from laughtrack.analytics.store.queries import headers

# The transaction that says that they are gone; a session's name has a slash.
_GONE = "old pictures"
# What held them: the grey picture, a smaller one, which cells of it had changed.
_PICTURES = ("changes", "dirty")
_SAYS_SO = '"changes"'


def remove_old_pictures(store: str, table: DeltaTable) -> None:
    """Remove the pictures that version 0.1 left, once; a stopped replay can still be carried on.

    Readers that are at a file which goes begin again by themselves. `table` is the store's, and is
    brought up to date.

    Raises
    ------
    StoreError
        If the store cannot be written. Repeat then.
    """
    # Version 0.1 did not part its files by device.
    if is_split_by_device(table) or table.transaction_version(_GONE) is not None:
        return

    def hold_off_writers(table: DeltaTable) -> tuple[list[str], dict[str, int]]:
        # Listed before the commit: a writer whose file is among these cannot commit it afterwards.
        found = _files_with_pictures(table)
        sessions = {unquote(path.split("/")[0].partition("=")[2]) for path in found}
        versions = {session_transaction(each): 0 for each in sorted(sessions)}
        _append_nothing(table, versions)
        return found, versions

    found, versions = commit(store, hold_off_writers, create=True)
    commit(store, lambda table: _rewrite_states(table, versions), create=True)

    def remove(table: DeltaTable) -> None:
        files, live = file_system(table), live_files(table)
        with store_errors(store, "remove old pictures of"):
            for path in found:
                with suppress(FileNotFoundError):
                    if unquote(path) not in live:
                        files.delete_file(path)
        _append_nothing(table, {_GONE: 1})

    commit(store, remove, create=True)
    remove_begun(store)
    table.update_incremental()


def without_picture(state: str) -> str:
    """Return a replay's saved state without what version 0.1 kept of a picture."""

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: strip(each) for key, each in value.items() if key not in _PICTURES}
        return [strip(each) for each in value] if isinstance(value, list) else value

    return json.dumps(strip(json.loads(state)))


def _files_with_pictures(table: DeltaTable) -> list[str]:
    """List the data files with a picture, or that cannot be read: half written, perhaps."""
    files, found = file_system(table), []
    for path in files_below(table, ""):
        # Folders that begin so are none of the table's own rows.
        if not path.endswith(".parquet") or path.startswith("_"):
            continue
        try:
            with files.open_input_file(path) as file:
                column = pq.read_table(file, columns=["resume"], use_threads=False)["resume"]
                has_some = any(_SAYS_SO in each for each in column.to_pylist() if each)
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError):
            has_some = True
        if has_some:
            found.append(path)
    return found


def _rewrite_states(table: DeltaTable, versions: dict[str, int]) -> None:
    """Rewrite the table's files with a picture: the newest state a session, without it."""
    where = f"resume LIKE '%{_SAYS_SO}%'"
    found = headers(table, ["resume"], where)
    if found.empty:
        return
    newest = found.groupby(["session", "device"], sort=False).tail(1)
    cases = " ".join(
        f"WHEN session = '{row.session}' AND device = '{row.device}' AND seq = {row.seq}"
        f" THEN '{_quoted(without_picture(row.resume))}'"
        for row in newest.itertuples()
    )
    table.update(
        {"resume": f"CASE {cases} ELSE NULL END"},
        predicate=where,
        commit_properties=transactions(versions),
    )


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _append_nothing(table: DeltaTable, versions: dict[str, int]) -> None:
    table.create_write_transaction(
        [], "append", table.schema(), commit_properties=transactions(versions)
    )
