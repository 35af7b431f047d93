"""`laughtrack sessions`, `timelines`, `viewers`, `forget`: what the store holds."""

from __future__ import annotations

from typing import Annotated

import typer

from laughtrack.cli import options
from laughtrack.cli.terminal import write_table


def sessions(
    store: options.Store = options.STORE, format: options.Format = options.Format.table
) -> None:
    """List what the store holds."""
    from laughtrack.analytics.store.sessions import list_sessions

    write_table(list_sessions(store), format.value)


def timelines(
    session: options.Session,
    viewer: Annotated[int | None, typer.Option(min=1, help="Only this viewer.")] = None,
    format: options.Format = options.Format.table,
    output: options.Output = None,
    store: options.Store = options.STORE,
) -> None:
    """Show every reading of each viewer, in order of time."""
    from laughtrack.analytics.store.sessions import load
    from laughtrack.analytics.timelines.viewers import timelines

    write_table(timelines(load(store, session), viewer), format.value, output)


def viewers(
    session: options.Session,
    format: options.Format = options.Format.table,
    output: options.Output = None,
    store: options.Store = options.STORE,
) -> None:
    """Show one line a viewer: when seen, how long, and how much they smiled."""
    from laughtrack.analytics.store.sessions import load
    from laughtrack.analytics.timelines.session_tables import SessionTables

    write_table(SessionTables(load(store, session)).viewers, format.value, output)


def forget(session: options.Session, store: options.Store = options.STORE) -> None:
    """Remove a session for good, with the files that held it."""
    from laughtrack.analytics.store.forget import forget

    forget(store, session)
    typer.echo(f"{session} is gone from {store}")
