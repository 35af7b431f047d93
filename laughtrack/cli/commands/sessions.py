"""`laughtrack sessions`, `timelines`, `viewers`, `forget`: what the store holds."""

from __future__ import annotations

from typing import Annotated

import typer

from laughtrack.cli import options
from laughtrack.cli.terminal import show, write_table


def sessions(
    store: options.Store = options.STORE, format: options.Format = options.Format.table
) -> None:
    """List what the store holds."""
    from laughtrack.analytics.store.delta_table import require
    from laughtrack.analytics.store.sessions import list_sessions

    require(store)
    write_table(list_sessions(store), format.value)


def timelines(
    session: options.Session,
    viewer: Annotated[int | None, typer.Option(min=1, help="Only this viewer.")] = None,
    min_viewers: options.MinViewers = 1,
    format: options.Format = options.Format.table,
    output: options.Output = None,
    device: options.Device = None,
    store: options.Store = options.STORE,
) -> None:
    """Show every reading of each viewer, in order of time."""
    from laughtrack.analytics.timelines.viewers import timelines

    options.refuse_singles("timelines", min_viewers)
    write_table(
        timelines(options.load_session(store, session, device), viewer), format.value, output
    )


def viewers(
    session: options.Session,
    min_viewers: options.MinViewers = 1,
    format: options.Format = options.Format.table,
    output: options.Output = None,
    device: options.Device = None,
    store: options.Store = options.STORE,
) -> None:
    """Show one line a viewer: when seen, how long, and how much they smiled."""
    from laughtrack.analytics.timelines.session_tables import SessionTables

    options.refuse_singles("viewers", min_viewers)
    write_table(
        SessionTables(options.load_session(store, session, device)).viewers, format.value, output
    )


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
