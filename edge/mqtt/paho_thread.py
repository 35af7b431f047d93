"""Paho's own thread: told of when it stumbles, and ended without hanging."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from paho.mqtt.client import Client

# A thread that hangs in a dead network is waited for so long; it ends later by itself.
END_S = 5.0

log = logging.getLogger("laughtrack.mqtt")


def start(client: Client, stumbled: Callable[[Client, Exception], object]) -> None:
    """Start a client's thread.

    Parameters
    ----------
    client : paho.mqtt.client.Client
    stumbled : function
        Called with the client and the error if the thread ends with one: release 2.1 does over an
        odd answer.
    """
    loop = client.loop_forever

    def guarded(*args: Any, **named: Any) -> None:
        try:
            loop(*args, **named)
        except Exception as error:
            log.warning("paho stumbled: %r", error)
            stumbled(client, error)

    client.loop_forever = guarded  # type: ignore[assignment,method-assign]  # paho's thread runs it
    client.loop_start()


def end(client: Client) -> None:
    """Hang up, and end a client's thread."""
    client.disconnect()

    def stop() -> None:
        # Paho forgets its thread while we wait for it.
        with contextlib.suppress(AttributeError):
            client.loop_stop()
        # It holds the client, which would then end, with its sockets, some time or other.
        client.__dict__.pop("loop_forever", None)

    waiter = threading.Thread(target=stop, daemon=True)
    waiter.start()
    waiter.join(END_S)
