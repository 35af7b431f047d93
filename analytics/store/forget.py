"""Forgetting a session: its rows, and every file that ever held them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from urllib.parse import unquote

from deltalake import DeltaTable

from laughtrack.analytics.store.delta_table import (
    AmbiguousSession,
    commit,
    device_transaction,
    is_split_by_device,
    list_transaction,
    open_table,
    session_transaction,
    store_errors,
    transactions,
)
from laughtrack.analytics.store.derived.derived_rows import drop
from laughtrack.analytics.store.disk.files import file_system, files_below, live_files, remove_begun
from laughtrack.analytics.store.queries import (
    ambiguity,
    any_of,
    check_session,
    devices_of,
    pairs_in,
)
from laughtrack.edge.readings import check_name


def forget(
    store: str, session: str, device: str | None = None, all_devices: bool = False
) -> list[str]:
    """Remove a session's rows for good, with every file that ever held them.

    What a person mended of it goes with it, also the seats that opted out; and so does all that was
    worked out of it (`derived`).

    A batch of the session that arrives later starts it again. The session's and device's names and
    the number of batches remain in the table's log. Other devices' sessions of that name keep their
    files as they are; in a store of version 0.1, where devices share files, those are rewritten.

    Parameters
    ----------
    store, session : str
    device : str, optional
        Whose session; needed where several have one of that name.
    all_devices : bool
        All devices' instead.

    Returns
    -------
    list of str
        The devices whose session is gone.

    Raises
    ------
    UnknownSession
        Naming the sessions, or the session's devices, that there are.
    AmbiguousSession
        If several devices have the session, and it was not said whose.
    StoreError
        If the store cannot be written. Repeat then: it carries on where it stopped.
    """

    def change(table: DeltaTable | None) -> tuple[list[str], list[str]]:
        there = devices_of(table, session)
        if device is None and len(there) > 1 and not all_devices:
            raise AmbiguousSession(ambiguity(session, there))
        gone = [each for each in there if device in (None, each)]
        # Listed before the commit: a writer whose file is among these cannot commit it afterwards.
        files = _files(table, session, device)
        if table is None or not (gone or _was_stopped(table, session, device, files)):
            check_session(table, store, session, device)
            return [], []
        _remove_rows(table, [(session, each) for each in gone], [session])
        return gone, files

    gone, files = commit(store, change)
    _remove_files(store, [(session, device)], files)
    return gone


def forget_each(store: str, keys: Sequence[tuple[str, str]]) -> None:
    """Remove sessions' rows for good, in one commit, with every file that ever held them.

    Of a session that is not there, nothing is done.

    Parameters
    ----------
    store : str
    keys : sequence of (session, device)
        Some hundred at a time: a longer condition takes longer than several shorter ones.

    Raises
    ------
    StoreError
        If the store cannot be written. Repeat then: it carries on where it stopped.
    """

    def change(table: DeltaTable | None) -> list[str]:
        if table is None:
            return []
        files = [path for key in keys for path in _files(table, *key)]
        there = pairs_in(table)
        _remove_rows(table, [key for key in keys if key in there], [name for name, _ in keys])
        return files

    if keys:
        _remove_files(store, keys, commit(store, change))


def carry_on(store: str, keys: Sequence[tuple[str, str]]) -> None:
    """Remove the files of sessions that have no rows: of those whose forgetting was stopped.

    Parameters
    ----------
    store : str
    keys : sequence of (session, device)
        From `retention.stopped`. One that was begun anew by now is left alone.

    Raises
    ------
    StoreError
        As `forget_each`.
    """

    def change(table: DeltaTable | None) -> tuple[list[tuple[str, str]], list[str]]:
        there = set() if table is None else pairs_in(table)
        rest = [key for key in keys if key not in there]
        files = [path for key in rest for path in _files(table, *key)]
        if table is not None and rest:
            # A writer whose first file is among these cannot commit it afterwards.
            _remove_rows(table, [], [session for session, _ in rest])
        return rest, files

    if keys:
        _remove_files(store, *commit(store, change))


def _remove_rows(
    table: DeltaTable, keys: Sequence[tuple[str, str]], sessions: Iterable[str]
) -> None:
    """Commit that these sessions of devices have no rows, and that no older commit comes after."""
    versions = {device_transaction(*key): -1 for key in keys}
    versions.update({list_transaction(*key): 0 for key in keys})
    versions.update({session_transaction(session): 0 for session in sessions})
    properties = transactions(versions)
    if keys:
        table.delete(any_of(keys), commit_properties=properties)
    else:
        table.create_write_transaction([], "append", table.schema(), commit_properties=properties)


def _remove_files(store: str, keys: Sequence[tuple[str, str | None]], files: Iterable[str]) -> None:
    """Remove files of sessions that have no rows, and what was worked out of these."""
    # Before their own files: while one of these is there, a forget that was stopped is carried on.
    drop(store, keys)
    table = open_table(store)
    if table is None:
        return
    with store_errors(store, "remove files of"):
        places, live = file_system(table), live_files(table)
        for path in files:
            # Of a store of version 0.1: another device's rows.
            if unquote(path) in live:
                continue
            # Another call may be forgetting the same session.
            with suppress(FileNotFoundError):
                places.delete_file(path)
        for session, device in keys:
            remove_begun(store, folder_of(table, session, device))
        table.create_checkpoint()


def _was_stopped(table: DeltaTable, session: str, device: str | None, files: list[str]) -> bool:
    """Return whether an earlier call was stopped before it had removed these files."""
    if device and not is_split_by_device(table):
        # The files may be another device's that were replaced.
        version = table.transaction_version(device_transaction(session, device))
        files = files if version == -1 else []
    live = live_files(table)
    return any(unquote(path) not in live for path in files)


def _files(table: DeltaTable | None, session: str, device: str | None) -> list[str]:
    """List every file in the session's folder: current, replaced, or left by a killed writer.

    Of one device alone where it is named and has a folder of its own.
    """
    names = {"session": session, **({"device": device} if device else {})}
    try:
        for field, name in names.items():
            check_name(field, name)
    except ValueError:
        return []
    return [] if table is None else files_below(table, folder_of(table, session, device))


def folder_of(table: DeltaTable, session: str, device: str | None) -> str:
    """Return the folder that holds a session's files, of one device where it has its own."""
    names = {"session": session, **({"device": device} if device else {})}
    if not is_split_by_device(table):
        names.pop("device", None)
    # A space is the only character in a name that the folder's name escapes.
    return "/".join(f"{field}={name.replace(' ', '%20')}" for field, name in names.items())
