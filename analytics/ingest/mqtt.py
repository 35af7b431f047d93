"""Batches from an MQTT broker: each acknowledged only after the store has it.

One thread does everything, so that an acknowledgement can only go to the connection its message
came by. The session at the broker lasts a week (a broker may allow less): what comes while nobody
listens is kept there. While the store fails nothing is acknowledged, and the broker sends no more
than a group of batches on top.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from laughtrack.analytics.ingest.arrivals import Arrival
from laughtrack.analytics.ingest.connection import Connection
from laughtrack.analytics.ingest.pending_messages import PendingMessages
from laughtrack.analytics.ingest.refusals import BrokerError
from laughtrack.edge.mqtt.broker import Broker, OptionNames

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessage

TOPIC = "laughtrack/+/+/timeline"
# The name of the session that the broker keeps.
CLIENT_ID = "laughtrack-ingest"
# What a broker's fields are called on the command line.
OPTIONS = OptionNames("--ca", "--cert", "--key", "--user", "--password-file", give="give")
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0


def names_device(topic: str) -> bool:
    """Return whether the level before the last of every topic of a filter is a device's name."""
    levels = topic.split("/")
    return len(levels) > 1 and levels[-2] == "+" and levels[-1] not in ("+", "#")


def _checked_topic(topic: str) -> str:
    levels = topic.split("/")
    mixed = any(("+" in each or "#" in each) and len(each) > 1 for each in levels)
    if mixed or not topic or "#" in levels[:-1]:
        raise ValueError(f"topic is {topic!r}: expected like {TOPIC}")
    return topic


class Subscription:
    """A durable subscription: batches on their way from the broker to the store.

    Parameters
    ----------
    broker : edge.mqtt.broker.Broker
        Its `client_id` is the name of the session that the broker keeps.
    ingest : function
        Takes a list of `Arrival`; returns when they are kept, and raises StoreError or OSError when
        they are not.
    notify : function
        Takes a remark, one line.
    topic : str
        What to listen to.

    Raises
    ------
    ValueError
        If the broker's address, the topic, a certificate or the password's file is of no use.
    """

    def __init__(
        self,
        broker: Broker,
        ingest: Callable[[list[Arrival]], None],
        notify: Callable[[str], None],
        topic: str = TOPIC,
    ) -> None:
        self._url, self._notify, self._topic = broker.url, notify, topic
        self._topic_names_device = names_device(_checked_topic(topic))
        self._pending = PendingMessages(ingest, notify, self._topic_names_device)
        self._connection = Connection(broker, topic, self._receive, notify)
        self._last_s, self._is_down = time.monotonic(), False

    def run(self, should_stop: Callable[[float], bool]) -> None:
        """Take in what comes.

        Parameters
        ----------
        should_stop : function
            Takes how long nothing came, in seconds; True ends it. What came is stored by then.

        Raises
        ------
        BrokerError
            The broker refuses this client, or was not there in all the time, or another client of
            the same name took its place.
        StoreError, OSError
            It was ended while the store could not be written; the broker keeps what came.
        """
        if not self._topic_names_device:
            self._notify(
                f"topic {self._topic}: its last levels are not +/timeline, so that a batch's "
                "device cannot be held against its topic, unless that is laughtrack/.../timeline"
            )
        try:
            self._receive_until(should_stop)
            self._flush(last=True)
            if self._pending and self._pending.error:
                raise self._pending.error
            if not self._connection.was_up and self._connection.ended:
                raise BrokerError(f"{self._url}: there was no connection: {self._connection.ended}")
        finally:
            self._leave()
            if self._pending.dropped:
                self._notify(
                    f"{self._pending.dropped} messages of quality of service 0 came faster than "
                    "the store took them, and are lost: publish with 1"
                )

    def _receive_until(self, should_stop: Callable[[float], bool]) -> None:
        """Connect and receive, again whenever a connection ends."""
        pause_s = _FIRST_PAUSE_S
        while not should_stop(self._quiet_s()):
            if self._connect(should_stop):
                self._listen(should_stop)
                pause_s = _FIRST_PAUSE_S
            if not self._connection.is_up and self._connection.ended:
                self._pause(pause_s, should_stop)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _quiet_s(self) -> float:
        """Return for how long nothing has come over the present connection."""
        if not self._connection.is_up or self._pending:
            return 0.0
        return time.monotonic() - self._last_s

    def _connect(self, should_stop: Callable[[float], bool]) -> bool:
        """Connect and subscribe; return whether that worked; a remark says why not."""
        connection = self._connection
        is_first = connection.number == 0 and not self._is_down
        failed_at_tls = connection.open(should_stop)
        # At the start an operator can correct this; later it may pass by itself.
        if connection.refusal or (failed_at_tls and is_first):
            raise BrokerError(connection.refusal or f"{self._url}: {connection.ended}")
        if not connection.is_up:
            self._notify_lost()
            return False
        self._last_s = time.monotonic()
        if self._is_down:
            self._is_down = False
            self._notify(f"{self._url} is back")
        elif connection.number == 1:
            self._notify(f"listening to {self._topic} on {self._url}")
        return True

    def _listen(self, should_stop: Callable[[float], bool]) -> None:
        """Take in what comes for as long as the connection stands."""
        connection, began_s = self._connection, time.monotonic()
        while connection.is_up and not should_stop(self._quiet_s()):
            connection.loop()
            self._flush()
            if self._pending.overflowed and not self._pending:
                # What there was no room for comes again with the next connection.
                self._pending.overflowed = False
                self._leave()
                return
        if connection.is_up or should_stop(0.0):
            return
        connection.note_end(time.monotonic() - began_s)
        if connection.refusal:
            self._flush(last=True)
            raise BrokerError(connection.refusal)
        self._notify_lost()

    def _pause(self, seconds: float, should_stop: Callable[[float], bool]) -> None:
        """Wait before the next attempt; what came before may be stored meanwhile."""
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s and not should_stop(0.0):
            self._flush()
            time.sleep(0.1)

    def _notify_lost(self) -> None:
        ended = self._connection.ended
        if not self._is_down and ended:
            self._is_down = True
            self._notify(f"{self._url}: no connection: {ended}: trying again until it is there")

    def _flush(self, last: bool = False) -> None:
        self._pending.flush(self._connection.acknowledge, last)

    def _leave(self) -> None:
        self._connection.close()
        # What came meanwhile is not acknowledged, and so comes again.
        self._pending.clear()

    def _receive(self, message: MQTTMessage, connection: int) -> None:
        self._last_s = time.monotonic()
        self._pending.add(message, connection)
