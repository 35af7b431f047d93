"""The one MQTT client, ready to connect, and a broker's answers in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from laughtrack.edge.mqtt import tls
from laughtrack.edge.mqtt.broker import Broker, address, password

if TYPE_CHECKING:
    from paho.mqtt.client import Client
    from paho.mqtt.reasoncodes import ReasonCode

KEEPALIVE_S = 30
CONNECT_S = 10.0
# MQTT 5's reason codes that want more than their name.
TAKEN_OVER, TOO_LARGE, NO_RETAIN, NO_LISTENER = 0x8E, 0x95, 0x9A, 0x10
_NOT_ALLOWED, _BAD_PASSWORD, _BAD_NAME, _BAD_TOPIC, _OLD = 0x87, 0x86, 0x85, 0x90, 0x84
# What is wrong with the message itself, and stays wrong.
NEVER = (TOO_LARGE, 0x99)


def make_client(
    broker: Broker, manual_ack: bool = False, reload_certificates: bool = False
) -> Client:
    """Make a paho client that is ready to connect: MQTT 5, TLS, user and password.

    Parameters
    ----------
    broker : Broker
    manual_ack : bool
        Whether the user of the client acknowledges what it receives.
    reload_certificates : bool
        Whether the files are read again before each connection: one may be replaced meanwhile.

    Returns
    -------
    paho.mqtt.client.Client

    Raises
    ------
    ValueError
        The address, a certificate or the password can never work, or paho-mqtt is not installed.
    """
    try:
        from paho.mqtt.client import Client, MQTTv5
        from paho.mqtt.enums import CallbackAPIVersion
    except ImportError as error:
        raise ValueError(
            f"publisher is mqtt, but paho-mqtt 2 is not here ({error}): pip install paho-mqtt"
        ) from None
    where = address(broker)
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=broker.client_id,
        protocol=MQTTv5,
        manual_ack=manual_ack,
    )
    client.connect_timeout = CONNECT_S
    if where.secure:
        context = tls.client_context(broker, where.port)
        client.tls_set_context(context)
        if reload_certificates:
            client.on_pre_connect = lambda *_: tls.load_files(context, broker)
    if broker.user:
        client.username_pw_set(broker.user, password(broker))
    return client


def explain_refusal(code: ReasonCode, broker: Broker, attempt: str) -> str:
    """Put a broker's refusal into words, with the cure.

    Parameters
    ----------
    code : paho.mqtt.reasoncodes.ReasonCode
    broker : Broker
    attempt : str
        What it refused, such as ``to publish to a/topic``.

    Returns
    -------
    str
    """
    place, name = address(broker), broker.client_id
    if code.value == _NOT_ALLOWED:
        return (
            f"{place} does not allow {name!r} {attempt}: allow it in the broker's access list or "
            "the certificate's policy, or check user and password_file"
        )
    if code.value == _BAD_PASSWORD:
        return f"{place} does not know this user or password: check user and password_file"
    if code.value == _BAD_NAME:
        return f"{place} does not take {name!r} as a name: give the device another one"
    if code.value == _BAD_TOPIC:
        return f"{place} does not allow {name!r} {attempt}: check topic"
    if code.value == _OLD:
        return f"{place} does not speak MQTT 5: it needs an update (mosquitto: 1.6 or later)"
    if code.value == TAKEN_OVER:
        return explain_takeover(broker)
    return f"{place} refuses {name!r} {attempt}: {code}"


def explain_takeover(broker: Broker) -> str:
    """Say that two devices have one name."""
    return (
        f"another device is connected as {broker.client_id!r}, and the broker lets only one of a "
        "name stay: give each device its own name (device)"
    )
