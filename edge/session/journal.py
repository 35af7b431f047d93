"""What a restart needs to go on with a session: the file that a killed program leaves behind.

Its first line is on the disk when a batch is closed; a line for each frame after that is in the
operating system's hands, so a killed process loses nothing and a power cut the open batch alone.
Each line has a sum, of the line before it too: what was damaged since, or stands elsewhere, is not
gone on with.
"""

from __future__ import annotations

import contextlib
import logging
import os
from typing import Any, NamedTuple

from laughtrack.edge.atomic_files import PART, sync, unlink, write
from laughtrack.edge.checked_files import Damaged, sealed, set_aside, sum_of, unsealed

log = logging.getLogger("laughtrack.journal")

NAME = "session.jsonl"


class SavedSession(NamedTuple):
    """What an earlier run left: the last `head`, and the `lines` added since."""

    head: dict[str, Any]
    lines: list[dict[str, Any]]


class Journal:
    """The file of the session that is on.

    Parameters
    ----------
    folder : str or Path
        Is there already. One process at a time may use it.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._path = os.path.join(os.path.abspath(os.fspath(folder)), NAME)
        self._file: int | None = None
        self._sum = ""

    def read(self) -> SavedSession | None:
        """Return what an earlier run left.

        Returns
        -------
        SavedSession or None
            What was given to `begin` last, and to `add` since, up to a line that was cut off or
            damaged; None if no session was on, or nothing of it can be read. A damaged file is
            set aside.
        """
        unlink(self._path + PART)
        try:
            with open(self._path, "rb") as file:
                *lines, rest = file.read().split(b"\n")
        except OSError:
            return None
        found: list[dict[str, Any]] = []
        before, damage = "", ""
        for line in lines:
            try:
                value, own_sum = unsealed(line, before)
                if found and bool(own_sum) != bool(before):
                    raise Damaged("some lines have a sum and others none")
            except Damaged as error:
                damage = f"line {len(found) + 1}: {error}"
                break
            found.append(value)
            before = own_sum
        # What follows the last line's end was not written whole, unless the end is what is damaged.
        if not damage and sum_of(rest[:-1]):
            damage = f"line {len(found) + 1} has another end"
        # The first line is on the disk before the file has its name.
        if not lines:
            damage = "line 1 is cut off"
        # Version 0.1 kept a picture of the room in each line, and no sums.
        if damage and b'"changes":' in b"".join([*lines, rest]):
            log.error("%s is damaged (%s), and not kept: it holds a picture", self._path, damage)
        elif damage:
            set_aside(self._path, damage)
        return SavedSession(found[0], found[1:]) if found else None

    def begin(self, head: dict[str, Any]) -> None:
        """Replace the file; `head` is on the disk on return.

        Raises
        ------
        OSError
            It cannot be written. The old one is gone then: rather a new session at the next start
            than the same batch numbers twice.
        """
        self._close()
        try:
            line = sealed(head)
            write(self._path, line + b"\n")
            self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND)
            self._sum = sum_of(line)
        except OSError:
            unlink(self._path)
            raise

    def add(self, line: dict[str, Any]) -> None:
        """Add what happened in one frame; after a failure nothing is, until `begin`.

        Raises
        ------
        OSError
            It cannot be written; raised once.
        """
        if self._file is None:
            return
        data = sealed(line, self._sum)
        try:
            # A line cut off would spoil the next one.
            if os.write(self._file, data + b"\n") != len(data) + 1:
                raise OSError("the disk is full")
            self._sum = sum_of(data)
        except OSError:
            self._close()
            raise

    def end(self) -> None:
        """Remove the file: the session is over."""
        self._close()
        unlink(self._path)
        with contextlib.suppress(OSError):
            sync(os.path.dirname(self._path))

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
        self._file = None
