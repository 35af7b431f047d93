"""Sums of the Delta log beside a store, by which a damaged log is known.

What a disk loses of the log is a batch that was never stored, or one that is counted twice, and the
log says nothing of it. After each commit the folder ``_laughtrack`` of a store on this machine gets
the sums of the commits since the last checkpoint, and of what the table then consists of. A commit
of another program, or of one killed before it came to that, is not checked until the next one. S3
has sums of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import deltalake
import pyarrow as pa
from deltalake import DeltaTable

from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.checked_files import Damaged, digest, sealed, unsealed

FOLDER = "_laughtrack"
# As many commits are read anew when a table is opened, and a few more.
_COMMITS = 24
_KEPT = 3
_NAME = re.compile(r"(\d{20})\.json")
_STATE = ("path", "size_bytes", "num_records", "min.seq", "max.seq")


class _Record(NamedTuple):
    """The sums as of a version: of the table's files, and of some commits by version."""

    version: int
    state: str
    commits: dict[int, str]


def check(store: str, table: DeltaTable) -> None:
    """Raise Damaged if the log of a store on this machine is not what was written.

    Parameters
    ----------
    store : str
        Its absolute path or URL.
    table : DeltaTable
        As it was just opened.
    """
    record = next(_records(store), None)
    if record is None:
        return
    for version, expected in record.commits.items():
        found = _commit_sum(store, version)
        if found is None and version > table.version():
            raise Damaged(f"its commit {version} is gone; it was the last one")
        if found is not None and found != expected:
            raise Damaged(f"its commit {version} is not what was written")
    if record.version == table.version() and record.state != _state_sum(table):
        raise Damaged(f"what it says of the table's files in commit {record.version} is not so")


def note(store: str, table: DeltaTable) -> None:
    """Write the sums of a table as it is after a commit; a full disk is no error.

    Parameters
    ----------
    store : str
        Its absolute path or URL.
    table : DeltaTable
    """
    if "://" in store:
        return
    version, last = table.version(), next(_records(store), None)
    if last is not None and last.version >= version:
        return
    known = last.commits if last is not None else {}
    versions = range(max(0, version - _COMMITS + 1), version + 1)
    sums = {each: known.get(each) or _commit_sum(store, each) for each in versions}
    commits = {str(each): found for each, found in sums.items() if found is not None}
    line = sealed({"by": deltalake.__version__, "state": _state_sum(table), "commits": commits})
    folder = os.path.join(store, FOLDER)
    with contextlib.suppress(OSError):
        os.makedirs(folder, exist_ok=True)
        with replacing(os.path.join(folder, f"{version:020d}.json")) as part:
            part.write_bytes(line)
        for old in _versions(store)[_KEPT:]:
            os.unlink(os.path.join(folder, f"{old:020d}.json"))


def _records(store: str) -> Iterator[_Record]:
    """Yield what was noted of a store, the newest first."""
    for version in [] if "://" in store else _versions(store):
        try:
            with open(os.path.join(store, FOLDER, f"{version:020d}.json"), "rb") as file:
                found: dict[str, Any] = unsealed(file.read()).value
            # Another release may say the same in other words.
            state = found["state"] if found["by"] == deltalake.__version__ else ""
            commits = {int(each): sum_ for each, sum_ in found["commits"].items()}
        except (OSError, ValueError, KeyError, AttributeError):
            # Just removed by another writer, or damaged itself: the table may be as it was.
            continue
        if state:
            yield _Record(version, state, commits)


def _versions(store: str) -> list[int]:
    try:
        names = os.listdir(os.path.join(store, FOLDER))
    except OSError:
        return []
    return sorted(
        (int(match[1]) for name in names if (match := _NAME.fullmatch(name))), reverse=True
    )


def _commit_sum(store: str, version: int) -> str | None:
    try:
        with open(os.path.join(store, "_delta_log", f"{version:020d}.json"), "rb") as file:
            return digest(file.read())
    except OSError:
        # Replaced by a checkpoint.
        return None


def _state_sum(table: DeltaTable) -> str:
    files = pa.table(table.get_add_actions(flatten=True))
    names = [*_STATE, *(name for name in files.column_names if name.startswith("partition."))]
    columns = {name: files[name].to_pylist() for name in sorted({*names} & {*files.column_names})}
    rows = sorted(zip(*columns.values(), strict=True), key=str)
    schema = table.schema().to_json()
    partitions = table.metadata().partition_columns
    return digest(json.dumps([rows, [*columns], schema, partitions], default=str).encode())
