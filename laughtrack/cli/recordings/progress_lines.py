"""How far a replay is, for another program: a line of JSON a second.

A line is an object whose `event` says what it tells of. "session", the first line: `session` and
`device`. "progress": `done_s` of `all_s` seconds of footage, null where no end is known; `viewers`
in view now. Whoever asked for the lines and reads no more is gone: the replay stops, and the same
command carries on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from laughtrack.cli.recordings.event_lines import as_line, line_file
from laughtrack.cli.terminal import Stopped

if TYPE_CHECKING:
    from laughtrack.cli.recordings.starting_point import Plan
    from laughtrack.edge.pipeline.batching import Batcher
    from laughtrack.edge.pipeline.frame_pipeline import FrameResult
    from laughtrack.edge.sources.frames import Frame, Source

_STEP_S = 1.0


class ProgressLines:
    """Tells of a replay; used in a `LiveFeed`'s place.

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
        self._place, self._next_s = place, 0.0
        self._all_s: float | None = None

    def frames(self, source: Source, plan: Plan, batcher: Batcher) -> Iterator[Frame]:
        """Yield a replay's frames."""
        self._write("session", session=batcher.header.session, device=batcher.header.device)
        if source.duration_s is not None:
            self._all_s = round(source.duration_s, 3)
        yield from source

    def looked(self, result: FrameResult) -> None:
        """Tell of a look, if a second went by since the last that was told of."""
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + _STEP_S
            done_s, viewers = result.frame.t_s, len(result.readings)
            self._write("progress", done_s=done_s, all_s=self._all_s, viewers=viewers)

    def close(self) -> None:
        """Tell no more."""
        self._file.close()

    def _write(self, event: str, **fields: object) -> None:
        try:
            self._file.write(as_line({"event": event, **fields}))
        except BrokenPipeError:
            raise Stopped(
                f"nobody reads --progress {self._place} any more: stopped, and the same command "
                "carries on from here"
            ) from None
        except OSError as error:
            raise OSError(f"--progress {self._place}: {error.strerror}") from None
