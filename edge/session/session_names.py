"""Which sessions a device has had: names are used once, and a stop holds over a restart."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING

from laughtrack.edge.checked_files import read_twice, write_twice
from laughtrack.edge.settings import require_context

if TYPE_CHECKING:
    from laughtrack.edge.settings import Settings

log = logging.getLogger("laughtrack.session_names")

NAME = "sessions.json"
MAX_NAMES = 1000
# What version 0.1 recorded as, where its settings did not say.
CONTEXT_BEFORE = "screening"
# A session's name is the device's and the moment it began, and at most 100 characters.
DEVICE_CHARACTERS = 80


class SessionNames:
    """The file of session names in the device's folder.

    Parameters
    ----------
    folder : str or Path
        Is there already.
    device : str

    Attributes
    ----------
    stopped_day : str
        The day on which sessions were stopped by command; "" when they were not.
    before_contexts : bool
        Sessions were recorded here, and never by settings that named a context.
    """

    def __init__(
        self, folder: str | os.PathLike[str], device: str, names_context: bool = False
    ) -> None:
        self._path = os.path.join(os.path.abspath(os.fspath(folder)), NAME)
        self._device = device
        self.stopped_day = ""
        self._names: list[str] = []
        self._names_context, self.before_contexts = names_context, False
        try:
            saved = read_twice(self._path)
            if saved is not None:
                self.stopped_day = str(saved["stopped"])
                self._names = [str(n) for n in saved["names"]]
                self.before_contexts = saved.get("names_context") is not True
                self._names_context = names_context or not self.before_contexts
        except (OSError, ValueError, KeyError, TypeError) as error:
            # Names made from now on have a moment in them all the same.
            log.error("cannot read %s, so names may be used again: %s", self._path, error)

    def with_context(self, settings: Settings) -> Settings:
        """Return the settings of a device that is to run, with a context.

        A device that version 0.1 ran on goes on with that version's default, and says so: it must
        not stop at an update.

        Raises
        ------
        ValueError
            The settings name no context.
        """
        if settings.context or not self.before_contexts:
            return require_context(settings)
        log.warning("the settings name no context: going on as version 0.1, %s", CONTEXT_BEFORE)
        return settings._replace(context=CONTEXT_BEFORE)

    def has(self, name: str) -> bool:
        """Whether a session of that name has begun here before."""
        return name in self._names

    def begin(self, name: str = "") -> str:
        """Note that a session begins; return its name.

        Parameters
        ----------
        name : str
            Not used before; "" for one of its own, with this moment in it.

        Raises
        ------
        OSError
            If a name that was given cannot be noted: after a restart it could be used again, and
            that session's batches would be mistaken for this one's. A name of its own has this
            moment in it.
        """
        chosen = name or self._own_name()
        before = self.stopped_day, self._names
        self.stopped_day, self._names = "", [*self._names, chosen][-MAX_NAMES:]
        try:
            self._save()
        except OSError as error:
            if name:
                self.stopped_day, self._names = before
                raise
            log.error("the session's name was not noted: %s: make room on the disk", error.strerror)
        return chosen

    def stop(self, day: str) -> None:
        """Note that no session is to begin by itself on this day.

        Raises
        ------
        OSError
            If that cannot be written; it holds until a restart.
        """
        self.stopped_day = day
        self._save()

    def _own_name(self) -> str:
        stamp = time.strftime("%Y%m%d-%H%M%S")
        name, count = f"{self._device[:DEVICE_CHARACTERS]}-{stamp}", 1
        while self.has(name):
            count += 1
            name = f"{self._device[:DEVICE_CHARACTERS]}-{stamp}-{count}"
        return name

    def _save(self) -> None:
        saved: dict[str, object] = {"stopped": self.stopped_day, "names": self._names}
        if self._names_context:
            saved["names_context"] = True
        write_twice(self._path, saved)
