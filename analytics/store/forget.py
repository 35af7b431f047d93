"""Forgetting a session: its rows, and every file that ever held them."""

from __future__ import annotations

from contextlib import suppress

from deltalake import DeltaTable
from deltalake.fs import DeltaStorageHandler
from pyarrow import fs

from laughtrack.analytics.store.delta_table import (
    commit,
    device_transaction,
    open_table,
    session_transaction,
    store_errors,
    transactions,
)
from laughtrack.analytics.store.queries import check_session, headers, session_names
from laughtrack.edge.readings import check_name


def forget(store: str, session: str) -> None:
    """Remove a session's rows for good, with every file that ever held them.

    A batch of the session that arrives later starts it again. The session's and device's names and
    the number of batches remain in the table's log.

    Raises
    ------
    UnknownSession
        Naming the sessions there are.
    StoreError
        If the store cannot be written. Repeat then: it carries on where it stopped.
    """

    def change(table: DeltaTable | None) -> list[str]:
        # Listed before the commit: a writer whose file is among these cannot commit it afterwards.
        files = _files(table, session)
        if table is None or not files:
            table = check_session(table, session, store)
        versions = {session_transaction(session): 0}
        if session in session_names(table):
            devices = set(headers(table, [], f"session = '{session}'")["device"])
            versions |= {device_transaction(session, device): -1 for device in devices}
            table.delete(f"session = '{session}'", commit_properties=transactions(versions))
        else:
            # An earlier call was stopped before it had removed the files.
            table.create_write_transaction(
                [], "append", table.schema(), commit_properties=transactions(versions)
            )
        return files

    files = commit(store, change)
    table = open_table(store)
    if table is None:
        return
    with store_errors(store, "remove files of"):
        file_system = _file_system(table)
        for path in files:
            # Another call may be forgetting the same session.
            with suppress(FileNotFoundError):
                file_system.delete_file(path)
        table.create_checkpoint()


def _file_system(table: DeltaTable) -> fs.PyFileSystem:
    return fs.PyFileSystem(DeltaStorageHandler(table.table_uri))


def _files(table: DeltaTable | None, session: str) -> list[str]:
    """List every file in the session's folder: current, replaced, or left by a killed writer."""
    try:
        check_name("session", session)
    except ValueError:
        return []
    if table is None:
        return []
    # A space is the only character in a session's name that the folder's name escapes.
    folder = fs.FileSelector(
        f"session={session.replace(' ', '%20')}", recursive=True, allow_not_found=True
    )
    return [each.path for each in _file_system(table).get_file_info(folder) if each.is_file]
