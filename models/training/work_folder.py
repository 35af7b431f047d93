"""The folder that a training works in: one at a time, and nothing left of another."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from laughtrack.edge.file_lock import try_lock

LOCK = "work.lock"


@contextlib.contextmanager
def locked(work: str | Path) -> Iterator[None]:
    """Keep a second training or search out of a work folder, which is made if missing.

    It would write over the first one's checkpoints, or take its trial for dead. A kill releases
    the lock, too.

    Parameters
    ----------
    work : path

    Raises
    ------
    ValueError
        If another one is at work there.
    """
    Path(work).mkdir(parents=True, exist_ok=True)
    with open(Path(work) / LOCK, "w") as lock:
        if not try_lock(lock.fileno()):
            raise ValueError(
                f"another training or search is at work in {work}: wait for it, or give another "
                "--work"
            )
        yield
