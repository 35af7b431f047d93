"""One connection to a broker, kept up by paho's thread, that can always say what is wrong."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time

from laughtrack.edge.mqtt import client as mqtt_client
from laughtrack.edge.mqtt import tls
from laughtrack.edge.mqtt.disconnects import Losses
from laughtrack.edge.readings import MAX_BYTES

# Pause before connecting again: usual, and when another device fights for the same name.
RETRY_S, FIGHT_S, LONGEST_RETRY_S = 1, 15, 60
# Paho's level for errors.
_ERROR = 0x08

log = logging.getLogger("laughtrack.mqtt")


class Link:
    """Connects, again and again; delivers; hears commands.

    Parameters
    ----------
    settings : edge.settings.Settings
    on_command : function
        Called with the bytes of each message of the command topic.
    status : str
        Published, retained, at every connection, until `post_status` brings another.

    Attributes
    ----------
    address : edge.mqtt.client.Address
    since_s : float or None
        When the connection was accepted, by the monotonic clock; None while there is none.
    largest : int
        Bytes of the longest payload that the broker takes.
    retain : bool
        Whether the broker keeps messages.

    Raises
    ------
    ValueError
        The settings can never work.
    """

    def __init__(self, settings, on_command, status):
        self._settings, self._on_command = settings, on_command
        self.address = mqtt_client.address(settings)
        self._timeline, self._status_topic, self._command_topic = settings.topics()
        # Guards what follows, and tells of acknowledgements and of connections made and lost.
        self._news = threading.Condition()
        self.since_s, self.largest, self.retain = None, MAX_BYTES, True
        # Reason codes by message number, while one is awaited; of the last hang-up, if it had one.
        self._acks, self._hung_up = None, None
        self._status, self._status_mid = status, None
        # The last error that paho wrote down; "" when the broker itself has said what is wrong.
        self._noted = ""
        self._main = f"not yet connected to {self.address}"
        self._side = {"status": "", "command": ""}
        self._losses = Losses(settings)
        # The sender and whoever tells the status may both find the client dead.
        self._opening = threading.RLock()
        self._client, self._dead, self._closed = None, False, False
        self._open()

    def _open(self):
        client = mqtt_client.make_client(self._settings)
        client.on_connect, client.on_connect_fail = self._accepted, self._failed
        client.on_disconnect, client.on_log = self._lost, self._note
        client.on_publish, client.on_subscribe = self._acknowledged, self._subscribed
        client.on_message = self._heard
        if not self.retain:
            mqtt_client.set_will(client, self._settings, retain=False)
        client.reconnect_delay_set(RETRY_S, LONGEST_RETRY_S)
        client.connect_async(self.address.host, self.address.port, mqtt_client.KEEPALIVE_S)
        client.loop_forever = self._guard(client, client.loop_forever)
        self._client, self._dead = client, False
        client.loop_start()

    def _guard(self, client, loop):
        """Take note if paho's thread ends with an error: release 2.1 does over an odd answer."""

        def guarded(*args, **named):
            try:
                loop(*args, **named)
            except Exception as error:
                log.warning("paho stumbled: %r", error)
                with self._news:
                    if client is self._client:
                        self.since_s, self._dead = None, True
                        self._main = f"{self.address} answers what nobody understands: {error}"
                        self._news.notify_all()

        return guarded

    @property
    def connected(self):
        """Whether the broker has accepted a connection that still stands."""
        return self.since_s is not None

    @property
    def trouble(self):
        """What is wrong, and the cure; "" when nothing is."""
        if self._losses.fight() > 1:
            return mqtt_client.taken(self._settings)
        return self._main or self._side["status"] or self._side["command"]

    def say(self, trouble):
        """Take note of what is wrong with publishing; "" for nothing."""
        self._main = trouble

    def stands(self, calm_s):
        """Wait a moment for a connection, and until it is `calm_s` old; return whether it is."""
        self._revive()
        with self._news:
            self._news.wait_for(lambda: self.connected, 1.0)
            if self.connected:
                left_s = self.since_s + calm_s - time.monotonic()
                self._news.wait_for(lambda: not self.connected, max(0.0, left_s))
            return self.connected

    def deliver(self, topic, payload, retain, timeout_s):
        """Publish and wait.

        Returns
        -------
        code, hung_up : paho.mqtt.reasoncodes.ReasonCode or None
            The broker's answer, None if there came none; what it said if it hung up instead.
        """
        client = self._client
        with self._news:
            since_s = self.since_s
            if since_s is None or client is None:
                return None, None
            self._acks, self._hung_up = {}, None
        mid = client.publish(topic, payload, qos=1, retain=retain).mid
        with self._news:
            self._news.wait_for(lambda: mid in self._acks or self.since_s != since_s, timeout_s)
            code, self._acks = self._acks.get(mid), None
            return code, self._hung_up

    def post_status(self, status):
        """Publish a status now and at every connection to come; wait for nothing."""
        self._revive()
        self._status, client = status, self._client
        if self.connected and client is not None:
            self._post(client)

    def _post(self, client):
        info = client.publish(self._status_topic, self._status, qos=1, retain=self.retain)
        self._status_mid = info.mid

    def renew(self, trouble):
        """Start afresh, with nothing on its way, and `trouble` until there is a connection."""
        with self._opening:
            self._stop(trouble)
            try:
                if not self._closed:
                    self._open()
            except ValueError as error:
                # A certificate that is just being replaced, say: tried again with the next batch.
                self._main = str(error)

    def _revive(self):
        with self._opening:
            if self._client is None or self._dead:
                self.renew(self._main)

    def close(self):
        """Hang up for good."""
        with self._opening:
            self._closed = True
            self._stop("closed")

    def _stop(self, trouble):
        """Hang up, and end paho's thread; one that hangs in a dead network ends later by itself."""
        client, self._client = self._client, None
        with self._news:
            self.since_s, self._main = None, trouble
        if client is None:
            return
        client.disconnect()

        def stop():
            # Paho forgets its thread while we wait for it.
            with contextlib.suppress(AttributeError):
                client.loop_stop()
            # It holds the client, which would then end, with its sockets, some time or other.
            client.__dict__.pop("loop_forever", None)

        waiter = threading.Thread(target=stop, daemon=True)
        waiter.start()
        waiter.join(5.0)

    # What paho's thread calls.

    def _accepted(self, client, userdata, flags, code, properties):
        if client is not self._client:
            return
        if code.is_failure:
            self._main, self._noted = mqtt_client.say(code, self._settings, "to connect"), ""
            if code.value == mqtt_client.NO_RETAIN:
                self.retain = False
                mqtt_client.set_will(client, self._settings, retain=False)
            return
        self.retain = self.retain and getattr(properties, "RetainAvailable", 1) == 1
        # A packet holds the topic and a few bytes more.
        packet = getattr(properties, "MaximumPacketSize", 2 * MAX_BYTES)
        self.largest = min(MAX_BYTES, packet - len(self._timeline.encode()) - 16)
        if not self._losses.contested():
            client.reconnect_delay_set(RETRY_S, LONGEST_RETRY_S)
        client.subscribe(self._command_topic, 1)
        self._post(client)
        with self._news:
            self.since_s, self._noted = time.monotonic(), ""
            self._main = self._main if self._losses.restless() else ""
            self._news.notify_all()

    def _failed(self, client, userdata):
        # Called where paho handles the error, which it does not pass on.
        if client is self._client:
            self._main = tls.explain(sys.exc_info()[1], self._settings, str(self.address))

    def _lost(self, client, userdata, flags, code, properties):
        if client is not self._client:
            return
        told = code if flags.is_disconnect_packet_from_server else None
        with self._news:
            since_s, self.since_s, self._hung_up = self.since_s, None, told
            if told is not None or since_s is not None:
                self._main = self._losses.why(told, since_s, self._noted)
                if self._losses.contested():
                    # The other one shall get its batches through as well.
                    client.reconnect_delay_set(FIGHT_S, LONGEST_RETRY_S)
                    log.warning("%s", self.trouble)
            self._news.notify_all()
        # Not accepted, and the broker has not said why.
        if told is None and since_s is None and self._noted:
            self._main = self._unaccepted()
        self._noted = ""

    def _unaccepted(self):
        error = None
        if self.address.secure:
            with contextlib.suppress(ValueError):
                error = tls.refusal(self._settings, self.address.host, self.address.port)
        return tls.explain(error or self._noted, self._settings, str(self.address))

    def _note(self, client, userdata, level, text):
        if level == _ERROR and client is self._client:
            self._noted = text
            if "exception" in text:
                log.error("paho: %s", text)

    def _acknowledged(self, client, userdata, mid, code, properties):
        if client is not self._client:
            return
        with self._news:
            if mid == self._status_mid:
                self._side["status"] = self._bar(code, f"to publish to {self._status_topic}")
            if self._acks is not None:
                self._acks[mid] = code
                self._news.notify_all()

    def _subscribed(self, client, userdata, mid, codes, properties):
        self._side["command"] = self._bar(codes[0], f"to hear {self._command_topic}")

    def _bar(self, code, what):
        return mqtt_client.say(code, self._settings, what) if code.is_failure else ""

    def _heard(self, client, userdata, message):
        # A kept "stop" would end the session at every reconnect.
        if not message.retain:
            try:
                self._on_command(message.payload)
            except Exception:
                log.exception("a command failed")
