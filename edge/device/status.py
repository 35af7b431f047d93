"""What a device says of itself: on the status topic, and in a file for whoever logs in."""

from __future__ import annotations

import json
import logging
import os
import queue
import threading
import uuid
from datetime import datetime, timezone

from laughtrack.edge import resources
from laughtrack.edge.atomic_files import PART, unlink
from laughtrack.edge.device.systemd import notify
from laughtrack.edge.session.metadata import versions
from laughtrack.edge.sources.errors import without_credentials

log = logging.getLogger("laughtrack.status")

NAME = "status.json"
CLOSE_S = 5.0
# One run of the program; two at a time of one device are two devices with one name.
INSTANCE = uuid.uuid4().hex[:12]


def device_status(settings, buffer, sender, publisher):
    """Return the part of the status that does not depend on the session.

    Parameters
    ----------
    settings : edge.settings.Settings
    buffer : edge.outbox.memory_buffer.MemoryBuffer
    sender, publisher
        Those at work.

    Returns
    -------
    dict
        JSON types; None for what this machine does not tell.
    """
    outbox = buffer.outbox
    return {
        "online": True,
        "device": settings.device,
        "site": settings.site,
        "instance": INSTANCE,
        "at_utc": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "source": without_credentials(settings.source),
        "queue": outbox.waiting + buffer.waiting,
        "queue_bytes": outbox.bytes,
        "dropped": outbox.dropped + buffer.lost,
        "refused": outbox.refused,
        "sent": sender.sent,
        "trouble": buffer.trouble or sender.last_trouble or publisher.trouble,
        "temperature_c": resources.temperature_c(),
        "memory_mb": _whole(resources.memory_mb()),
        "disk_free_mb": _whole(resources.disk_free_mb(settings.folder)),
        "versions": versions(),
    }


def write_file(folder, status):
    """Write the status to the folder's ``status.json``; a full disk is no error.

    Parameters
    ----------
    folder : str
    status : dict
    """
    path = os.path.join(folder, NAME)
    try:
        with open(path + PART, "w", encoding="utf-8") as file:
            json.dump(status, file, indent=1)
        os.replace(path + PART, path)
    except OSError:
        unlink(path + PART)


class StatusReporter:
    """A thread that reports the state: every `status_s`, when it changed, and to whoever asked.

    Parameters
    ----------
    settings : edge.settings.Settings
    state : function
        Returns the status, a dict.
    """

    def __init__(self, settings, state):
        self._settings, self._state, self._publisher = settings, state, None
        self._due = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="reporter", daemon=True)

    def start(self, publisher):
        """Report for the first time, and from now on.

        Parameters
        ----------
        publisher
            As of `edge.publish.open_publisher.open_publisher`.
        """
        self._publisher = publisher
        self.changed()
        self._thread.start()

    def changed(self):
        """Have the state reported at once."""
        self._due.put({})

    def answer(self, command, ok, said):
        """Report with an answer to a command.

        Parameters
        ----------
        command : edge.device.commands.Command or edge.device.commands.NotACommand
        ok : bool
        said : str
        """
        answer = {"id": command.id, "do": command.do, "ok": ok, "said": said}
        self._due.put({"answer": answer})

    def close(self):
        """Report for the last time and say goodbye to the publisher."""
        self._due.put(None)
        # A network may hold it up; the program is to end all the same.
        self._thread.join(CLOSE_S)
        last = {**self._state(), "online": False}
        write_file(self._settings.folder, last)
        self._publisher.close(last)

    def _run(self):
        while True:
            try:
                more = self._due.get(timeout=self._settings.status_s)
            except queue.Empty:
                more = {}
            if more is None:
                return
            try:
                self._report({**self._state(), **more})
            except Exception:
                # A report less; the next one may do.
                log.exception("could not report the state")

    def _report(self, state):
        write_file(self._settings.folder, state)
        self._publisher.status(state)
        notify(f"STATUS={state['camera']}; {state['viewers']} viewers, {state['queue']} waiting")


def _whole(number):
    return None if number is None else round(number)
