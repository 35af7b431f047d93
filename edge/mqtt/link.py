"""One connection to a broker, kept up by paho's thread, that can always say what is wrong."""

from __future__ import annotations

import logging
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Sequence

from laughtrack.edge.mqtt import paho_thread
from laughtrack.edge.mqtt.broker import Broker, address
from laughtrack.edge.mqtt.client import KEEPALIVE_S, NO_RETAIN, explain_refusal, make_client
from laughtrack.edge.mqtt.diagnosis import Diagnosis
from laughtrack.edge.readings import MAX_BYTES

if TYPE_CHECKING:
    from paho.mqtt.client import Client, DisconnectFlags, MQTTMessage
    from paho.mqtt.reasoncodes import ReasonCode

    from laughtrack.edge.mqtt.discovery import Announcement
    from laughtrack.edge.mqtt.kept_status import KeptStatus
    from laughtrack.edge.settings import Topics

# Pause before connecting again: usual, and when another device fights for the same name.
RETRY_S, CONTESTED_RETRY_S, LONGEST_RETRY_S = 1, 15, 60
# Paho's level for errors.
_ERROR = 0x08

log = logging.getLogger("laughtrack.mqtt")


class Delivery(NamedTuple):
    """What became of a message.

    `code` is the broker's answer, None if there came none; `hangup` what it said if it hung up
    instead.
    """

    code: ReasonCode | None
    hangup: ReasonCode | None


class Link:
    """Connects, again and again; delivers; hears commands.

    Parameters
    ----------
    broker : Broker
    topics : Topics
    on_command : function
        Called with the bytes of each message of the command topic.
    status : KeptStatus
        Published at every connection; its will is the broker's to say should the device vanish.
    announced : sequence of Announcement
        Published at every connection, for the broker to keep.

    Attributes
    ----------
    address : edge.mqtt.broker.Address
    since_s : float or None
        When the connection was accepted, by the monotonic clock; None while there is none.
    largest : int
        Bytes of the longest payload that the broker takes.

    Raises
    ------
    ValueError
        The settings can never work.
    """

    def __init__(
        self,
        broker: Broker,
        topics: Topics,
        on_command: Callable[[bytes], object],
        status: KeptStatus,
        announced: Sequence[Announcement] = (),
    ) -> None:
        self._broker, self._topics, self._on_command = broker, topics, on_command
        self.address = address(broker)
        # Guards what follows, and tells of acknowledgements and of connections made and lost.
        self._news = threading.Condition()
        self.since_s: float | None = None
        self.largest = MAX_BYTES
        # Reason codes by message number, while one is awaited; of the last hang-up, if it had one.
        self._acks: dict[int, ReasonCode] | None = None
        self._hangup: ReasonCode | None = None
        self._status, self._announced = status, announced
        # The topics of those on their way, by message number.
        self._announcing: dict[int, str] = {}
        self._diagnosis = Diagnosis(broker, topics)
        # The sender and whoever tells the status may both find the client dead.
        self._opening = threading.RLock()
        self._client: Client | None = None
        self._dead, self._closed = False, False
        self._open()

    def _open(self) -> None:
        client = make_client(self._broker, reload_certificates=True)
        # An error of ours must not end paho's thread, and with it all sending.
        client.suppress_exceptions = True
        client.on_connect, client.on_connect_fail = self._accepted, self._failed
        client.on_disconnect, client.on_log = self._lost, self._log
        client.on_publish, client.on_subscribe = self._acknowledged, self._subscribed
        client.on_message = self._heard
        self._status.set_will(client)
        client.reconnect_delay_set(RETRY_S, LONGEST_RETRY_S)
        client.connect_async(self.address.host, self.address.port, KEEPALIVE_S)
        self._client, self._dead = client, False
        paho_thread.start(client, self._stumbled)

    def _stumbled(self, client: Client, error: Exception) -> None:
        with self._news:
            if client is self._client:
                self.since_s, self._dead = None, True
                trouble = f"{self.address} answers what nobody understands: {error}"
                self._diagnosis.connection = trouble
                self._news.notify_all()

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted a connection that still stands."""
        return self.since_s is not None

    @property
    def trouble(self) -> str:
        """What is wrong, and the cure; "" when nothing is."""
        return self._diagnosis.trouble

    def set_trouble(self, trouble: str) -> None:
        """Take note of what is wrong with publishing; "" for nothing."""
        self._diagnosis.connection = trouble

    def wait_connected(self, calm_s: float) -> bool:
        """Wait a moment for a connection, and until it is `calm_s` old; return whether it is."""
        self._revive()
        with self._news:
            self._news.wait_for(lambda: self.connected, 1.0)
            if self.since_s is not None:
                left_s = self.since_s + calm_s - time.monotonic()
                self._news.wait_for(lambda: not self.connected, max(0.0, left_s))
            return self.connected

    def deliver(self, topic: str, payload: bytes | str, retain: bool, timeout_s: float) -> Delivery:
        """Publish, and wait for the broker's answer."""
        client = self._client
        with self._news:
            since_s = self.since_s
            if since_s is None or client is None:
                return Delivery(None, None)
            self._hangup = None
            acks: dict[int, ReasonCode] = {}
            self._acks = acks
        mid = client.publish(topic, payload, qos=1, retain=retain).mid
        with self._news:
            self._news.wait_for(lambda: mid in acks or self.since_s != since_s, timeout_s)
            self._acks = None
            return Delivery(acks.get(mid), self._hangup)

    def post_status(self, status: str) -> None:
        """Publish a status now and at every connection to come; wait for nothing."""
        self._revive()
        self._status.text, client = status, self._client
        if self.connected and client is not None:
            self._status.post(client)

    def renew(self, trouble: str) -> None:
        """Start afresh, with nothing on its way, and `trouble` until there is a connection."""
        with self._opening:
            self._stop(trouble)
            try:
                if not self._closed:
                    self._open()
            except ValueError as error:
                # A certificate that is just being replaced, say: tried again with the next batch.
                self._diagnosis.connection = str(error)

    def _revive(self) -> None:
        with self._opening:
            if self._client is None or self._dead:
                self.renew(self._diagnosis.connection)

    def close(self) -> None:
        """Hang up for good."""
        with self._opening:
            self._closed = True
            self._stop("closed")

    def _stop(self, trouble: str) -> None:
        """Hang up, and end paho's thread."""
        client, self._client = self._client, None
        with self._news:
            self.since_s, self._diagnosis.connection = None, trouble
        if client is not None:
            paho_thread.end(client)

    # What paho's thread calls.

    def _accepted(
        self, client: Client, userdata: Any, flags: Any, code: ReasonCode, properties: Any
    ) -> None:
        if client is not self._client:
            return
        if code.is_failure:
            self._diagnosis.refused(code)
            if code.value == NO_RETAIN:
                self._status.retain = False
                self._status.set_will(client)
            return
        if getattr(properties, "RetainAvailable", 1) != 1:
            self._status.retain = False
        # A packet holds the topic and a few bytes more.
        packet = getattr(properties, "MaximumPacketSize", 2 * MAX_BYTES)
        self.largest = min(MAX_BYTES, packet - len(self._topics.timeline.encode()) - 16)
        if not self._diagnosis.contested():
            client.reconnect_delay_set(RETRY_S, LONGEST_RETRY_S)
        client.subscribe(self._topics.command, 1)
        self._announcing = {
            client.publish(topic, payload, qos=1, retain=self._status.retain).mid: topic
            for topic, payload in self._announced
        }
        self._status.post(client)
        with self._news:
            self.since_s = time.monotonic()
            self._diagnosis.accepted()
            self._news.notify_all()

    def _failed(self, client: Client, userdata: Any) -> None:
        # Called where paho handles the error, which it does not pass on.
        error = sys.exc_info()[1]
        if client is self._client and isinstance(error, Exception):
            self._diagnosis.failed(error)

    def _lost(
        self, client: Client, userdata: Any, flags: DisconnectFlags, code: ReasonCode, _: Any
    ) -> None:
        if client is not self._client:
            return
        reason = code if flags.is_disconnect_packet_from_server else None
        with self._news:
            since_s, self.since_s, self._hangup = self.since_s, None, reason
            if reason is not None or since_s is not None:
                self._diagnosis.lost(reason, since_s)
                if self._diagnosis.contested():
                    # The other one shall get its batches through as well.
                    client.reconnect_delay_set(CONTESTED_RETRY_S, LONGEST_RETRY_S)
                    log.warning("%s", self.trouble)
            self._news.notify_all()
        self._diagnosis.ended(unaccepted=reason is None and since_s is None)

    def _log(self, client: Client, userdata: Any, level: int, text: str) -> None:
        if level == _ERROR and client is self._client:
            self._diagnosis.log(text)
            if "exception" in text:
                log.error("paho: %s", text)

    def _acknowledged(
        self, client: Client, userdata: Any, mid: int, code: ReasonCode, properties: Any
    ) -> None:
        if client is not self._client:
            return
        topic = self._announcing.pop(mid, "")
        if topic and code.is_failure:
            log.warning("%s", explain_refusal(code, self._broker, f"to publish to {topic}"))
        with self._news:
            if self._status.is_answered_by(mid):
                self._diagnosis.status_published(code)
            if self._acks is not None:
                self._acks[mid] = code
                self._news.notify_all()

    def _subscribed(
        self, client: Client, userdata: Any, mid: int, codes: list[ReasonCode], properties: Any
    ) -> None:
        self._diagnosis.subscribed(codes[0])

    def _heard(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        # A kept "stop" would end the session at every reconnect.
        if not message.retain:
            try:
                self._on_command(bytes(message.payload))
            except Exception:
                log.exception("a command failed")
