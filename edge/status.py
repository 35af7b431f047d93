"""What a device says of itself: on the status topic, and in a file for whoever logs in."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from datetime import datetime, timezone

from edge import health
from edge.facts import versions
from edge.places import plain

NAME = "status.json"
# One run of the program; two at a time of one device are two devices with one name.
INSTANCE = uuid.uuid4().hex[:12]


def gather(settings, outbox, sender, publisher):
    """Return the part of the status that does not depend on the session.

    Parameters
    ----------
    settings : edge.settings.Settings
    outbox, sender, publisher
        Those at work.

    Returns
    -------
    dict
        JSON types; None for what this machine does not tell.
    """
    return {
        "online": True,
        "device": settings.device,
        "site": settings.site,
        "instance": INSTANCE,
        "at_utc": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "source": plain(settings.source),
        "queue": outbox.waiting,
        "queue_bytes": outbox.bytes,
        "dropped": outbox.dropped,
        "refused": outbox.refused,
        "sent": sender.sent,
        "trouble": sender.last_trouble or publisher.trouble,
        "temperature_c": health.temperature_c(),
        "memory_mb": _whole(health.memory_mb()),
        "disk_free_mb": _whole(health.disk_free_mb(settings.folder)),
        "versions": versions(),
    }


def keep(folder, status):
    """Write the status to the folder's ``status.json``; a full disk is no error.

    Parameters
    ----------
    folder : str
    status : dict
    """
    path = os.path.join(folder, NAME)
    with contextlib.suppress(OSError):
        with open(path + ".part", "w", encoding="utf-8") as file:
            json.dump(status, file, indent=1)
        os.replace(path + ".part", path)


def _whole(number):
    return None if number is None else round(number)
