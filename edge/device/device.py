"""The device program: a camera into sessions, through months, outages and restarts."""

from __future__ import annotations

import logging
import os
import queue
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from laughtrack.edge import atomic_files
from laughtrack.edge.device import commands, status
from laughtrack.edge.device.camera_loop import CameraLoop, CameraSettings
from laughtrack.edge.device.systemd import notify
from laughtrack.edge.device.watchdog import EXIT_RESTART, Limits, Watchdog
from laughtrack.edge.faces.choice import finder_maker
from laughtrack.edge.file_lock import lock_folder
from laughtrack.edge.outbox.memory_buffer import MemoryBuffer
from laughtrack.edge.outbox.outbox import Outbox
from laughtrack.edge.outbox.sender import Sender
from laughtrack.edge.preview.preview import open_preview
from laughtrack.edge.publish.open_publisher import open_publisher
from laughtrack.edge.session.journal import Journal
from laughtrack.edge.session.schedule import Outcome, Schedule
from laughtrack.edge.session.services import SessionServices, SessionSettings
from laughtrack.edge.session.session_names import SessionNames
from laughtrack.edge.smile.scorer import open_scorer
from laughtrack.edge.sources.errors import SourceError

if TYPE_CHECKING:
    from laughtrack.edge.settings import Settings

log = logging.getLogger("laughtrack.device")

# How long the last batches may take to go out when the program ends.
SHUTDOWN_S = 10.0
# How often a device without a session asks whether one is due.
IDLE_S = 1.0
# Silence for less than so many frames is no hang, however few are wanted.
MIN_FRAMES = 3
# Where the owner finds the address of a preview that is a page.
ADDRESS = "preview-address"
ENDING = Outcome(False, "the program is ending")


class Device:
    """The program of one camera: call `run`; all else may be called from other threads.

    Parameters
    ----------
    settings : edge.settings.Settings

    Raises
    ------
    ValueError
        If the settings, the scorer, the finder or the publisher can never work.
    OSError
        If the folder cannot be used, or another program uses it, or the preview's port is taken.
    """

    def __init__(self, settings: Settings) -> None:
        self._lock = _hold(settings.folder)
        names = SessionNames(settings.folder, settings.device, bool(settings.context))
        self._settings = settings = names.with_context(settings)
        self._over, self._restart = threading.Event(), False
        self._commands: queue.Queue[commands.Command] = queue.Queue()
        room, keep_s, free_mb = settings.outbox_mb * 1e6, settings.resend_s, settings.min_free_mb
        self._buffer = MemoryBuffer(Outbox(Path(settings.folder) / "outbox", room, keep_s, free_mb))
        # Before the publisher, which may bring a command at once.
        self._status_settings = status.StatusSettings.of(settings)
        self._reporter = status.StatusReporter(self._status_settings, self._status)
        changed = self._reporter.changed
        services = SessionServices(
            SessionSettings.of(settings),
            open_scorer(settings),
            self._buffer.put,
            Journal(settings.folder),
            finder_maker(settings.finder),
        )
        self._schedule = Schedule(services, names, changed)
        rate_hz = settings.rate_hz * min(1.0, settings.speed or 1.0)
        limits = Limits(max(settings.stuck_s, MIN_FRAMES / rate_hz), settings.memory_mb)
        self._watchdog = Watchdog(limits, self._reopen_camera, self._request_restart)
        self._preview = None
        if settings.preview != "off":
            self._preview = open_preview(settings.preview, settings.rate_hz)
        self._tell_address()
        camera = CameraSettings.of(settings)
        self._camera_loop = CameraLoop(camera, self._watchdog, self._preview, changed)
        self._publisher = open_publisher(settings, self.command)
        self._sender = Sender(self._buffer.outbox, self._publisher, settings.drain_hz)

    def run(self) -> int:
        """Process frames until `stop`, or until a film's end.

        Returns
        -------
        int
            0; `edge.device.watchdog.EXIT_RESTART` when the program should be started again.

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
                self._step()
            tidy = not self._restart
        finally:
            self._finish(tidy)
        return EXIT_RESTART if self._restart else 0

    def stop(self) -> None:
        """End tidily, soon: what was seen is kept, a session that is to go on stays open.

        Not for signal handlers: they may have interrupted what holds a lock that this needs.
        """
        self._over.set()
        self._camera_loop.interrupt()

    def command(self, text: str | bytes) -> None:
        """Do what a message of the command topic says, and answer in the status.

        Parameters
        ----------
        text : str or bytes
            See `edge.device.commands.parse`.
        """
        try:
            command = commands.parse(text)
        except commands.InvalidCommand as error:
            log.warning("%s", error)
            self._reporter.answer(error, Outcome(False, str(error)))
            return
        outcome = self._immediate_outcome(command)
        if outcome is not None:
            self._reporter.answer(command, outcome)
        else:
            self._commands.put(command)
            self._camera_loop.interrupt()

    def _immediate_outcome(self, command: commands.Command) -> Outcome | None:
        """Carry out or refuse a command that need not wait for the camera loop; else None."""
        if command.do == "status":
            return Outcome(True, "")
        if command.do == "mark":
            return self._schedule.mark(command.text)
        if command.do == "title":
            return self._schedule.retitle(command.text)
        if self._over.is_set():
            return ENDING
        refusal = self._schedule.refusal(command.session) if command.do == "start" else ""
        return Outcome(False, refusal) if refusal else None

    def _step(self) -> None:
        """Begin or end a session as it is due, then process frames until something changes."""
        while not self._commands.empty():
            command = self._commands.get()
            start = command.do == "start"
            outcome = self._schedule.start(command.session) if start else self._schedule.stop()
            self._reporter.answer(command, outcome)
        self._schedule.update()
        session = self._schedule.session
        if session is None:
            self._camera_loop.idle(IDLE_S)
            return
        try:
            ending = self._camera_loop.run(session, self._should_stop)
        except SourceError as error:
            self._schedule.end({"broke": str(error)})
            raise
        if ending is not None:
            self._schedule.end(ending)
            self._over.set()

    def _should_stop(self) -> bool:
        return self._over.is_set() or not self._commands.empty() or self._schedule.is_over()

    def _reopen_camera(self, reason: str) -> None:
        self._camera_loop.reopen(reason)

    def _request_restart(self, reason: str) -> None:
        self._restart = True
        self.stop()

    def _status(self) -> dict[str, Any]:
        session = self._schedule.session
        settings, sender = self._status_settings, self._sender
        return {
            **status.device_status(settings, self._buffer, sender, self._publisher),
            "session": session.name if session else "",
            "seq": session.seq if session else 0,
            "camera": self._camera_loop.camera,
            "viewers": session.viewers if session else 0,
            "finder": self._settings.finder,
            **self._told_to_homes(),
            "looks_per_s": round(self._camera_loop.frames_per_s(), 1),
            "look_ms": round(self._camera_loop.look_ms(), 1),
            "slow": self._camera_loop.slowness(),
        }

    def _told_to_homes(self) -> dict[str, Any]:
        """Return what is in the status for who finds the device by `discovery` alone."""
        if self._settings.discovery == "off":
            return {}
        session = self._schedule.session
        return {"smiling_percent": session.smiling_percent if session else None}

    def _tell_address(self) -> None:
        """Write the preview's address where the device's owner alone reads it, not to the log."""
        path = os.path.join(self._settings.folder, ADDRESS)
        address = getattr(self._preview, "address", None)
        if not address:
            atomic_files.unlink(path)  # one of an earlier run
            return
        try:
            atomic_files.write(path, f"{address}\n".encode(), 0o600)
        except OSError as error:
            log.error("nobody can look at the preview: cannot write %s: %s", path, error.strerror)
        else:
            log.info("the preview's address is in %s", path)

    def _finish(self, tidy: bool) -> None:
        notify("STOPPING=1")
        self._over.set()
        self._watchdog.waiting("the end")
        while not self._commands.empty():
            self._reporter.answer(self._commands.get(), ENDING)
        session = self._schedule.session
        if session is not None and tidy and self._settings.session == "start":
            self._schedule.end()
        elif session is not None:
            session.pause()
        self._sender.stop(SHUTDOWN_S)
        if tidy:
            self._buffer.outbox.forget_sent()
        self._reporter.close()
        if self._preview is not None:
            self._preview.close()
            atomic_files.unlink(os.path.join(self._settings.folder, ADDRESS))
        self._watchdog.stop()
        os.close(self._lock)


def _hold(folder: str) -> int:
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        why = f"{error.strerror}: name a folder that this program may write"
        raise OSError(f"folder is {folder!r}: {why}") from None
    return lock_folder(folder)
