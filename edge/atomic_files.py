"""Files that are whole or absent, also after a power cut."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Iterator

# Files in the making; what a power cut left of them is worth nothing.
PART = ".part"


def write(path: str, data: bytes, mode: int = 0o600) -> None:
    """Write a file so that it is on the disk, whole and under its name, on return.

    Parameters
    ----------
    path : str
        A file there is replaced; until the last moment it stays as it was. One process at a time
        may write it.
    data : bytes
    mode : int
        Who may read and write it, less what the process's umask takes.

    Raises
    ------
    OSError
        Nothing was changed; a power cut may leave a file with `PART` after its name.
    """
    part = path + PART
    try:
        file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(file, rest) :]
            # Before the name: a name may reach the disk first, and would then stand for nothing.
            os.fsync(file)
        finally:
            os.close(file)
        os.replace(part, path)
    except OSError:
        unlink(part)
        raise
    sync(os.path.dirname(path))


@contextlib.contextmanager
def replacing(path: str | Path, one_writer: bool = False) -> Iterator[Path]:
    """Give a name beside a file to write to, and put what was written in the file's place.

    For what another library writes, or may be large. Whoever wants it on the disk at once syncs it
    himself. Any number of processes may write at the same time; the last one stays.

    Parameters
    ----------
    path : str or Path
        Left as it was if the block raises.
    one_writer : bool
        Whether only one process at a time writes the file; what a killed one left in the making is
        then written over.

    Yields
    ------
    Path
        In the same folder; gone at the end.
    """
    path = Path(path)
    writer = "" if one_writer else f".{os.getpid()}"
    part = path.with_name(f".{path.name}{writer}{PART}")
    try:
        yield part
        os.replace(str(part), str(path))
    finally:
        unlink(str(part))


def sync(folder: str) -> None:
    """Bring a folder's names to the disk: files made, renamed and removed in it until now."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def unlink(path: str) -> bool:
    """Remove a file if it can be; return whether it is gone."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return True
