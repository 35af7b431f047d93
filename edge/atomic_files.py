"""Files that are whole or absent after a power cut."""

from __future__ import annotations

import fcntl
import os

# Files in the making; what a power cut left of them is worth nothing.
PART = ".part"


def write(path, data):
    """Write a file so that it is on the disk, whole and under its name, on return.

    Parameters
    ----------
    path : str
        A file there is replaced; until the last moment it stays as it was.
    data : bytes

    Raises
    ------
    OSError
        Nothing was changed, or only a file with `PART` after its name was left.
    """
    part = path + PART
    file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(file, rest) :]
        # Before the name: a name may reach the disk first, and would then stand for nothing.
        os.fsync(file)
    finally:
        os.close(file)
    os.replace(part, path)
    sync(os.path.dirname(path))


def sync(folder):
    """Bring a folder's names to the disk: files made, renamed and removed in it until now."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def unlink(path):
    """Remove a file if it can be; return whether it is gone."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return True


def hold(folder):
    """Hold a folder for this process alone, until the file returned is closed.

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
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        raise OSError(
            f"{folder} is in use by another program of this device: stop that one, or choose "
            "another folder"
        ) from None
    return file
