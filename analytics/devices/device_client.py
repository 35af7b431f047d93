"""One device over its broker: send it a command, wait for its answer in the status."""

from __future__ import annotations

import json
import queue
import time
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from paho.mqtt.client import Client, MQTTMessage
    from paho.mqtt.reasoncodes import ReasonCode

    from laughtrack.edge.mqtt.broker import Broker

# Longest to wait for the status that the broker keeps: a broker has it at once or not at all.
KEPT_S = 2.0


class Address(NamedTuple):
    """A device: its name, its site, and the topics of its status and of its commands."""

    device: str
    site: str
    status: str
    command: str


class NoAnswer(OSError):
    """The device did not carry the command out, or nobody knows whether it did."""


def send_command(
    broker: Broker, device: Address, command: dict[str, str], wait_s: float
) -> dict[str, Any]:
    """Send a command to a device and return its answer.

    Parameters
    ----------
    broker : edge.mqtt.broker.Broker
        Its client's name does not count: this client has one of its own.
    device : Address
    command : dict
        The command, with an "id" of its own.
    wait_s : float
        Longest to wait for the answer.

    Returns
    -------
    dict
        The device's status, whose "answer" is the one to this command.

    Raises
    ------
    NoAnswer
        No broker, no leave, no device, or no word from it; the message says which, and the cure.
    ValueError
        The settings can never work.
    """
    connection = _Connection(broker, device)
    try:
        connection.open()
        kept = connection.wait_for(lambda status: True, min(KEPT_S, wait_s))
        if kept is not None and kept.get("online") is False:
            raise NoAnswer(_offline(device, kept))
        connection.send(command, wait_s)
        answer = connection.wait_for(lambda status: _is_final(status, command), wait_s)
    finally:
        connection.close()
    if answer is None:
        raise NoAnswer(
            f"{device.device} did not answer within {wait_s:g} s: it may be starting, stuck or "
            "just gone; ask it with `status`, or look at its log"
        )
    if "answer" not in answer:
        raise NoAnswer(_offline(device, answer))
    return answer


def _is_final(status: dict[str, Any], command: dict[str, str]) -> bool:
    """Tell whether a status ends the waiting: our answer, or the device is gone."""
    answer = status.get("answer")
    ours = isinstance(answer, dict) and answer.get("id") == command["id"]
    return ours or status.get("online") is False


def _offline(device: Address, status: dict[str, Any]) -> str:
    since = status.get("at_utc")
    return f"{device.device} is offline{f' since {since}' if since else ''}: nothing was done"


class _Connection:
    """A connection to the broker that receives one device's status and sends it commands."""

    def __init__(self, broker: Broker, device: Address) -> None:
        from laughtrack.edge.mqtt import client
        from laughtrack.edge.mqtt.broker import address

        self._device, self._mqtt = device, client
        self._broker, self._address = broker, address(broker)
        self._statuses: queue.Queue[dict[str, Any]] = queue.Queue()
        # None: the connection broke.
        self._replies: queue.Queue[ReasonCode | None] = queue.Queue()
        # A name of its own: the device's would end the device's connection.
        self._own = self._broker._replace(client_id=f"tell-{uuid.uuid4().hex[:12]}")
        # And no last will: it would be kept for a device that there never was.
        self._client = client.make_client(self._own)
        # An error of ours must not end paho's thread.
        self._client.suppress_exceptions = True
        self._client.on_connect = lambda *words: self._replies.put(words[3])
        self._client.on_subscribe = lambda *words: self._replies.put(words[3][0])
        self._client.on_publish = lambda *words: self._replies.put(words[3])
        self._client.on_message = self._received
        self._last_error = ""
        self._client.on_log = self._logged
        self._client.on_disconnect = lambda *words: self._replies.put(None)

    def open(self) -> None:
        """Connect, and subscribe to the device's status."""
        try:
            self._client.connect(self._address.host, self._address.port)
        except OSError as error:
            raise NoAnswer(self._explain(error)) from None
        self._client.loop_start()
        self._check_reply("to connect")
        self._client.subscribe(self._device.status, qos=1)
        self._check_reply(f"to subscribe to {self._device.status}")

    def send(self, command: dict[str, str], wait_s: float) -> None:
        """Send a command; one that arrives too late is not to be carried out at all."""
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        expiry = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho has no types
        expiry.MessageExpiryInterval = max(1, round(wait_s))
        self._client.publish(self._device.command, json.dumps(command), qos=1, properties=expiry)
        code = self._check_reply(f"to publish to {self._device.command}")
        if code.value == self._mqtt.NO_LISTENER and "amazonaws" not in self._address.host:
            raise NoAnswer(
                f"nobody listens to {self._device.command}: is the device's name "
                f"{self._device.device!r}, its site {self._device.site!r}, and is it running?"
            )

    def wait_for(
        self, wanted: Callable[[dict[str, Any]], bool], wait_s: float
    ) -> dict[str, Any] | None:
        """Return the first wanted status, or None when none came in time."""
        until_s = time.monotonic() + wait_s
        while True:
            try:
                status = self._statuses.get(timeout=max(0.0, until_s - time.monotonic()))
            except queue.Empty:
                return None
            if wanted(status):
                return status

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def _received(self, client: Client, _: object, message: MQTTMessage) -> None:
        try:
            status = json.loads(message.payload)
        except ValueError:
            return
        if isinstance(status, dict):
            self._statuses.put(status)

    def _check_reply(self, what: str) -> ReasonCode:
        """Return the broker's reason code; raise what it refuses."""
        try:
            code = self._replies.get(timeout=self._mqtt.CONNECT_S)
        except queue.Empty:
            raise NoAnswer(
                f"{self._address} takes too long: check the network, and that it is a broker"
            ) from None
        if code is None:
            raise NoAnswer(self._explain(self._last_error or "no answer"))
        if code.is_failure:
            raise NoAnswer(self._mqtt.explain_refusal(code, self._own, what))
        return code

    def _logged(self, client: Client, _: object, level: int, text: str) -> None:
        # Paho tells of a handshake that the broker broke off here alone.
        if "failed" in text:
            self._last_error = text

    def _explain(self, error: OSError | str) -> str:
        from laughtrack.edge.mqtt import tls

        address = self._address
        if address.secure:
            # Paho may hear that the line broke before it hears why; asked quietly, the broker says.
            error = tls.refusal(self._broker, address.host, address.port) or error
        return tls.explain(error, self._broker, str(address))
