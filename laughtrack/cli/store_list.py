"""Which of a store's sessions a command is about: their list, and `--where`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from laughtrack.cli.terminal import counting, say

if TYPE_CHECKING:
    import pandas as pd

    from laughtrack.analytics.store.catalogue.conditions import Condition
    from laughtrack.analytics.store.selection import Wanted

# So many are read within a second or two.
_SOON = 400


def conditions(where: list[str] | None) -> tuple[Condition, ...]:
    """Read what `--where` says."""
    # Here: most commands have no such option, and need not wait for it.
    from laughtrack.analytics.store.catalogue.conditions import read_condition

    return tuple(map(read_condition, where or ()))


def _checked(where: list[str] | None) -> list[str] | None:
    try:
        conditions(where)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return where


Where = Annotated[
    list[str] | None,
    typer.Option(
        callback=_checked,
        metavar="KEY=PATTERN|KEY<NUMBER",
        help="Only where a column, tag or measured figure is so; also != <= > >=; repeat it.",
    ),
]


def listed_sessions(store: str) -> pd.DataFrame:
    """Return what a store holds, as `analytics.store.catalogue.session_list.list_sessions`."""
    from laughtrack.analytics.store.catalogue.session_list import list_in_parts

    parts = list_in_parts(store)
    listed = next(parts)
    if listed.missing <= _SOON:
        *_, listed = listed, *parts
        return listed.rows
    count = listed.missing
    with counting("reading what is new in the store", count) as step:
        for listed in parts:
            step(count - listed.missing)
    return listed.rows


def chosen_sessions(
    store: str,
    known: pd.DataFrame,
    wanted: Wanted,
    min_viewers: int = 1,
    uncorrected: bool = False,
) -> pd.DataFrame:
    """Return those of a list that are meant; say where none is, or where that is not known."""
    from laughtrack.analytics.fleet.chosen import chosen
    from laughtrack.analytics.formatting import count

    rows, unmeasured = chosen(store, known, wanted, min_viewers, uncorrected)
    if unmeasured:
        least = f" --min-viewers {min_viewers}" if min_viewers > 1 else ""
        as_is = " --uncorrected" if uncorrected else ""
        say(
            f"{count(unmeasured, 'session')} left out: not measured yet, or not complete; "
            f"`laughtrack fleet summarize{least}{as_is}` measures them"
        )
    if rows.empty and not known.empty:
        say(f"none of the {len(known):,} sessions in {store} is like that")
    return rows
