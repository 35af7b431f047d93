"""Step by step to the broker, to find which step fails: for `edge doctor`."""

from __future__ import annotations

import json
import socket
import ssl
import time

from laughtrack.edge.mqtt import client as mqtt_client
from laughtrack.edge.mqtt import tls

# How long the broker may take for each answer.
ANSWER_S = 10.0


def probe(settings):
    """Try each step from the settings to a topic; stop at the first that bars the next.

    A device that is connected by the same name is put off for some seconds.

    Parameters
    ----------
    settings : edge.settings.Settings

    Returns
    -------
    list of (str, bool, str)
        What was tried, whether it went well, and what was found, or what is wrong with its cure.
    """
    found = []
    try:
        broker = mqtt_client.address(settings)
        client = mqtt_client.make_client(settings)
        # To be taken for the device, and then for gone, would be wrong twice.
        client.will_clear()
        _network(settings, broker, found)
    except ValueError as error:
        found.append(("settings", False, str(error)))
        return found
    if all(ok for _, ok, _ in found):
        _mqtt(settings, broker, client, found)
    return found


def _network(settings, broker, found):
    """Find the name, connect, and shake hands for TLS."""
    what = "name"
    try:
        places = socket.getaddrinfo(broker.host, broker.port, type=socket.SOCK_STREAM)
        found.append((what, True, f"{broker.host} is {places[0][4][0]}"))
        what = "network"
        with socket.create_connection((broker.host, broker.port), ANSWER_S) as plain:
            found.append((what, True, f"{broker} answers"))
            if not broker.secure:
                return
            what = "TLS"
            context = tls.client_context(settings, broker.port)
            with context.wrap_socket(plain, server_hostname=broker.host) as secure:
                until = secure.getpeercert()["notAfter"]
                left = (ssl.cert_time_to_seconds(until) - time.time()) / 86_400
                text = f"{secure.version()}; the broker's certificate holds for {left:.0f} days"
        error = tls.refusal(settings, broker.host, broker.port)
        if error:
            raise error
        found.append((what, True, text))
    except OSError as error:
        found.append((what, False, tls.explain(error, settings, str(broker))))


def _mqtt(settings, broker, client, found):
    """Connect, publish to the status topic and subscribe to the command topic."""
    answers, noted = {}, [""]
    client.on_connect = lambda c, u, flags, code, p: answers.update(connect=code)
    client.on_publish = lambda c, u, mid, code, p: answers.update(publish=code)
    client.on_subscribe = lambda c, u, mid, codes, p: answers.update(subscribe=codes[0])
    client.on_disconnect = lambda c, u, flags, code, p: answers.update(end=code)
    client.on_log = lambda c, u, level, text: noted.append(text) if "failed" in text else None
    _, status, command = settings.topics()
    note = json.dumps({"device": settings.device, "site": settings.site, "doctor": True})
    steps = (
        ("connect", "connection", "to connect", lambda: None),
        ("publish", "publish", f"to publish to {status}", lambda: client.publish(status, note, 1)),
        (
            "subscribe",
            "commands",
            f"to hear {command}",
            lambda: client.subscribe(command, 1),
        ),
    )
    try:
        client.connect(broker.host, broker.port, mqtt_client.KEEPALIVE_S)
        for key, what, act, begin in steps:
            begin()
            code = _await(client, answers, key)
            ok = code is not None and not code.is_failure
            if ok:
                text = f"{broker} allows {settings.device!r} {act}"
            elif code is not None:
                text = mqtt_client.say(code, settings, act)
            else:
                text = tls.explain(noted[-1] or "no answer", settings, str(broker))
            found.append((what, ok, text))
            if code is None or (key == "connect" and not ok):
                break
    except OSError as error:
        found.append(("connection", False, tls.explain(error, settings, str(broker))))
    finally:
        client.disconnect()
        client.loop(0.1)


def _await(client, answers, key):
    """Turn the client's wheel until an answer is there or the connection ends; None: no answer."""
    end_s = time.monotonic() + ANSWER_S
    while key not in answers and "end" not in answers and time.monotonic() < end_s:
        client.loop(0.1)
    code = answers.get(key)
    # Some brokers hang up instead of answering, and say why in doing so.
    return code if code is not None or not _told(answers) else answers["end"]


def _told(answers):
    """Tell whether the broker hung up with a reason of its own."""
    return "end" in answers and answers["end"].value not in (0, 0x80)
