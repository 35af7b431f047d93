"""Whether a store, or one session in it, is as it was when it was last read."""

from __future__ import annotations

import hashlib

from deltalake import DeltaTable

from laughtrack.analytics.store.delta_table import is_split_by_device, read
from laughtrack.analytics.store.disk.files import live_files
from laughtrack.analytics.store.queries import check_session

NOTHING_YET = -1


def store_version(store: str) -> int:
    """Return a number that every change of a store changes; `NOTHING_YET` where there is none."""
    return read(store, lambda table: NOTHING_YET if table is None else table.version())


def session_version(store: str, session: str, device: str) -> str:
    """Return a text that every change of a session changes, and other sessions' mostly do not.

    Raises
    ------
    UnknownSession
        There is no such session.
    """

    def query(table: DeltaTable | None) -> str:
        there, whose = check_session(table, store, session, device)
        folder = f"session={session}/"
        folder += f"device={whose}/" if is_split_by_device(there) else ""
        files = sorted(path for path in live_files(there) if path.startswith(folder))
        return hashlib.sha256("\n".join(files).encode()).hexdigest()

    return read(store, query)
