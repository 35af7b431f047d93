"""`laughtrack correct`: what a person mends of a session's viewers after the tracker."""

from __future__ import annotations

import getpass
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from laughtrack.cli import options
from laughtrack.cli.terminal import say, show, write_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from laughtrack.analytics.review.reviewed import Reviewed
    from laughtrack.analytics.store.amendments.entries import Amendment

WHO = "LAUGHTRACK_WHO"


class Action(Enum):
    """What is done to a session's list of corrections."""

    merge = "merge"
    split = "split"
    exclude = "exclude"
    group = "group"
    opt_out = "opt-out"
    undo = "undo"
    list = "list"


# A command's options are its arguments.
def correct(
    session: options.Session,
    do: Annotated[
        Action,
        typer.Argument(metavar="merge|split|exclude|group|opt-out|undo|list", help="What to do."),
    ],
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[VIEWER]...", help="Of which viewers; see above."),
    ] = None,
    at: Annotated[
        float | None, typer.Option(min=0, help="Split at this moment of the session, s.")
    ] = None,
    from_s: Annotated[
        float | None, typer.Option("--from", min=0, help="Exclude, opt out from here on, s.")
    ] = None,
    to_s: Annotated[float | None, typer.Option("--to", min=0, help="And before this, s.")] = None,
    why: Annotated[str, typer.Option(help="What it is for; it stands in the list.")] = "",
    who: Annotated[
        str | None, typer.Option(envvar=WHO, help="Who you are. [your name on this machine]")
    ] = None,
    made_on: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Only if the list has N entries still."),
    ] = None,
    min_viewers: options.MinViewers = 1,
    format: options.TableFormat = options.Format.table,
    output: options.Output = None,
    device: options.Device = None,
    store: options.Store = options.STORE,
) -> None:
    """Mend who is who in a session, for all that is made of it; its readings stay as recorded.

    merge 3 7: they are one viewer, 3. split 3 --at 61.5: someone else sits there from then on.
    exclude 9: an usher, a poster, for a span or wholly. group press 3 12: a group to compare, as in
    `groups --by named`; group '' 3 takes out. opt-out 9, or opt-out X1 Y1 X2 Y2 in pixels: of this
    seat nothing counts, and nothing that comes from now on is stored. undo [N]: correction N, or
    the last one. list: all of them.
    """
    from laughtrack.analytics.review.making import record
    from laughtrack.analytics.review.reviewed import review
    from laughtrack.analytics.review.wording import in_words, table

    options.refuse_singles("what is corrected", min_viewers)
    given = words or []
    if output is not None and do is not Action.list:
        raise typer.BadParameter(f"-o {output}: {do.value} writes no table; list does")
    _check_options(do, given, (at, from_s, to_s))
    seen = review(store, *options.key_of(session, device))
    if made_on not in (None, seen.version):
        raise ValueError(
            f"--made-on {made_on}: the list of {seen.session.name!r} has {seen.version} entries "
            "by now; look at it again"
        )
    if do is Action.list:
        write_table(table(seen.entries), format.value, output)
        return
    entry = _made(do, seen, given, (at, from_s, to_s))
    done = record(store, seen, entry, _who() if who is None else who, why)
    show(f"{seen.session.name}, correction {done.number}: {in_words(done)}")
    if do is Action.opt_out:
        say(
            "what of this seat is stored already does not count from now on; only "
            "`laughtrack forget` removes it, with the session"
        )


def _made(
    do: Action,
    seen: Reviewed,
    words: Sequence[str],
    times: tuple[float | None, float | None, float | None],
) -> Amendment:
    """Return the amendment that the words mean."""
    from laughtrack.analytics.review import making

    at, from_s, to_s = times
    if do is Action.group:
        return making.group(seen, words[0], _numbers(words[1:]))
    numbers = _numbers(words)
    if do is Action.merge:
        return making.merge(seen, numbers)
    if do is Action.split:
        return making.split(seen, numbers[0], at or 0.0)
    if do is Action.exclude:
        return making.exclude(seen, numbers, from_s, to_s)
    if do is Action.opt_out:
        if len(numbers) == 1:
            return making.opt_out(seen, numbers[0], from_s, to_s)
        x1, y1, x2, y2 = numbers
        return making.opt_out(seen, (x1, y1, x2, y2), from_s, to_s)
    return making.undo(seen, numbers[0] if numbers else None)


def _check_options(
    do: Action, words: Sequence[str], times: tuple[float | None, float | None, float | None]
) -> None:
    """Refuse what an action does not take, and ask for what it needs."""
    counts = {
        Action.merge: (2, None, "two viewers or more"),
        Action.split: (1, 1, "one viewer"),
        Action.exclude: (1, None, "one viewer or more"),
        Action.group: (2, None, "the group's name and its viewers"),
        Action.opt_out: (1, 4, "a viewer, or X1 Y1 X2 Y2 in pixels"),
        Action.undo: (0, 1, "the number of one correction, or none for the last"),
        Action.list: (0, 0, "nothing after it"),
    }
    least, most, expected = counts[do]
    few_or_many = len(words) < least or (most is not None and len(words) > most)
    if few_or_many or (do is Action.opt_out and len(words) in (2, 3)):
        raise typer.BadParameter(f"{do.value} {' '.join(words)}: expected {expected}")
    at, from_s, to_s = times
    if at is not None and do is not Action.split:
        raise typer.BadParameter(f"--at {at:g}: {do.value} takes no moment")
    if (from_s, to_s) != (None, None) and do not in (Action.exclude, Action.opt_out):
        raise typer.BadParameter(f"--from, --to: {do.value} takes no span")
    if do is Action.split and at is None:
        raise typer.BadParameter("split: expected --at, the moment in seconds of the session")


def _numbers(words: Sequence[str]) -> list[int]:
    for each in words:
        if not (each.isascii() and each.isdecimal() and len(each) < 10):
            raise typer.BadParameter(f"{each!r}: expected a whole number")
    return [int(each) for each in words]


def _who() -> str:
    """Return the user's name on this machine, "" where it has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
