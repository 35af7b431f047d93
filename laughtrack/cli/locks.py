"""Folders that one command at a time may work in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def holding(folder: Path) -> Iterator[None]:
    """Hold a folder: two at work in one would spoil each other's, or pay twice.

    Parameters
    ----------
    folder : Path
        Made if it isn't there.

    Raises
    ------
    OSError
        If another command holds it, or nothing can be written there.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / "lock", timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise OSError(f"{folder} is in use by another command: wait for it, or stop it") from None
    except OSError as error:
        raise OSError(f"cannot write in {folder}: {error.strerror}") from None
    try:
        yield
    finally:
        # Before it is released: another command's would be removed.
        (folder / "lock").unlink(missing_ok=True)
        lock.release()
