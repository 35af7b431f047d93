"""The device's settings: defaults, then an INI file, then the environment, then flags."""

from __future__ import annotations

import configparser
import os
import re
import socket
from typing import Any, Mapping, NamedTuple

from laughtrack.edge.contexts import KINDS_IN_WORDS, MOST_CHARACTERS, check_context, check_title
from laughtrack.edge.readings import check_name, is_text
from laughtrack.edge.tags import NO_SITE, read_tags
from laughtrack.tracker.text_files import read_text

SECTION = "laughtrack"
PREFIX = "LAUGHTRACK_"
SESSIONS = ("day", "start", "command")
PUBLISHERS = ("mqtt", "greengrass1", "greengrass2", "file")
SCORERS = ("auto", "openvino", "awscam", "f32")
FINDERS = ("haar", "net", "both")
DISCOVERIES = ("off", "homeassistant")
# What finds faces where nobody chooses: on a host the net, which misses far fewer people; on a
# device, which may be a DeepLens, the cascades, since only they were tried there.
HOST_FINDER, DEVICE_FINDER = "net", "haar"
# SmileNet in whole numbers of eight bits, or in 32-bit floats: what a host uses, unless told.
PRECISIONS = ("int8", "f32")
HOST_SCORER = "int8"
# Scores a second and viewer at most: `edge.pipeline.judgements` says why.
SCORE_HZ = 10.0
# AWS IoT Core's limits for a topic, less what `status` and `command` may add.
TOPIC_BYTES, TOPIC_SLASHES = 248, 7
# Beyond what makes sense; the second for seconds, of which a thread can wait only so many.
MOST, MOST_S = 1e12, 1e6

# What each setting is, for the help.
HELP = {
    "device": "this device's name; else the thing's or the host's",
    "site": "where it hangs",
    "source": "camera index, /dev/video0, awscam, a FIFO, rtsp://..., a film",
    "rate_hz": "looks a second",
    "speed": "a film is played so many times as fast as its clock; 0: all of it, at once",
    "session": "a new session by day, by start, or by command; after 28 days in any case",
    "context": "what kind of event this is, which must be said: " + KINDS_IN_WORDS,
    "title": "what is shown",
    "tags": "texts to find sessions by: film=The Night Bus; cut=2",
    "batch_s": "longest span of a batch",
    "batch_readings": "most readings in a batch; 0: as many as 120 KB hold",
    "publisher": "mqtt, greengrass1, greengrass2 or file",
    "topic": "status and command are its neighbours",
    "broker": "mqtts:// for TLS",
    "ca_file": "the broker's certificate authority; else the system's",
    "cert_file": "this device's certificate",
    "key_file": "and its key",
    "user": "a plain broker's user",
    "password_file": "a file that holds the password alone",
    "file": "publisher = file appends batches to it, a line each",
    "folder": "the outbox and what a restart needs",
    "outbox_mb": "more than this waiting: the oldest are dropped, and counted",
    "drain_hz": "at most so many batches a second are sent",
    "resend_s": "what was sent so long before a connection broke is sent again with the next",
    "preview": "off, fifo (/tmp/results.mjpeg; fifo:GROUP for its users, too), or a local port",
    "finder": "faces by haar cascades, by a small net (needs openvino), or by both",
    "scorer": "openvino (in int8 if it is of 2023 or later), f32 (openvino in 32-bit floats), "
    "awscam; auto: awscam where there is one, else openvino",
    "score_hz": "scores a second and viewer at most; where looks are denser, the last one holds",
    "score_budget_ms": "awscam scores one face a call: longest a look may take for it",
    "stuck_s": "no frame for so long: the camera is opened anew; twice: all is",
    "status_s": "time between two reports of the device's state",
    "discovery": "off, or homeassistant: it finds the device at the broker, a switch and viewers",
    "memory_mb": "above this the program starts anew, losing nothing; the systemd unit allows 3000",
    "min_free_mb": "disk left to others",
    "log_file": "else standard error, for the system's journal",
    "log_mb": "the log and one older are kept up to this size each",
}


class Topics(NamedTuple):
    """The device's topics: what it publishes batches and its status to, and hears commands on."""

    timeline: str
    status: str
    command: str


class Settings(NamedTuple):
    """All that `python -m laughtrack.edge run` can be told; `HELP` says what each is.

    The same names stand in the file and as flags; in the environment a name has capitals and
    ``LAUGHTRACK_`` before it.
    """

    device: str = ""
    site: str = NO_SITE
    source: str = "0"
    rate_hz: float = 10.0
    speed: float = 0.0
    session: str = "day"
    context: str = ""
    title: str = ""
    tags: str = ""
    batch_s: float = 5.0
    batch_readings: float = 0.0
    publisher: str = "mqtt"
    topic: str = "laughtrack/{site}/{device}/timeline"
    broker: str = "mqtt://127.0.0.1:1883"
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    user: str = ""
    password_file: str = ""
    file: str = ""
    folder: str = "laughtrack-device"
    outbox_mb: float = 512.0
    drain_hz: float = 10.0
    resend_s: float = 60.0
    preview: str = "off"
    finder: str = DEVICE_FINDER
    scorer: str = "auto"
    score_hz: float = SCORE_HZ
    score_budget_ms: float = 60.0
    stuck_s: float = 30.0
    status_s: float = 30.0
    discovery: str = "off"
    memory_mb: float = 1500.0
    min_free_mb: float = 200.0
    log_file: str = ""
    log_mb: float = 5.0

    def topics(self) -> Topics:
        """Return the topics for batches, status and commands."""
        timeline = self.topic.format(site=self.site, device=self.device)
        base = timeline.rpartition("/")[0] or timeline
        return Topics(timeline, f"{base}/status", f"{base}/command")


def load(
    path: str | os.PathLike[str] | None = None,
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Read and check the settings.

    Parameters
    ----------
    path : str, optional
        An INI file with a section ``[laughtrack]``.
    flags : dict of str, optional
        By name; None values are not given.
    environ : dict of str

    Returns
    -------
    Settings

    Raises
    ------
    ValueError
        Naming the file, variable or flag, its value and what is expected.
    """
    settings = Settings()
    given = [(f"{path}: {name}", name, value) for name, value in _read_file(path).items()]
    for name in Settings._fields:
        if environ.get(PREFIX + name.upper()):
            given.append((PREFIX + name.upper(), name, environ[PREFIX + name.upper()]))
    for name, value in (flags or {}).items():
        if value is not None:
            given.append(("--" + name.replace("_", "-"), name, value))
    places = {name: name for name in Settings._fields}
    for where, name, value in given:
        settings = _with(settings, where, name, value)
        places[name] = where
    if not settings.device:
        settings = settings._replace(device=_own_name(environ))
    return _check(settings, places)


def require_context(settings: Settings) -> Settings:
    """Return the settings unchanged; ask for the context where they name none.

    Raises
    ------
    ValueError
        No context is named.
    """
    if not settings.context:
        raise ValueError(
            "the settings name no context: write what kind of event this is, as in context = "
            f"screening; there are {KINDS_IN_WORDS}"
        )
    return settings


def _read_file(path: str | os.PathLike[str] | None) -> dict[str, str]:
    if path is None:
        return {}
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(read_text(path, "settings"), str(path))
    except OSError as error:
        raise ValueError(f"cannot read the settings {path}: {error.strerror}") from None
    except (configparser.Error, ValueError) as error:
        raise ValueError(f"cannot read the settings {path}: {error}".replace("\n", " ")) from None
    if SECTION not in parser:
        raise ValueError(f"{path} has no section [{SECTION}]: write it above the settings")
    return dict(parser[SECTION])


def _with(settings: Settings, where: str, name: str, value: Any) -> Settings:
    if name not in Settings._fields:
        names = ", ".join(Settings._fields)
        raise ValueError(f"{where}: no such setting; there are {names}")
    # A context of blanks is a wrong one, and not none.
    blank = value if name == "context" else ""
    value = value.strip() or blank if isinstance(value, str) else value
    if isinstance(value, str) and not is_text(value):
        raise ValueError(f"{where} is {value!r}: expected UTF-8")
    if isinstance(Settings._field_defaults[name], float):
        try:
            value = float(value)
        except ValueError:
            raise ValueError(f"{where} is {value!r}: expected a number") from None
        most = MOST_S if name.endswith("_s") else MOST
        if not 0 <= value <= most:
            raise ValueError(f"{where} is {value:g}: expected a number from 0 to {most:.0f}")
    return settings._replace(**{name: value})


def _own_name(environ: Mapping[str, str]) -> str:
    name = environ.get("AWS_IOT_THING_NAME") or socket.gethostname()
    return re.sub(r"[^A-Za-z0-9._-]", "-", name).strip("-._")[:100] or "device"


def _check(settings: Settings, places: dict[str, str]) -> Settings:
    """Return the settings, or say which one is wrong by the place where it was given."""
    for field in ("device", "site"):
        check_name(places[field], getattr(settings, field))
    _check_text(settings, places)
    field = "title"
    try:
        check_title(settings.title)
        field = "tag"
        read_tags(settings.tags)
        field = "context"
        # One that was not given is asked for by `require_context`.
        if settings.context:
            settings = settings._replace(context=check_context(settings.context))
    except ValueError as error:
        place = places["tags" if field == "tag" else field]
        raise ValueError(str(error).replace(field, place, 1)) from None
    positive = "rate_hz", "batch_s", "outbox_mb", "drain_hz", "score_hz", "stuck_s", "status_s"
    for field in (*positive, "log_mb"):
        if getattr(settings, field) == 0:
            raise ValueError(f"{places[field]} is 0: expected a number above 0")
    if settings.discovery != "off" and settings.publisher != "mqtt":
        raise ValueError(
            f"{places['discovery']} is {settings.discovery}, but publisher is "
            f"{settings.publisher}: set publisher = mqtt, which alone it hears"
        )
    if settings.publisher == "file" and not settings.file:
        raise ValueError(f"{places['publisher']} is file, but no file is named: set file")
    _check_topic(settings, places["topic"])
    return settings


def _check_text(settings: Settings, places: dict[str, str]) -> None:
    def refuse(field: str, expected: str) -> None:
        raise ValueError(f"{places[field]} is {getattr(settings, field)!r}: expected {expected}")

    choices = {"session": SESSIONS, "publisher": PUBLISHERS, "finder": FINDERS, "scorer": SCORERS}
    choices["discovery"] = DISCOVERIES
    for field, known in choices.items():
        if getattr(settings, field) not in known:
            refuse(field, "one of " + ", ".join(known))
    for field in ("source", "folder"):
        if not getattr(settings, field):
            refuse(field, HELP[field])
    for field in ("title", "context"):
        if len(getattr(settings, field)) > MOST_CHARACTERS:
            refuse(field, f"up to {MOST_CHARACTERS} characters")
    if settings.publisher == "mqtt" and not settings.broker.startswith(("mqtt://", "mqtts://")):
        refuse("broker", "mqtt://HOST or mqtts://HOST")
    if not re.fullmatch("off|fifo|fifo:[A-Za-z_][A-Za-z0-9_.-]*|[0-9]+", settings.preview):
        refuse("preview", "off, fifo or a port")


def _check_topic(settings: Settings, place: str) -> None:
    try:
        topic = settings.topics()[0]
    except (LookupError, ValueError, AttributeError, TypeError):
        raise ValueError(
            f"{place} is {settings.topic!r}: expected no braces but {{site}} and {{device}}"
        ) from None
    size = len(topic.encode())
    if not topic or re.search(r"[+#\0]|//|^/|/$", topic) or size > TOPIC_BYTES:
        raise ValueError(f"{place} is {topic!r}: expected 1 to {TOPIC_BYTES} bytes, no + or #")
    if topic.count("/") > TOPIC_SLASHES:
        raise ValueError(f"{place} is {topic!r}: expected at most {TOPIC_SLASHES} slashes")
