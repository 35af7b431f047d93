"""How an outbox lies on the disk: the names of its files, its folders."""

from __future__ import annotations

import contextlib
import os
import re
from typing import NamedTuple

from laughtrack.edge.atomic_files import PART, sync, unlink

# What a file takes of a disk: whole blocks of the usual size.
BLOCK = 4096
_NAME = re.compile(r"(\d{12})-(\d+)-([0-9a-f]{8})\.json")


class Entry(NamedTuple):
    """One file: its number, the length it must have in bytes, and its content's CRC-32."""

    number: int
    size: int
    crc: int

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.number:012d}-{self.size}-{self.crc:08x}.json"

    @property
    def room(self) -> int:
        """What it takes of the disk, in bytes."""
        return max(1, -(-self.size // BLOCK)) * BLOCK


def make_folders(folder: str, aside: str) -> None:
    """Make the outbox's folders, for good: they must not vanish with the first batch in them."""
    new = not os.path.isdir(aside)
    os.makedirs(aside, exist_ok=True)
    if new:
        sync(folder)
        # The parent need not be ours to read.
        with contextlib.suppress(OSError):
            sync(os.path.dirname(folder))
    # A reason whose batch was not yet beside it when the power went.
    for name in os.listdir(aside):
        if name.endswith(".txt") and not os.path.exists(os.path.join(aside, name[:-4])):
            unlink(os.path.join(aside, name))


class FoundFile(NamedTuple):
    """An entry and the size that its file has, in bytes."""

    entry: Entry
    size: int


def find_entries(folder: str) -> list[FoundFile]:
    """Return a folder's entries with their files' sizes, by number; clear torn ones."""
    found: list[FoundFile] = []
    with os.scandir(folder) as files:
        for file in files:
            match = _NAME.fullmatch(file.name)
            if file.name.endswith(PART):
                unlink(file.path)
            elif match:
                number, size, crc = match.groups()
                entry = Entry(int(number), int(size), int(crc, 16))
                found.append(FoundFile(entry, file.stat().st_size))
    return sorted(found)
