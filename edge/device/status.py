"""A device's status: on the status topic, and in a file for whoever logs in."""

from __future__ import annotations

import logging
import queue
import threading
import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from laughtrack.edge import resources, status_file
from laughtrack.edge.checked_files import damaged_count
from laughtrack.edge.device.systemd import notify
from laughtrack.edge.session.metadata import versions
from laughtrack.edge.sources.errors import without_credentials

if TYPE_CHECKING:
    from typing import Callable

    from laughtrack.edge.device.commands import Command, InvalidCommand
    from laughtrack.edge.outbox.memory_buffer import MemoryBuffer
    from laughtrack.edge.outbox.sender import Sender
    from laughtrack.edge.publish.open_publisher import Publisher
    from laughtrack.edge.session.schedule import Outcome
    from laughtrack.edge.settings import Settings

log = logging.getLogger("laughtrack.status")

CLOSE_S = 5.0
# One run of the program; two at a time of one device are two devices with one name.
INSTANCE = uuid.uuid4().hex[:12]


class StatusSettings(NamedTuple):
    """The settings that the status uses: see `edge.settings.HELP`."""

    device: str
    site: str
    source: str
    folder: str
    status_s: float

    @classmethod
    def of(cls, settings: Settings) -> StatusSettings:
        """Take them from a device's."""
        return cls(
            settings.device, settings.site, settings.source, settings.folder, settings.status_s
        )


def device_status(
    settings: StatusSettings, buffer: MemoryBuffer, sender: Sender, publisher: Publisher
) -> dict[str, Any]:
    """Return the part of the status that does not depend on the session.

    Parameters
    ----------
    settings : StatusSettings
    buffer : edge.outbox.memory_buffer.MemoryBuffer
    sender : edge.outbox.sender.Sender
    publisher
        As of `edge.publish.open_publisher.open_publisher`.

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
        "damaged": damaged_count(settings.folder) + damaged_count(outbox.folder),
        "sent": sender.sent,
        "trouble": buffer.trouble or sender.last_trouble or publisher.trouble,
        "temperature_c": resources.temperature_c(),
        "memory_mb": _rounded(resources.memory_mb()),
        "disk_free_mb": _rounded(resources.disk_free_mb(settings.folder)),
        "versions": versions(),
    }


class StatusReporter:
    """A thread that reports the status: every `status_s`, when it changed, and to whoever asked.

    Parameters
    ----------
    settings : StatusSettings
    status : function
        Returns the status, a dict.
    """

    def __init__(self, settings: StatusSettings, status: Callable[[], dict[str, Any]]) -> None:
        self._settings, self._status = settings, status
        self._publisher: Publisher | None = None
        # What to report besides the status; None: no more.
        self._due: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="reporter", daemon=True)

    def start(self, publisher: Publisher) -> None:
        """Report for the first time, and from now on.

        Parameters
        ----------
        publisher
            As of `edge.publish.open_publisher.open_publisher`.
        """
        self._publisher = publisher
        self.changed()
        self._thread.start()

    def changed(self) -> None:
        """Have the status reported at once."""
        self._due.put({})

    def answer(self, command: Command | InvalidCommand, outcome: Outcome) -> None:
        """Report with an answer to a command.

        Parameters
        ----------
        command : edge.device.commands.Command or edge.device.commands.NotACommand
        outcome : edge.session.schedule.Outcome
        """
        ok, message = outcome
        answer = {"id": command.id, "do": command.do, "ok": ok, "said": message}
        self._due.put({"answer": answer})

    def close(self) -> None:
        """Report for the last time and close the publisher."""
        self._due.put(None)
        # A network may hold it up; the program is to end all the same.
        self._thread.join(CLOSE_S)
        last = {**self._status(), "online": False}
        status_file.write(self._settings.folder, last, self._settings.status_s)
        if self._publisher is not None:
            self._publisher.close(last)

    def _run(self) -> None:
        while True:
            try:
                more = self._due.get(timeout=self._settings.status_s)
            except queue.Empty:
                more = {}
            if more is None:
                return
            try:
                self._report({**self._status(), **more})
            except Exception:
                # A report less; the next one may do.
                log.exception("could not report the state")

    def _report(self, status: dict[str, Any]) -> None:
        status_file.write(self._settings.folder, status, self._settings.status_s)
        if self._publisher is not None:
            self._publisher.status(status)
        notify(f"STATUS={status['camera']}; {status['viewers']} viewers, {status['queue']} waiting")


def _rounded(number: float | None) -> int | None:
    return None if number is None else round(number)
