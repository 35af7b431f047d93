"""Telling a device what to do, from a page: the same as `laughtrack tell`."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from laughtrack.analytics.devices.device_client import Address, NoAnswer, send_command

if TYPE_CHECKING:
    from laughtrack.edge.mqtt.broker import Broker

ACTIONS = ("start", "stop", "mark", "title", "status")
WAIT_S = 10.0


def tell(broker: Broker | None, device: Address, do: str, text: str = "") -> str:
    """Tell a device what to do; return what it says to that.

    Parameters
    ----------
    broker : Broker or None
        The server's.
    device : Address
    do : str
        One of `ACTIONS`.
    text : str
        The mark, the title, or the name of the session to start.

    Raises
    ------
    NoAnswer
        The device did not do it, or nobody knows whether it did.
    ValueError
        It is nothing that devices are told.
    """
    if do not in ACTIONS:
        raise ValueError(f"{do!r}: expected one of {', '.join(ACTIONS)}")
    if broker is None:
        raise ValueError("the server hears no devices: start it with --broker")
    command = {"do": do, "id": uuid.uuid4().hex}
    if text:
        command["session" if do == "start" else "text"] = text
    answer = send_command(broker, device, command, WAIT_S)["answer"]
    if not answer.get("ok"):
        raise NoAnswer(f"{device.device} did not {do}: {answer.get('said') or 'no reason given'}")
    return str(answer.get("said") or "done")
