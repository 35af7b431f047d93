"""Tells systemd how the program is doing, where there is systemd."""

from __future__ import annotations

import os
import socket


def notify(text: str) -> None:
    """Send one message to systemd; without systemd, or when it does not answer, do nothing.

    Parameters
    ----------
    text : str
        ``READY=1``, ``WATCHDOG=1``, ``STATUS=...`` or ``STOPPING=1``; several, a line each.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    if address.startswith("@"):  # a name in no folder begins with a zero byte
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            # Rather lose one message than wait for systemd: there will be another.
            out.setblocking(False)
            out.sendto(text.encode(), address)
    except (OSError, ValueError):
        pass
