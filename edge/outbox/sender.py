"""The thread between the outbox and the publisher: in order, one batch at a time, for ever."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from laughtrack.edge.publish.errors import Refused, Unsent
from laughtrack.edge.sources.backoff import Backoff

if TYPE_CHECKING:
    from laughtrack.edge.outbox.outbox import Outbox
    from laughtrack.edge.publish.open_publisher import Publisher

# The pause after a batch that was not taken starts short and doubles.
FIRST_PAUSE_S, MAX_PAUSE_S = 1.0, 60.0
# A batch on whose way the connection broke so often is what breaks it. Where none was taken
# before, since the start or the last one set aside for this, the broker rather takes none at all.
MAX_BREAKS, MAX_BREAKS_IN_A_ROW = 3, 30

log = logging.getLogger("laughtrack.sender")


class Sender:
    """Sends what waits in an outbox.

    Parameters
    ----------
    outbox : edge.outbox.outbox.Outbox
    publisher : what `edge.publish.open_publisher.open_publisher` returns
    drain_hz : float
        At most so many batches a second while a queue is worked off.

    Attributes
    ----------
    sent : int
        Batches acknowledged since the start.
    last_trouble : str
        Why the last batch was not sent, and the cure; "" when it was.
    """

    def __init__(self, outbox: Outbox, publisher: Publisher, drain_hz: float) -> None:
        self.sent, self.last_trouble = 0, ""
        self._outbox, self._publisher, self._gap_s = outbox, publisher, 1 / drain_hz
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)
        # Set: send what waits and end. Set: end as soon as the batch under way allows.
        self._ending, self._now = threading.Event(), threading.Event()
        # With a queue left by an earlier run, and from an outage, until all is sent.
        self._draining = outbox.waiting > 1
        self._backoff = Backoff(FIRST_PAUSE_S, MAX_PAUSE_S)
        # The batch under which the connection broke last, and how often it did.
        self._suspect: int | None = None
        self._breaks = 0
        self._max_breaks = MAX_BREAKS_IN_A_ROW
        self._connection: float | None = None

    def start(self) -> None:
        """Start sending."""
        self._thread.start()

    def stop(self, wait_s: float) -> None:
        """Send what waits for up to `wait_s` seconds, then end."""
        self._ending.set()
        self._outbox.wake()
        self._thread.join(wait_s)
        self._now.set()
        # A batch under way: its publisher's own limit ends it; the thread ends with the program.
        self._thread.join(2.0)

    def _run(self) -> None:
        while not self._now.is_set():
            try:
                self._recall_if_reconnected()
                item = self._outbox.first()
                if item is None:
                    self._draining = False
                    if self._ending.is_set():
                        return
                    self._outbox.wait(30.0)
                    continue
                pause_s = self._send(*item)
            except Exception as error:
                # Whatever it is, the batch is still in the outbox, and the next try may do.
                if not isinstance(error, OSError):
                    log.exception("sending stumbled")
                pause_s = self._note_trouble(f"sending stumbled: {error}")
            self._now.wait(pause_s)

    def _recall_if_reconnected(self) -> None:
        """Send what was acknowledged last once more when the connection is another one.

        A broker that was killed has lost what it had not written down; the store counts once.
        """
        now = self._current_connection()
        if now is not None and now != self._connection:
            if self._connection is not None:
                self._outbox.recall()
            self._connection = now

    def _current_connection(self) -> float | None:
        return getattr(self._publisher, "connection", None)

    def _send(self, key: int, payload: bytes) -> float:
        """Send one batch; return for how many seconds to pause."""
        breaks = self._breaks if self._suspect == key else 0
        # It breaks the connection, and without it the connection stands.
        if breaks >= self._max_breaks and self._publisher.connected:
            self._max_breaks = MAX_BREAKS_IN_A_ROW
            return self._refuse(key, f"the connection broke {breaks} times while it was sent")
        try:
            self._publisher.send(payload)
        except Refused as error:
            return self._refuse(key, str(error))
        except Unsent as error:
            if error.broke:
                self._suspect, self._breaks = key, breaks + 1
            pause_s = self._note_trouble(str(error))
            # After a break the connection shall first prove that it stands.
            return pause_s if error.broke else self._wait_connected(pause_s)
        self._outbox.remove(key)
        if self._current_connection() == self._connection:
            # The broker that took the ones before still answers.
            self._outbox.expire_sent()
        self.sent += 1
        self._backoff.reset()
        self.last_trouble, self._max_breaks = "", MAX_BREAKS
        return self._gap_s if self._draining else 0

    def _refuse(self, key: int, reason: str) -> float:
        log.error("batch %d will never be taken and was set aside: %s", key, reason)
        self._outbox.refuse(key, reason)
        self._backoff.reset()
        return 0

    def _note_trouble(self, message: str) -> float:
        if message != self.last_trouble:
            log.warning("not sent, kept for later: %s", message)
        self.last_trouble, self._draining = message, True
        return self._backoff.next_s()

    def _wait_connected(self, pause_s: float) -> float:
        """Wait for up to `pause_s`, or until a connection that was away is back; return 0."""
        away = not self._publisher.connected
        end_s = time.monotonic() + pause_s
        while time.monotonic() < end_s and not self._now.wait(min(0.5, pause_s)):
            if away and self._publisher.connected:
                break
        return 0
