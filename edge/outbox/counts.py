"""What an outbox counts over restarts, in a file that a full disk does not keep from being written.

The file has its size from the beginning and is written in place: twice the same, each in a block of
its own and with a sum, one after the other. A power cut in between, or a damaged block, leaves the
other.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from laughtrack.edge.atomic_files import write
from laughtrack.edge.checked_files import Damaged, sealed, set_aside, unsealed

NAME = "counts.json"
# A disk writes whole blocks of this size, in bytes.
_BLOCK = 4096
_SLOTS = 2


class Counts(NamedTuple):
    """What an outbox counts over restarts.

    Batches `dropped` for room and `refused` for good; entries with a number `below` this one were
    dropped and counted, even if a file came back.
    """

    dropped: int
    refused: int
    below: int


class CountsFile:
    """The file of counts in an outbox's folder.

    Parameters
    ----------
    folder : str

    Attributes
    ----------
    is_reserved : bool
        The file has all its blocks, so that a full disk takes the next `save`.
    damage : str
        What `read` found damaged, "" if nothing.
    """

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, NAME)
        # Rises with each change, so that the newer block is known.
        self._save = 0
        self.is_reserved, self.damage = False, ""

    def read(self) -> Counts | None:
        """Return the counts; None if there are none, or a damaged file was set aside.

        Those of version 0.1 have no sum, so that nothing is removed because of them: `below` is 0.

        Raises
        ------
        OSError
            If the file cannot be read.
        """
        try:
            with open(self._path, "rb") as file:
                data = file.read()
        except FileNotFoundError:
            return None
        found, self.damage = _read_blocks(data)
        if self.damage:
            set_aside(self._path, self.damage)
        if not found:
            return None
        self._save, counts = max(found)
        # Where a block is damaged, the next `save` writes the file anew.
        self.is_reserved = not self.damage and len(found) == _SLOTS and len(data) == _SLOTS * _BLOCK
        return counts

    def save(self, counts: Counts) -> bool:
        """Write the counts; return whether that worked. On a full disk it does, but at first."""
        self._save += 1
        line = sealed({**counts._asdict(), "save": self._save})
        block = line.ljust(_BLOCK - 1) + b"\n"
        try:
            if not self.is_reserved:
                write(self._path, block * _SLOTS)
                self.is_reserved = True
                return True
            file = os.open(self._path, os.O_WRONLY)
            try:
                for slot in range(_SLOTS):
                    os.pwrite(file, block, slot * _BLOCK)
                    os.fsync(file)
            finally:
                os.close(file)
        except OSError:
            return False
        return True


def look_at_counts(folder: str) -> Counts:
    """Return an outbox's counts, and touch nothing; zeros where they cannot be read."""
    try:
        with open(os.path.join(folder, NAME), "rb") as file:
            found, _ = _read_blocks(file.read())
    except OSError:
        found = []
    return max(found)[1] if found else Counts(0, 0, 0)


def _read_blocks(data: bytes) -> tuple[list[tuple[int, Counts]], str]:
    """Return what each undamaged block holds, and what is damaged."""
    found, damage = [], ""
    for start in range(0, max(len(data), 1), _BLOCK):
        try:
            found.append(_read_block(data[start : start + _BLOCK]))
        except Damaged as error:
            damage = f"block {start // _BLOCK + 1}: {error}"
    return found, damage


def _read_block(block: bytes) -> tuple[int, Counts]:
    """Return the number of the change and the counts as it left them."""
    line, own_sum = unsealed(block.rstrip())
    try:
        save, counts = line.get("save", 0), Counts(*(_count(line[name]) for name in Counts._fields))
    except KeyError as error:
        raise Damaged(f"it has no {error}") from None
    return (save, counts) if own_sum else (0, counts._replace(below=0))


def _count(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise Damaged(f"{value!r} is no count")
    return value
