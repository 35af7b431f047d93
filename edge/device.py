"""The device program: a camera into sessions, through months, outages and restarts."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from pathlib import Path

from edge import control, status
from edge.durable import hold
from edge.frames import Source, SourceError, paced
from edge.health import START_ANEW, Limits, Watchdog
from edge.journal import Journal
from edge.outbox import Outbox
from edge.preview import open_preview
from edge.publish import open_publisher
from edge.roster import Roster
from edge.scorer import open_scorer
from edge.sender import Sender
from edge.session import Session, Shop, day
from edge.systemd import notify

log = logging.getLogger("laughtrack.device")

# Pauses before the camera is opened anew double up to this.
LONGEST_PAUSE_S = 30.0
# How long the last batches may take to go out when the program ends.
GOODBYE_S = 10.0
# How often a device without a session asks whether one is due.
IDLE_S = 1.0


class Device:
    """The program of one camera: call `run`; all else from other threads.

    Parameters
    ----------
    settings : edge.settings.Settings

    Raises
    ------
    ValueError
        If the settings, the scorer or the publisher can never work.
    OSError
        If the folder cannot be used, or another program uses it.
    """

    def __init__(self, settings):
        self._settings = settings
        os.makedirs(settings.folder, exist_ok=True)
        self._lock = hold(settings.folder)
        self._orders = queue.Queue()
        self._over, self._woken = threading.Event(), threading.Event()
        self._session, self._source, self._code = None, None, 0
        self._camera, self._pause_s = "not opened yet", 1.0
        self._looks, self._looks_from_s = 0, time.monotonic()
        outbox = Outbox(Path(settings.folder) / "outbox", settings.outbox_mb * 1e6)
        self._journal = Journal(settings.folder)
        self._roster = Roster(settings.folder, settings.device)
        self._shop = Shop(settings, open_scorer(settings), outbox, self._journal)
        self._publisher = open_publisher(settings, self.command)
        self._sender = Sender(outbox, self._publisher, settings.drain_hz)
        self._reporter = status.Reporter(settings, self._state, self._publisher)
        self._preview = None
        if settings.preview != "off":
            self._preview = open_preview(settings.preview, settings.rate_hz)
        limits = Limits(settings.stuck_s, settings.memory_mb)
        self._watchdog = Watchdog(limits, self._stuck, self._start_anew)

    def run(self):
        """Watch until `stop`, or until a film's end.

        Returns
        -------
        int
            0; `edge.health.START_ANEW` when the program should be started again.

        Raises
        ------
        SourceError
            If a film cannot be read.
        """
        self._sender.start()
        self._watchdog.start()
        self._reporter.start()
        notify("READY=1")
        try:
            self._session = self._left()
            while not self._over.is_set():
                self._turn()
        finally:
            self._finish()
        return self._code

    def stop(self):
        """End tidily, soon: what was seen is kept, a session that is to go on stays open."""
        self._over.set()
        self._woken.set()

    def command(self, text):
        """Do what a message of the command topic says, and answer in the status.

        Parameters
        ----------
        text : str or bytes
            See `edge.control.parse`.
        """
        try:
            order = control.parse(text)
        except ValueError as error:
            log.warning("%s", error)
            self._reporter.answer(None, False, str(error))
            return
        if order.do == "mark":
            self._reporter.answer(order, *self._mark(order.text))
        elif order.do == "status":
            self._reporter.answer(order, True, "")
        elif self._roster.has(order.session):
            said = f"a session {order.session!r} was recorded before: choose another name"
            self._reporter.answer(order, False, said)
        else:
            self._orders.put(order)
            self._woken.set()

    def _mark(self, text):
        session = self._session
        if session is None:
            return False, "no session is on: start one first"
        return True, f"{text!r} at {session.mark(text):.1f} s of {session.name}"

    def _turn(self):
        """Begin or end a session as it is due, then watch until something changes."""
        while not self._orders.empty():
            self._obey(self._orders.get())
        if self._session is not None and self._day_is_over():
            self._end()
        if self._session is None and self._is_due():
            self._begin("")
        if self._session is not None:
            self._watch(self._session)
            return
        self._camera = "off: no session is on"
        self._watchdog.waiting(self._camera)
        self._wait(IDLE_S)

    def _obey(self, order):
        if self._session is not None:
            self._end()
        if order.do == "stop":
            self._roster.stop(day())
            self._reporter.answer(order, True, "no session is on")
        else:
            self._begin(order.session)
            self._reporter.answer(order, True, f"session {self._session.name}")

    def _left(self):
        """Return the session that an earlier run left, if it is to go on."""
        saved = self._journal.read()
        if saved is None:
            return None
        try:
            session = Session(self._shop, "", saved)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            log.error("cannot go on with the session before: %s", error)
            return None
        if self._settings.session == "command" or session.day == day():
            return session
        session.end()
        return None

    def _is_due(self):
        return self._settings.session != "command" and self._roster.stopped != day()

    def _begin(self, name):
        self._session = Session(self._shop, self._roster.begin(name))
        log.info("session %s begins", self._session.name)
        self._reporter.changed()

    def _end(self, ending=None):
        session, self._session = self._session, None
        session.end(ending)
        self._reporter.changed()

    def _day_is_over(self):
        return self._settings.session == "day" and self._session.day != day()

    def _leave(self):
        return self._over.is_set() or not self._orders.empty() or self._day_is_over()

    def _watch(self, session):
        """Look until the source ends, something is ordered, or the day is over."""
        self._watchdog.expecting("the camera, to open")
        film = _is_film(self._settings.source)
        try:
            after = session.last_index if film else -1
            self._source = Source(self._settings.source, self._settings.rate_hz, after=after)
            session.opened()
            for frame in self._frames(session, film):
                self._look(session, frame, film)
                if self._leave():
                    return
            if self._leave():
                return
            if not film:
                raise SourceError(f"{self._source.place} ended")
            self._end()
            self._over.set()
        except SourceError as error:
            if film:
                self._end({"broke": str(error)})
                raise
            session.pause()
            self._trouble(str(error))
        finally:
            self._source = None

    def _frames(self, session, film):
        self._watchdog.expecting("the camera's next picture")
        speed = self._settings.speed
        if not (film and speed):
            return self._source
        # What was played while the program was not there is over.
        from_s = session.now_s() * speed if session.last_index >= 0 else 0.0
        return paced(self._source, speed, session.now_s, from_s)

    def _look(self, session, frame, film):
        frame, readings, tracks = session.look(frame, film)
        self._watchdog.alive("the camera's next picture")
        self._looks, self._pause_s = self._looks + 1, 1.0
        if self._camera != "ok":
            log.info("the camera gives pictures")
            self._camera = "ok"
            self._reporter.changed()
        if self._preview is not None:
            self._preview.show(frame, tracks, readings)

    def _trouble(self, words):
        """Say that the camera gives nothing, and wait before it is opened anew."""
        log.error("%s; opening it anew in %.0f s", words, self._pause_s)
        self._camera = words
        self._reporter.changed()
        self._watchdog.waiting(words)
        self._wait(self._pause_s)
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    def _wait(self, seconds):
        self._woken.wait(seconds)
        self._woken.clear()

    def _stuck(self, words):
        source = self._source
        if source is not None:
            source.give_up(words)

    def _start_anew(self, words):
        self._code = START_ANEW
        self.stop()

    def _state(self):
        session, now_s = self._session, time.monotonic()
        looks, self._looks = self._looks, 0
        passed_s, self._looks_from_s = now_s - self._looks_from_s, now_s
        return {
            **status.gather(self._settings, self._shop.outbox, self._sender, self._publisher),
            "session": session.name if session else "",
            "seq": session.seq if session else 0,
            "camera": self._camera,
            "viewers": session.viewers if session else 0,
            "looks_per_s": round(looks / max(passed_s, 0.1), 1),
        }

    def _finish(self):
        notify("STOPPING=1")
        self._over.set()
        self._watchdog.waiting("the end")
        if self._session is not None:
            if self._settings.session == "start" and self._code == 0:
                self._end()
            else:
                self._session.pause()
        self._sender.stop(GOODBYE_S)
        self._reporter.close()
        if self._preview is not None:
            self._preview.close()
        self._watchdog.stop()
        os.close(self._lock)


def _is_film(place):
    return Path(place).is_file() or Path(place).is_dir()
