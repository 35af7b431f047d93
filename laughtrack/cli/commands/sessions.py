"""`laughtrack sessions`, `title`, `tag`, `timelines`, `viewers`: what the store holds."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from laughtrack.cli import options
from laughtrack.cli.store_list import Where, chosen_sessions, conditions, listed_sessions
from laughtrack.cli.terminal import show, write_table


class Order(Enum):
    """What a list of sessions is sorted by; the same as `analytics.store.selection.ORDERS`."""

    started = "started"
    name = "name"
    device = "device"
    title = "title"
    context = "context"
    seconds = "seconds"
    viewers = "viewers"
    readings = "readings"
    batches = "batches"
    missing = "missing"
    complete = "complete"


# A command's options are its arguments.
def sessions(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Only these: names, or patterns like 'night*'."),
    ] = None,
    device: Annotated[
        str, typer.Option(metavar="PATTERN", help="Only this device's, or those like it.")
    ] = "",
    context: Annotated[
        str, typer.Option(metavar="PATTERN", help="Only events of this kind, or like it.")
    ] = "",
    title: Annotated[
        str, typer.Option(metavar="WORDS", help="Only those with all these words in the title.")
    ] = "",
    since: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Only those begun then or later: 2026-11-27[T20:15], UTC."
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Only those begun on that day or before; with a time, before that."
        ),
    ] = None,
    complete: Annotated[
        bool | None,
        typer.Option(
            "--complete/--incomplete",
            help="Only those of which all is there; or still recorded, or lacking batches.",
        ),
    ] = None,
    where: Where = None,
    min_viewers: options.MinViewers = 1,
    sort: Annotated[Order, typer.Option(help="What they are in order of.")] = Order.started,
    reverse: Annotated[bool, typer.Option("--reverse", help="The last of them first.")] = False,
    store: options.Store = options.STORE,
    format: options.TableFormat = options.Format.table,
    output: options.Output = None,
) -> None:
    """List what the store holds: all of it, or what is asked for, in the order asked for."""
    from laughtrack.analytics.store.delta_table import require
    from laughtrack.analytics.store.selection import Wanted, ordered

    begun = options.moment("--since", since), options.moment("--until", until, end=True)
    wanted = Wanted(tuple(names or ()), device, context, title, *begun, complete, conditions(where))
    require(store)
    found = chosen_sessions(store, listed_sessions(store), wanted, min_viewers)
    write_table(ordered(found, sort.value, reverse), format.value, output)


def title_command(
    session: options.Session,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What was shown; '' for no title.")],
    device: options.Device = None,
    store: options.Store = options.STORE,
) -> None:
    """Give a stored session another title, also while it is still recorded."""
    from laughtrack.analytics.store.metadata_changes import change_title

    name, named = options.key_of(session, device)
    whose = change_title(store, name, title, named)
    show(f"{name} of {whose}: {title or 'no title'}")


def tag_command(
    session: options.Session,
    tags: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="KEY= takes the tag away; none: show them."),
    ] = None,
    device: options.Device = None,
    store: options.Store = options.STORE,
) -> None:
    """Give a stored session tags to find it by, like film='The Night Bus' cut=2, or show them."""
    from laughtrack.analytics.store.metadata_changes import change_tags, tags_in
    from laughtrack.edge.tags import check_tags, tags_text

    name, named = options.key_of(session, device)
    given = check_tags(tags or [], empty=True)
    whose, known = change_tags(store, name, given, named) if given else tags_in(store, name, named)
    show(f"{name} of {whose}: {tags_text(known) or 'no tags'}")


def timelines(
    session: options.Session,
    viewer: Annotated[int | None, typer.Option(min=1, help="Only this viewer.")] = None,
    min_viewers: options.MinViewers = 1,
    format: options.TableFormat = options.Format.table,
    output: options.Output = None,
    keep_ids: options.KeepIds = False,
    uncorrected: options.Uncorrected = False,
    device: options.Device = None,
    store: options.Store = options.STORE,
) -> None:
    """Show every reading of each viewer, in order of time."""
    from laughtrack.analytics.timelines.viewers import timelines

    options.refuse_singles("timelines", min_viewers)
    loaded = options.load_session(store, session, device, keep_ids, uncorrected)
    write_table(timelines(loaded, viewer), format.value, output)


def viewers(
    session: options.Session,
    min_viewers: options.MinViewers = 1,
    format: options.TableFormat = options.Format.table,
    output: options.Output = None,
    keep_ids: options.KeepIds = False,
    uncorrected: options.Uncorrected = False,
    device: options.Device = None,
    store: options.Store = options.STORE,
) -> None:
    """Show one line a viewer: when seen, how long, and how much they smiled."""
    from laughtrack.analytics.timelines.session_tables import SessionTables

    options.refuse_singles("viewers", min_viewers)
    loaded = options.load_session(store, session, device, keep_ids, uncorrected)
    write_table(SessionTables(loaded).viewers, format.value, output)
