"""What arrives: a payload and where it came from, read as a batch and checked."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any, NamedTuple

from laughtrack.analytics.store.sessions import LONGEST_S
from laughtrack.edge.checked_files import content_sum
from laughtrack.edge.readings import Batch, from_json

# What AWS IoT Core carries; devices stay below 120 KB.
MAX_PAYLOAD_BYTES = 128 * 1024
# Batches in a group, and what AWS IoT Core lets one client leave unacknowledged.
GROUP_SIZE = 100
# And what they take at most, unless a single one takes more: read as a batch, a payload takes ten
# times its size.
GROUP_BYTES = 4_000_000
# A group waits no longer than this for its next batch.
GROUP_S = 1.0


# No device closes more batches in a second: each holds a look at the room, or is made for a mark, a
# pause or a restart, of which a session may have a few at its beginning.
BATCHES_PER_S = 50
_BATCHES_AT_ONCE = 1000
_MOST_DEPTH = 20
_OWN_TOPIC = re.compile(r"laughtrack/.+/[^/]+/timeline")


class Arrival(NamedTuple):
    """A payload as it arrived.

    `origin`: the topic, file or bucket it came from; `place`: where in it, such as a line or a key.
    `device`: the sender by the topic or key, None where those do not name one. `stays`: it can be
    read there again, since its file or bucket keeps it. `damage`: in words, when it is known not to
    be what the device wrote.
    """

    payload: bytes
    origin: str
    device: str | None = None
    place: str = ""
    stays: bool = False
    damage: str = ""


def device_in(topic: str, names_device: bool = False) -> str | None:
    """Return whose a topic is, None where it does not tell.

    Parameters
    ----------
    topic : str
        A message's.
    names_device : bool
        The level before its last one is the device by the filter. Else that is known of topics as
        devices have them unless told otherwise.
    """
    known = names_device or _OWN_TOPIC.fullmatch(topic)
    return topic.split("/")[-2] if known else None


def parse(arrival: Arrival) -> Batch:
    """Read and check a batch.

    Parameters
    ----------
    arrival : Arrival

    Returns
    -------
    edge.readings.Batch

    Raises
    ------
    ValueError
        Saying what is wrong with it, for anything that cannot be stored as it is.
    """
    if arrival.damage:
        raise ValueError(arrival.damage)
    if len(arrival.payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(
            f"it is {len(arrival.payload)} bytes: expected {MAX_PAYLOAD_BYTES} or fewer"
        )
    try:
        batch = from_json(arrival.payload)
        _check_sum(arrival.payload)
        _check_plausible(batch)
    except (RecursionError, OverflowError) as error:
        raise ValueError(f"not a batch: {error}") from None
    try:
        json.dumps(batch.info, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as error:
        raise ValueError(f"not a batch: info cannot be written: {error}") from None
    if arrival.device is not None and batch.device != arrival.device:
        raise ValueError(
            f"device is {batch.device!r}, but {arrival.device!r} sent it: "
            "a device may publish under its own name only"
        )
    return batch


def _check_sum(payload: bytes) -> None:
    """Refuse a line of a device's file that is not what the device wrote; most have no sum."""
    if b'"sum"' not in payload:
        return
    value = json.loads(payload)
    if "sum" in value and value["sum"] != content_sum(value):
        raise ValueError(
            "its content does not fit its sum: it was damaged since it was written, so take it "
            "from the device's outbox or a copy of the file"
        )


def _check_plausible(batch: Batch) -> None:
    """Refuse what no device can mean, and what would make long work of its session for ever."""
    if batch.end_s >= LONGEST_S:
        raise ValueError(f"end_s is {batch.end_s}: expected less than 31 days, {LONGEST_S:.0f} s")
    most = _BATCHES_AT_ONCE + round(BATCHES_PER_S * batch.end_s)
    if batch.seq > most:
        raise ValueError(
            f"seq is {batch.seq}: no device has more than {most} batches by {batch.end_s} s"
        )
    if _depth(batch.info) > _MOST_DEPTH:
        raise ValueError(f"info is nested: expected at most {_MOST_DEPTH} levels")
    try:
        datetime.strptime(batch.started_utc[:19], "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        raise ValueError(f"started_utc is {batch.started_utc!r}: there is no such moment") from None


def _depth(value: dict[str, Any]) -> int:
    """Return how many objects and lists lie in each other, one more than the limit at most."""
    level: list[Any] = [value]
    depth = 0
    while level and depth <= _MOST_DEPTH:
        inner = (each.values() if isinstance(each, dict) else each for each in level)
        level = [one for each in inner for one in each if isinstance(one, (dict, list))]
        depth += 1
    return depth
