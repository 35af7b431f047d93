"""Sessions made into rooms: which sessions were in one room, and which are left out and why.

Two sessions of one room are one cluster: its seats, sound and usual audience are in both. A session
tells its room by its tag `site`; without one it is a room of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.messages import message, plural
from laughtrack.analytics.rooms.film_steps import FilmSteps
from laughtrack.analytics.rooms.measures import Curve
from laughtrack.analytics.timelines.session_tables import SessionTables

# Of the steps that at least half of the sessions show, what a session must show at the least.
LEAST_PART = 0.5
# What is recorded without a device of its own is stored under these names: it may be any room.
NO_DEVICES = ("replay", "live")


class Room(NamedTuple):
    """A room: its `name`, and `at`, which of the sessions were in it."""

    name: str
    at: tuple[int, ...]


class LeftOut(NamedTuple):
    """A session that does not count: its name, and why, in half a sentence."""

    name: str
    reason: str


def rooms_of(sessions: Sequence[SessionTables]) -> list[Room]:
    """Say which sessions were in one room, in the order of the first of each."""
    sites = [_site(each) for each in sessions]
    own = _names(sessions)
    found: dict[str, list[int]] = {}
    for k, site in enumerate(sites):
        # A name begins with what no site can: a line break is no part of a tag.
        found.setdefault(site or f"\n{own[k]}", []).append(k)
    return [Room(name.lstrip("\n"), tuple(at)) for name, at in found.items()]


def doubtful(sessions: Sequence[SessionTables]) -> list[str]:
    """Say where one device recorded several of the sessions, and no site says whether in one room.

    Where one device recorded all of them, as films that were scored on one computer, it says
    nothing.
    """
    devices = [each.session.device for each in sessions if not _site(each)]
    devices = [each for each in devices if each not in NO_DEVICES]
    many = {each: devices.count(each) for each in devices}
    if len({each.session.device for each in sessions}) == 1:
        return []
    return [
        message(
            "{device} recorded {many} of the sessions, which name no site: they count as rooms of "
            "their own (laughtrack tag SESSION site=...).",
            device=device,
            many=count,
        )
        for device, count in many.items()
        if count > 1
    ]


def _site(tables: SessionTables) -> str:
    tags = tables.info.get("tags")
    return str(tags.get("site") or "").strip() if isinstance(tags, dict) else ""


def _names(sessions: Sequence[SessionTables]) -> list[str]:
    """Return their names, with the device where several have one."""
    names = [each.name for each in sessions]
    return [
        each.name if names.count(each.name) == 1 else f"{each.session.device}/{each.name}"
        for each in sessions
    ]


def too_short(sessions: Sequence[SessionTables], steps: FilmSteps) -> list[LeftOut | None]:
    """Say of each session that shows too little of the film why it does not count; else None."""
    there = np.isfinite(steps.starts)
    usual = there.sum(axis=0) * 2 >= len(there)
    reason = message("it shows less than half of what most of the others show")
    return [
        LeftOut(tables.name, reason) if own[usual].sum() < LEAST_PART * usual.sum() else None
        for tables, own in zip(sessions, there, strict=True)
    ]


def too_few(name: str, viewers: int, least: int) -> LeftOut | None:
    """Say of a session of too few judged viewers why it does not count; else None."""
    if viewers >= least:
        return None
    reason = plural(
        "{n} viewer could be judged, and {least} are needed",
        "{n} viewers could be judged, and {least} are needed",
        viewers,
        least=least,
    )
    return LeftOut(name, reason)


def joined_curve(curves: Sequence[Curve]) -> Curve:
    """Return the curve of a room's sessions together, each viewer counting once."""
    if len(curves) == 1:
        return curves[0]
    share = np.array([each.share for each in curves])
    known = np.isfinite(share)
    judged = np.array([each.judged for each in curves])
    many = np.where(known, judged, 0)
    total = np.maximum(many.sum(axis=0), 1)
    chance = np.where(known, many**2 * np.where(known, [e.chance for e in curves], 0.0), 0.0)
    there = known.any(axis=0)
    mean = (many * np.nan_to_num(share)).sum(axis=0) / total
    return Curve(
        np.where(there, mean, np.nan),
        judged.sum(axis=0),
        np.where(there, chance.sum(axis=0) / total**2, np.inf),
        sum(each.viewers for each in curves),
    )


def joined_scores(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the scores of a room's sessions together, each viewer counting once."""
    if len(tables) == 1:
        return tables[0]
    many = [each["viewers"].where(each["value"].notna(), 0.0) for each in tables]
    total = sum(many[1:], many[0])
    value, variance = (
        sum(
            (weight / total) ** power * each[name].fillna(0)
            for weight, each in zip(many, tables, strict=True)
        )
        for name, power in (("value", 1), ("variance", 2))
    )
    return pd.DataFrame({"value": value, "variance": variance, "viewers": total})
