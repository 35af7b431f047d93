"""Whether a store, or one session in it, is as it was when it was last read."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import pyarrow as pa
from deltalake import DeltaTable

from laughtrack.analytics.store.delta_table import is_split_by_device, read

NOTHING_YET = -1


class Versions(NamedTuple):
    """How a store is: `table` is a number that every change of it changes.

    `sessions` has by (session, device) a text that every change of that session changes, and none
    of another one's. In stores of version 0.1 devices share files: the device is "" there.
    """

    table: int = NOTHING_YET
    sessions: dict[tuple[str, str], str] = {}  # noqa: RUF012  # never changed

    def of(self, session: str, device: str) -> str:
        """Return one session's text, "" where there is none."""
        return self.sessions.get((session, device)) or self.sessions.get((session, ""), "")


def store_version(store: str) -> int:
    """Return a number that every change of a store changes; `NOTHING_YET` where there is none."""
    return read(store, lambda table: NOTHING_YET if table is None else table.version())


def store_size(store: str) -> tuple[int, int, int]:
    """Return how many sessions, files and bytes a store has, without what was replaced."""

    def query(table: DeltaTable | None) -> tuple[int, int, int]:
        if table is None:
            return 0, 0, 0
        files = pa.table(table.get_add_actions(flatten=True))
        names = [f"partition.{name}" for name in table.metadata().partition_columns]
        sessions = files.select(names).group_by(names).aggregate([])
        return sessions.num_rows, files.num_rows, sum(files["size_bytes"].to_pylist())

    return read(store, query)


def versions(store: str) -> Versions:
    """Return how a store and all its sessions are; `Versions()` where there is nothing yet."""

    def query(table: DeltaTable | None) -> Versions:
        if table is None:
            return Versions()
        files = pa.table(table.get_add_actions(flatten=True))
        sessions = files["partition.session"].to_pylist()
        devices = [""] * len(files)
        if is_split_by_device(table):
            devices = files["partition.device"].to_pylist()
        paths: dict[tuple[str, str], list[str]] = {}
        for session, device, path in zip(sessions, devices, files["path"].to_pylist(), strict=True):
            paths.setdefault((session, device), []).append(path)
        return Versions(table.version(), {key: _digest(each) for key, each in paths.items()})

    return read(store, query)


def _digest(paths: list[str]) -> str:
    # Files are never written again: a session is its files.
    return hashlib.blake2b("\n".join(sorted(paths)).encode(), digest_size=16).hexdigest()
