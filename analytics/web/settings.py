"""What `laughtrack serve` was told: where everything is, who may ask, and what is withheld."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from laughtrack.edge.mqtt.broker import Broker

if TYPE_CHECKING:
    from laughtrack.analytics.report.room_footage import FindFaces

HOST, PORT = "127.0.0.1", 8080
STATE = "./laughtrack-serve"
UPLOAD_LIMIT_GB = 8.0


# From a session's info: what finds faces in a picture, and what digests a file.
KnowsRoom = Callable[[Mapping[str, Any]], "tuple[FindFaces, Callable[[str], str]]"]


class ServeSettings(NamedTuple):
    """What one server serves, and to whom.

    `store` is a folder or URL of readings; `state` a folder for what the server itself keeps: the
    queue of footage, uploads until they are scored, the key of its cookies. `host` and `port` are
    where it listens; with a `token`, "" for none, only who knows it may ask anything. `broker` is
    where devices are heard, None for nowhere. Nothing is told of fewer than `min_viewers`, from 1.
    `allow_preview` says whether the room's picture may be shown. Films may be chosen below the
    folders of `footage`, and uploaded up to `upload_limit_bytes` each. `knows_room` returns what
    `report.film.Room` needs to know footage of the room by, from a session's info.
    """

    store: str
    state: Path
    host: str = HOST
    port: int = PORT
    token: str = ""
    broker: Broker | None = None
    min_viewers: int = 1
    allow_preview: bool = False
    footage: tuple[Path, ...] = ()
    upload_limit_bytes: int = int(UPLOAD_LIMIT_GB * 1e9)

    @property
    def shows_scores_in_pictures(self) -> bool:
        """Whether annotated pictures may be shown: beside each face is one viewer's score."""
        return self.allow_preview and self.min_viewers == 1

    knows_room: KnowsRoom | None = None


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches what listens on an address or name."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
