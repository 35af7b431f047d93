"""A live session's dealings with another program: commands in, lines of events out.

A film in a camera's place is played at its own pace, and like a camera's its pictures do not wait:
those that are late are left out.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from laughtrack.cli.recordings.event_lines import EventLines, look
from laughtrack.cli.terminal import say
from laughtrack.edge.device import commands
from laughtrack.edge.sources.recordings import is_recording, paced

if TYPE_CHECKING:
    from laughtrack.cli.recordings.starting_point import Plan
    from laughtrack.edge.pipeline.batching import Batcher
    from laughtrack.edge.pipeline.frame_pipeline import FrameResult
    from laughtrack.edge.sources.frames import Frame, Source

# A film's picture that is later than this is left out: a look or two at the usual rate.
LATE_S = 0.25
_TOLD = ("mark", "title", "stop")


class LiveFeed:
    """Hands a live source's frames on, and between them does what it is told.

    Parameters
    ----------
    events : EventLines, optional
        Where to tell what is seen.
    commands_fd : int, optional
        The file descriptor that commands are read from, a line each, as devices take them
        (`edge.device.commands`): mark, title and stop. Its end stops the session, too: whoever
        began it is gone.
    """

    def __init__(self, events: EventLines | None = None, commands_fd: int | None = None) -> None:
        self._events, self._fd = events, commands_fd
        self._told: queue.Queue[tuple[float, commands.Command]] = queue.Queue()
        self._last: tuple[float, float] | None = None
        self._began_utc_s = 0.0

    def frames(self, source: Source, plan: Plan, batcher: Batcher) -> Iterator[Frame]:
        """Yield a source's frames, and put what is told meanwhile into the open batch."""
        if self._fd is not None:
            # It waits for a line for ever, and ends with the process.
            words = (self._fd, source)
            threading.Thread(target=self._listen, args=words, name="commands", daemon=True).start()
        header, info = batcher.header, plan.metadata
        self._tell(
            "session",
            session=header.session,
            device=header.device,
            started_utc=header.started_utc,
            title=info.get("title", ""),
            context=info["context"],
            source=info["source"],
            rate_hz=plan.rate_hz,
        )
        film = is_recording(plan.place)
        for frame in at_its_pace(source) if film else source:
            if self._last is None:
                # A film's clock is the pace at which it is played.
                own_utc_s = time.time() - frame.t_s
                self._began_utc_s = own_utc_s if film else source.began_utc_s
            self._last = frame.t_s, time.monotonic()
            self._obey(batcher)
            yield frame
        self._obey(batcher)

    def looked(self, result: FrameResult) -> None:
        """Tell of a look."""
        if self._events is not None:
            self._events.write("look", **look(result, self._began_utc_s + result.frame.t_s))

    def close(self) -> None:
        """Tell that it is over."""
        if self._events is not None:
            self._tell("end", t_s=self._last[0] if self._last else 0.0)
            self._events.close()

    def _tell(self, event: str, **fields: object) -> None:
        if self._events is not None:
            self._events.write(event, **fields)

    def _listen(self, fd: int, source: Source) -> None:
        with open(fd, "rb", closefd=False) as lines:
            for line in lines:
                try:
                    command = commands.parse(line)
                    if command.do not in _TOLD:
                        raise ValueError(f"{command.do} is not for a camera of this machine")
                except ValueError as error:
                    say(str(error))
                    continue
                if command.do == "stop":
                    break
                self._told.put((time.monotonic(), command))
        source.stop()

    def _obey(self, batcher: Batcher) -> None:
        """Mark and retitle as was told since the last frame, each for when it was told."""
        while not self._told.empty():
            told_s, command = self._told.get()
            last_s, seen_s = self._last or (0.0, told_s)
            t_s = max(0.0, round(last_s + told_s - seen_s, 3))
            mark = command.do == "mark"
            fact = {"marks": [{"t_s": t_s, "text": command.text}]} if mark else {}
            batcher.add_info(fact or {"title": command.text})
            self._tell(command.do, t_s=t_s, text=command.text)


def at_its_pace(source: Source) -> Iterator[Frame]:
    """Yield a film's frames when their time has come; leave out those that are late."""
    began_s: float | None = None

    def now_s() -> float:
        # From the first picture on: a decoder takes a moment to begin.
        nonlocal began_s
        began_s = time.monotonic() if began_s is None else began_s
        return time.monotonic() - began_s

    for frame in paced(source, 1.0, now_s):
        if now_s() - frame.t_s <= LATE_S:
            yield frame
