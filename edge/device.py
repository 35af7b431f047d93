"""The device program: a camera into sessions, through months, outages and restarts."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections import deque
from pathlib import Path

from edge import control, status
from edge.durable import hold
from edge.frames import Source, SourceError, is_film, paced
from edge.health import START_ANEW, Limits, Watchdog
from edge.journal import Journal
from edge.outbox import Outbox
from edge.preview import open_preview
from edge.publish import open_publisher
from edge.roster import Roster
from edge.schedule import Schedule
from edge.scorer import open_scorer
from edge.sender import Sender
from edge.session import Shop
from edge.spare import Spare
from edge.systemd import notify

log = logging.getLogger("laughtrack.device")

# Pauses before the camera is opened anew double up to this.
LONGEST_PAUSE_S = 30.0
# How long the last batches may take to go out when the program ends.
GOODBYE_S = 10.0
# How often a device without a session asks whether one is due.
IDLE_S = 1.0
# Looks a second are counted over this time.
COUNTED_S = 10.0
# Silence below so many looks is no hang, however few are wanted.
LEAST_LOOKS = 3


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
        self._settings, self._film = settings, is_film(settings.source)
        self._lock = _hold(settings.folder)
        self._orders, self._source = queue.Queue(), None
        self._over, self._woken, self._anew = threading.Event(), threading.Event(), False
        self._camera, self._pause_s = "not opened yet", 1.0
        self._looks, self._since_s = deque(maxlen=1000), time.monotonic()
        # Before the publisher, which may bring a command at once.
        self._reporter = status.Reporter(settings, self._state)
        self._spare = Spare(Outbox(Path(settings.folder) / "outbox", settings.outbox_mb * 1e6))
        shop = Shop(settings, open_scorer(settings), self._spare, Journal(settings.folder))
        roster = Roster(settings.folder, settings.device)
        self._schedule = Schedule(shop, roster, self._reporter.changed)
        self._preview = None
        if settings.preview != "off":
            self._preview = open_preview(settings.preview, settings.rate_hz)
        self._publisher = open_publisher(settings, self.command)
        self._sender = Sender(self._spare.outbox, self._publisher, settings.drain_hz)
        looks_hz = settings.rate_hz * min(1.0, settings.speed or 1.0)
        limits = Limits(max(settings.stuck_s, LEAST_LOOKS / looks_hz), settings.memory_mb)
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
        self._reporter.start(self._publisher)
        notify("READY=1")
        tidy = False
        try:
            self._schedule.resume()
            while not self._over.is_set():
                self._turn()
            tidy = not self._anew
        finally:
            self._finish(tidy)
        return START_ANEW if self._anew else 0

    def stop(self):
        """End tidily, soon: what was seen is kept, a session that is to go on stays open.

        Not for signal handlers: they may have interrupted what holds a lock that this needs.
        """
        self._over.set()
        self._interrupt()

    def command(self, text):
        """Do what a message of the command topic says, and answer in the status.

        Parameters
        ----------
        text : str or bytes
            See `edge.control.parse`.
        """
        try:
            order = control.parse(text)
        except control.NotACommand as error:
            log.warning("%s", error)
            self._reporter.answer(error, False, str(error))
            return
        if order.do == "status":
            self._reporter.answer(order, True, "")
        elif order.do == "mark":
            self._reporter.answer(order, *self._schedule.mark(order.text))
        elif self._over.is_set():
            self._reporter.answer(order, False, "the program is ending")
        elif self._schedule.used(order):
            self._reporter.answer(order, False, self._schedule.used(order))
        else:
            self._orders.put(order)
            self._interrupt()

    def _interrupt(self):
        """End whatever the main loop waits for: it has something to do."""
        self._woken.set()
        source = self._source
        if source is not None:
            source.stop()

    def _turn(self):
        """Begin or end a session as it is due, then watch until something changes."""
        while not self._orders.empty():
            order = self._orders.get()
            self._reporter.answer(order, *self._schedule.obey(order))
        self._schedule.follow()
        if self._schedule.session is not None:
            self._watch(self._schedule.session)
            return
        self._camera = "off: no session is on"
        self._watchdog.waiting(self._camera)
        self._wait(IDLE_S)

    def _leave(self):
        return self._over.is_set() or not self._orders.empty() or self._schedule.day_is_over()

    def _watch(self, session):
        """Look until the source ends, something is ordered, or the day is over."""
        if self._film:
            # Finding the place where an earlier run stopped takes as long as it takes.
            self._watchdog.waiting("the film is opened")
        else:
            self._watchdog.expecting("the camera, to open")
        try:
            after = session.last_index if self._film else -1
            self._source = Source(self._settings.source, self._settings.rate_hz, after=after)
            session.opened()
            self._look(session)
            if self._leave():
                return
            if not self._film:
                raise SourceError(f"{self._source.place} ended: check the sender and the network")
            self._film_ended(self._source.missing_s)
        except SourceError as error:
            if self._film:
                self._schedule.end({"broke": str(error)})
                raise
            session.pause()
            self._trouble(str(error))
        finally:
            self._source = None

    def _look(self, session):
        frames, speed = self._source, self._settings.speed
        if self._film and speed:
            # What was played while the program was not there is over.
            from_s = session.now_s() * speed if session.last_index >= 0 else 0.0
            frames = paced(frames, speed, session.now_s, from_s)
        if not self._film:
            self._watchdog.expecting("the camera's next picture")
        if self._leave():
            return  # By an order that found no source to interrupt.
        for frame in frames:
            seen = session.look(frame)
            self._watchdog.alive("the camera's next picture")
            self._looks.append(time.monotonic())
            self._pause_s = 1.0
            if self._camera != "ok":
                log.info("the camera gives pictures")
                self._camera = "ok"
                self._reporter.changed()
            self._show(*seen)
            if self._leave():
                return

    def _show(self, frame, readings, tracks):
        if self._preview is None:
            return
        try:
            self._preview.show(frame, tracks, readings)
        except Exception as error:
            # Whoever looks on is not to stop the watching.
            log.error("the preview fails: %s", error)

    def _film_ended(self, missing_s):
        ending = {}
        if missing_s:
            log.warning("the film is cut short: the last %.1f s are missing", missing_s)
            ending = {"cut_short_s": round(missing_s, 3)}
        self._schedule.end(ending)
        self._over.set()

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
        self._anew = True
        self.stop()

    def _state(self):
        session, now_s = self._schedule.session, time.monotonic()
        counted_s = min(COUNTED_S, max(now_s - self._since_s, 1.0))
        looks = sum(now_s - at_s <= counted_s for at_s in list(self._looks))
        return {
            **status.gather(self._settings, self._spare, self._sender, self._publisher),
            "session": session.name if session else "",
            "seq": session.seq if session else 0,
            "camera": self._camera,
            "viewers": session.viewers if session else 0,
            "looks_per_s": round(looks / counted_s, 1),
        }

    def _finish(self, tidy):
        notify("STOPPING=1")
        self._over.set()
        self._watchdog.waiting("the end")
        while not self._orders.empty():
            self._reporter.answer(self._orders.get(), False, "the program is ending")
        session = self._schedule.session
        if session is not None and tidy and self._settings.session == "start":
            self._schedule.end()
        elif session is not None:
            session.pause()
        self._sender.stop(GOODBYE_S)
        self._reporter.close()
        if self._preview is not None:
            self._preview.close()
        self._watchdog.stop()
        os.close(self._lock)


def _hold(folder):
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        why = f"{error.strerror}: name a folder that this program may write"
        raise OSError(f"folder is {folder!r}: {why}") from None
    return hold(folder)
