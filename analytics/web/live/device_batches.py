"""Batches of a device that is heard, as a session that is watched."""

from __future__ import annotations

from typing import Any

from laughtrack.analytics.store.session_info import list_of_marks
from laughtrack.analytics.timelines.smiles import GAP_S
from laughtrack.analytics.web.live.watched_session import Facts, Piece, WatchedSession
from laughtrack.edge.readings import COLUMNS, Batch

# Of a frame nobody knows more than the faces in it; a seat map begins with this many pixels.
LEAST_PX = 64


class DeviceBatches:
    """Puts a device's batches into the session that is watched, each once.

    Parameters
    ----------
    watched : WatchedSession
    """

    def __init__(self, watched: WatchedSession) -> None:
        self.watched = watched
        self._seen: set[int] = set()
        self._size = LEAST_PX, LEAST_PX

    def add(self, batch: Batch) -> None:
        """Take a batch in, unless it came before."""
        if batch.seq in self._seen:
            return
        self._seen.add(batch.seq)
        table, info = batch.readings, batch.info
        self._size = (
            max([self._size[0], *table["x2"]]),
            max([self._size[1], *table["y2"]]),
        )
        if batch.frames:
            piece = Piece(table, batch.start_s, batch.end_s)
            self.watched.batch(piece, last_look(batch), self._size)
        for t_s, text in list_of_marks(info.get("marks")):
            self.watched.mark(t_s, text)
        told = {
            name: info[name]
            for name in ("title", "context", "source")
            if isinstance(info.get(name), str)
        }
        over = {"state": "ended"} if info.get("complete") is True else {}
        self.watched.change(**told, **over)


def facts_of(batch: Batch) -> Facts:
    """Return what a batch says of its session."""
    return Facts(batch.session, batch.device, "device", started_utc=batch.started_utc)


def last_look(batch: Batch) -> dict[str, list[Any]]:
    """Return the readings of the batch's last look, none where nobody was seen at its end."""
    table = batch.readings
    last_s = max(table["t_s"], default=-1.0)
    if last_s < batch.end_s - GAP_S:
        return {name: [] for name in COLUMNS}
    rows = [row for row, t_s in enumerate(table["t_s"]) if t_s == last_s]
    return {name: [table[name][row] for row in rows] for name in COLUMNS}
