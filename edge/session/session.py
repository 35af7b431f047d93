"""One session on the device: looks into batches into the outbox, and what a restart needs."""

from __future__ import annotations

import json
import logging
import threading
from datetime import datetime, timedelta
from typing import NamedTuple

from laughtrack.edge.clock import SessionClock, since_boot_s
from laughtrack.edge.pipeline.batching import Batcher, BatchHeader, BatchLimits
from laughtrack.edge.pipeline.frame_pipeline import FramePipeline
from laughtrack.edge.readings import MAX_BYTES, Reading, from_json, to_json
from laughtrack.edge.session.metadata import session_metadata
from laughtrack.edge.sources.errors import without_credentials
from laughtrack.edge.sources.frames import is_recording

log = logging.getLogger("laughtrack.session")

# A day of sessions begins in the morning, so that a show past midnight is not cut in two.
DAY_BEGINS_H = 5
# The store takes none of 31 days; the clock may be set, and the last batch is to end before that.
MAX_SESSION_S = 28 * 86400.0
FORMAT = 2


class SessionServices(NamedTuple):
    """What sessions share: the settings, the scorer, and where batches and the journal are kept.

    `buffer` is an `edge.outbox.memory_buffer.MemoryBuffer`, `journal` an
    `edge.session.journal.Journal`.
    """

    settings: object
    score: object
    buffer: object
    journal: object


def day(moment_s=None):
    """Return the day that a session of this moment (seconds since 1970; now) belongs to."""
    moment = datetime.now() if moment_s is None else datetime.fromtimestamp(moment_s)
    return str(moment.date() - timedelta(days=moment.hour < DAY_BEGINS_H))


class Session:
    """A session that has just begun, or one that an earlier run left.

    Parameters
    ----------
    services : SessionServices
    name : str
    saved : (dict, list of dict), optional
        What `edge.session.journal.Journal.read` gave: goes on with that session, whose name counts.

    Attributes
    ----------
    name, day : str
    viewers : int
        Seen in the last frame.
    last_index : int
        The last frame's index at its source; -1 before the first.
    seq : int
        The open batch's number.
    source : str
        Where its frames come from, without a password.
    over : bool
        Ended for good.

    Raises
    ------
    ValueError
        If `saved` is of another release, or of another device.
    """

    def __init__(self, services, name, saved=None):
        self._services = services
        self._lock = threading.Lock()  # marks come from another thread than frames
        self._pipeline = FramePipeline(services.score)
        self._is_film, self.source = (
            is_recording(services.settings.source),
            without_credentials(services.settings.source),
        )
        self.over = False
        self.viewers, self.last_index, self._last_s = 0, -1, 0.0
        if saved is None:
            self.name, self.day = name, day()
            self._clock = SessionClock()
            self._batcher = self._new_batcher(self._facts())
            self._begin_journal(None)
        else:
            self._restore(*saved)

    @property
    def seq(self):
        """The open batch's number."""
        return self._batcher.seq

    def _facts(self):
        settings = self._services.settings
        chosen = ("site", "rate_hz", "batch_s", "session", "scorer")
        return {
            **session_metadata(settings.title, settings.context, 0.0, settings.source),
            "settings": {name: getattr(settings, name) for name in chosen},
        }

    def _new_batcher(self, info):
        settings = self._services.settings
        head = BatchHeader(settings.device, self.name, self._clock.started_utc())
        topic_bytes = len(settings.topics()[0].encode())
        limits = BatchLimits(settings.batch_s, max_readings=int(settings.batch_readings))
        return Batcher(head, info, limits._replace(topic_bytes=topic_bytes))

    def _restore(self, head, lines):
        if head.get("format") != FORMAT or head["device"] != self._services.settings.device:
            raise ValueError("a session of another release or another device's")
        self.name, self.day, self.last_index = head["session"], head["day"], head["last_index"]
        self._last_s = [head["last_s"], *(line["t_s"] for line in lines if "t_s" in line)][-1]
        # A film's seconds need not be the clock's: it may be played faster.
        last_s = {} if self._is_film else {"last_s": self._last_s}
        self._clock = SessionClock({**head["clock"], **last_s})
        self._batcher = self._new_batcher({})
        self._batcher.restore(head["packer"])
        self.source, self.over, state = head["source"], head["over"], head["watcher"]
        # Perhaps it went out already: sent twice, it counts once.
        closed = [head["closed"] and from_json(json.dumps(head["closed"]))]
        for line in lines:
            if "note" in line:
                self._batcher.add_info(line["note"])
                continue
            readings = [Reading(r[0], r[1], tuple(r[2]), *r[3:]) for r in line["readings"]]
            # By settings that changed since, a batch may end here.
            closed.append(self._batcher.add(line["t_s"], readings))
            self.last_index, state = line["index"], line["watcher"]
        self._pipeline.restore(state)
        for batch in filter(None, closed):
            self._put(batch)
        if self.over:
            self._services.journal.end()
            return
        self._begin_journal(None)
        log.info("going on with session %s from %.1f s", self.name, self._last_s)

    def source_opened(self):
        """Say that a source was opened: its times are mapped to the session's anew."""
        self._clock.opened()
        if self.last_index >= 0 and not self._is_film:
            # Since the last frame nobody looked, which is not the same as nobody being there.
            self.pause()

    def now_s(self):
        """Seconds since the session began."""
        return self._clock.now_s()

    def is_too_long(self):
        """Whether it has lasted so long that another session is to begin."""
        return (self._last_s if self._is_film else self.now_s()) >= MAX_SESSION_S

    def process(self, frame):
        """Look at one frame and keep what was seen.

        Parameters
        ----------
        frame : edge.sources.frames.Frame
            A recording's own times are the session's.

        Returns
        -------
        frame : edge.sources.frames.Frame
            With the session's time.
        readings, tracks
            As of `edge.pipeline.frame_pipeline.FramePipeline.process`.
        """
        with self._lock:
            t_s = frame.t_s if self._is_film else self._clock.session_s(frame.t_s)
            frame = frame._replace(t_s=t_s)
            readings, tracks = self._pipeline.process(frame)
            self._last_s, self.last_index, self.viewers = t_s, frame.index, len(readings)
            closed = self._batcher.add(t_s, readings)
            if closed is not None:
                self._emit(closed)
            else:
                line = {"t_s": t_s, "index": frame.index, "watcher": self._pipeline.state()}
                self._add_to_journal({**line, "readings": [list(reading) for reading in readings]})
        return frame, readings, tracks

    def mark(self, text):
        """Mark this moment; return its time in seconds, or None if the session is over."""
        asked_s = since_boot_s()
        with self._lock:
            if self.over:
                return None
            # A look may have held the lock for a while.
            ago_s = since_boot_s() - asked_s
            t_s = self._last_s if self._is_film else max(0.0, self._clock.now_s() - ago_s)
            t_s = round(t_s, 3)
            if self._batcher.bytes > MAX_BYTES / 2:
                self._emit(self._batcher.close())
            self._add_info({"marks": [{"t_s": t_s, "text": text}]})
        return t_s

    def pause(self):
        """Close the open batch: there will be no frames for a while."""
        with self._lock:
            closed = self._batcher.close()
            if closed is not None:
                self._emit(closed)
            self.viewers = 0

    def end(self, ending=None):
        """Close the session for good."""
        with self._lock:
            self.over = True
            self._emit(self._batcher.close({"complete": True, **(ending or {})}))
            self._services.journal.end()
        log.info("session %s ended after %.1f s", self.name, self._last_s)

    def _add_info(self, info):
        self._batcher.add_info(info)
        self._add_to_journal({"note": info})

    def _emit(self, batch):
        """Keep a closed batch: once the journal has it, nothing but a broken disk can lose it."""
        self._begin_journal(batch)
        self._put(batch)
        moved_s = self._clock.moved_s()
        if moved_s and not self.over:
            log.warning("the clock was set by %+.1f s; the session's times are not", moved_s)
            self._batcher.head = self._batcher.head._replace(started_utc=self._clock.started_utc())
            self._add_info({"clock_set_s": round(moved_s, 1)})

    def _put(self, batch):
        self._services.buffer.put(to_json(batch).encode())

    def _begin_journal(self, closed):
        head = {
            "format": FORMAT,
            "device": self._services.settings.device,
            "session": self.name,
            "day": self.day,
            "source": self.source,
            "over": self.over,
            "last_index": self.last_index,
            "last_s": self._last_s,
            "clock": self._clock.state(),
            "packer": self._batcher.state(),
            "watcher": self._pipeline.state(),
            "closed": closed._asdict() if closed else None,
        }
        try:
            self._services.journal.begin(head)
        except OSError as error:
            log.error("a restart could not go on with this session: %s: make room", error.strerror)

    def _add_to_journal(self, line):
        try:
            self._services.journal.add(line)
        except OSError as error:
            log.error("a restart could not go on from here: %s: make room", error)
