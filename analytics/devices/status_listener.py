"""What devices say of themselves: every status that a broker hands on, over its outages."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

from laughtrack.analytics.devices.device_client import Address

if TYPE_CHECKING:
    from collections.abc import Callable

    from paho.mqtt.client import Client, MQTTMessage
    from paho.mqtt.reasoncodes import ReasonCode

    from laughtrack.edge.mqtt.broker import Broker

TOPIC = "laughtrack/+/+/status"
# A status has a kilobyte or two; what is much larger is none.
MOST_BYTES = 64_000
_RETRY_S, _LONGEST_RETRY_S = 1, 30


class Heard(NamedTuple):
    """A status: whose it is, what it says ({} once it was taken away), when it came (seconds since
    1970), and whether the broker had kept it, so that it may be older."""

    device: Address
    status: dict[str, Any]
    at_s: float
    kept: bool


class StatusListener:
    """Listens to all devices' statuses, in a thread of paho's.

    Parameters
    ----------
    broker : edge.mqtt.broker.Broker
        The client has a name of its own beside the broker's.
    heard : function
        Takes a `Heard`; called from that thread.
    changed : function
        Takes why there is no connection, "" when there is; called from that thread.

    Raises
    ------
    ValueError
        The broker's address, a certificate or the password's file is of no use.
    """

    def __init__(
        self,
        broker: Broker,
        heard: Callable[[Heard], object],
        changed: Callable[[str], object],
    ) -> None:
        from laughtrack.edge.mqtt import broker as brokers
        from laughtrack.edge.mqtt import client

        self._heard, self._changed, self._mqtt = heard, changed, client
        self._broker = broker._replace(client_id=f"{broker.client_id}-{uuid.uuid4().hex[:12]}")
        self._address = brokers.address(broker)
        self._client = client.make_client(self._broker)
        # An error of ours must not end paho's thread.
        self._client.suppress_exceptions = True
        self._client.on_connect, self._client.on_message = self._connected, self._received
        self._client.on_disconnect = self._lost
        self._client.on_connect_fail = self._failed
        self._client.reconnect_delay_set(_RETRY_S, _LONGEST_RETRY_S)

    def start(self) -> None:
        """Connect, again and again."""
        self._client.connect_async(self._address.host, self._address.port)
        self._client.loop_start()

    def stop(self) -> None:
        """Hang up."""
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(
        self, client: Client, _: object, flags: object, code: ReasonCode, __: object
    ) -> None:
        if code.is_failure:
            self._changed(self._mqtt.explain_refusal(code, self._broker, "to connect"))
            return
        client.subscribe(TOPIC, qos=1)
        self._changed("")

    def _failed(self, client: Client, _: object) -> None:
        self._changed(f"{self._address} is not to be reached: trying again until it is there")

    def _lost(self, client: Client, _: object, flags: object, code: ReasonCode, __: object) -> None:
        self._changed(f"{self._address}: no connection: {code}: trying again until it is there")

    def _received(self, client: Client, _: object, message: MQTTMessage) -> None:
        _, site, device, _ = message.topic.split("/")
        base = message.topic.rpartition("/")[0]
        address = Address(device, site, message.topic, f"{base}/command")
        status: Any = {}
        if len(message.payload) > MOST_BYTES:
            return
        if message.payload:
            try:
                status = json.loads(message.payload)
            except (ValueError, RecursionError):
                return
        if isinstance(status, dict):
            self._heard(Heard(address, status, time.time(), bool(message.retain)))
