"""Where a broker is and how it is asked: address, name, certificates, user."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from laughtrack.tracker.text_files import read_text

if TYPE_CHECKING:
    from laughtrack.edge.settings import Settings


class OptionNames(NamedTuple):
    """What the user calls the fields of a `Broker`, for messages: by default a device's settings.

    `give` is what one does with an option: a setting is set, an option of a command given.
    """

    ca_file: str = "ca_file"
    cert_file: str = "cert_file"
    key_file: str = "key_file"
    user: str = "user"
    password_file: str = "password_file"
    give: str = "set"


class Broker(NamedTuple):
    """A broker and whom it will know us as.

    `url` is ``mqtt://HOST``, or ``mqtts://HOST`` for TLS, each with a port or without. A broker
    lets only one connection of a `client_id` stay. Files are paths, "" for none: the certificate of
    the broker's signer (else the system's are trusted), our own certificate and its key, and a file
    that holds the password alone.
    """

    url: str
    client_id: str
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    user: str = ""
    password_file: str = ""
    options: OptionNames = OptionNames()


def from_settings(settings: Settings) -> Broker:
    """Return a device's broker, which knows it by the device's name.

    That name must be the device's alone: a broker ends the older of two connections of one name.
    Site and topic are left out of it, since the device's name is also what tells its batches from
    others': two devices that share it would lose readings, so it is well that the broker finds them
    out.
    """
    return Broker(
        settings.broker,
        settings.device,
        settings.ca_file,
        settings.cert_file,
        settings.key_file,
        settings.user,
        settings.password_file,
    )


class Address(NamedTuple):
    """A broker: `host`, `port`, and `secure` for TLS."""

    host: str
    port: int
    secure: bool

    def __str__(self) -> str:
        """Return HOST:PORT."""
        return f"{self.host}:{self.port}"


def address(broker: Broker) -> Address:
    """Read a broker's address; raise ValueError where it can never work."""
    expected = f"broker is {broker.url!r}: expected mqtt://HOST or mqtts://HOST:PORT"
    try:
        url = urlsplit(broker.url)
        host, port = url.hostname or "", url.port
        host.encode("idna")
    except ValueError:
        raise ValueError(expected) from None
    if not host or url.scheme not in ("mqtt", "mqtts") or url.path.strip("/") or url.query:
        raise ValueError(expected)
    options = broker.options
    if "@" in url.netloc:
        raise ValueError(
            f"broker holds a user: write it as {options.user}, "
            f"and the password as {options.password_file}"
        )
    secure = url.scheme == "mqtts"
    if broker.cert_file and not secure:
        raise ValueError(
            f"broker is {broker.url!r}, but {options.cert_file} is set: write mqtts:// for TLS"
        )
    return Address(host, port or (8883 if secure else 1883), secure)


def unencrypted_login(broker: Broker) -> str:
    """Say where a user or a password would cross a network that others can read; "" where not.

    Parameters
    ----------
    broker : Broker

    Returns
    -------
    str
        A sentence with the cure.

    Raises
    ------
    ValueError
        As `address`.
    """
    where, options = address(broker), broker.options
    known = ((options.user, broker.user), (options.password_file, broker.password_file))
    given = " and ".join(name for name, value in known if value)
    if where.secure or not given or _is_loopback(where.host):
        return ""
    return (
        f"{given} cross the network to {where.host} unencrypted, and whoever reads them there can "
        "send and listen as this program: write mqtts://, and have the broker speak TLS"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def password(broker: Broker) -> str | None:
    """Return the password, None for no file; raise ValueError for a file that cannot be read."""
    path = broker.password_file
    if not path:
        return None
    try:
        return read_text(path, keep_ends=True).strip("\r\n")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ValueError(
            f"{broker.options.password_file} is {path}: {reason}: "
            "it holds the password alone, readable by its owner"
        ) from None
