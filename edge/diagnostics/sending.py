"""What the doctor finds of the way out: the outbox, then the broker, Greengrass or a file."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Iterator, Mapping, NamedTuple

from laughtrack.edge import status_file
from laughtrack.edge.checked_files import DAMAGED, damaged_count
from laughtrack.edge.diagnostics.machine import Finding

if TYPE_CHECKING:
    from laughtrack.edge.settings import Settings


class Greengrass(NamedTuple):
    """A version of Greengrass: its package, where it lives, what it sets for its programs."""

    package: str
    home: str
    variable: str


GREENGRASS = {
    "greengrass1": Greengrass("greengrasssdk", "/greengrass/ggc", "MY_FUNCTION_ARN"),
    "greengrass2": Greengrass(
        "awsiot",
        "/greengrass/v2",
        "AWS_GG_NUCLEUS_DOMAIN_SOCKET_FILEPATH_FOR_COMPONENT",
    ),
}


def check_outbox(folder: str) -> Iterator[Finding]:
    """Look at what waits to be sent and what was refused, without touching it.

    Parameters
    ----------
    folder : str
        The program's.
    """
    from laughtrack.edge.outbox.counts import look_at_counts

    folder = os.path.join(folder, "outbox")
    if not os.path.isdir(folder):
        yield Finding("outbox", True, "none yet")
        return
    dropped, refused, _ = look_at_counts(folder)
    waiting = _count_batches(folder)
    message = f"{waiting} waiting, {dropped} dropped for room, {refused} refused, ever"
    aside = os.path.join(folder, "refused")
    if _count_batches(aside):
        cure = f"read why in {aside}, cure it, then remove what is there"
        yield Finding("outbox", False, message, cure)
    elif dropped:
        yield Finding("outbox", None, message, "raise outbox_mb if the broker is away for longer")
    else:
        yield Finding("outbox", True, message)
    for place in (os.path.dirname(folder), folder):
        if damaged_count(place):
            aside = os.path.join(place, DAMAGED)
            message = f"{damaged_count(place)} files were not what had been written: see {aside}"
            yield Finding("damaged files", None, message, "check the disk or card, and replace it")


def _count_batches(folder: str) -> int:
    """Count the batches in a folder; unlike `Outbox`, clear nothing: the program may be at work."""
    try:
        names = os.listdir(folder)
    except OSError:
        return 0
    return sum(name[0].isdigit() and name.endswith(".json") for name in names)


def check_publisher(settings: Settings, busy: bool | None) -> Iterator[Finding]:
    """Look at the way to wherever batches go.

    Parameters
    ----------
    settings : edge.settings.Settings
    busy : bool or None
        The program runs: where it has no trouble, its connection is left alone.
    """
    if settings.publisher == "mqtt":
        yield from _login(settings)
        if busy and (status_file.read(settings.folder) or {}).get("trouble") == "":
            yield Finding("broker", True, "the tracker, which is running, reaches it")
            return
        from laughtrack.edge.mqtt.probe import probe

        for what, ok, message in probe(settings):
            yield Finding(f"broker, {what}", ok, message)
    elif settings.publisher == "file":
        yield _file(settings.file)
    else:
        yield _greengrass(settings.publisher)


def _login(settings: Settings) -> Iterator[Finding]:
    from laughtrack.edge.mqtt.broker import from_settings, unencrypted_login

    try:
        warning = unencrypted_login(from_settings(settings))
    except ValueError:
        return  # What is wrong with the address is found next.
    if warning:
        message, _, cure = warning.partition(": ")
        yield Finding("broker, password", None, message, cure)


def _file(path: str) -> Finding:
    folder = os.path.dirname(os.path.abspath(path))
    target = path if os.path.exists(path) else folder
    if os.path.isdir(path) or not os.path.isdir(folder) or not os.access(target, os.W_OK):
        cure = "set file to one that this user may write"
        return Finding("file", False, f"{path} cannot be written", cure)
    return Finding("file", True, path)


def _greengrass(publisher: str, environ: Mapping[str, str] = os.environ) -> Finding:
    package, home, variable = GREENGRASS[publisher]
    try:
        importlib.import_module(package)
    except ImportError as error:
        cure = f"pip install {'awsiotsdk' if package == 'awsiot' else package}"
        return Finding(publisher, False, f"its package is missing: {error}", cure)
    if environ.get(variable):
        return Finding(publisher, True, f"{variable} is set")
    if os.path.isdir(home):
        cure = "run the doctor as Greengrass runs the program, or trust its log"
        return Finding(publisher, None, f"{home} is there, but did not start this", cure)
    message = f"no Greengrass here: {variable} is not set, and there is no {home}"
    return Finding(publisher, False, message, "set publisher to mqtt")
