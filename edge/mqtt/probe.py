"""Step by step to the broker, to find which step fails: for `edge doctor`."""

from __future__ import annotations

import json
import socket
import ssl
import time
from typing import TYPE_CHECKING, NamedTuple

from laughtrack.edge.mqtt import tls
from laughtrack.edge.mqtt.broker import Address, Broker, address, from_settings
from laughtrack.edge.mqtt.client import KEEPALIVE_S, explain_refusal, make_client

if TYPE_CHECKING:
    from paho.mqtt.client import Client
    from paho.mqtt.reasoncodes import ReasonCode

    from laughtrack.edge.settings import Settings

# How long the broker may take for each answer.
ANSWER_S = 10.0


class Step(NamedTuple):
    """One step.

    What was tried, whether it went well, and what was found, or what is wrong with its cure.
    """

    name: str
    ok: bool
    text: str


def probe(settings: Settings) -> list[Step]:
    """Try each step from the settings to a topic; stop at the first that bars the next.

    A device that is connected by the same name is put off for some seconds.

    Parameters
    ----------
    settings : edge.settings.Settings

    Returns
    -------
    list of Step
    """
    broker = from_settings(settings)
    steps: list[Step] = []
    try:
        where = address(broker)
        client = make_client(broker)
        _probe_network(broker, where, steps)
    except ValueError as error:
        steps.append(Step("settings", False, str(error)))
        return steps
    if all(step.ok for step in steps):
        # Without a last will: to be taken for the device, and then for gone, would be wrong twice.
        _probe_mqtt(settings, where, client, steps)
    return steps


def _probe_network(broker: Broker, where: Address, steps: list[Step]) -> None:
    """Find the name, connect, and shake hands for TLS."""
    name = "name"
    try:
        found = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
        steps.append(Step(name, True, f"{where.host} is {found[0][4][0]}"))
        name = "network"
        with socket.create_connection((where.host, where.port), ANSWER_S) as connection:
            steps.append(Step(name, True, f"{where} answers"))
            if not where.secure:
                return
            name = "TLS"
            context = tls.client_context(broker, where.port)
            with context.wrap_socket(connection, server_hostname=where.host) as secure:
                days = _days_left(secure)
                text = f"{secure.version()}; the broker's certificate holds for {days} days"
        error = tls.refusal(broker, where.host, where.port)
        if error:
            raise error
        steps.append(Step(name, True, text))
    except OSError as error:
        steps.append(Step(name, False, tls.explain(error, broker, str(where))))


def _days_left(connection: ssl.SSLSocket) -> str:
    certificate = connection.getpeercert() or {}
    until_s = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    return f"{(until_s - time.time()) / 86_400:.0f}"


def _probe_mqtt(settings: Settings, where: Address, client: Client, steps: list[Step]) -> None:
    """Connect, publish to the status topic and subscribe to the command topic."""
    broker = from_settings(settings)
    answers: dict[str, ReasonCode] = {}
    logged = [""]
    client.on_connect = lambda c, u, flags, code, p: answers.update(connect=code)
    client.on_publish = lambda c, u, mid, code, p: answers.update(publish=code)
    client.on_subscribe = lambda c, u, mid, codes, p: answers.update(subscribe=codes[0])
    client.on_disconnect = lambda c, u, flags, code, p: answers.update(end=code)
    client.on_log = lambda c, u, level, text: logged.append(text) if "failed" in text else None
    topics = settings.topics()
    note = json.dumps({"device": settings.device, "site": settings.site, "doctor": True})
    actions = (
        ("connect", "connection", "to connect", lambda: None),
        (
            "publish",
            "publish",
            f"to publish to {topics.status}",
            lambda: client.publish(topics.status, note, 1),
        ),
        (
            "subscribe",
            "commands",
            f"to hear {topics.command}",
            lambda: client.subscribe(topics.command, 1),
        ),
    )
    try:
        client.connect(where.host, where.port, KEEPALIVE_S)
        for key, name, attempt, begin in actions:
            begin()
            code = _await(client, answers, key)
            ok = code is not None and not code.is_failure
            if ok:
                text = f"{where} allows {settings.device!r} {attempt}"
            elif code is not None:
                text = explain_refusal(code, broker, attempt)
            else:
                text = tls.explain(logged[-1] or "no answer", broker, str(where))
            steps.append(Step(name, ok, text))
            if code is None or (key == "connect" and not ok):
                break
    except OSError as error:
        steps.append(Step("connection", False, tls.explain(error, broker, str(where))))
    finally:
        client.disconnect()
        client.loop(0.1)


def _await(client: Client, answers: dict[str, ReasonCode], key: str) -> ReasonCode | None:
    """Run the client's loop until an answer is there or the connection ends; None: no answer."""
    end_s = time.monotonic() + ANSWER_S
    while key not in answers and "end" not in answers and time.monotonic() < end_s:
        client.loop(0.1)
    code = answers.get(key)
    # Some brokers hang up instead of answering, and say why in doing so.
    return code if code is not None or not _gave_reason(answers) else answers["end"]


def _gave_reason(answers: dict[str, ReasonCode]) -> bool:
    """Return whether the broker hung up with a reason of its own."""
    return "end" in answers and answers["end"].value not in (0, 0x80)
