"""Batches from an MQTT broker: each acknowledged only after the store has it.

One thread does everything, so that an acknowledgement can only go to the connection its message
came by. The session at the broker lasts a week (a broker may allow less): what comes while nobody
listens is kept there. While the store fails nothing is acknowledged, and the broker sends no more
than a group of batches on top.
"""

from __future__ import annotations

import ssl
import time

from analytics.broker import (
    ANSWER_S,
    CURES,
    TAKEN_OVER,
    Broker,
    BrokerError,
    address,
    make_client,
    names_device,
    reason,
)
from analytics.ingest import GROUP, GROUP_S, Arrival
from analytics.store import StoreError

__all__ = ["Broker", "BrokerError", "Subscription"]

SESSION_S = 7 * 86400
KEEPALIVE_S = 30
# The broker discards larger messages; those between this and the largest batch are set aside.
LARGEST_MESSAGE = 1_000_000
# Messages that nobody has to acknowledge may flood; so many wait for the store.
_MOST_WAITING = 10 * GROUP
_LONGEST_WAIT_S = 30.0


class Subscription:
    """A durable subscription: batches on their way from the broker to the store.

    Parameters
    ----------
    broker : Broker
    take : function
        Takes a list of `Arrival`; returns when they are kept, and raises StoreError or OSError when
        they are not.
    say : function
        Takes a remark, one line.

    Raises
    ------
    ValueError
        If the broker's address, a certificate or the password's file is of no use.
    """

    def __init__(self, broker, take, say):
        self._broker, self._take, self._say = broker, take, say
        self._host, self._port, secure = address(broker)
        self._named = names_device(broker.topic)
        self._client = make_client(broker, self._port, secure)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        # Counts connections; 0 before the first. An acknowledgement goes to its own.
        self._connection, self._up, self._refused, self._ended = 0, False, None, ""
        # By topic and payload: as (connection, mid, qos) how often it came.
        self._waiting, self._first_s, self._last_s = {}, 0.0, time.monotonic()
        self._try_at, self._pause_s, self._failed, self._dropped = 0.0, 1.0, None, 0
        self._down = False

    def run(self, until):
        """Take in what comes.

        Parameters
        ----------
        until : function
            Takes how long nothing came, in seconds; True ends it. What came is stored by then.

        Raises
        ------
        BrokerError
            The broker refuses this client, or another one of the same name took its place.
        StoreError, OSError
            It was ended while the store could not be written; the broker keeps what came.
        """
        if not self._named:
            self._say(
                f"topic {self._broker.topic}: its last levels are not +/timeline, so that "
                "a batch's device cannot be held against its topic"
            )
        pause_s = 1.0
        try:
            while not until(self._quiet_s()):
                if self._connect(until):
                    pause_s = 1.0
                    self._listen(until)
                else:
                    self._rest(pause_s, until)
                    pause_s = min(2 * pause_s, _LONGEST_WAIT_S)
            self._keep(last=True)
            if self._waiting and self._failed:
                raise self._failed
        finally:
            self._leave()

    def _quiet_s(self):
        return time.monotonic() - self._last_s if self._up and not self._waiting else 0.0

    def _connect(self, until):
        """Connect and subscribe; return whether that worked, having said why not."""
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        wants = Properties(PacketTypes.CONNECT)
        wants.SessionExpiryInterval = SESSION_S
        wants.ReceiveMaximum = GROUP
        wants.MaximumPacketSize = LARGEST_MESSAGE
        self._ended, self._refused = "", None
        first = self._connection == 0 and not self._down
        try:
            self._client.connect(
                self._host, self._port, KEEPALIVE_S, clean_start=False, properties=wants
            )
            self._connection += 1
            answer_by = time.monotonic() + ANSWER_S
            while not (self._up or self._refused or self._ended) and not until(0.0):
                self._client.loop(0.2)
                if time.monotonic() > answer_by:
                    self._ended = self._ended or "no answer"
        except OSError as error:
            if isinstance(error, ssl.SSLError) and first:
                raise BrokerError(f"{self._broker.url}: {reason(error)}") from None
            self._ended = reason(error)
        if self._refused:
            raise BrokerError(self._refused)
        if not self._up:
            self._lost()
        elif self._down:
            self._down = False
            self._say(f"{self._broker.url} is back")
        elif self._connection == 1:
            self._say(f"listening to {self._broker.topic} on {self._broker.url}")
        return self._up

    def _listen(self, until):
        while self._up and not until(self._quiet_s()):
            self._client.loop(0.1)
            self._keep()
        if self._refused:
            self._keep(last=True)
            raise BrokerError(self._refused)
        if not self._up and not until(0.0):
            self._lost()

    def _rest(self, seconds, until):
        """Wait before the next attempt; what came before may be stored meanwhile."""
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s and not until(0.0):
            self._keep()
            time.sleep(0.1)

    def _lost(self):
        if not self._down and self._ended:
            self._down = True
            self._say(
                f"{self._broker.url}: no connection: {self._ended}: trying again until it is there"
            )

    def _keep(self, last=False):
        """Store what waits, if it is time to; then acknowledge it."""
        now = time.monotonic()
        due = len(self._waiting) >= GROUP or now - self._first_s >= GROUP_S or last
        if not self._waiting or not due or (now < self._try_at and not last):
            return
        group = [
            Arrival(payload, topic, topic.split("/")[-2] if self._named else None)
            for topic, payload in self._waiting
        ]
        try:
            self._take(group)
        except (StoreError, OSError) as error:
            if self._failed is None:
                self._say(f"{error} - nothing is acknowledged or lost; trying again")
            self._failed, self._try_at = error, time.monotonic() + self._pause_s
            self._pause_s = min(2 * self._pause_s, _LONGEST_WAIT_S)
            return
        if self._failed is not None:
            self._say("the store takes batches again")
        self._failed, self._pause_s = None, 1.0
        for times in self._waiting.values():
            for connection, mid, qos in times:
                if connection == self._connection and qos:
                    self._client.ack(mid, qos)
        self._waiting = {}

    def _leave(self):
        """End the connection, so that the last acknowledgements are out; the session stays."""
        if self._up:
            self._client.disconnect()
            end_s = time.monotonic() + 2.0
            while self._up and time.monotonic() < end_s:
                self._client.loop(0.1)
        if self._dropped:
            self._say(
                f"{self._dropped} messages of quality of service 0 came faster than the store "
                "took them, and are lost: publish with 1"
            )

    def _on_connect(self, client, _userdata, flags, code, _properties):
        if code.is_failure:
            cure = CURES.get(code.value, "see the broker's log")
            said = f"{self._broker.url} refuses {self._broker.client_id!r}: {code}: {cure}"
            # A broker that is starting or full may take us later; a wrong password stays wrong.
            if code.value in CURES:
                self._refused = said
            else:
                self._ended = said
            return
        if self._connection > 1 and not flags.session_present:
            self._say(
                f"{self._broker.url} has forgotten this client's session: what it had taken and "
                "not handed on is lost (mosquitto: set persistence true); gaps will show it"
            )
        client.subscribe(self._broker.topic, qos=1)

    def _on_subscribe(self, _client, _userdata, _mid, reasons, _properties):
        if reasons[0].is_failure:
            self._refused = (
                f"{self._broker.url} refuses the subscription to {self._broker.topic}: "
                f"{reasons[0]}: allow {self._broker.client_id!r} to read it, or choose --topic"
            )
        else:
            self._up, self._last_s = True, time.monotonic()

    def _on_disconnect(self, _client, _userdata, flags, code, _properties):
        self._up = False
        if code.value == TAKEN_OVER:
            self._refused = (
                f"another client called {self._broker.client_id!r} took this one's place at "
                f"{self._broker.url}: give each ingest its own --client-id"
            )
        elif not self._ended:
            self._ended = str(code) if flags.is_disconnect_packet_from_server else "it hung up"

    def _on_message(self, _client, _userdata, message):
        self._last_s = time.monotonic()
        key = message.topic, message.payload
        if key not in self._waiting:
            if len(self._waiting) >= _MOST_WAITING and message.qos == 0:
                self._dropped += 1
                return
            if not self._waiting:
                self._first_s = self._last_s
        self._waiting.setdefault(key, []).append((self._connection, message.mid, message.qos))
