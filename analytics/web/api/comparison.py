"""The API's comparison of two sessions."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from laughtrack.analytics.comparison.alignment import by_film_time
from laughtrack.analytics.comparison.compare import Comparison, Settings, compare
from laughtrack.analytics.comparison.mark_pairs import by_marks
from laughtrack.analytics.comparison.table import compare_table
from laughtrack.analytics.defaults import LEAST_COMPARED
from laughtrack.analytics.report.comparison_summary import summary
from laughtrack.analytics.store.sessions import device_of
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.web import given, inputs
from laughtrack.analytics.web.api.answers import Form, responses, table_answer
from laughtrack.analytics.web.api.more_rows import ComparedRow
from laughtrack.analytics.web.asked import Least, least_of, notes_of, settled

router = APIRouter(tags=["comparison"])
Named = Annotated[str, Query(max_length=201, description="A session's name, or DEVICE/NAME.")]
By = Annotated[
    Literal["film", "marks"],
    Query(description="Lay the film's time on each other, or marks of the same text."),
]
Block = Annotated[
    int | None, Query(ge=1, le=1000, description="Neighbours kept together; by default up to 10.")
]
_SUMMARY = (list[str], Field(description="What was found, and what could not have been."))


@router.get("/compare", responses=responses(ComparedRow, summary=_SUMMARY))
def compare_sessions(
    request: Request,
    a: Named,
    b: Named,
    by: By = "film",
    scenes: Annotated[bool, Query(description="A's scenes one by one, too.")] = False,
    block: Block = None,
    min_viewers: Least = None,
    format: Form = "json",
) -> Response:
    """Compare two screenings or two cuts, as `laughtrack compare` does."""
    first, second = (named_tables(request, each, min_viewers) for each in (a, b))
    found = compared(request, (first, second), by, scenes, block)
    said = [*dict.fromkeys([*notes_of(first), *notes_of(second), *found.facts.notes])]
    name = f"{first.name}-{second.name}"
    more = [str(each) for each in summary(found)]
    return table_answer(compare_table(found), format, name, said, summary=more)


def named_tables(request: Request, named: str, min_viewers: int | None = None) -> SessionTables:
    """Return the tables of a session that is named as NAME or DEVICE/NAME."""
    state = request.app.state
    device, slash, name = named.rpartition("/")
    whose = device_of(state.settings.store, name, device if slash else None)
    least = least_of(state.settings.min_viewers, min_viewers)
    return settled(state.sessions.tables(whose, name).at_least(least))


def compared(
    request: Request,
    both: tuple[SessionTables, SessionTables],
    by: str,
    scenes: bool,
    block: int | None = None,
) -> Comparison:
    """Compare two sessions; `scenes` are those that were given for the first one's page.

    Raises
    ------
    ValueError
        They are one session, have nothing in common, or too few viewers.
    """
    first, second = both
    if (first.name, first.session.device) == (second.name, second.session.device):
        raise ValueError(f"{first.name} and {second.name}: expected two different sessions")
    found = by_marks(first, second) if by == "marks" else by_film_time(first, second)
    listed = None
    if scenes:
        listed = given.scenes(inputs.kept_of(request.app.state.settings.state, first))
        if listed is None:
            raise ValueError(f"scenes: nobody gave any for {first.name}")
    least = max(first.min_viewers, second.min_viewers)
    settings = Settings(min_viewers=least if least > 1 else LEAST_COMPARED, block=block)
    return compare(first, second, found, listed, settings)
