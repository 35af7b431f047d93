"""Forgetting a session: its rows, and every file that ever held them."""

from __future__ import annotations

from contextlib import suppress

from deltalake.fs import DeltaStorageHandler
from pyarrow import fs

from laughtrack.analytics.store.delta_table import (
    check_known,
    commit,
    everyone,
    headers,
    known,
    marks,
    open_table,
    plain_errors,
    writer,
)
from laughtrack.edge.readings import check_name


def forget(store, session):
    """Remove a session's rows for good, with every file that ever held them.

    A batch of the session that arrives later starts it anew. The session's and device's names and
    the number of batches remain in the table's log.

    Raises
    ------
    UnknownSession
        Naming the sessions there are.
    StoreError
        If the store cannot be written. Repeat then: it carries on where it stopped.
    """

    def change(table):
        # Listed before the commit: a writer whose file is among these cannot commit it afterwards.
        files = _files(table, session)
        if not files:
            check_known(table, session, store)
        marked = {everyone(session): 0}
        if session in known(table):
            devices = set(headers(table, [], f"session = '{session}'")["device"])
            marked |= {writer(session, device): -1 for device in devices}
            table.delete(f"session = '{session}'", commit_properties=marks(marked))
        else:
            # An earlier call was stopped before it had removed the files.
            table.create_write_transaction(
                [], "append", table.schema(), commit_properties=marks(marked)
            )
        return files

    files = commit(store, change)
    table = open_table(store)
    with plain_errors(store, "remove files of"):
        disk = _disk(table)
        for path in files:
            # Another call may be forgetting the same session.
            with suppress(FileNotFoundError):
                disk.delete_file(path)
        table.create_checkpoint()


def _disk(table):
    return fs.PyFileSystem(DeltaStorageHandler(table.table_uri))


def _files(table, session):
    """Every file in the session's folder: current, replaced, or left by a killed writer."""
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
    return [each.path for each in _disk(table).get_file_info(folder) if each.is_file]
