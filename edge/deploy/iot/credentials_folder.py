"""The folder that a device's identity is kept in: certificate, key, authority, settings."""

from __future__ import annotations

import configparser
import hashlib
import os
import re
import ssl
from pathlib import Path

from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.settings import SECTION

CERTIFICATE, KEY, AUTHORITY, SETTINGS = (
    "device.pem.crt",
    "private.pem.key",
    "AmazonRootCA1.pem",
    "settings.ini",
)


def make(folder: Path) -> None:
    """Make the folder, for its owner alone; one that is there stays as it is."""
    folder = Path(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if not folder.is_dir():
            folder.mkdir(mode=0o700)
    except OSError as error:
        raise OSError(f"cannot make the folder {folder}: {error.strerror}") from None


def write(folder: Path, name: str, text: str, mode: int = 420) -> None:
    """Write a file whole or not at all, never readable by more than `mode` allows.

    Raises
    ------
    OSError
        Naming the file.
    """
    path = Path(folder, name)
    try:
        with replacing(path) as part:
            number = os.open(str(part), os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with open(number, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        raise OSError(f"cannot write {path}: {error.strerror}") from None


def certificate_id(folder: Path) -> str | None:
    """Return the certificate's number, or None.

    AWS numbers a certificate by the SHA-256 of its DER form, so that the file alone tells.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    str or None
        64 hexadecimal digits; None where the certificate or its key is missing.

    Raises
    ------
    ValueError
        For a file that holds no certificate.
    """
    path = Path(folder, CERTIFICATE)
    if not (path.exists() and Path(folder, KEY).exists()):
        return None
    try:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(path.read_text().strip())).hexdigest()
    except ValueError:
        raise ValueError(
            f"{path} holds no certificate: remove it and run the same again for a new one"
        ) from None


def authority() -> str:
    """Return Amazon Root CA 1 as PEM text: the one that signs IoT Core's Data-ATS endpoints."""
    return Path(__file__).with_name(AUTHORITY).read_text()


def settings_text(device: str, site: str, endpoint: str, context: str = "") -> str:
    """Write the device's settings.

    Parameters
    ----------
    device, site : str
    endpoint : str
        IoT Core's host name.
    context : str
        What kind of event it is; "" leaves the line to be written.

    Returns
    -------
    str
        An INI file as `edge.settings` reads it.

    Raises
    ------
    ValueError
        What AWS named is no host: as a line of the file it could say anything.
    """
    if not re.fullmatch(r"[A-Za-z0-9.-]{1,253}", endpoint):
        raise ValueError(f"AWS IoT names the endpoint {endpoint!r:.200}: expected a host name")
    return (
        f"# Made by `laughtrack deploy iot {device}`. The three files lie beside this one.\n"
        f"[{SECTION}]\n"
        f"device = {device}\n"
        f"site = {site}\n"
        + (f"context = {context}\n" if context else "# To be written: context = KIND_OF_EVENT\n")
        + "publisher = mqtt\n"
        f"broker = mqtts://{endpoint}:8883\n"
        f"ca_file = {AUTHORITY}\n"
        f"cert_file = {CERTIFICATE}\n"
        f"key_file = {KEY}\n"
    )


def check(folder: Path, expected: dict[str, str]) -> bool:
    """See that the folder's settings, if there are any, are those of this very device.

    Parameters
    ----------
    folder : Path
    expected : dict of str
        Settings and the values that they must have.

    Returns
    -------
    bool
        Whether there are settings.

    Raises
    ------
    ValueError
        For another value, or an unreadable file.
    """
    path = Path(folder, SETTINGS)
    if not path.exists():
        return False
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
        found = dict(parser[SECTION])
    except (configparser.Error, UnicodeDecodeError, KeyError) as error:
        text = f"cannot read {path}: {error}: repair or remove it".replace("\n", " ")
        raise ValueError(text) from None
    for name, value in expected.items():
        if found.get(name, value) != value:
            raise ValueError(
                f"{path} says {name} is {found[name]!r}, not {value!r}: change that line, or give "
                "another folder with -o"
            )
    return True


def clear(folder: Path) -> list[str]:
    """Remove the certificate, its key and the authority; the settings stay.

    Returns
    -------
    list of str
        The files removed.
    """
    paths = [Path(folder, name) for name in (KEY, CERTIFICATE, AUTHORITY)]
    removed = [path for path in paths if path.exists()]
    for path in removed:
        path.unlink()
    return [str(path) for path in removed]
