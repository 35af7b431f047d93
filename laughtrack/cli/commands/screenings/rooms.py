"""`laughtrack rooms`: one film seen in several rooms, as one audience whose rooms are clusters."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from laughtrack.analytics.defaults import MIN_VIEWERS
from laughtrack.cli import looks, options, outputs
from laughtrack.cli.commands.screenings.compare import ByMarkers, PageOrTable, show_in_parts
from laughtrack.cli.store_list import Where, chosen_sessions, conditions, listed_sessions
from laughtrack.cli.terminal import counting, save_page, say, write_table

if TYPE_CHECKING:
    from laughtrack.analytics.timelines.session_tables import SessionTables


class _Asked(NamedTuple):
    """Which sessions are asked for, and how they are to be read."""

    sessions: list[str]
    store: str
    device: str | None
    keep_ids: bool
    uncorrected: bool
    min_viewers: int

    def found(self, where: list[str]) -> _Asked:
        """Return it with the names of the sessions for which conditions hold and that ended."""
        from laughtrack.analytics.fleet.others import not_ended
        from laughtrack.analytics.store.delta_table import require
        from laughtrack.analytics.store.selection import Wanted

        require(self.store)
        wanted = Wanted(tuple(self.sessions), self.device or "", where=conditions(where))
        known = listed_sessions(self.store)
        found = chosen_sessions(self.store, known, wanted, self.min_viewers, self.uncorrected)
        ended = found[found["complete"]]
        if more := len(found) - len(ended):
            say(not_ended(more))
        names = (ended["device"] + "/" + ended["session"]).tolist()
        if not names:
            raise ValueError(
                f"no session that has ended is meant by {' '.join(where)}: `laughtrack sessions` "
                "lists them, with their tags"
            )
        return self._replace(sessions=names, device=None)

    def tables(self, k: int, step: Callable[[int], None] | None = None) -> SessionTables:
        """Load a session; the first time, with `step`, say what was left out of it."""
        from laughtrack.analytics.store.sessions import load_audience
        from laughtrack.analytics.timelines.session_tables import SessionTables

        name = self.sessions[k]
        device = self.device if "/" not in name else None
        if step is None:
            found = load_audience(self.store, *options.key_of(name, device), self.uncorrected)
            found = found._replace(joined=()) if self.keep_ids else found
        else:
            step(k)
            found = options.load_session(self.store, name, device, self.keep_ids, self.uncorrected)
        return SessionTables(found, self.min_viewers)


# A command's options are its arguments.
def rooms(
    sessions: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SESSION]...", help="Names, or DEVICE/NAME; with --where, patterns."
        ),
    ] = None,
    where: Where = None,
    by_markers: ByMarkers = False,
    min_viewers: Annotated[
        int | None,
        typer.Option(
            min=1,
            envvar=MIN_VIEWERS,
            help="Withhold figures of fewer, and take no session with fewer. [5 are taken]",
        ),
    ] = None,
    output: PageOrTable = None,
    format: options.TableFormat = options.Format.table,
    title: looks.Title = "",
    logo: looks.Logo = None,
    lang: looks.Language = looks.Lang.en,
    keep_ids: options.KeepIds = False,
    uncorrected: options.Uncorrected = False,
    device: options.Device = None,
    store: options.Store = options.STORE,
) -> None:
    """Put one film's sessions together, rooms as clusters: curve, peaks, scores, who differs.

    Each room counts, not each viewer alone: bands and intervals hold for other such rooms. Sessions
    of one `site` (a tag) are one room. Without --by-markers the same film time is laid together.
    """
    from laughtrack.analytics.defaults import LEAST_COMPARED, LEAST_VIEWERS
    from laughtrack.analytics.report.rooms.rooms_page import rooms_page
    from laughtrack.analytics.report.rooms.rooms_summary import summary
    from laughtrack.analytics.rooms.film_steps import by_common_marks, by_film_time
    from laughtrack.analytics.rooms.rooms import film_in_rooms, outline_of
    from laughtrack.analytics.rooms.table import for_people, rooms_table

    look = looks.look(lang, title, logo)
    asked = _Asked(sessions or [], store, device, keep_ids, uncorrected, min_viewers or 1)
    asked = asked.found(where) if where else asked
    many = len(asked.sessions)
    if not many:
        raise typer.BadParameter("expected the names of sessions, or --where film=...")
    if len({options.key_of(each, asked.device) for each in asked.sessions}) < many:
        raise typer.BadParameter("a session is named twice: expected different ones")
    with counting("reading sessions", 2 * many) as step:

        def again(k: int) -> SessionTables:
            step(many + k)
            return asked.tables(k)

        outlines = [outline_of(asked.tables(k, step)) for k in range(many)]
        steps = by_common_marks(outlines) if by_markers else by_film_time(outlines)
        taken = min_viewers if min_viewers and min_viewers > 1 else LEAST_COMPARED
        result = film_in_rooms(outlines, steps, again, max(taken, LEAST_VIEWERS))
        step(2 * many)
    table, is_page = rooms_table(result), output and outputs.ending(output) in outputs.PAGES
    if output and is_page:
        save_page(output, rooms_page(result, look))
    for each in result.facts.left_out:
        say(f"{each.name} is left out: {each.reason}")
    for note in result.facts.notes:
        say(note)
    if output and not is_page:
        write_table(table, format.value, output)
    elif format == options.Format.table:
        show_in_parts(for_people(table), summary(result))
    else:
        write_table(table, format.value)
