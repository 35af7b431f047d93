"""`laughtrack tell`: the operator's side of a device's command topic."""

from __future__ import annotations

import json
import uuid
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from laughtrack.analytics.devices.device_client import Address, NoAnswer, send_command
from laughtrack.cli import broker_settings
from laughtrack.cli.terminal import say, show
from laughtrack.edge.device import commands

if TYPE_CHECKING:
    from laughtrack.edge.settings import Settings

# What a setting's option is called, where that is another name.
OPTIONS = {
    "ca_file": "--ca",
    "cert_file": "--cert",
    "key_file": "--key",
    "password_file": "--password-file",
}


class Action(Enum):
    """What a device can be told."""

    start = "start"
    stop = "stop"
    mark = "mark"
    title = "title"
    status = "status"


def tell_command(
    device: Annotated[str, typer.Argument(metavar="DEVICE", help="The device's name.")],
    do: Annotated[
        Action, typer.Argument(metavar="start|stop|mark|title|status", help="What to do.")
    ],
    text: Annotated[
        str, typer.Argument(help="The mark, the title, or the name of the session to start.")
    ] = "",
    broker: Annotated[
        str | None, typer.Option(help="mqtt://HOST, or mqtts://HOST for TLS. [this machine]")
    ] = None,
    site: Annotated[str | None, typer.Option(help="Where the device hangs. [default]")] = None,
    topic: Annotated[
        str | None, typer.Option(help="The device's setting `topic`, if it has its own.")
    ] = None,
    ca: Annotated[str | None, typer.Option(help="The broker's certificate authority.")] = None,
    cert: Annotated[str | None, typer.Option(help="Your certificate.")] = None,
    key: Annotated[str | None, typer.Option(help="And its key.")] = None,
    user: Annotated[str | None, typer.Option(help="Your name at a plain broker.")] = None,
    password_file: Annotated[str | None, typer.Option(help="Holds the password alone.")] = None,
    wait: Annotated[float, typer.Option(min=0.1, max=600, help="For the answer, s.")] = 10.0,
    remember: Annotated[
        bool, typer.Option("--remember", help="Keep broker, site and login given here in a file.")
    ] = False,
) -> None:
    """Start or stop a device's session, mark a moment in it, retitle it, or ask how the device is.

    A title holds from now on for the session that is on, as in `tell lobby title "The Night Bus"`;
    the device's settings keep theirs for the next. Of a session in the store `laughtrack title`
    changes it, also while it is recorded, and that title then stands above all that is told here.

    Broker, site and login that are not given are taken from the environment (LAUGHTRACK_BROKER,
    LAUGHTRACK_SITE and so on), else from the file laughtrack/broker.ini in your folder of settings,
    usually ~/.config, which --remember writes. Nothing is sent but by this command.
    """
    from laughtrack.edge.mqtt.broker import from_settings, unencrypted_login

    command = _command(do.value, text)
    given = {
        "broker": broker,
        "site": site,
        "topic": topic,
        "ca_file": ca,
        "cert_file": cert,
        "key_file": key,
        "user": user,
        "password_file": password_file,
    }
    settings = _settings(device, given)
    if remember:
        kept = ", ".join(name for name, value in given.items() if value is not None)
        if not kept:
            raise typer.BadParameter("--remember keeps the options given with it: there are none")
        say(f"{broker_settings.remember(given)} keeps {kept}")
    where = from_settings(settings)
    if warning := unencrypted_login(where):
        say(warning)
    _, status_topic, command_topic = settings.topics()
    address = Address(settings.device, settings.site, status_topic, command_topic)
    status = send_command(where, address, command, wait)
    answer = status.pop("answer")
    if not answer.get("ok"):
        said = f"{device} did not {do.value}: {answer.get('said') or 'no reason given'}"
        stored = "; `laughtrack title` changes a stored session's" if do is Action.title else ""
        raise NoAnswer(said + stored)
    if do is Action.status:
        for name, value in status.items():
            show(f"{name:14} {_as_text(value)}")
    else:
        show(f"{device}: {answer.get('said') or 'done'}")


def _settings(device: str, given: dict[str, str | None]) -> Settings:
    """Return a device's settings; an error names the option, variable or line that is wrong."""
    from laughtrack.edge.settings import load

    known = broker_settings.complete(given, device, OPTIONS)
    flags = {name: value.text for name, value in known.items()}
    try:
        return load(None, {"device": device, "publisher": "mqtt", **flags}, environ={})
    except ValueError as error:
        words = str(error)
        for name, value in known.items():
            flag = "--" + name.replace("_", "-")
            if words.startswith(flag + " "):
                words = value.place + words[len(flag) :]
                break
        raise ValueError(words) from None


def _command(do: str, text: str) -> dict[str, str]:
    """Return a command as the device reads it; wrong usage where it would not take it."""
    command = {"do": do, "id": uuid.uuid4().hex}
    if do in ("stop", "status") and text:
        raise typer.BadParameter(f"{text!r}: {do} takes no text")
    if text:
        command["text" if do in ("mark", "title") else "session"] = text
    try:
        commands.parse(json.dumps(command))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return command


def _as_text(value: object) -> object:
    if isinstance(value, dict):
        return ", ".join(f"{k} {v}" for k, v in value.items())
    return "-" if value is None or value == "" else value
