"""How connections to a broker were lost, and what to make of it."""

from __future__ import annotations

import time

from laughtrack.edge.mqtt import client

# Two connections taken over, or three that end as soon as made, in so long are no accident.
ACCIDENT_S = 600.0
# A connection that stood no longer than this ended as soon as made.
BRIEF_S = 5.0


class Losses:
    """Remembers when connections were taken over by another of our name, or were very short.

    Parameters
    ----------
    settings : edge.settings.Settings
    """

    def __init__(self, settings):
        self._settings = settings
        self._broker = client.address(settings)
        self._taken, self._short = [], []

    def fight(self):
        """Return how often of late another one of our name took the connection."""
        return len(_recent(self._taken))

    def contested(self):
        """Return whether another one of our name may want the connection.

        Not every broker says so: Mosquitto 2.0 only hangs up.
        """
        return self.fight() > 0 or self.restless()

    def restless(self):
        """Return whether connections of late keep ending as soon as made."""
        return len(_recent(self._short)) > 2

    def why(self, code, since_s, noted):
        """Say why a connection was lost, and remember it.

        Parameters
        ----------
        code : paho.mqtt.reasoncodes.ReasonCode or None
            What the broker said, if it did.
        since_s : float or None
            When the connection had been accepted, by the monotonic clock.
        noted : str
            What paho wrote of it.

        Returns
        -------
        str
        """
        now_s = time.monotonic()
        if code is not None and code.value == client.TAKEN_OVER:
            self._taken = [*_recent(self._taken), now_s]
            return f"{self._broker} gave the connection to another one of the same name"
        if code is not None:
            return client.say(code, self._settings, "to stay connected")
        if since_s is not None and now_s - since_s < BRIEF_S:
            self._short = [*_recent(self._short), now_s]
        if self.restless():
            return (
                f"{self._broker} keeps ending the connection soon after it accepts it: the broker "
                f"forbids a topic or a batch, or {client.taken(self._settings)}"
            )
        return f"the connection to {self._broker} broke: {noted or 'the broker is gone'}"


def _recent(times):
    return [t for t in times if time.monotonic() - t < ACCIDENT_S]
