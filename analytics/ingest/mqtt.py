"""Batches from an MQTT broker: each acknowledged only after the store has it.

One thread does everything, so that an acknowledgement can only go to the connection its message
came by. The session at the broker lasts a week (a broker may allow less): what comes while nobody
listens is kept there. While the store fails nothing is acknowledged, and the broker sends no more
than a group of batches on top.
"""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING

from laughtrack.analytics.ingest.batch_ingestor import GROUP
from laughtrack.analytics.ingest.pending_messages import Waiting
from laughtrack.analytics.ingest.refusals import BrokerError, cure, is_final, reason
from laughtrack.edge.mqtt.broker import Address, Broker, OptionNames, address
from laughtrack.edge.mqtt.client import TAKEN_OVER, make_client

if TYPE_CHECKING:
    from paho.mqtt.client import Client

TOPIC = "laughtrack/+/+/timeline"
# The name of the session that the broker keeps.
CLIENT_ID = "laughtrack-ingest"
# What a broker's fields are called on the command line.
OPTIONS = OptionNames("--ca", "--cert", "--key", "--user", "--password-file", give="give")
ANSWER_S = 15.0
SESSION_S = 7 * 86400
# A broker hangs up after one and a half of this; storing a group must not take longer.
KEEPALIVE_S = 60
# The broker discards larger messages; those between this and the largest batch are set aside.
LARGEST_MESSAGE = 1_000_000
_LONGEST_WAIT_S = 30.0
_HUNG_UP = "it hung up"
# Connections that end so soon, and so often one after the other, are another client's doing.
_BRIEF_S, _BRIEF_ONES = 5.0, 3
# No topic that anybody subscribes to; the broker's answer tells that it has read all before it.
_NOTHING = "laughtrack-ingest-leaves"


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


def _checked_address(broker: Broker) -> Address:
    found = address(broker)
    if not found.secure and (broker.ca_file or broker.key_file):
        raise ValueError(f"broker is {broker.url!r}, with certificates: write mqtts:// for TLS")
    return found


def _make_client(broker: Broker) -> Client:
    client = make_client(broker, manual_ack=True)
    client.connect_timeout = ANSWER_S
    return client


class Subscription:
    """A durable subscription: batches on their way from the broker to the store.

    Parameters
    ----------
    broker : edge.mqtt.broker.Broker
        Its `client_id` is the name of the session that the broker keeps.
    take : function
        Takes a list of `Arrival`; returns when they are kept, and raises StoreError or OSError when
        they are not.
    say : function
        Takes a remark, one line.
    topic : str
        What to listen to.

    Raises
    ------
    ValueError
        If the broker's address, the topic, a certificate or the password's file is of no use.
    """

    def __init__(self, broker, take, say, topic=TOPIC):
        self._broker, self._say, self._topic = broker, say, topic
        self._address = _checked_address(broker)
        self._named = names_device(_checked_topic(topic))
        self._client = _make_client(broker)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.on_unsubscribe = self._on_unsubscribe
        # Counts connections; 0 before the first. An acknowledgement goes to its own.
        self._connection, self._up, self._refused, self._ended = 0, False, None, ""
        self._waiting, self._last_s = Waiting(take, say, self._named), time.monotonic()
        self._heard, self._down, self._answered, self._brief = False, False, False, 0

    def run(self, until):
        """Take in what comes.

        Parameters
        ----------
        until : function
            Takes how long nothing came, in seconds; True ends it. What came is stored by then.

        Raises
        ------
        BrokerError
            The broker refuses this client, or was not there in all the time, or another client of
            the same name took its place.
        StoreError, OSError
            It was ended while the store could not be written; the broker keeps what came.
        """
        if not self._named:
            self._say(
                f"topic {self._topic}: its last levels are not +/timeline, so that "
                "a batch's device cannot be held against its topic"
            )
        pause_s = 1.0
        try:
            while not until(self._quiet_s()):
                if self._connect(until):
                    self._listen(until)
                    pause_s = 1.0
                if not self._up and self._ended:
                    self._rest(pause_s, until)
                    pause_s = min(2 * pause_s, _LONGEST_WAIT_S)
            self._keep(last=True)
            if self._waiting and self._waiting.failed:
                raise self._waiting.failed
            if not self._heard and self._ended:
                raise BrokerError(f"{self._broker.url}: there was no connection: {self._ended}")
        finally:
            self._leave()
            if self._waiting.dropped:
                self._say(
                    f"{self._waiting.dropped} messages of quality of service 0 came faster than "
                    "the store took them, and are lost: publish with 1"
                )

    def _quiet_s(self):
        return time.monotonic() - self._last_s if self._up and not self._waiting else 0.0

    def _connect(self, until):
        """Connect and subscribe; return whether that worked, having said why not."""
        first = self._connection == 0 and not self._down
        self._ended, self._refused = "", None
        try:
            self._ask()
            answer_by = time.monotonic() + ANSWER_S
            while not (self._up or self._refused or self._ended) and not until(0.0):
                self._client.loop(0.2)
                if time.monotonic() > answer_by:
                    self._ended = self._ended or "no answer"
            wrong = self._address.secure and self._ended == _HUNG_UP
            self._ended += " before it answered: is it told of --cert's signer?" if wrong else ""
        except OSError as error:
            wrong = isinstance(error, ssl.SSLError)
            # The broker is gone, so that it was no other client that ended the last connection.
            self._ended, self._brief = reason(error), 0
        # An operator who is there can mend this now; later on it may mend itself.
        if self._refused or (wrong and first):
            raise BrokerError(self._refused or f"{self._broker.url}: {self._ended}")
        if not self._up:
            self._lost()
        elif self._down:
            self._down = False
            self._say(f"{self._broker.url} is back")
        elif self._connection == 1:
            self._say(f"listening to {self._topic} on {self._broker.url}")
        return self._up

    def _ask(self):
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        wants = Properties(PacketTypes.CONNECT)
        wants.SessionExpiryInterval = SESSION_S
        wants.ReceiveMaximum = GROUP
        wants.MaximumPacketSize = LARGEST_MESSAGE
        host, port, _ = self._address
        self._client.connect(host, port, KEEPALIVE_S, clean_start=False, properties=wants)
        self._connection += 1

    def _listen(self, until):
        """Take in what comes for as long as the connection stands."""
        began_s = time.monotonic()
        while self._up and not until(self._quiet_s()):
            self._client.loop(0.1)
            self._keep()
            if self._waiting.overrun and not self._waiting:
                # What there was no room for comes again with the next connection.
                self._waiting.overrun = False
                self._leave()
                return
        if self._up or until(0.0):
            return
        self._brief = self._brief + 1 if time.monotonic() - began_s < _BRIEF_S else 0
        if self._brief >= _BRIEF_ONES:
            self._refused = self._rival()
        if self._refused:
            self._keep(last=True)
            raise BrokerError(self._refused)
        self._lost()

    def _rival(self):
        return (
            f"another client called {self._broker.client_id!r} takes this one's place at "
            f"{self._broker.url}: give each ingest its own --client-id"
        )

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
        self._waiting.keep(self._acknowledge, last)

    def _acknowledge(self, connection, mid):
        # Another connection may know another message by this number.
        if connection == self._connection:
            self._client.ack(mid, 1)

    def _leave(self):
        """End the connection once the broker has read every acknowledgement; the session stays."""
        self._answered, end_s = False, time.monotonic() + ANSWER_S
        if self._up:
            self._client.unsubscribe(_NOTHING)
            while self._up and not self._answered and time.monotonic() < end_s:
                self._client.loop(0.1)
        # What comes meanwhile is not acknowledged, and so comes again.
        self._waiting.clear()
        self._client.disconnect()
        self._up = False

    def _on_unsubscribe(self, *_):
        self._answered = True

    def _on_connect(self, client, _userdata, flags, code, _properties):
        if code.is_failure:
            said = f"{self._broker.url} refuses {self._broker.client_id!r}: {code}: {cure(code)}"
            if is_final(code):
                self._refused = said
            else:
                self._ended = said
            return
        if self._connection > 1 and not flags.session_present:
            self._say(
                f"{self._broker.url} has forgotten this client's session: what it had taken and "
                "not handed on is lost (mosquitto: set persistence true); gaps will show it"
            )
        client.subscribe(self._topic, qos=1)

    def _on_subscribe(self, _client, _userdata, _mid, reasons, _properties):
        if reasons[0].is_failure:
            self._refused = (
                f"{self._broker.url} refuses the subscription to {self._topic}: "
                f"{reasons[0]}: allow {self._broker.client_id!r} to read it, or choose --topic"
            )
        else:
            self._up, self._heard, self._last_s = True, True, time.monotonic()

    def _on_disconnect(self, _client, _userdata, flags, code, _properties):
        self._up = False
        if code.value == TAKEN_OVER:
            self._refused = self._rival()
        elif not self._ended:
            self._ended = str(code) if flags.is_disconnect_packet_from_server else _HUNG_UP

    def _on_message(self, _client, _userdata, message):
        self._last_s = time.monotonic()
        self._waiting.add(message, self._connection)
