"""The server's own key, kept so that open pages and logins outlive a restart."""

from __future__ import annotations

import secrets
from pathlib import Path

from laughtrack.edge import atomic_files

_BYTES = 32


def server_key(state: Path) -> bytes:
    """Return the key in a server's state folder; both are made where they are not there.

    Raises
    ------
    OSError
        It can be neither read nor made; naming the file.
    """
    path = state / "key"
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists() and len(path.read_bytes()) == _BYTES:
            return path.read_bytes()
        key = secrets.token_bytes(_BYTES)
        atomic_files.write(str(path), key)
    except OSError as error:
        raise OSError(
            f"cannot keep the server's key in {path}: {error.strerror}: name a folder that can be "
            "written with --state"
        ) from None
    return key
