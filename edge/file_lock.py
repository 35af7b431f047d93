"""Locks between processes, which end with the process: on files, FIFOs and folders."""

from __future__ import annotations

import os


def try_lock(file: int, shared: bool = False) -> bool:
    """Lock an open file until it is closed, without waiting.

    Parameters
    ----------
    file : int
        Its descriptor.
    shared : bool
        Whether others may hold it as well.

    Returns
    -------
    bool
        False: another process holds it.
    """
    import fcntl  # Not on Windows, which reads this module all the same.

    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock(file: int) -> None:
    """Lock an open file until it is closed, as soon as no other process holds it."""
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX)


def lock_folder(folder: str) -> int:
    """Lock a folder for this process alone, until the file returned is closed.

    Parameters
    ----------
    folder : str

    Returns
    -------
    int
        An open file.

    Raises
    ------
    OSError
        If another process holds it, or no file can be made in it.
    """
    file = os.open(os.path.join(folder, "lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if try_lock(file):
            return file
    except OSError:
        os.close(file)
        raise
    os.close(file)
    raise OSError(
        f"{folder} is in use by another program of this device: stop that one, or choose "
        "another folder"
    )
