"""What cannot be stored, set aside: each payload as it came, with the reason beside it.

The folder is bounded, so that nobody can fill the disk through it: so many bytes in all, and an
eighth of them for each origin, so that one bad device cannot crowd out the others. The oldest stay,
since they show how it began; what comes when there is no more room is counted and said, not kept.
The same payload is kept once however often it comes.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timezone
from pathlib import Path

from laughtrack.edge.atomic_files import PART, write

MOST_BYTES = 1_000_000_000
# What a small file takes on the disk: its block and its name, and those of its reason.
_BLOCK = 8192
_LONGEST_REASON = 500
# As the process's umask allows.
MODE = 0o666


class Quarantine:
    """A folder of refused payloads; a folder in it for each origin.

    Parameters
    ----------
    folder : str or Path
        Made with the first payload.
    most_bytes : int
        What it may hold, all in all.

    Attributes
    ----------
    kept, dropped : int
        Payloads set aside by this object, and those that there was no room for.
    """

    def __init__(self, folder, most_bytes=MOST_BYTES):
        self.folder, self._most = Path(folder), most_bytes
        self.kept = self.dropped = 0
        self._used = {}
        for path in self.folder.glob("*/*"):
            # What a killed process left half-written.
            if path.suffix == PART:
                path.unlink(missing_ok=True)
            elif path.suffix == ".json":
                self._count(path.parent.name, path.stat().st_size)

    def put(self, payload, origin, reason):
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
            Where it lies; None when there was no room for it.

        Raises
        ------
        OSError
            It cannot be written; it is then not acknowledged, and comes again.
        """
        box = _safe(origin)
        path = self.folder / box / f"{hashlib.sha256(payload).hexdigest()[:20]}.json"
        if path.exists():
            self.kept += 1
            return path
        room = self._most - sum(self._used.values()), self._most // 8 - self._used.get(box, 0)
        if len(payload) + _BLOCK > min(room):
            self.dropped += 1
            return None
        came = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        text = f"from: {printable(origin)}\ntime: {came}\nreason: {printable(reason)}\n"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # The reason first: where there is a payload, there is its reason.
            write(str(path.with_suffix(".reason.txt")), text.encode(), MODE)
            write(str(path), payload, MODE)
        except OSError as error:
            raise OSError(
                f"cannot set a batch aside in {self.folder}: {error.strerror}: make room there, "
                "or name a --quarantine that can be written"
            ) from None
        self._count(box, len(payload))
        self.kept += 1
        return path

    def _count(self, box, size):
        self._used[box] = self._used.get(box, 0) + size + _BLOCK


def printable(text):
    """Return a text from outside as one short line that does nothing to a terminal."""
    text = "".join(each if each.isprintable() else "?" for each in text)
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}..."


def _safe(origin):
    """Make a folder's name of an origin; two origins never share one."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", origin).strip("._")[-80:]
    return f"{plain or 'unknown'}-{hashlib.sha256(origin.encode(errors='replace')).hexdigest()[:8]}"
