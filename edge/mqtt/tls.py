"""TLS to a broker: the device's certificate, and what went wrong in plain words, with the cure."""

from __future__ import annotations

import errno
import re
import socket
import ssl
import time
from typing import NoReturn

from laughtrack.edge.mqtt.broker import Broker

# OpenSSL's numbers for why a certificate does not hold.
_NOT_YET, _EXPIRED, _HOST, _ADDRESS = 9, 10, 62, 64
# What the broker says of our certificate before it hangs up; OpenSSL spells it in several ways.
_ALERTS = (
    (
        "certificate.expired",
        "the broker says that this device's certificate, {cert}, has expired: get a new one",
    ),
    (
        "certificate.revoked",
        "the broker says that this device's certificate, {cert}, was revoked: get a new one",
    ),
    (
        "bad.certificate",
        "the broker cannot use this device's certificate, {cert}: by the broker's clock it is not "
        "valid yet, or it is damaged: check both clocks, or get a new one",
    ),
    (
        "unknown.ca|certificate.unknown|unsupported.certificate|decrypt.error",
        "the broker does not know who signed this device's certificate, {cert}: "
        "use the one made for this broker, or let the broker trust its signer",
    ),
    (
        "certificate.required|handshake.failure|access.denied",
        "the broker wants a certificate that it can trust and got {cert}: "
        "set cert_file and key_file to the ones made for this device",
    ),
    (
        "wrong.version.number|record.layer.failure|packet.length.too.long",
        "{place} does not speak TLS: check the port, or write mqtt:// for a plain broker",
    ),
    (
        "protocol.version|unsupported.protocol",
        "{place} speaks TLS older than 1.2: the broker needs an update",
    ),
    (
        "no.application.protocol",
        "{place} does not offer MQTT: on AWS use the data endpoint, port 8883 or 443",
    ),
)


class _Socket(ssl.SSLSocket):
    """Closes itself when the handshake fails; paho leaves that to chance."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def client_context(broker: Broker, port: int) -> ssl.SSLContext:
    """Make what TLS needs: version 1.2 or later, the broker's signers, this device's certificate.

    Parameters
    ----------
    broker : Broker
        Its `ca_file` (else the system's signers), `cert_file` and `key_file`.
    port : int
        On 443 the name of the protocol is sent as AWS IoT Core wants it.

    Returns
    -------
    ssl.SSLContext

    Raises
    ------
    ValueError
        A file is missing, cannot be read or is none of its kind, or the key is another's.
    """
    options = broker.options
    if bool(broker.cert_file) != bool(broker.key_file):
        raise ValueError(
            f"{options.cert_file} and {options.key_file} belong together: "
            f"{options.give} both or none"
        )
    _check_readable(options.ca_file, broker.ca_file)
    _check_readable(options.cert_file, broker.cert_file)
    _check_readable(options.key_file, broker.key_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = _Socket
    load_files(context, broker)
    if port == 443:
        context.set_alpn_protocols(["x-amzn-mqtt-ca"])
    return context


def load_files(context: ssl.SSLContext, broker: Broker) -> None:
    """Read the signers and our certificate, also once more; raise as `client_context` does."""
    try:
        if broker.ca_file:
            context.load_verify_locations(broker.ca_file)
        else:
            context.load_default_certs()
    except ssl.SSLError:
        raise ValueError(
            f"{broker.options.ca_file} is {broker.ca_file}: it holds no certificate in PEM form "
            "(-----BEGIN CERTIFICATE-----)"
        ) from None
    if broker.cert_file:
        _load_own(context, broker)


def _check_readable(name: str, path: str) -> None:
    try:
        if path:
            open(path, "rb").close()
    except OSError as error:
        raise ValueError(
            f"{name} is {path}: {error.strerror}: check the name, and that the program's user "
            "may read it"
        ) from None


def _load_own(context: ssl.SSLContext, broker: Broker) -> None:
    options = broker.options

    def no_password() -> NoReturn:
        raise ValueError(
            f"{options.key_file} is {broker.key_file}: it is locked with a password, which nobody "
            "can type here: use a key without one, readable by its owner only"
        )

    try:
        context.load_cert_chain(broker.cert_file, broker.key_file, no_password)
    except ssl.SSLError as error:
        if "MISMATCH" in str(error):
            raise ValueError(
                f"{options.key_file} {broker.key_file} does not belong to "
                f"{options.cert_file} {broker.cert_file}: take the two that were made together"
            ) from None
        raise ValueError(
            f"{options.cert_file} is {broker.cert_file} and {options.key_file} {broker.key_file}: "
            "expected a certificate and its key, both in PEM form "
            f"({error.reason or error})"
        ) from None


def refusal(broker: Broker, host: str, port: int) -> OSError | None:
    """Ask a broker over TLS whether it takes this device's certificate.

    With TLS 1.3 it says no only after the handshake, where sending may fail before one has heard
    why; so nothing is sent here.

    Returns
    -------
    OSError or None
        None: it says nothing against it within a second.
    """
    context = client_context(broker, port)
    try:
        connection = socket.create_connection((host, port), 5.0)
        with connection, context.wrap_socket(connection, server_hostname=host) as secure:
            secure.settimeout(1.0)
            if not secure.recv(1):
                return ConnectionResetError("it hangs up after the handshake")
    except socket.timeout:
        return None
    except OSError as error:
        return error
    return None


def explain(error: Exception | str, broker: Broker, place: str) -> str:
    """Say why a connection failed, and what to do.

    Parameters
    ----------
    error : Exception or str
        What connecting raised, or what was written of it.
    broker : Broker
    place : str
        The broker, as HOST:PORT.

    Returns
    -------
    str
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return _explain_verify(error, broker, place)
    text = str(error).replace("failed to receive on socket: ", "")
    cert = broker.cert_file or "none"
    for pattern, message in _ALERTS:
        if re.search(pattern, text, re.IGNORECASE):
            return message.format(cert=cert, place=place)
    if isinstance(error, socket.gaierror):
        host = place.rpartition(":")[0]
        return f"no address is known for {host}: check its spelling, the network and its DNS"
    if isinstance(error, ConnectionRefusedError):
        return f"{place} refuses connections: is the broker running, and is this its port?"
    if isinstance(error, socket.timeout) or getattr(error, "errno", 0) == errno.ETIMEDOUT:
        return f"{place} does not answer: check the network, and that no firewall closes the port"
    if getattr(error, "errno", 0) in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN):
        return f"there is no way to {place}: check the network"
    return (
        f"{place} ends the connection before it accepts it ({text or type(error).__name__}): "
        "mqtts:// is for TLS and mqtt:// for none; check the port, and that the broker allows "
        f"this device's certificate ({cert}) to connect as {broker.client_id!r}"
    )


def _explain_verify(error: ssl.SSLCertVerificationError, broker: Broker, place: str) -> str:
    now = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    if error.verify_code == _NOT_YET:
        return (
            f"the certificate of {place} is not valid yet, by this device's clock, which says "
            f"{now}: set the clock, or wait until the network has set it"
        )
    if error.verify_code == _EXPIRED:
        return (
            f"the certificate of {place} has expired, by this device's clock, which says {now}: "
            "renew it at the broker, or set the clock"
        )
    if error.verify_code in (_HOST, _ADDRESS):
        return (
            f"the certificate of {place} is for another name: write the broker's name as its "
            "certificate has it, or get it one for this name"
        )
    known = broker.ca_file or "the system's"
    return (
        f"the certificate of {place} is signed by nobody known here ({error.verify_message}; "
        f"known: {known}): set ca_file to the certificate of the broker's signer"
    )
