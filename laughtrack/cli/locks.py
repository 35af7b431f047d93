"""Folders that one command at a time may work in."""

from __future__ import annotations

import os
from contextlib import contextmanager


@contextmanager
def holding(folder):
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
    from laughtrack.edge import atomic_files

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = atomic_files.hold(str(folder))
    except OSError as error:
        if error.errno is not None:
            raise OSError(f"cannot write in {folder}: {error.strerror}") from None
        raise OSError(f"{folder} is in use by another command: wait for it, or stop it") from None
    try:
        yield
    finally:
        (folder / "lock").unlink(missing_ok=True)
        os.close(lock)
