"""A sum of the code that works something out, so that no row of other code is believed."""

from __future__ import annotations

import functools
from importlib import metadata
from pathlib import Path

from laughtrack.edge.checked_files import digest

_PROJECT = Path(__file__).parents[3]


@functools.cache
def code_sum(*parts: str, libraries: tuple[str, ...] = ()) -> str:
    """Return 16 letters that are others for other code.

    Parameters
    ----------
    parts : str
        Folders and files of the project, like "analytics/store": their Python code counts.
    libraries : tuple of str
        Installed packages whose release counts, too.

    Raises
    ------
    FileNotFoundError
        There is no such folder or file.
    """
    texts = [f"{name} {metadata.version(name)}" for name in libraries]
    for part in parts:
        where = _PROJECT / part
        for path in sorted(where.rglob("*.py")) if where.is_dir() else [where]:
            name = path.relative_to(_PROJECT).as_posix()
            texts.append(f"{name} {digest(path.read_bytes())}")
    return digest("\n".join(texts).encode())
