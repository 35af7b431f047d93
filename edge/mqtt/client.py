"""What the MQTT publisher and its probe share: address, client, and a broker's answers in words."""

from __future__ import annotations

import json
from typing import NamedTuple
from urllib.parse import urlsplit

from laughtrack.edge.mqtt import tls

KEEPALIVE_S = 30
CONNECT_S = 10.0
# MQTT 5's reason codes that want more than their name.
TAKEN_OVER, TOO_LARGE, NO_RETAIN, NO_LISTENER = 0x8E, 0x95, 0x9A, 0x10
_NOT_ALLOWED, _BAD_PASSWORD, _BAD_NAME, _BAD_TOPIC, _OLD = 0x87, 0x86, 0x85, 0x90, 0x84
# What is wrong with the message itself, and stays wrong.
NEVER = (TOO_LARGE, 0x99)


class Address(NamedTuple):
    """A broker: `host`, `port`, and `secure` for TLS."""

    host: str
    port: int
    secure: bool

    def __str__(self):
        """Return HOST:PORT."""
        return f"{self.host}:{self.port}"


def address(settings):
    """Read `settings.broker`; raise ValueError where it can never work."""
    broker = settings.broker
    try:
        url = urlsplit(broker)
        host, port = url.hostname or "", url.port
        host.encode("idna")
    except ValueError:
        raise ValueError(
            f"broker is {broker!r}: expected mqtt://HOST or mqtts://HOST:PORT"
        ) from None
    if not host or url.scheme not in ("mqtt", "mqtts") or url.path.strip("/") or url.query:
        raise ValueError(f"broker is {broker!r}: expected mqtt://HOST or mqtts://HOST:PORT")
    if "@" in url.netloc:
        raise ValueError("broker holds a user: write it as user, and the password as password_file")
    secure = url.scheme == "mqtts"
    if settings.cert_file and not secure:
        raise ValueError(f"broker is {broker!r}, but cert_file is set: write mqtts:// for TLS")
    return Address(host, port or (8883 if secure else 1883), secure)


def make_client(settings):
    """Make a paho client that is ready to connect: MQTT 5, TLS, last will.

    The client's name is the device's. It must be the device's alone: a broker ends the older of two
    connections of one name. Site and topic are left out of it, since the device's name is also what
    tells its batches from others': two devices that share it would lose readings, so it is well
    that the broker finds them out.

    Parameters
    ----------
    settings : edge.settings.Settings

    Returns
    -------
    paho.mqtt.client.Client

    Raises
    ------
    ValueError
        The settings can never work, or paho-mqtt is not installed.
    """
    try:
        from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv5
    except ImportError as error:
        raise ValueError(
            f"publisher is mqtt, but paho-mqtt 2 is not here ({error}): pip install paho-mqtt"
        ) from None
    broker = address(settings)
    client = Client(CallbackAPIVersion.VERSION2, client_id=settings.device, protocol=MQTTv5)
    client.connect_timeout = CONNECT_S
    # An error of ours must not end paho's thread, and with it all sending.
    client.suppress_exceptions = True
    if broker.secure:
        context = tls.client_context(settings, broker.port)
        client.tls_set_context(context)
        # A certificate may be replaced while the device runs.
        client.on_pre_connect = lambda *_: tls.load_files(context, settings)
    if settings.user:
        client.username_pw_set(settings.user, _password(settings.password_file))
    set_will(client, settings, retain=True)
    return client


def set_will(client, settings, retain):
    """Leave with the broker what it shall publish, kept or not, should the device vanish."""
    client.will_set(settings.topics()[1], json.dumps(offline(settings)), qos=1, retain=retain)


def offline(settings):
    """Return the status that the broker gives out for a device that is gone."""
    return {"online": False, "device": settings.device, "site": settings.site}


def _password(path):
    if not path:
        return None
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ValueError(
            f"password_file is {path}: {reason}: it holds the password alone, readable by its owner"
        ) from None


def say(code, settings, what):
    """Put a broker's refusal into words, with the cure.

    Parameters
    ----------
    code : paho.mqtt.reasoncodes.ReasonCode
    settings : edge.settings.Settings
    what : str
        What it refused, such as ``to publish to a/topic``.

    Returns
    -------
    str
    """
    broker, name = address(settings), settings.device
    if code.value == _NOT_ALLOWED:
        return (
            f"{broker} does not allow {name!r} {what}: allow it in the broker's access list or "
            "the certificate's policy, or check user and password_file"
        )
    if code.value == _BAD_PASSWORD:
        return f"{broker} does not know this user or password: check user and password_file"
    if code.value == _BAD_NAME:
        return f"{broker} does not take {name!r} as a name: give the device another one"
    if code.value == _BAD_TOPIC:
        return f"{broker} does not allow {name!r} {what}: check topic"
    if code.value == _OLD:
        return f"{broker} does not speak MQTT 5: it needs an update (mosquitto: 1.6 or later)"
    if code.value == TAKEN_OVER:
        return taken(settings)
    return f"{broker} refuses {name!r} {what}: {code}"


def taken(settings):
    """Say that two devices have one name."""
    return (
        f"another device is connected as {settings.device!r}, and the broker lets only one of a "
        "name stay: give each device its own name (device)"
    )
