"""How connections to a broker were lost, and what to make of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from laughtrack.edge.mqtt.broker import Broker, address
from laughtrack.edge.mqtt.client import TAKEN_OVER, explain_refusal, explain_takeover

if TYPE_CHECKING:
    from paho.mqtt.reasoncodes import ReasonCode

# Two connections taken over, or three that end as soon as made, in so long are no accident.
ACCIDENT_S = 600.0
# A connection that stood no longer than this ended as soon as made.
BRIEF_S = 5.0


class DisconnectHistory:
    """Remembers when connections were taken over by another of our name, or were very short.

    Parameters
    ----------
    broker : Broker
    """

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._address = address(broker)
        # By the monotonic clock, in seconds.
        self._takeovers: list[float] = []
        self._brief: list[float] = []

    def takeovers(self) -> int:
        """Return how often of late another one of our name took the connection."""
        return len(_recent(self._takeovers))

    def contested(self) -> bool:
        """Return whether another one of our name may want the connection.

        Not every broker says so: Mosquitto 2.0 only hangs up.
        """
        return self.takeovers() > 0 or self.unstable()

    def unstable(self) -> bool:
        """Return whether connections of late keep ending as soon as made."""
        return len(_recent(self._brief)) > 2

    def record(self, code: ReasonCode | None, since_s: float | None, logged: str) -> str:
        """Remember that a connection was lost, and say why.

        Parameters
        ----------
        code : paho.mqtt.reasoncodes.ReasonCode or None
            What the broker said, if it did.
        since_s : float or None
            When the connection had been accepted, by the monotonic clock.
        logged : str
            What paho wrote of it.

        Returns
        -------
        str
        """
        now_s = time.monotonic()
        if code is not None and code.value == TAKEN_OVER:
            self._takeovers = [*_recent(self._takeovers), now_s]
            return f"{self._address} gave the connection to another one of the same name"
        if code is not None:
            return explain_refusal(code, self._broker, "to stay connected")
        if since_s is not None and now_s - since_s < BRIEF_S:
            self._brief = [*_recent(self._brief), now_s]
        if self.unstable():
            return (
                f"{self._address} keeps ending the connection soon after it accepts it: the broker "
                f"forbids a topic or a batch, or {explain_takeover(self._broker)}"
            )
        return f"the connection to {self._address} broke: {logged or 'the broker is gone'}"


def _recent(times_s: list[float]) -> list[float]:
    return [t_s for t_s in times_s if time.monotonic() - t_s < ACCIDENT_S]
