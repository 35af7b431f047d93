"""Which session is on: by day, by start or by command; carried on after a restart."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple

from laughtrack.edge.session.session import Session, day
from laughtrack.edge.sources.errors import without_credentials

if TYPE_CHECKING:
    from typing import Callable

    from laughtrack.edge.session.services import SessionServices
    from laughtrack.edge.session.session_names import SessionNames

log = logging.getLogger("laughtrack.schedule")


class Outcome(NamedTuple):
    """Whether a command was carried out, and what the device answers."""

    ok: bool
    message: str


NO_SESSION = Outcome(False, "no session is on: start one first")


class Schedule:
    """Begins and ends a device's sessions, one at a time.

    Parameters
    ----------
    services : edge.session.services.SessionServices
    names : edge.session.session_names.SessionNames
    changed : function
        Called when a session has begun or ended.

    Attributes
    ----------
    session : edge.session.session.Session or None
        The one that is on.
    """

    def __init__(
        self, services: SessionServices, names: SessionNames, changed: Callable[[], object]
    ) -> None:
        self._services, self._names, self._changed = services, names, changed
        self._mode = services.settings.mode
        self.session: Session | None = None

    def resume(self) -> None:
        """Go on with the session that an earlier run left, or end it if its time is over."""
        saved = self._services.journal.read()
        if saved is None:
            return
        try:
            session = Session(self._services, "", saved)
        except Exception as error:
            # Whatever it is, the device is to watch: a session of its own is better than none.
            log.error("cannot go on with the session before: %r", error)
            # Of version 0.1, perhaps, which kept a picture of the room in it.
            self._services.journal.end()
            return
        if session.over:
            return
        self.session = session
        settings = self._services.settings
        moved = session.source != without_credentials(settings.source)
        moved = moved or session.context != settings.context
        if session.finder != settings.finder:
            # One session's faces are found in one way: what two finders see does not compare.
            log.warning("faces are found by %s now, not %s", settings.finder, session.finder)
            moved = True
        if moved or (self._mode != "command" and session.day != day()):
            self.end()

    def update(self) -> None:
        """End the session whose time is over; begin the one that is due."""
        due = self._mode != "command" and self._names.stopped_day != day()
        if self.is_over():
            self.end()
            # One that was begun by command goes on, under another name, until it is stopped.
            due = True
        if self.session is None and due:
            self._begin(self._names.begin())

    def is_over(self) -> bool:
        """Whether the session that is on belongs to another day, or has become too long."""
        session = self.session
        if session is None:
            return False
        return (self._mode == "day" and session.day != day()) or session.is_too_long()

    def refusal(self, name: str) -> str:
        """Return why a session of this name cannot be started by command; "" if it can."""
        if self._names.has(name):
            return f"a session {name!r} was recorded before: choose another name"
        return ""

    def start(self, name: str) -> Outcome:
        """Start a session by command, and end the one that is on.

        Parameters
        ----------
        name : str
            "" for one of its own.
        """
        try:
            # Noted by a command that came in the meantime, perhaps; then the one that is on stays.
            why = self.refusal(name)
            name = "" if why else self._names.begin(name)
        except OSError as error:
            why = f"its name cannot be noted: {error.strerror}: make room on the disk"
        if why:
            return Outcome(False, why)
        if self.session is not None:
            self.end()
        self._begin(name)
        return Outcome(True, f"session {name}")

    def stop(self) -> Outcome:
        """End the session that is on; no other begins by itself on this day."""
        if self.session is not None:
            self.end()
        try:
            self._names.stop(day())
        except OSError as error:
            message = f"no session is on, until a restart: it cannot be noted: {error.strerror}"
            return Outcome(True, message)
        return Outcome(True, "no session is on")

    def mark(self, text: str) -> Outcome:
        """Mark this moment, from any thread."""
        session = self.session
        t_s = None if session is None else session.mark(text)
        if session is None or t_s is None:
            return NO_SESSION
        return Outcome(True, f"{text!r} at {t_s:.1f} s of {session.name}")

    def retitle(self, title: str) -> Outcome:
        """Give the session that is on another title, from any thread."""
        session = self.session
        if session is None or not session.retitle(title):
            return NO_SESSION
        return Outcome(True, f"{session.name} is {title!r} from now on")

    def end(self, ending: dict[str, Any] | None = None) -> None:
        """End the session that is on, with facts to close it with."""
        session, self.session = self.session, None
        if session is not None:
            session.end(ending)
        self._changed()

    def _begin(self, name: str) -> None:
        self.session = Session(self._services, name)
        log.info("session %s begins", name)
        self._changed()
