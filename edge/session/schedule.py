"""Which session is on: by day, by start or by command; carried on after a restart."""

from __future__ import annotations

import logging

from laughtrack.edge.session.session import Session, day
from laughtrack.edge.sources.errors import without_credentials

log = logging.getLogger("laughtrack.schedule")


class Schedule:
    """Begins and ends a device's sessions, one at a time.

    Parameters
    ----------
    services : edge.session.session.SessionServices
    names : edge.session.session_names.SessionNames
    changed : function
        Called when a session has begun or ended.

    Attributes
    ----------
    session : edge.session.session.Session or None
        The one that is on.
    """

    def __init__(self, services, names, changed):
        self._services, self._names, self._changed = services, names, changed
        self._mode = services.settings.session
        self.session = None

    def resume(self):
        """Go on with the session that an earlier run left, or end it if its time is over."""
        saved = self._services.journal.read()
        if saved is None:
            return
        try:
            session = Session(self._services, "", saved)
        except Exception as error:
            # Whatever it is, the device is to watch: a session of its own is better than none.
            log.error("cannot go on with the session before: %r", error)
            return
        if session.over:
            return
        self.session = session
        moved = session.source != without_credentials(self._services.settings.source)
        if moved or (self._mode != "command" and session.day != day()):
            self.end()

    def update(self):
        """End the session whose time is over; begin the one that is due."""
        due = self._mode != "command" and self._names.stopped_day != day()
        if self.is_over():
            self.end()
            # One that was begun by command goes on, under another name, until it is stopped.
            due = True
        if self.session is None and due:
            self._begin(self._names.begin())

    def is_over(self):
        """Whether the session that is on belongs to another day, or has become too long."""
        session = self.session
        if session is None:
            return False
        return (self._mode == "day" and session.day != day()) or session.is_too_long()

    def used(self, order):
        """Return why a command to start cannot be obeyed; "" if it can."""
        if order.do == "start" and self._names.has(order.session):
            return f"a session {order.session!r} was recorded before: choose another name"
        return ""

    def obey(self, order):
        """Start or stop a session as a command says.

        Parameters
        ----------
        order : edge.device.commands.Command

        Returns
        -------
        ok : bool
        said : str
        """
        if order.do == "stop":
            return self._stop()
        try:
            # Noted by a command that came in the meantime, perhaps; then the one that is on stays.
            why = self.used(order)
            name = "" if why else self._names.begin(order.session)
        except OSError as error:
            why = f"its name cannot be noted: {error.strerror}: make room on the disk"
        if why:
            return False, why
        if self.session is not None:
            self.end()
        self._begin(name)
        return True, f"session {name}"

    def _stop(self):
        if self.session is not None:
            self.end()
        try:
            self._names.stop(day())
        except OSError as error:
            said = f"no session is on, until a restart: it cannot be noted: {error.strerror}"
            return True, said
        return True, "no session is on"

    def mark(self, text):
        """Mark this moment, from any thread; return as `obey` does."""
        session = self.session
        t_s = None if session is None else session.mark(text)
        if t_s is None:
            return False, "no session is on: start one first"
        return True, f"{text!r} at {t_s:.1f} s of {session.name}"

    def end(self, ending=None):
        """End the session that is on, with facts to close it with."""
        session, self.session = self.session, None
        session.end(ending)
        self._changed()

    def _begin(self, name):
        self.session = Session(self._services, name)
        log.info("session %s begins", name)
        self._changed()
