"""How a device is, by the last that it said of itself."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, NamedTuple

from laughtrack.analytics.devices.status_listener import Heard
from laughtrack.edge.status_file import LATE_REPORTS, LATE_S, USUAL_S

# A device that has said nothing for so long hangs, or is gone.
STALE_S = LATE_REPORTS * USUAL_S + LATE_S
# What a message may take, and clocks differ by, s.
CLOCK_S = 5.0


class Health(NamedTuple):
    """A device's health, each from its status, None or "" for what that does not tell.

    `state` is "online", "offline" or "stale": it said it was online, and nothing for `STALE_S`.
    `said_s` is how long ago it said so, seconds. `clock_s` is by how much its clock is ahead of
    ours, where a message came just now. `waiting` batches of `waiting_bytes` are in its outbox;
    `dropped`, `refused` and `damaged` ones are not kept, never taken, or not what was written.
    """

    device: str
    site: str
    state: str
    said_s: float | None
    session: str
    viewers: int | None
    camera: str
    trouble: str
    slow: str
    looks_per_s: float | None
    waiting: int | None
    waiting_bytes: int | None
    dropped: int | None
    refused: int | None
    damaged: int | None
    disk_free_mb: int | None
    memory_mb: int | None
    temperature_c: float | None
    clock_s: float | None
    version: str


def health(heard: Heard, now_s: float) -> Health:
    """Return a device's health.

    Parameters
    ----------
    heard : Heard
        What it said last. What is not of the kind that it should be counts as not said.
    now_s : float
        Seconds since 1970.
    """
    status = heard.status
    said = _utc_s(status.get("at_utc"))
    clock_s = None
    if said is not None and (not heard.kept or said > heard.at_s):
        clock_s = said - heard.at_s
        clock_s = 0.0 if abs(clock_s) < CLOCK_S else round(clock_s, 1)
    # A status that the broker had kept is as old as it says, if the clock is right.
    at_s = said if heard.kept and said is not None and said < heard.at_s else heard.at_s
    age_s = max(0.0, now_s - at_s)
    online = status.get("online") is True
    state = ("stale" if age_s > STALE_S else "online") if online else "offline"
    # A last will says nothing of when.
    is_known = online or said is not None
    versions = status.get("versions")
    version = versions.get("laughtrack") if isinstance(versions, dict) else None
    return Health(
        device=heard.device.device,
        site=heard.device.site,
        state=state,
        said_s=age_s if is_known else None,
        session=_text(status.get("session")),
        viewers=_count(status.get("viewers")),
        camera=_text(status.get("camera")),
        trouble=_text(status.get("trouble")),
        slow=_text(status.get("slow")),
        looks_per_s=_number(status.get("looks_per_s")),
        waiting=_count(status.get("queue")),
        waiting_bytes=_count(status.get("queue_bytes")),
        dropped=_count(status.get("dropped")),
        refused=_count(status.get("refused")),
        damaged=_count(status.get("damaged")),
        disk_free_mb=_count(status.get("disk_free_mb")),
        memory_mb=_count(status.get("memory_mb")),
        temperature_c=_number(status.get("temperature_c")),
        clock_s=clock_s,
        version=_text(version),
    )


def _utc_s(text: Any) -> float | None:
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    except (TypeError, ValueError):
        return None
    return moment.replace(tzinfo=timezone.utc).timestamp()


def _text(value: Any) -> str:
    return value[:500] if isinstance(value, str) else ""


def _count(value: Any) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) < 1e15 else None
