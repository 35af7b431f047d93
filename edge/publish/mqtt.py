"""Batches to an MQTT broker or AWS IoT Core: acknowledged one by one, over TLS or plain."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any, Callable, NoReturn

from laughtrack.edge.mqtt.broker import from_settings, unencrypted_login
from laughtrack.edge.mqtt.client import NEVER, NO_LISTENER, explain_refusal
from laughtrack.edge.mqtt.discovery import announcements
from laughtrack.edge.mqtt.kept_status import KeptStatus
from laughtrack.edge.mqtt.link import Link
from laughtrack.edge.publish.errors import Refused, Unsent
from laughtrack.edge.status_file import LATE_REPORTS, LATE_S

if TYPE_CHECKING:
    from paho.mqtt.reasoncodes import ReasonCode

    from laughtrack.edge.settings import Settings

log = logging.getLogger("laughtrack.publish")

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

    def __init__(self, settings: Settings, on_command: Callable[[bytes], object]) -> None:
        self._broker, self._topics = from_settings(settings), settings.topics()
        # A connection that broke under a batch; a topic that nobody listens to.
        self._suspect, self._unheard = False, ""
        warning = unencrypted_login(self._broker)
        if warning:
            log.warning("%s", warning)
        offline = {"online": False, "device": settings.device, "site": settings.site}
        self._offline = json.dumps(offline)
        online = json.dumps({**offline, "online": True})
        kept_s = LATE_REPORTS * settings.status_s + LATE_S
        self._status = KeptStatus(self._topics.status, online, self._offline, kept_s)
        self._link = Link(
            self._broker, self._topics, on_command, self._status, announcements(settings)
        )

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted a connection that still stands."""
        return self._link.connected

    @property
    def connection(self) -> float | None:
        """Names the connection that there is; None if there is none."""
        return self._link.since_s

    @property
    def trouble(self) -> str:
        """What is wrong, and the cure; "" when nothing is."""
        return self._link.trouble or self._unheard

    def send(self, payload: bytes) -> None:
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
        if not link.wait_connected(CALM_S if self._suspect else 0.0):
            raise Unsent(link.trouble or f"the connection to {link.address} does not stand")
        sent_s, since_s = time.monotonic(), link.since_s
        code, hangup = link.deliver(self._topics.timeline, payload, False, ACK_S)
        if code is None:
            proved = since_s is not None and sent_s - since_s >= CALM_S
            self._give_up(link.since_s != since_s, hangup, proved)
        self._suspect = False
        # AWS counts no rule as a listener.
        if code.value == NO_LISTENER and "amazonaws" not in link.address.host:
            self._unheard = f"nobody listens to {self._topics.timeline}: {_LISTEN}"
            raise Unsent(self._unheard)
        self._unheard = ""
        if not code.is_failure:
            link.set_trouble("")
            return
        message = explain_refusal(code, self._broker, f"to publish to {self._topics.timeline}")
        if code.value in NEVER:
            raise Refused(message)
        link.set_trouble(message)
        raise Unsent(message)

    def _give_up(self, broke: bool, hangup: ReasonCode | None, proved: bool) -> NoReturn:
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
        if hangup is not None and hangup.value in NEVER:
            raise Refused(f"{link.address} hangs up on it: {hangup}")
        self._suspect = broke
        blameless = hangup is not None and hangup.value not in _PERHAPS_THE_BATCH
        raise Unsent(message, broke=broke and proved and not blameless)

    def status(self, status: dict[str, Any]) -> None:
        """Publish a status, retained; without a connection, as soon as there is one.

        Parameters
        ----------
        status : dict
            Anything that JSON knows.
        """
        self._link.post_status(json.dumps(status))

    def close(self, status: dict[str, Any] | None = None) -> None:
        """Publish a last status, by default that of the last will, and hang up; at most 10 s."""
        last = json.dumps(status) if status else self._offline
        self._link.deliver(self._topics.status, last, self._status.retain, 3.0)
        self._link.close()


_LISTEN = "the broker would forget the batches, so they wait here: start `laughtrack ingest`"
