"""Batches from files: a line each, as the device's file publisher writes them, or one in a file.

A file may still be growing: what was read before is not read again, and a last line without its
end is left for the next time.
"""

from __future__ import annotations

import io
import json
import os
import re
import select
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from laughtrack.analytics.ingest.arrivals import GROUP_BYTES, GROUP_S, GROUP_SIZE, Arrival
from laughtrack.analytics.ingest.other_files import check_head, is_clear

SUFFIXES = (".json", ".jsonl", ".ndjson")
# A longer line is no batch; so much of it goes into the quarantine.
MAX_LINE_BYTES = 1_000_000
# A file of a device's outbox: its number, its length and its content's CRC-32.
_OUTBOX_NAME = re.compile(r"\d{12}-(\d+)-([0-9a-f]{8})\.json")
# A file of one batch that has not changed for so long is complete.
_SETTLED_S = 60


class BatchFiles:
    """Files and folders of batches, read on from where they were left.

    Parameters
    ----------
    places : sequence of str or Path
        Files, and folders with files ending in .json, .jsonl or .ndjson, at any depth. What lies in
        a store or in a quarantine below them is left alone.
    set_aside : bool
        What lies in a quarantine is read all the same.

    Attributes
    ----------
    unfinished : dict
        By path, what of it was left for the next time, in words.
    left, looked_at : set of Path
        Files that are read no more; those that are known to hold batches.

    Raises
    ------
    ValueError
        If there is no such file or folder.
    """

    def __init__(self, places: Sequence[str | Path], set_aside: bool = False) -> None:
        self._set_aside = set_aside
        self.left: set[Path] = set()
        self.looked_at: set[Path] = set()
        self._places = [Path(place) for place in places]
        for place in self._places:
            if not place.exists():
                raise ValueError(f"{place}: there is no such file or folder")
        self.unfinished: dict[str, str] = {}
        # By file, the offset in bytes and the number of lines up to which it was read; and the size
        # and time of change with which it was read as one batch.
        self._read_to: dict[Path, tuple[int, int]] = {}
        self._read_as: dict[Path, tuple[int, int]] = {}

    def new_arrivals(self) -> Iterator[Arrival]:
        """Yield what the files hold that was not yielded before, as `Arrival`.

        Raises
        ------
        OSError
            If a file cannot be read.
        """
        for path in self.paths():
            self.unfinished.pop(str(path), None)
            try:
                yield from self._new_in(path)
            except FileNotFoundError:
                # Removed since it was listed.
                continue

    def paths(self) -> Iterator[Path]:
        """Yield the files that are read."""
        for place in self._places:
            if place.is_dir():
                found = sorted(place.rglob("*"))
                yield from (path for path in found if self._is_batches(path, place))
            elif place not in self.left:
                yield place

    def names(self, path: Path) -> bool:
        """Return whether a file was named itself, and not the folder that it lies in."""
        return path in self._places

    def _is_batches(self, path: Path, folder: Path) -> bool:
        """Return whether a file in a folder is one to read: not of a store or a quarantine."""
        hidden = any(part.startswith(("_", ".")) for part in path.relative_to(folder).parts)
        set_aside = not self._set_aside and path.with_suffix(".reason.txt").exists()
        wanted = path.suffix in SUFFIXES and path not in self.left
        return wanted and not hidden and not set_aside and path.is_file()

    def _new_in(self, path: Path) -> Iterator[Arrival]:
        if path.suffix == ".json" and path not in self._read_to:
            text = self._one_batch(path)
            if text is not None:
                if text:
                    damage = _damage(path.name, text)
                    yield Arrival(text, str(path), stays=True, damage=damage)
                return
        with open(path, "rb") as file:
            start = self._read_to.get(path, (0, 0))
            # Shorter than before: it was started again.
            offset, number = start if file.seek(0, io.SEEK_END) >= start[0] else (0, 0)
            file.seek(offset)
            for text, ended in _lines(file):
                place = f"line {number + 1}"
                if not ended and not _is_json(text):
                    self.unfinished[str(path)] = f"{place} has no end yet: left for next time"
                    return
                if text.strip():
                    yield Arrival(text.rstrip(b"\r\n"), str(path), place=place, stays=True)
                number += 1
                self._read_to[path] = file.tell(), number
                if path in self.left:
                    return

    def _one_batch(self, path: Path) -> bytes | None:
        """Return the text of a file that is one batch, empty if it is not to be read now.

        None if the file holds lines.
        """
        status = path.stat()
        state = status.st_size, status.st_mtime_ns
        if self._read_as.get(path) == state:
            return b""
        with open(path, "rb") as file:
            text = file.read(MAX_LINE_BYTES)
        first, more, _ = text.partition(b"\n")
        if not _is_json(text):
            if (more and _is_json(first)) or not text.strip():
                return None
            if time.time() - status.st_mtime < _SETTLED_S:
                self.unfinished[str(path)] = "it is being written: left for next time"
                return b""
        self._read_as[path] = state
        return text


def _damage(name: str, text: bytes) -> str:
    """Say that a file of a device's outbox is not what its name says; "" if it is, or any other."""
    match = _OUTBOX_NAME.fullmatch(name)
    if match is None or (len(text), f"{zlib.crc32(text):08x}") == (int(match[1]), match[2]):
        return ""
    return "it is not what its name says: it was cut off or damaged since the device wrote it"


def _lines(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Yield (line, whether it has its end); of too long ones the beginning."""
    while text := file.readline(MAX_LINE_BYTES):
        ended = text.endswith(b"\n")
        rest = text
        while not ended and len(rest) == MAX_LINE_BYTES:
            rest = file.readline(MAX_LINE_BYTES)
            ended = rest.endswith(b"\n")
        yield text, ended


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def in_groups(arrivals: Iterable[Arrival]) -> Iterator[list[Arrival]]:
    """Yield lists of at most `GROUP_SIZE` of what an iterable yields, of bounded size."""
    group: list[Arrival] = []
    size = 0
    for arrival in arrivals:
        if group and (len(group) == GROUP_SIZE or size + len(arrival.payload) > GROUP_BYTES):
            yield group
            group, size = [], 0
        group.append(arrival)
        size += len(arrival.payload)
    if group:
        yield group


def read_stream(
    descriptor: int,
    name: str,
    ingest: Callable[[list[Arrival]], None],
    should_stop: Callable[[float], bool],
) -> None:
    """Take in the lines of a pipe until it ends.

    Parameters
    ----------
    descriptor : int
        A file descriptor, such as 0 for standard input.
    name : str
        What it is called in remarks.
    ingest : function
        Takes a list of `Arrival`; returns when they are kept.
    should_stop : function
        Takes how long nothing came, in seconds; True ends it early.

    Raises
    ------
    NotBatches
        What comes first is no batch.
    """
    pending: list[Arrival] = []
    buffer, first_s, number, ended, known = b"", 0.0, 0, False, False
    quiet_s = time.monotonic()
    while not ended and not should_stop(time.monotonic() - quiet_s):
        if select.select([descriptor], [], [], 0.2)[0]:
            chunk = os.read(descriptor, 1 << 20)
            ended, buffer = not chunk, buffer + chunk
            quiet_s = time.monotonic()
            if not known and not is_clear(buffer, ended):
                continue
            known = known or check_head(buffer, name)
        *lines, buffer = buffer.split(b"\n")
        if ended or len(buffer) > 2 * MAX_LINE_BYTES:
            # The last line needs no end; an endless one is no batch.
            lines, buffer = [*lines, buffer], b""
        first_s = first_s if pending else time.monotonic()
        for line in lines:
            number += 1
            if line.strip():
                text = line[:MAX_LINE_BYTES].rstrip(b"\r")
                pending.append(Arrival(text, name, place=f"line {number}"))
        full = (
            len(pending) >= GROUP_SIZE or sum(len(each.payload) for each in pending) > GROUP_BYTES
        )
        if full or time.monotonic() - first_s >= GROUP_S or ended:
            for group in in_groups(pending):
                ingest(group)
            pending = []
    for group in in_groups(pending):
        ingest(group)
