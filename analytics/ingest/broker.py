"""The connection to an MQTT broker: address, certificates, and its refusals in words."""

from __future__ import annotations

import ssl
from typing import NamedTuple
from urllib.parse import urlsplit

ANSWER_S = 15.0
TAKEN_OVER = 0x8E
# What a broker refuses now and ever, by MQTT 5's reason codes, and what can be done.
CURES = {
    0x84: "it does not speak MQTT 5; mosquitto does from 1.6 on",
    0x85: "choose another --client-id",
    0x86: "check --user and --password-file",
    0x87: "check --user and --password-file, the certificate, and what the broker allows it",
}


class Broker(NamedTuple):
    """Where batches come from: ``mqtt://HOST`` or ``mqtts://HOST``, and who asks for them.

    `client_id` is the name of the session that the broker keeps. Files are paths or None.
    """

    url: str
    topic: str = "laughtrack/+/+/timeline"
    client_id: str = "laughtrack-ingest"
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    user: str | None = None
    password_file: str | None = None


class BrokerError(OSError):
    """The broker refuses this client; the message says why, and the next step."""


def names_device(topic_filter):
    """Say whether the level before the last of every topic of a filter is a device's name."""
    levels = topic_filter.split("/")
    return len(levels) > 1 and levels[-2] == "+" and levels[-1] not in ("+", "#")


def address(broker):
    """Read a broker's address.

    Returns
    -------
    host : str
    port : int
    secure : bool
        Whether by TLS.

    Raises
    ------
    ValueError
        If it can never work.
    """
    try:
        url = urlsplit(broker.url)
        host, port = url.hostname, url.port
    except ValueError:
        host, url, port = None, urlsplit(""), None
    if not host or url.scheme not in ("mqtt", "mqtts") or url.path.strip("/"):
        raise ValueError(f"broker is {broker.url!r}: expected mqtt://HOST or mqtts://HOST:PORT")
    if "@" in url.netloc:
        raise ValueError("the broker's address holds a user: use --user and --password-file")
    secure = url.scheme == "mqtts"
    if not secure and (broker.ca_file or broker.cert_file or broker.key_file):
        raise ValueError(f"broker is {broker.url!r}, with certificates: write mqtts:// for TLS")
    return host, port or (8883 if secure else 1883), secure


def make_client(broker, port, secure):
    """Make a paho client of MQTT 5 that leaves acknowledging to its user.

    Raises
    ------
    ValueError
        If the topic, a certificate, a key or the password's file is of no use.
    """
    levels = broker.topic.split("/")
    mixed = any(("+" in each or "#" in each) and len(each) > 1 for each in levels)
    if mixed or not broker.topic or "#" in levels[:-1]:
        raise ValueError(
            f"topic is {broker.topic!r}: expected like {Broker._field_defaults['topic']}"
        )
    from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv5

    client = Client(CallbackAPIVersion.VERSION2, broker.client_id, protocol=MQTTv5, manual_ack=True)
    client.connect_timeout = ANSWER_S
    if secure:
        client.tls_set_context(_tls(broker, port))
    if broker.user:
        client.username_pw_set(broker.user, _password(broker.password_file))
    return client


def _tls(broker, port):
    if bool(broker.cert_file) != bool(broker.key_file):
        raise ValueError("--cert and --key belong together: give both or none")
    try:
        context = ssl.create_default_context(cafile=broker.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if broker.cert_file:
            context.load_cert_chain(broker.cert_file, broker.key_file)
    except OSError as error:
        files = ", ".join(filter(None, (broker.ca_file, broker.cert_file, broker.key_file)))
        raise ValueError(
            f"cannot use {files}: {error}: expected PEM files, and the key of this certificate"
        ) from None
    if port == 443:
        # The name by which AWS IoT Core knows MQTT on the port of the web.
        context.set_alpn_protocols(["x-amzn-mqtt-ca"])
    return context


def _password(path):
    if not path:
        return None
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read --password-file {path}: {error}") from None


def reason(error):
    """Say why a connection failed, with the cure where it is known."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate does not hold: {error.verify_message}: is --ca its signer's?"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}: check the port, --ca, --cert and --key"
    return error.strerror or str(error) or type(error).__name__
