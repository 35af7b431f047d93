"""`laughtrack forget` and `retain`: what is removed from the store for good."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Annotated, cast

import typer

from laughtrack.cli import options
from laughtrack.cli.store_list import Where, chosen_sessions, conditions, listed_sessions
from laughtrack.cli.terminal import confirmed, counting, say, show, write_table

if TYPE_CHECKING:
    import pandas as pd

# Sessions that are forgotten in one commit.
_AT_ONCE = 50
_DAYS = {"d": 1, "w": 7, "y": 365}


def _age(text: str) -> timedelta:
    """Read days, weeks or years of 365 days."""
    found = re.fullmatch(r"([1-9]\d{0,4})([dwy])", text.strip().lower())
    if found is None:
        raise ValueError(f"{text!r}: expected days, weeks or years, like 400d, 8w or 2y")
    return timedelta(days=int(found[1]) * _DAYS[found[2]])


def forget(
    session: options.Session,
    device: options.Device = None,
    all_devices: Annotated[
        bool, typer.Option("--all-devices", help="All devices' sessions of that name.")
    ] = False,
    store: options.Store = options.STORE,
) -> None:
    """Remove a session for good, with the files that held it."""
    from laughtrack.analytics.store.forget import forget

    name, named = options.key_of(session, device)
    if named and all_devices:
        raise typer.BadParameter(f"--all-devices and device {named}: expected one of them")
    gone = forget(store, name, named, all_devices)
    of = f" of {', '.join(gone)}" if named or all_devices else ""
    show(f"{name}{of} is gone from {store}")


def retain(
    older_than: Annotated[
        str,
        options.checked_option(
            check=_age,
            metavar="AGE",
            help="Days, weeks or years since it ended: 400d, 8w, 2y.",
        ),
    ],
    where: Where = None,
    min_viewers: options.MinViewers = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show which.")] = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")] = False,
    store: options.Store = options.STORE,
) -> None:
    """Forget whole sessions that are older than they may be kept, and check that nothing is left.

    Stopped at any point, the same command carries on. Sessions whose start is no date, or one that
    cannot be, are left and named: how old they are is not guessed.
    """
    from laughtrack.analytics.formatting import count
    from laughtrack.analytics.store.delta_table import require
    from laughtrack.analytics.store.retention import due, stopped
    from laughtrack.analytics.store.selection import Wanted

    require(store)
    wanted = Wanted(where=conditions(where))
    found = chosen_sessions(store, listed_sessions(store), wanted, min_viewers)
    # The option's check has read it.
    kept_for = cast("timedelta", older_than)
    old, undated = due(found, kept_for, datetime.now(timezone.utc))
    begun = stopped(store)
    write_table(old[["session", "device", "title", "started_utc", "tags"]], "table")
    if begun:
        say(f"{count(len(begun), 'session')} of which only files are left: forgetting was stopped")
    keys = [*zip(old["session"], old["device"], strict=True)]
    if dry_run:
        say(f"{count(len(keys), 'session')} to forget; --dry-run: nothing is removed")
    elif keys or begun:
        if not yes and not confirmed(f"Forget {count(len(keys), 'session')} for good?"):
            raise ValueError("nothing is removed")
        _forget(store, keys, begun)
    _refuse(undated)


def _forget(store: str, keys: list[tuple[str, str]], begun: list[tuple[str, str]]) -> None:
    """Forget sessions, and check that nothing of them is left."""
    from laughtrack.analytics.formatting import count
    from laughtrack.analytics.store.delta_table import StoreError
    from laughtrack.analytics.store.forget import carry_on, forget_each
    from laughtrack.analytics.store.retention import left_of, stopped

    carry_on(store, begun)
    with counting("forgetting sessions", len(keys)) as step:
        for first in range(0, len(keys), _AT_ONCE):
            forget_each(store, keys[first : first + _AT_ONCE])
            step(min(first + _AT_ONCE, len(keys)))
    left = left_of(store, [*keys, *stopped(store)])
    for each in left:
        say(f"left: {each}")
    if left:
        raise StoreError(
            f"something of {count(len(keys), 'session')} is left in {store}: did batches of them "
            "arrive meanwhile? Repeat this"
        )
    show(
        f"{count(len(keys) + len(begun), 'session')} gone from {store}: no row, no file and "
        "nothing that was worked out of them is left"
    )


def _refuse(undated: pd.DataFrame) -> None:
    """Name the sessions whose age is not known, and exit with 1 if there are any."""
    for row in undated.itertuples():
        say(
            f"{row.session} of {row.device} is left: it began {row.started_utc!r}, which does not "
            f"say how old it is; `laughtrack forget {row.device}/{row.session}` removes it"
        )
    if len(undated):
        raise typer.Exit(1)
