"""The files that lie in a store, whether its table knows them or not."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.fs import DeltaStorageHandler
from pyarrow import fs


def file_system(table: DeltaTable) -> fs.PyFileSystem:
    """Return the file system whose root is the table's folder."""
    return fs.PyFileSystem(DeltaStorageHandler(table.table_uri))


def live_files(table: DeltaTable) -> set[str]:
    """Return the paths of the table's files as it is now, without escapes."""
    paths = pa.table(table.get_add_actions(flatten=True))["path"].to_pylist()
    # The log escapes the folders' names once more.
    return {unquote(unquote(path)) for path in paths}


def files_below(table: DeltaTable, folder: str) -> list[str]:
    """List every file below a folder of the store ("": all): live, replaced, or uncommitted."""
    found = file_system(table).get_file_info(
        fs.FileSelector(folder, recursive=True, allow_not_found=True)
    )
    return [each.path for each in found if each.is_file]


def remove_begun(store: str, folder: str = "", hours: float = 0.0) -> None:
    """Remove what killed writers had begun, below a folder of the store, and is as old as that.

    Such a file has `#` and a number at its end: deltalake neither lists nor removes it. On S3 there
    are none; what was begun there the bucket's own rules remove.
    """
    if "://" in store:
        return
    before_s = time.time() - 3600 * hours
    for path in Path(store, folder).rglob("*#*"):
        with suppress(FileNotFoundError):
            if re.search(r"#\d+$", path.name) and path.stat().st_mtime <= before_s:
                path.unlink()
