"""Which sessions a device has had: names are used once, and a stop holds over a restart."""

from __future__ import annotations

import json
import os
import time

from edge.durable import write

NAME = "sessions.json"
MOST_NAMES = 1000
# A session's name is the device's and the moment it began, and at most 100 characters.
DEVICE_CHARACTERS = 80


class Roster:
    """The file of session names in the device's folder.

    Parameters
    ----------
    folder : str or Path
        Is there already.
    device : str

    Attributes
    ----------
    stopped : str
        The day on which sessions were stopped by command; "" when they were not.
    """

    def __init__(self, folder, device):
        self._path = os.path.join(os.path.abspath(os.fspath(folder)), NAME)
        self._device = device
        self.stopped, self._names = "", []
        try:
            with open(self._path, encoding="utf-8") as file:
                saved = json.load(file)
            self.stopped, self._names = str(saved["stopped"]), [str(n) for n in saved["names"]]
        except (OSError, ValueError, KeyError, TypeError):
            pass  # The first start, or damaged: names then made have a moment in them all the same.

    def has(self, name):
        """Whether a session of that name has begun here before."""
        return name in self._names

    def begin(self, name=""):
        """Note that a session begins, by a name of its own if none is given; return the name.

        Raises
        ------
        OSError
            If that cannot be written.
        """
        stamp = time.strftime("%Y%m%d-%H%M%S")
        base = name or f"{self._device[:DEVICE_CHARACTERS]}-{stamp}"
        name, count = base, 1
        while self.has(name):
            count += 1
            name = f"{base}-{count}"
        self._names = [*self._names, name][-MOST_NAMES:]
        self.stopped = ""
        self._save()
        return name

    def stop(self, day):
        """Note that no session is to begin by itself on this day.

        Raises
        ------
        OSError
            If that cannot be written.
        """
        self.stopped = day
        self._save()

    def _save(self):
        write(self._path, json.dumps({"stopped": self.stopped, "names": self._names}).encode())
