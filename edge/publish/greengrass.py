"""What both versions of Greengrass share: the message size, JSON, errors as one line.

Either takes a message into its own queue and sends it on by itself, and does not tell what becomes
of it. So "sent" means here that Greengrass has the message, not that the cloud has.
"""

from __future__ import annotations

import json
from typing import Any

from laughtrack.edge.publish.errors import Refused

# AWS IoT Core takes no larger message; Greengrass would take it, and drop it on the way.
MAX_BYTES = 131072
FULL = "Greengrass's queue is full or its core is down: is this device on the network?"


def check_size(payload: bytes) -> None:
    """Raise `edge.publish.errors.Refused` for bytes that AWS IoT Core would not take."""
    if len(payload) > MAX_BYTES:
        raise Refused(f"{len(payload)} bytes: AWS IoT Core takes at most {MAX_BYTES}")


def as_json(status: dict[str, Any]) -> bytes:
    """Return a dict as the bytes of its JSON."""
    return json.dumps(status, separators=(",", ":")).encode()


def line(error: BaseException) -> str:
    """Return what an error says in one line of at most 200 characters, or its name."""
    return " ".join(str(error).split())[:200] or type(error).__name__
