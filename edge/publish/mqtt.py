"""Batches to an MQTT broker or AWS IoT Core: acknowledged one by one, over TLS or plain."""

from __future__ import annotations

import json
import time

from laughtrack.edge.mqtt import client
from laughtrack.edge.mqtt.link import Link
from laughtrack.edge.publish.errors import Refused, Unsent

# How long a broker may take for one acknowledgement.
ACK_S = 30.0
# A connection that stood so long stands; when it then breaks under a batch, that one is suspect.
CALM_S = 2.0
# Hang-ups that a batch may cause: unspecified, malformed, against the protocol or the broker.
_PERHAPS_THE_BATCH = (0x80, 0x81, 0x82, 0x83)


class MqttPublisher:
    """Publishes to the timeline and status topics, and hears the command topic.

    A background thread of paho's connects, again and again; the network may be away at any time.

    Parameters
    ----------
    settings : edge.settings.Settings
    on_command : function
        Called with the bytes of each message of the command topic, from paho's thread.

    Raises
    ------
    ValueError
        The settings can never work: a certificate or key that is missing or wrong, an odd address.
    """

    def __init__(self, settings, on_command):
        self._settings = settings
        self._timeline, self._topic, _ = settings.topics()
        self._suspect, self._unheard = False, ""
        first = {**client.offline(settings), "online": True}
        self._link = Link(settings, on_command, json.dumps(first))

    @property
    def connected(self):
        """Whether the broker has accepted a connection that still stands."""
        return self._link.connected

    @property
    def connection(self):
        """Names the connection that there is; None if there is none."""
        return self._link.since_s

    @property
    def trouble(self):
        """What is wrong, and the cure; "" when nothing is."""
        return self._link.trouble or self._unheard

    def send(self, payload):
        """Publish a batch to the timeline topic; return when the broker has acknowledged it.

        Parameters
        ----------
        payload : bytes
            At most 120 KB.

        Raises
        ------
        Unsent
            No connection, no acknowledgement, or no permission; nothing of it stays in memory.
        Refused
            The broker will never take it.
        """
        link = self._link
        if len(payload) > link.largest:
            raise Refused(f"it has {len(payload)} bytes, and at most {link.largest} are taken")
        if not link.stands(CALM_S if self._suspect else 0.0):
            raise Unsent(link.trouble or f"the connection to {link.address} does not stand")
        sent_s, since_s = time.monotonic(), link.since_s
        code, hung_up = link.deliver(self._timeline, payload, False, ACK_S)
        if code is None:
            proved = since_s is not None and sent_s - since_s >= CALM_S
            self._give_up(link.since_s != since_s, hung_up, proved)
        self._suspect = False
        # AWS counts no rule as a listener.
        if code.value == client.NO_LISTENER and "amazonaws" not in link.address.host:
            self._unheard = f"nobody listens to {self._timeline}: {_LISTEN}"
            raise Unsent(self._unheard)
        self._unheard = ""
        if not code.is_failure:
            link.say("")
            return
        message = client.say(code, self._settings, f"to publish to {self._timeline}")
        if code.value in client.NEVER:
            raise Refused(message)
        link.say(message)
        raise Unsent(message)

    def _give_up(self, broke, hung_up, proved):
        """Raise what fits a batch without acknowledgement, after making paho forget it."""
        link = self._link
        message = link.trouble or f"the connection to {link.address} broke under a batch"
        if not broke:
            message = (
                f"{link.address} did not acknowledge a batch within {ACK_S:.0f} s: "
                "the network or the broker is overloaded"
            )
        # Paho would send it again by itself, besides the outbox.
        link.renew(message)
        if hung_up is not None and hung_up.value in client.NEVER:
            raise Refused(f"{link.address} hangs up on it: {hung_up}")
        self._suspect = broke
        blameless = hung_up is not None and hung_up.value not in _PERHAPS_THE_BATCH
        raise Unsent(message, broke=broke and proved and not blameless)

    def status(self, status):
        """Publish a status, retained; without a connection, as soon as there is one.

        Parameters
        ----------
        status : dict
            Anything that JSON knows.
        """
        self._link.post_status(json.dumps(status))

    def close(self, status=None):
        """Publish a last status, by default that of the last will, and hang up; at most 10 s."""
        last = json.dumps(status or client.offline(self._settings))
        self._link.deliver(self._topic, last, self._link.retain, 3.0)
        self._link.close()


_LISTEN = "the broker would forget the batches, so they wait here: start `laughtrack ingest`"
