"""Where a recording begins: anew, where an unfinished one stopped, or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from laughtrack.analytics.store.amendments.entries import in_effect
from laughtrack.analytics.store.amendments.ledger import read_list
from laughtrack.analytics.store.amendments.opt_outs import opt_outs
from laughtrack.analytics.store.batches import resume_point
from laughtrack.analytics.store.catalogue.session_list import session_rows
from laughtrack.analytics.store.delta_table import StoreError
from laughtrack.analytics.store.sessions import load, names_of
from laughtrack.edge.pipeline.batching import BATCH_S
from laughtrack.edge.session.metadata import source_name
from laughtrack.edge.settings import HOST_FINDER, HOST_SCORER, SCORE_HZ
from laughtrack.edge.sources.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Collection

# So many films of one name are told apart.
_MOST_OF_A_NAME = 1000


class Plan(NamedTuple):
    """What to record: a source and its part (see `edge.sources.frames`), and what is told of it.

    `metadata` goes into the session's info: title, context, media offset, versions. A `live` source
    cannot be carried on after a stop. `finder` is one of `edge.settings.FINDERS`,
    `scorer` one of `edge.settings.PRECISIONS`; `score_hz` are scores a second and viewer at most.
    """

    place: str
    session: str
    rate_hz: float
    from_s: float
    to_s: float | None
    live: bool
    metadata: dict[str, Any]
    finder: str = HOST_FINDER
    scorer: str = HOST_SCORER
    score_hz: float = SCORE_HZ

    @property
    def device(self) -> str:
        """The device under whose name the session is stored."""
        return "live" if self.live else "replay"


class StartingPoint(NamedTuple):
    """How a recording begins: from the first frame, or where an unfinished one stopped.

    `state` and `started_utc` are the unfinished one's; without a state yet, it is looked at from
    its beginning. `replaces` says that a session of the same name is to be forgotten.
    """

    state: dict[str, Any] | None = None
    started_utc: str | None = None
    replaces: bool = False


class SessionExists(Exception):
    """The session is in the store already; the message says how to go on."""


class SessionComplete(SessionExists):
    """The very recording that was asked for is in the store, whole."""


def expected_errors() -> tuple[type[Exception], ...]:
    """Errors that say all there is to say: of the footage, the store, the options, the disk."""
    return SourceError, StoreError, SessionExists, ValueError, OSError


def starting_point(plan: Plan, store: str, overwrite: bool) -> StartingPoint:
    """Find out what of a plan's session is in the store already.

    Parameters
    ----------
    plan : Plan
    store : str
    overwrite : bool
        Replace what is no unfinished recording of this plan.

    Raises
    ------
    SessionExists
        It is there already, and `overwrite` is off.
    """
    rows = session_rows(store, [(plan.session, plan.device)])
    if rows.empty:
        return StartingPoint()
    unfinished = not rows["complete"].any()
    begun = None if plan.live or (overwrite and not unfinished) else _load(plan, store)
    other = begun is None or differences(begun.info.get("settings", {}), settings_of(plan))
    if unfinished and begun is not None and not other:
        _, resume = resume_point(store, plan.session, plan.device)
        state = json.loads(resume) if resume else None
        return StartingPoint(state, begun.spans["started_utc"].iloc[0])
    if overwrite:
        refuse_with_opt_outs(store, plan.session, plan.device)
        return StartingPoint(replaces=True)
    what = f"was begun otherwise ({other})" if unfinished and begun else f"is in {store} already"
    kind = SessionExists if other else SessionComplete
    raise kind(
        f"session {plan.session!r} {what}: choose another --session name, or "
        "--overwrite to replace it"
    )


def refuse_with_opt_outs(store: str, session: str, device: str) -> None:
    """Refuse to replace a session with seats that opted out: who sits there would be stored anew.

    Raises
    ------
    SessionExists
        Naming them, and the next step.
    """
    seats = opt_outs(in_effect(read_list(store, session, device)))
    if seats:
        raise SessionExists(
            f"session {session!r} has {len(seats)} seats that opted out, and to replace it would "
            f"store them again: choose another --session name, or `laughtrack forget {session} "
            f"--device {device}` first"
        )


def _load(plan: Plan, store: str) -> Any:
    return load(store, plan.session, plan.device)


def choose_name(plan: Plan, store: str, earlier: str, taken: Collection[str]) -> str:
    """Name a plan's session as it is known in the store, or else by the next free number.

    Parameters
    ----------
    plan : Plan
        With the name that it would have.
    store : str
    earlier : str
        The name that an earlier version would have given it.
    taken : collection of str
        Names that other footage of the same command has, or may have.

    Returns
    -------
    str
    """
    name = plan.session
    if earlier == name and name not in taken:
        return name
    names = names_of(store, plan.device)
    numbered = [name, *(f"{name}-{k}" for k in range(2, _MOST_OF_A_NAME))]
    for each in (name, earlier, *numbered[1:]):
        if each in names and each not in taken:
            there = _load(plan._replace(session=each), store).info.get("settings", {})
            if not differences(there, settings_of(plan)):
                return each
    return next(each for each in numbered if each not in taken)


def settings_of(plan: Plan) -> dict[str, Any]:
    """Return what must be the same for a session to be carried on."""
    path = Path(plan.place)
    files = sorted(path.iterdir()) if path.is_dir() else [path] if path.is_file() else []
    return {
        "source": source_name(plan.place),
        "bytes": sum(file.stat().st_size for file in files if file.is_file()),
        "rate_hz": plan.rate_hz,
        "from_s": plan.from_s,
        "to_s": plan.to_s,
        "batch_s": BATCH_S,
        "finder": plan.finder,
        # What a stopped replay's state looks like, and which faces are scored: one of an older kind
        # cannot be carried on.
        "state": 5,
        "scorer": plan.scorer,
        "score_hz": plan.score_hz,
    }


def differences(then: dict[str, Any], now: dict[str, Any]) -> str:
    """Return in words what settings of a recording differ; "" for none."""
    # Before there was a choice.
    then = {"finder": "haar", "scorer": "f32", "score_hz": then.get("rate_hz"), **then}
    parts = [
        "by another version, which read films otherwise"
        if name == "state"
        else f"{name} {then.get(name)} then and {value} now"
        for name, value in now.items()
        if then.get(name) != value
    ]
    return ", ".join(parts)
