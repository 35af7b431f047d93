"""Batches appended to a file, a line each, which ends in a sum of its content.

The sum stays right when another program writes the line anew, as JSON of the same content.
"""

from __future__ import annotations

import contextlib
import os
from io import FileIO
from typing import Any

from laughtrack.edge.checked_files import with_content_sum
from laughtrack.edge.publish.errors import Unsent


class FilePublisher:
    """Appends batches to a file, a line each; each is on the disk when `send` returns.

    Parameters
    ----------
    path : str
        Made if it is not there. A last line that a power cut left unfinished is cut off.

    Attributes
    ----------
    connected : bool
    trouble : str
        Why the last batch could not be written; "" when it was.

    Raises
    ------
    ValueError
        The file cannot be opened.
    """

    connected = True

    def __init__(self, path: str) -> None:
        self._path, self.trouble = path, ""
        try:
            self._file = open(path, "a+b", buffering=0)  # noqa: SIM115
            self._end = _mend(self._file)
        except OSError as error:
            raise ValueError(
                f"file is {path!r}: {error.strerror}: name a file that this program may write"
            ) from None

    def send(self, payload: bytes) -> None:
        """Append a batch.

        Parameters
        ----------
        payload : bytes
            One line of JSON, without its end. It is written with a sum of its content.

        Raises
        ------
        Unsent
            The disk is full or fails; no part of the line stays.
        """
        line = with_content_sum(payload) + b"\n"
        try:
            if self._file.write(line) != len(line):
                raise OSError(0, "the disk is full")
            os.fsync(self._file.fileno())
        except OSError as error:
            with contextlib.suppress(OSError):
                self._file.truncate(self._end)
            self.trouble = f"cannot write to {self._path}: {error.strerror}: make room on the disk"
            raise Unsent(self.trouble) from None
        self._end += len(line)
        self.trouble = ""

    def status(self, status: dict[str, Any]) -> None:
        """Do nothing: a file holds batches alone."""

    def close(self, status: dict[str, Any] | None = None) -> None:
        """Close the file."""
        self._file.close()


def _mend(file: FileIO) -> int:
    """Cut off an unfinished last line; return the file's length."""
    end = file.seek(0, os.SEEK_END)
    # A batch is at most 120 KB; a longer line is none of ours.
    start = max(0, end - 131_072)
    file.seek(start)
    tail = file.read()
    rest = tail[tail.rfind(b"\n") + 1 :]
    if not rest:
        return end
    if rest.startswith(b'{"schema":'[: len(rest)]):
        return file.truncate(end - len(rest))
    return end + file.write(b"\n")
