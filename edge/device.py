"""The device program: a camera into sessions, through months, outages and restarts."""

from __future__ import annotations

import fcntl
import logging
import os
import queue
import threading
from pathlib import Path

from edge import control, status
from edge.frames import Source, SourceError, paced
from edge.health import START_ANEW, Limits, Watchdog
from edge.journal import Journal
from edge.outbox import Outbox
from edge.preview import open_preview
from edge.publish import open_publisher
from edge.roster import Roster
from edge.sender import Sender
from edge.session import Session, Shop, day
from edge.smile import load_scorer
from edge.systemd import notify

log = logging.getLogger("laughtrack.device")

# Pauses before the camera is opened anew double up to this.
LONGEST_PAUSE_S = 30.0
# How long the last batches may take to go out when the program ends.
GOODBYE_S = 10.0
HOUSEKEEPING_S = 1.0


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
        self._lock = _lock(settings.folder)
        self._orders = queue.Queue()
        self._over, self._woken = threading.Event(), threading.Event()
        self._status_due = threading.Event()
        self._answer, self._code = None, 0
        self._session = self._source = None
        self._camera, self._looks, self._pause_s = "not opened yet", 0, 1.0
        self._score = scorer(settings)
        outbox = Outbox(Path(settings.folder) / "outbox", settings.outbox_mb * 1e6)
        self._journal = Journal(settings.folder)
        self._roster = Roster(settings.folder, settings.device)
        self._shop = Shop(settings, self._score, outbox, self._journal)
        self._publisher = open_publisher(settings, self.command)
        self._sender = Sender(outbox, self._publisher, settings.drain_hz)
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
        housekeeper = threading.Thread(target=self._keep_house, name="housekeeper", daemon=True)
        housekeeper.start()
        notify("READY=1")
        try:
            self._session = self._left()
            while not self._over.is_set():
                self._turn()
        finally:
            self._finish(housekeeper)
        return self._code

    def stop(self):
        """End tidily, soon: what was seen is kept, a session that is to go on stays open."""
        self._over.set()
        self._wake()

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
            self._say("", "", False, str(error))
            return
        if order.do in ("start", "stop"):
            if self._roster.has(order.session):
                said = f"a session {order.session!r} was recorded before: choose another name"
                self._say(order.id, order.do, False, said)
                return
            self._orders.put(order)
            self._wake()
        elif order.do == "mark":
            self._say(order.id, "mark", *self._mark(order.text))
        else:
            self._say(order.id, "status", True, "")

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
            self._session = self._begin("")
        if self._session is not None:
            self._watch(self._session)
            return
        self._watchdog.waiting("no session is on")
        self._camera = "off: no session is on"
        self._wait(HOUSEKEEPING_S)

    def _obey(self, order):
        if self._session is not None:
            self._end()
        if order.do == "stop":
            self._roster.stop(day())
            self._say(order.id, "stop", True, "no session is on")
        else:
            self._session = self._begin(order.session)
            self._say(order.id, "start", True, f"session {self._session.name}")

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
        session = Session(self._shop, self._roster.begin(name))
        log.info("session %s begins", session.name)
        self._status_due.set()
        return session

    def _end(self, ending=None):
        session, self._session = self._session, None
        session.end(ending)
        self._status_due.set()

    def _day_is_over(self):
        return self._settings.session == "day" and self._session.day != day()

    def _watch(self, session):
        """Look until the source ends, something is ordered, or the day is over."""
        try:
            self._watchdog.expecting("the camera, to open")
            source = self._source = Source(
                self._settings.source, self._settings.rate_hz, after=self._after(session)
            )
            film = source.duration_s is not None
            session.opened()
            self._watchdog.expecting("the camera's next picture")
            for frame in self._frames(source, session, film):
                self._look(session, frame, film)
                if self._leave(session):
                    break
            else:
                if not self._leave(session):
                    self._ended(film)
        except SourceError as error:
            if self._is_film():
                self._end({"broke": str(error)})
                raise
            session.pause()
            self._trouble(str(error))
        finally:
            self._source = None

    def _after(self, session):
        return session.last_index if self._is_film() else -1

    def _is_film(self):
        place = Path(self._settings.source)
        return place.is_file() or place.is_dir()

    def _frames(self, source, session, film):
        speed = self._settings.speed
        if not (film and speed):
            return source
        now_s = session.now_s
        # What was played while the program was not there is over.
        from_s = now_s() * speed if session.last_index >= 0 else 0.0
        return paced(source, speed, now_s, from_s)

    def _look(self, session, frame, film):
        frame, readings, tracks = session.look(frame, film)
        self._watchdog.alive("the camera's next picture")
        self._looks, self._pause_s = self._looks + 1, 1.0
        if self._camera != "ok":
            log.info("the camera gives pictures")
            self._camera = "ok"
            self._status_due.set()
        if self._preview is not None:
            self._preview.show(frame, tracks, readings)

    def _leave(self, session):
        return self._over.is_set() or not self._orders.empty() or self._day_is_over()

    def _ended(self, film):
        if film:
            self._end()
            self._over.set()
        else:
            self._session.pause()
            self._trouble(f"{self._source.place} ended")

    def _trouble(self, words):
        """Say that the camera gives nothing, and wait before it is opened anew."""
        log.error("%s; opening it anew in %.0f s", words, self._pause_s)
        self._camera = words
        self._status_due.set()
        self._watchdog.waiting(words)
        self._wait(self._pause_s)
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    def _wait(self, seconds):
        self._woken.wait(seconds)
        self._woken.clear()

    def _wake(self):
        self._woken.set()

    def _stuck(self, words):
        source = self._source
        if source is not None:
            source.give_up(words)

    def _start_anew(self, words):
        self._code = START_ANEW
        self.stop()

    def _say(self, asker, do, ok, said):
        self._answer = {"id": asker, "do": do, "ok": ok, "said": said}
        self._status_due.set()

    def _keep_house(self):
        """Report the state when it changes and every `status_s`; mind the disk."""
        since_s = self._settings.status_s
        while not self._over.is_set():
            if self._status_due.is_set() or since_s >= self._settings.status_s:
                self._status_due.clear()
                self._report(self._state(since_s))
                since_s, self._looks = 0.0, 0
            before = self._status_due.wait(HOUSEKEEPING_S)
            since_s += 0.0 if before else HOUSEKEEPING_S

    def _state(self, since_s):
        session, answer = self._session, self._answer
        self._answer = None
        return {
            **status.gather(self._settings, self._shop.outbox, self._sender, self._publisher),
            "session": session.name if session else "",
            "seq": session.seq if session else 0,
            "camera": self._camera,
            "viewers": session.viewers if session else 0,
            "looks_per_s": round(self._looks / max(since_s, HOUSEKEEPING_S), 1),
            **({"answer": answer} if answer else {}),
        }

    def _report(self, state):
        status.keep(self._settings.folder, state)
        self._publisher.status(state)
        notify(f"STATUS={state['camera']}; {state['viewers']} viewers, {state['queue']} waiting")

    def _finish(self, housekeeper):
        notify("STOPPING=1")
        self._over.set()
        if self._session is not None:
            if self._settings.session == "start" and self._code == 0:
                self._end()
            else:
                self._session.pause()
        self._watchdog.waiting("the end")
        housekeeper.join()
        self._sender.stop(GOODBYE_S)
        last = {**self._state(0.0), "online": False}
        status.keep(self._settings.folder, last)
        self._publisher.close(last)
        if self._preview is not None:
            self._preview.close()
        self._watchdog.stop()
        os.close(self._lock)


def scorer(settings):
    """Return the scorer that the settings ask for; see `edge.smile.load_scorer`.

    Raises
    ------
    ValueError
        If it cannot be had, or does not know the self-test's answers.
    """
    wanted = settings.scorer
    if wanted == "auto":
        wanted = "awscam" if _has_awscam() else "openvino"
    if wanted == "openvino":
        return load_scorer()
    from edge import smile_awscam

    return smile_awscam.load_scorer(budget_s=settings.score_budget_ms / 1000)


def _has_awscam():
    try:
        import awscam  # noqa: F401
        import mo  # noqa: F401
    except ImportError:
        return False
    return True


def _lock(folder):
    """Hold the folder for this process alone."""
    path = os.path.join(folder, "lock")
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        raise OSError(
            f"{folder} is in use by another program of this device: stop that one, or choose "
            "another folder"
        ) from None
    return file
