"""What a session sees as it sees it: a line of JSON a look, for another program.

A line is an object whose `event` says what it tells of. "session", the first line: `session`,
`device`, `started_utc`, `title`, `context`, `source`, `rate_hz`. "look": `t_s` and `utc` of the
frame, `frame` its width and height in pixels, and `viewers`, an object each: `id`, `box` (x1 y1 x2
y2 in pixels), `smile` and `raw` in [0, 1], both null where the face could not be scored, `quality`
in [0, 1]; the same numbers as in the store. "mark" and "title": `t_s` and `text`. "lost": how many
`lines` the reader was too slow for. "end": `t_s` of the last look.
"""

from __future__ import annotations

import contextlib
import io
import json
import queue
import threading
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from laughtrack.cli.terminal import say
from laughtrack.edge.readings import columns

if TYPE_CHECKING:
    from laughtrack.edge.pipeline.frame_pipeline import FrameResult

# A minute of looks; a reader that hangs for longer loses some, and is told how many.
MOST_WAITING = 600
# How long the last lines may take to be read.
CLOSE_S = 5.0


class EventLines:
    """Writes lines beside the loop: a reader that is slow or gone holds nothing up.

    Parameters
    ----------
    place : str
        A file, which is written anew, or "-" for standard output.

    Raises
    ------
    OSError
        The file cannot be written.
    """

    def __init__(self, place: str) -> None:
        self._file = line_file(place)
        self._place, self._lost = place, 0
        self._waiting: queue.Queue[dict[str, Any] | None] = queue.Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)
        self._thread.start()

    def write(self, event: str, **fields: Any) -> None:
        """Write a line, as soon as those before are read."""
        try:
            self._waiting.put_nowait({"event": event, **fields})
        except queue.Full:
            self._lost += 1

    def close(self) -> None:
        """Write what waits, and no more."""
        with contextlib.suppress(queue.Full):
            self._waiting.put(None, timeout=CLOSE_S)
        self._thread.join(CLOSE_S)
        if not self._thread.is_alive():
            self._file.close()

    def _run(self) -> None:
        try:
            line: dict[str, Any] | None = {}
            while line is not None:
                line = self._waiting.get()
                lost, self._lost = self._lost, 0
                for each in ({"event": "lost", "lines": lost} if lost else None, line):
                    if each is not None:
                        self._file.write(as_line(each))
        except OSError as error:
            # The session goes on: it is what counts.
            say(f"--events {self._place}: no more lines: {error.strerror}")


def line_file(place: str) -> io.FileIO:
    """Open a file anew for lines, or standard output for "-"; unbuffered, since a line is for now.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    try:
        return io.FileIO(1, "wb", False) if place == "-" else io.FileIO(place, "wb")
    except OSError as error:
        raise OSError(f"cannot write {place}: {error.strerror}") from None


def as_line(event: dict[str, Any]) -> bytes:
    """Return an event as its line of JSON."""
    return json.dumps(event, separators=(",", ":")).encode() + b"\n"


def look(result: FrameResult, utc_s: float) -> dict[str, Any]:
    """Return the fields of a "look".

    Parameters
    ----------
    result : FrameResult
    utc_s : float
        When the frame was taken, in seconds since 1970.

    Returns
    -------
    dict
    """
    height, width = result.frame.image.shape[:2]
    table = columns(result.readings)
    boxes = zip(*(table[name] for name in ("x1", "y1", "x2", "y2")), strict=True)
    rest = zip(*(table[name] for name in ("viewer_id", "smile", "raw", "quality")), strict=True)
    moment = datetime.fromtimestamp(utc_s, timezone.utc)
    return {
        "t_s": result.frame.t_s,
        "utc": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "frame": [width, height],
        "viewers": [
            {"id": viewer, "box": box, "smile": smile, "raw": raw, "quality": quality}
            for box, (viewer, smile, raw, quality) in zip(boxes, rest, strict=True)
        ],
    }
