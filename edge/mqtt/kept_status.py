"""A device's status at the broker, for whoever asks later: never "online" when it is gone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paho.mqtt.client import Client
    from paho.mqtt.properties import Properties


class KeptStatus:
    """A device's status at the broker.

    Should the connection break, the broker puts the last will in its place. A broker that dies
    forgets that will, and not what it keeps: so "online" is kept for a while only, and said anew
    before that is over.

    Parameters
    ----------
    topic : str
    online : str
        What is published at every connection, until `text` is another.
    offline : str
        The last will.
    kept_s : float
        How long the broker keeps a status that says "online".

    Attributes
    ----------
    text : str
        What is published at every connection to come.
    retain : bool
        Whether the broker keeps messages.
    """

    def __init__(self, topic: str, online: str, offline: str, kept_s: float) -> None:
        self._topic, self._offline, self._kept_s = topic, offline, kept_s
        self.text, self.retain = online, True
        self._mid: int | None = None

    def set_will(self, client: Client) -> None:
        """Tell a client, before it connects, what the broker is to say should we vanish."""
        client.will_set(self._topic, self._offline, qos=1, retain=self.retain)

    def post(self, client: Client) -> None:
        """Publish the status; wait for nothing."""
        info = client.publish(
            self._topic, self.text, qos=1, retain=self.retain, properties=self._properties()
        )
        self._mid = info.mid

    def is_answered_by(self, mid: int) -> bool:
        """Whether a broker's answer is to the last status that was published."""
        return mid == self._mid

    def _properties(self) -> Properties | None:
        is_online = json.loads(self.text).get("online") is True
        return _kept(self._kept_s) if is_online else None


def _kept(seconds: float) -> Properties:
    """Return what tells a broker to forget a message after a while."""
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho has no types
    properties.MessageExpiryInterval = max(1, round(seconds))
    return properties
