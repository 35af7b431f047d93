"""The watchdog: a program that hangs, or takes too much memory, is started again."""

from __future__ import annotations

import logging
import os
import threading
from typing import Callable, NamedTuple

from laughtrack.edge.device.systemd import notify
from laughtrack.edge.resources import memory_mb

log = logging.getLogger("laughtrack.watchdog")

# The program's exit status when it must be started again: "try again later" in sysexits.h.
EXIT_RESTART = 75
TICK_S = 1.0
# How long the log may take to be written before the process is ended all the same.
FLUSH_S = 2.0


class Limits(NamedTuple):
    """What the watchdog allows."""

    stuck_s: float = 30.0  # silence before `on_stuck`; the process ends at twice that
    memory_mb: float = 0.0  # resident memory before `on_memory`; 0: no limit


class Watchdog:
    """A thread that is told of every processed frame, and acts when it hears nothing.

    It speaks to systemd (``WATCHDOG=1``) only while things are alive. Silence counts from
    `alive` or `expecting` on, not while `waiting`. After `stuck_s` of it `on_stuck` is called, once
    until the next frame, in a thread of its own; after twice that the process ends at once with
    status 75, for systemd, Greengrass or a run script to start it again.

    Parameters
    ----------
    limits : Limits
    on_stuck : function
        Called with what hangs: open the camera again.
    on_memory : function, optional
        Called once with what is too much: end tidily. If the process is still there after
        twice `stuck_s`, it is ended.
    exit_now : function, optional
        Ends the process, given its status; for tests.
    memory : function, optional
        Gives the memory in MB; for tests.
    """

    def __init__(
        self,
        limits: Limits,
        on_stuck: Callable[[str], object],
        on_memory: Callable[[str], object] | None = None,
        exit_now: Callable[[int], object] = os._exit,
        memory: Callable[[], float | None] = memory_mb,
    ) -> None:
        self._limits = limits
        self._on_stuck, self._on_memory, self._exit_now = on_stuck, on_memory, exit_now
        self._memory = memory
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._silent_s, self._reported = 0.0, False
        # Since `on_memory` was called; None before.
        self._over_memory_s: float | None = None
        self._awaited, self._reason = "the first look", "the program is starting"

    def start(self) -> None:
        """Begin to watch; until `alive` or `expecting` it waits for the program to start."""
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._over.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def alive(self, then: str = "the next look") -> None:
        """Say that something was done; `then` names what is waited for now."""
        with self._lock:
            self._silent_s, self._reported = 0.0, False
            self._awaited, self._reason = then, ""

    def expecting(self, what: str) -> None:
        """Say that from now on `what` is waited for, such as "the camera's first picture".

        The silence goes on where it was when something already hung: a camera that opens, and
        again gives nothing, is not alive.
        """
        with self._lock:
            self._awaited, self._reason = what, ""

    def waiting(self, reason: str) -> None:
        """Say that no frames are to be expected now, and why; until `alive` or `expecting`.

        An error that was noticed is no hang: unless `on_stuck` was needed, silence counts from 0.
        """
        with self._lock:
            self._reason = reason
            if not self._reported:
                self._silent_s = 0.0

    @property
    def trouble(self) -> str:
        """What hangs; "" when nothing does."""
        with self._lock:
            return self._describe() if self._reported else ""

    def _describe(self) -> str:
        return f"nothing for {self._silent_s:.0f} s: hangs at {self._awaited}"

    def _run(self) -> None:
        # Counted in ticks: a machine that slept in between does not count as stuck.
        tick_s = min(TICK_S, self._limits.stuck_s / 10)
        while not self._over.wait(tick_s):
            self.tick(tick_s)

    def tick(self, seconds: float) -> None:
        """Count so many seconds, and act; the thread calls it."""
        with self._lock:
            if not self._reason:
                self._silent_s += seconds
            silent_s, trouble = self._silent_s, self._describe()
            act = silent_s >= self._limits.stuck_s and not self._reported
            self._reported = self._reported or act
            reported = self._reported
        if act:
            self._act(self._on_stuck, trouble, "opening the camera anew")
        if silent_s >= 2 * self._limits.stuck_s:
            self._end(trouble)
        elif not reported:
            notify("WATCHDOG=1")
        self._check_memory(seconds)

    def _check_memory(self, seconds: float) -> None:
        if self._over_memory_s is not None:
            self._over_memory_s += seconds
            if self._over_memory_s >= 2 * self._limits.stuck_s:
                self._end("too much memory, and no tidy end")
            return
        used_mb = self._memory() if self._limits.memory_mb else None
        if used_mb is None or used_mb <= self._limits.memory_mb:
            return
        self._over_memory_s = 0.0
        trouble = f"{used_mb:.0f} MB of memory, above memory_mb = {self._limits.memory_mb:.0f}"
        self._act(self._on_memory, trouble, "starting anew")

    def _act(self, function: Callable[[str], object] | None, trouble: str, cure: str) -> None:
        """Log and call in a thread of its own: either may hang, this thread may not."""

        def act() -> None:
            log.error("%s; %s", trouble, cure)
            try:
                if function is not None:
                    function(trouble)
            except Exception:
                log.exception("could not act on: %s", trouble)

        threading.Thread(target=act, daemon=True).start()

    def _end(self, trouble: str) -> None:
        self._over.set()

        def report() -> None:
            log.critical("%s; ending, to be started anew", trouble)
            logging.shutdown()

        # A thread may hang with the log's lock in its hand: wait for it only so long.
        flush = threading.Thread(target=report, daemon=True)
        flush.start()
        flush.join(FLUSH_S)
        self._exit_now(EXIT_RESTART)
