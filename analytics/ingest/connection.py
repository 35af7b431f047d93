"""One client's connection to an MQTT broker, made again and again within one session there."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from laughtrack.analytics.ingest.arrivals import GROUP_SIZE
from laughtrack.analytics.ingest.refusals import cure, is_final, reason
from laughtrack.edge.mqtt.broker import Address, Broker, address
from laughtrack.edge.mqtt.client import TAKEN_OVER, make_client

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

ANSWER_S = 15.0
SESSION_S = 7 * 86400
# A broker hangs up after one and a half of this; storing a group must not take longer.
KEEPALIVE_S = 60
# The broker discards larger messages; those between this and the largest batch are quarantined. As
# many as the broker may leave unacknowledged are less than `pending_messages.MAX_BYTES`.
MAX_MESSAGE_BYTES = 256_000
# Connections that end so soon, and so often one after the other, are another client's doing.
_BRIEF_S, _MAX_BRIEF = 5.0, 3
_HUNG_UP = "it hung up"
# Nobody subscribes to this topic; the broker's answer shows that it has read all before it.
_NO_TOPIC = "laughtrack-ingest-leaves"


class Connection:
    """A subscribed connection to a broker, one after the other.

    Parameters
    ----------
    broker : edge.mqtt.broker.Broker
    topic : str
    receive : function
        Takes a message of paho's and the connection's number.
    notify : function
        Takes a remark, one line.

    Attributes
    ----------
    number : int
        How many connections there were. An acknowledgement goes to its own.
    is_up, was_up : bool
        Subscribed now; subscribed at any time so far.
    refusal : str or None
        Why the broker refuses this client for good.
    ended : str
        Why the last connection ended or did not come about, "" if it stands.

    Raises
    ------
    ValueError
        If the broker's address, a certificate or the password's file is of no use.
    """

    def __init__(
        self,
        broker: Broker,
        topic: str,
        receive: Callable[[MQTTMessage, int], None],
        notify: Callable[[str], None],
    ) -> None:
        self._broker, self._topic, self._receive, self._notify = broker, topic, receive, notify
        self._address = _checked_address(broker)
        self._client = _make_client(broker)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.on_unsubscribe = self._on_unsubscribe
        self.number, self.is_up, self.was_up = 0, False, False
        self.refusal: str | None = None
        self.ended = ""
        self._answered, self._brief = False, 0

    def open(self, should_stop: Callable[[float], bool]) -> bool:
        """Connect and subscribe; `is_up`, `refusal` and `ended` hold the result.

        Returns
        -------
        bool
            Whether it failed at TLS, which an operator can mend.
        """
        self.ended, self.refusal = "", None
        try:
            self._connect()
            answer_by_s = time.monotonic() + ANSWER_S
            while not (self.is_up or self.refusal or self.ended) and not should_stop(0.0):
                self._client.loop(0.2)
                if time.monotonic() > answer_by_s:
                    self.ended = self.ended or "no answer"
        except OSError as error:
            # The broker is gone, so that it was no other client that ended the last connection.
            self.ended, self._brief = reason(error), 0
            return isinstance(error, ssl.SSLError)
        hung_up = self._address.secure and self.ended == _HUNG_UP
        if hung_up:
            self.ended += " before it answered: is it told of --cert's signer?"
        return hung_up

    def _connect(self) -> None:
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        # paho's has no types.
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_S
        properties.ReceiveMaximum = GROUP_SIZE
        properties.MaximumPacketSize = MAX_MESSAGE_BYTES
        host, port, _ = self._address
        self._client.connect(host, port, KEEPALIVE_S, clean_start=False, properties=properties)
        self.number += 1

    def loop(self) -> None:
        """Receive what is there, waiting for it a moment."""
        self._client.loop(0.1)

    def note_end(self, lasted_s: float) -> None:
        """Count brief connections that ended by themselves: another client's doing if several."""
        self._brief = self._brief + 1 if lasted_s < _BRIEF_S else 0
        if self._brief >= _MAX_BRIEF:
            self.refusal = self._taken_over()

    def acknowledge(self, connection: int, mid: int) -> None:
        """Acknowledge a message by its number, if it came by the present connection."""
        # Another connection may know another message by this number.
        if connection == self.number:
            self._client.ack(mid, 1)

    def close(self) -> None:
        """End the connection once the broker has read every acknowledgement; the session stays."""
        self._answered, end_s = False, time.monotonic() + ANSWER_S
        if self.is_up:
            self._client.unsubscribe(_NO_TOPIC)
            while self.is_up and not self._answered and time.monotonic() < end_s:
                self._client.loop(0.1)
        self._client.disconnect()
        self.is_up = False

    def _taken_over(self) -> str:
        """Return the message for another client of the same name."""
        return (
            f"another client called {self._broker.client_id!r} takes this one's place at "
            f"{self._broker.url}: give each ingest its own --client-id"
        )

    def _on_unsubscribe(self, *_: Any) -> None:
        self._answered = True

    def _on_connect(
        self, client: Client, _userdata: Any, flags: Any, code: Any, _properties: Any
    ) -> None:
        if code.is_failure:
            name = self._broker.client_id
            refusal = f"{self._broker.url} refuses {name!r}: {code}: {cure(code)}"
            if is_final(code):
                self.refusal = refusal
            else:
                self.ended = refusal
            return
        if self.number > 1 and not flags.session_present:
            self._notify(
                f"{self._broker.url} has forgotten this client's session: what it had taken and "
                "not handed on is lost (mosquitto: set persistence true); gaps will show it"
            )
        client.subscribe(self._topic, qos=1)

    def _on_subscribe(
        self, _client: Client, _userdata: Any, _mid: int, reasons: Any, _properties: Any
    ) -> None:
        if reasons[0].is_failure:
            self.refusal = (
                f"{self._broker.url} refuses the subscription to {self._topic}: "
                f"{reasons[0]}: allow {self._broker.client_id!r} to read it, or choose --topic"
            )
        else:
            self.is_up, self.was_up = True, True

    def _on_disconnect(
        self, _client: Client, _userdata: Any, flags: Any, code: Any, _properties: Any
    ) -> None:
        self.is_up = False
        if code.value == TAKEN_OVER:
            self.refusal = self._taken_over()
        elif not self.ended:
            self.ended = str(code) if flags.is_disconnect_packet_from_server else _HUNG_UP

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        self._receive(message, self.number)


def _checked_address(broker: Broker) -> Address:
    found = address(broker)
    if not found.secure and (broker.ca_file or broker.key_file):
        raise ValueError(f"broker is {broker.url!r}, with certificates: write mqtts:// for TLS")
    return found


def _make_client(broker: Broker) -> Client:
    client = make_client(broker, manual_ack=True)
    client.connect_timeout = ANSWER_S
    return client
