"""One session on the device: its frames into batches in the outbox, and what a restart needs."""

from __future__ import annotations

import json
import logging
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from laughtrack.edge.pipeline.batching import Batcher, BatchHeader
from laughtrack.edge.pipeline.frame_pipeline import FramePipeline
from laughtrack.edge.pipeline.session_pipeline import SessionPipeline
from laughtrack.edge.readings import MAX_BYTES, SMILING, Reading, from_json, to_json
from laughtrack.edge.session.clock import SessionClock, since_boot_s
from laughtrack.edge.sources.errors import without_credentials
from laughtrack.edge.sources.recordings import is_recording

if TYPE_CHECKING:
    from laughtrack.edge.pipeline.frame_pipeline import FrameResult
    from laughtrack.edge.readings import Batch
    from laughtrack.edge.session.journal import SavedSession
    from laughtrack.edge.session.services import SessionServices
    from laughtrack.edge.sources.frames import Frame

log = logging.getLogger("laughtrack.session")

# A day of sessions begins in the morning, so that a show past midnight is not cut in two.
DAY_BEGINS_H = 5
# The store takes none of 31 days; the clock may be set, and the last batch is to end before that.
MAX_SESSION_S = 28 * 86400.0
FORMAT = 2
# A share of fewer would tell of single viewers to who only switches the device.
LEAST_TOLD = 5


def day(moment_s: float | None = None) -> str:
    """Return the day that a session of this moment (seconds since 1970; now) belongs to."""
    moment = datetime.now() if moment_s is None else datetime.fromtimestamp(moment_s)
    return str(moment.date() - timedelta(days=moment.hour < DAY_BEGINS_H))


def smiling_percent(readings: list[Reading]) -> int | None:
    """Return how many judged faces of a look smile, in %; None of fewer than `LEAST_TOLD`."""
    scores = [reading.smile for reading in readings if reading.smile is not None]
    if len(scores) < LEAST_TOLD:
        return None
    return round(100 * sum(score >= SMILING for score in scores) / len(scores))


class Session:
    """A session that has just begun, or one that an earlier run left.

    Parameters
    ----------
    services : SessionServices
    name : str
    saved : SavedSession, optional
        What `edge.session.journal.Journal.read` gave: goes on with that session, whose name counts.

    Attributes
    ----------
    name, day : str
    viewers : int
        Seen in the last frame.
    smiling_percent : int or None
        Of those judged in it; None where fewer than `LEAST_TOLD` were.
    source, context, finder : str
        Where its frames come from, without a password; what kind of event it is; by what its faces
        were found.
    over : bool
        Ended for good.

    Raises
    ------
    ValueError
        If `saved` is of another release, or of another device.
    """

    def __init__(
        self, services: SessionServices, name: str, saved: SavedSession | None = None
    ) -> None:
        self._services = services
        self._lock = threading.Lock()  # marks come from another thread than frames
        source = services.settings.source
        self._is_recording, self.source = is_recording(source), without_credentials(source)
        self.context, self.finder = services.settings.context, services.settings.finder
        self.over = False
        self.viewers = 0
        self.smiling_percent: int | None = None
        if saved is None:
            self.name, self.day = name, day()
            self._clock = SessionClock()
            self._new_pipeline(services.settings.info())
            self._begin_journal(None)
        else:
            self._restore(saved)

    @property
    def seq(self) -> int:
        """The open batch's number."""
        return self._batcher.seq

    @property
    def last_index(self) -> int:
        """The last frame's index at its source; -1 before the first."""
        return self._pipeline.last_index

    def _new_pipeline(self, info: dict[str, Any]) -> None:
        settings = self._services.settings
        header = BatchHeader(settings.device, self.name, self._clock.started_utc())
        self._batcher = Batcher(header, info, settings.limits())
        finder = self._services.new_finder()
        looks = FramePipeline(self._services.score, finder, settings.score_hz)
        self._pipeline = SessionPipeline(looks, self._batcher)

    def _restore(self, saved: SavedSession) -> None:
        head, lines = saved
        if head.get("format") != FORMAT or head["device"] != self._services.settings.device:
            raise ValueError("a session of another release or another device's")
        self.name, self.day = head["session"], head["day"]
        self.source, self.over = head["source"], head["over"]
        self.context = head.get("context", self.context)
        self.finder = head.get("finder", "haar")  # before there was a choice
        frames = [line for line in lines if "note" not in line]
        last_s = frames[-1]["t_s"] if frames else head["last_s"]
        # A film's seconds need not be the clock's: it may be played faster.
        counted = {} if self._is_recording else {"last_s": last_s}
        self._clock = SessionClock({**head["clock"], **counted})
        self._new_pipeline({"context": self.context} if self.context else {})
        # The open batch of the head, and the memory of the last frame.
        watcher = (frames or [head])[-1]["watcher"]
        if self.finder != self._services.settings.finder:
            # Another finder's memory means nothing to this one, which is to see none of it.
            watcher = {**watcher, "finder": self._pipeline.frame_state()["finder"]}
        self._pipeline.restore({**head, "watcher": watcher})
        # Perhaps it went out already: sent twice, it counts once.
        closed = [head["closed"] and from_json(json.dumps(head["closed"]))]
        for line in lines:
            if "note" in line:
                self._batcher.add_info(line["note"])
                continue
            readings = [Reading(r[0], r[1], tuple(r[2]), *r[3:]) for r in line["readings"]]
            # By settings that changed since, a batch may end here.
            corrected = line.get("corrections", [])
            closed.append(self._pipeline.add(line["index"], line["t_s"], readings, corrected))
        for batch in filter(None, closed):
            self._put(batch)
        if self.over:
            self._services.journal.end()
            return
        self._begin_journal(None)
        log.info("going on with session %s from %.1f s", self.name, last_s)

    def source_opened(self) -> None:
        """Say that a source was opened: the next frame sets how its times are mapped."""
        self._clock.opened()
        if self.last_index >= 0 and not self._is_recording:
            # Since the last frame nobody looked, which is not the same as nobody being there.
            self.pause()

    def now_s(self) -> float:
        """Seconds since the session began."""
        return self._clock.now_s()

    def is_too_long(self) -> bool:
        """Whether it has lasted so long that another session is to begin."""
        return (self._pipeline.last_s if self._is_recording else self.now_s()) >= MAX_SESSION_S

    def process(self, frame: Frame) -> FrameResult:
        """Process one frame and keep what was seen.

        Parameters
        ----------
        frame : edge.sources.frames.Frame
            A recording's own times are the session's.

        Returns
        -------
        edge.pipeline.frame_pipeline.FrameResult
        """
        with self._lock:
            t_s = frame.t_s if self._is_recording else self._clock.session_s(frame.t_s)
            result = self._pipeline.process(frame._replace(t_s=t_s))
            self.viewers = len(result.readings)
            self.smiling_percent = smiling_percent(result.readings)
            if result.closed is not None:
                self._emit(result.closed)
            else:
                line = {"t_s": t_s, "index": frame.index, "watcher": self._pipeline.frame_state()}
                if result.corrections:
                    line["corrections"] = [list(each) for each in result.corrections]
                self._add_to_journal({**line, "readings": [list(r) for r in result.readings]})
        return result

    def mark(self, text: str) -> float | None:
        """Mark this moment; return its time in seconds, or None if the session is over."""
        asked_s = since_boot_s()
        with self._lock:
            if self.over:
                return None
            # A frame may have held the lock for a while.
            ago_s = since_boot_s() - asked_s
            t_s = (
                self._pipeline.last_s
                if self._is_recording
                else max(0.0, self._clock.now_s() - ago_s)
            )
            t_s = round(t_s, 3)
            if self._batcher.bytes > MAX_BYTES / 2:
                self._close_batch()
            self._add_info({"marks": [{"t_s": t_s, "text": text}]})
        return t_s

    def retitle(self, title: str) -> bool:
        """Say what is shown from now on; return whether the session is still on."""
        with self._lock:
            if self.over:
                return False
            if self._batcher.bytes > MAX_BYTES / 2:
                self._close_batch()
            self._add_info({"title": title})
        return True

    def pause(self) -> None:
        """Close the open batch: there will be no frames for a while."""
        with self._lock:
            self._close_batch()
            self.viewers, self.smiling_percent = 0, None

    def end(self, ending: dict[str, Any] | None = None) -> None:
        """Close the session for good."""
        with self._lock:
            self.over = True
            self._close_batch({"complete": True, **(ending or {})})
            self._services.journal.end()
        log.info("session %s ended after %.1f s", self.name, self._pipeline.last_s)

    def _close_batch(self, ending: dict[str, Any] | None = None) -> None:
        closed = self._batcher.close(ending)
        if closed is not None:
            self._emit(closed)

    def _add_info(self, info: dict[str, Any]) -> None:
        self._batcher.add_info(info)
        self._add_to_journal({"note": info})

    def _emit(self, batch: Batch) -> None:
        """Keep a closed batch: once the journal has it, nothing but a broken disk can lose it."""
        self._begin_journal(batch)
        self._put(batch)
        moved_s = self._clock.moved_s()
        if moved_s and not self.over:
            log.warning("the clock was set by %+.1f s; the session's times are not", moved_s)
            started_utc = self._clock.started_utc()
            self._batcher.header = self._batcher.header._replace(started_utc=started_utc)
            self._add_info({"clock_set_s": round(moved_s, 1)})

    def _put(self, batch: Batch) -> None:
        self._services.keep(to_json(batch).encode())

    def _begin_journal(self, closed: Batch | None) -> None:
        state = self._pipeline.state()
        head = {
            "format": FORMAT,
            "device": self._services.settings.device,
            "session": self.name,
            "day": self.day,
            "source": self.source,
            "context": self.context,
            "finder": self.finder,
            "over": self.over,
            "last_index": state["last_index"],
            "last_s": state["last_s"],
            "clock": self._clock.state(),
            "packer": state["packer"],
            "watcher": state["watcher"],
            "closed": closed._asdict() if closed else None,
        }
        try:
            self._services.journal.begin(head)
        except OSError as error:
            log.error("a restart could not go on with this session: %s: make room", error.strerror)

    def _add_to_journal(self, line: dict[str, Any]) -> None:
        try:
            self._services.journal.add(line)
        except OSError as error:
            log.error("a restart could not go on from here: %s: make room", error)
