"""Payloads that cannot be stored: each as it arrived, with the reason beside it.

The folder is bounded, so that nobody can fill the disk through it: so many bytes in all, and an
eighth of them for each origin, so that one bad device leaves room for the others. The oldest stay,
since they show how it began; what arrives when there is no more room, or when the folder cannot be
written, is counted, not kept: it must not hold up what can be stored. The same payload is kept once
however often it arrives.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timezone
from pathlib import Path

from laughtrack.edge.atomic_files import PART, unlink, write
from laughtrack.edge.console import printable

MAX_BYTES = 1_000_000_000
# What a small file takes on the disk: its block and its name, and those of its reason.
_BLOCK = 8192
_MAX_REASON_LENGTH = 500
# As the process's umask allows.
_MODE = 0o666


class Quarantine:
    """A folder of refused payloads; a folder in it for each origin.

    Parameters
    ----------
    folder : str or Path
        Made with the first payload.
    max_bytes : int
        What it may hold, all in all.

    Attributes
    ----------
    kept, dropped : int
        Payloads set aside by this object, and those that there was no room for.
    trouble : str
        Why the last payload that was not kept was not, and the cure; "" when all were.
    """

    def __init__(self, folder: str | Path, max_bytes: int = MAX_BYTES) -> None:
        self.folder, self._max_bytes = Path(folder), max_bytes
        self.kept = self.dropped = 0
        self.trouble = ""
        # Bytes used, by the origin's folder.
        self._used: dict[str, int] = {}
        for path in self.folder.glob("*/*"):
            # What a killed process left half-written.
            if path.suffix == PART:
                path.unlink(missing_ok=True)
            elif path.suffix == ".json":
                self._count(path.parent.name, path.stat().st_size)

    def put(self, payload: bytes, origin: str, reason: str) -> Path | None:
        """Set a payload aside; it is on the disk when this returns.

        Parameters
        ----------
        payload : bytes
        origin : str
            Where it came from, such as a topic or a file.
        reason : str
            Why it was refused.

        Returns
        -------
        Path or None
            The file; None when there was no room for it, or it could not be written: `trouble`
            then says so.
        """
        name = _folder_name(origin)
        path = self.folder / name / f"{hashlib.sha256(payload).hexdigest()[:20]}.json"
        room_in_all = self._max_bytes - sum(self._used.values())
        room_for_origin = self._max_bytes // 8 - self._used.get(name, 0)
        try:
            if path.exists():
                self.kept += 1
                return path
            if len(payload) + _BLOCK > min(room_in_all, room_for_origin):
                self._drop("it is full: look through it and empty it")
                return None
            self._write(path, payload, origin, reason)
        except OSError as error:
            why = f"{error.strerror}: make room there, or name a --quarantine that can be written"
            self._drop(why)
            return None
        self._count(name, len(payload))
        self.kept += 1
        return path

    def holds(self, origin: str) -> bool:
        """Return whether an origin is a file that was set aside here."""
        path = Path(origin)
        try:
            return path.is_file() and self.folder.resolve() in path.resolve().parents
        except (OSError, ValueError):
            # A topic that no file can be called.
            return False

    def release(self, origin: str) -> None:
        """Remove a file that was set aside here, and its reason: it is in the store now."""
        path = Path(origin)
        if self.holds(origin) and path.suffix == ".json":
            self._count(path.resolve().parent.name, -path.stat().st_size - 2 * _BLOCK)
            path.unlink(missing_ok=True)
            path.with_suffix(".reason.txt").unlink(missing_ok=True)

    def _write(self, path: Path, payload: bytes, origin: str, reason: str) -> None:
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        why = printable(reason, _MAX_REASON_LENGTH)
        text = f"from: {printable(origin)}\ntime: {now}\nreason: {why}\n"
        reason_path = str(path.with_suffix(".reason.txt"))
        path.parent.mkdir(parents=True, exist_ok=True)
        # The reason first: where there is a payload, there is its reason.
        write(reason_path, text.encode(), _MODE)
        try:
            write(str(path), payload, _MODE)
        except OSError:
            unlink(reason_path)
            raise

    def _drop(self, why: str) -> None:
        self.dropped += 1
        self.trouble = f"cannot set a batch aside in {self.folder}: {why}"

    def _count(self, name: str, size: int) -> None:
        self._used[name] = self._used.get(name, 0) + size + _BLOCK


def _folder_name(origin: str) -> str:
    """Make a folder's name of an origin; two origins never share one."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "_", origin).strip("._")[-80:]
    digest = hashlib.sha256(origin.encode(errors="replace")).hexdigest()[:8]
    return f"{readable or 'unknown'}-{digest}"
