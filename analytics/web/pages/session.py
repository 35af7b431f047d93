"""The *Session* page: a stored session's report, what comes beside it, exports and comparisons."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response

from laughtrack.analytics.interchange.exports import ENDINGS, FRAMES, TIMECODES, VIEWERS
from laughtrack.analytics.report.comparison_page import compare_page
from laughtrack.analytics.report.content_policy import hashes_of
from laughtrack.analytics.report.languages import Language
from laughtrack.analytics.report.look import Look
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.web import given, inputs
from laughtrack.analytics.web.api.answers import file_answer
from laughtrack.analytics.web.api.comparison import compared, named_tables
from laughtrack.analytics.web.asked import notes_of, settled
from laughtrack.analytics.web.errors import status_of
from laughtrack.analytics.web.pages.sessions import address
from laughtrack.analytics.web.rendering import page
from laughtrack.analytics.web.security.headers import content_policy
from laughtrack.analytics.web.sessions_cache import Key
from laughtrack.edge.console import printable

router = APIRouter(prefix="/sessions/{device}/{session}", include_in_schema=False)

# Tables as they are called in the API, and whether they are of single viewers.
TABLES = (
    ("curve", "Curve with bands", False),
    ("peaks", "Peaks", False),
    ("scores", "Scores", False),
    ("synchrony", "Synchrony", False),
    ("marks", "Marks", False),
    ("coverage", "Coverage", False),
    ("viewers", "Viewers", True),
    ("smiles", "Smiles", True),
    ("timelines", "Readings", True),
)
FORMS = {
    "otio": "Peaks for OpenTimelineIO",
    "edl": "Peaks as an EDL with locators",
    "fcpxml": "Peaks for Final Cut Pro",
    "fcp7xml": "Peaks for Premiere and Resolve, as Final Cut Pro 7's XML",
    "premiere": "Peaks as Premiere's marker list",
    "resolve": "Peaks as Resolve's marker EDL",
    "vtt": "Peaks as WebVTT",
    "openface": "Viewers as OpenFace's CSV",
    "pyfeat": "Viewers as py-feat's CSV",
    "affectiva": "Viewers as Affectiva's JSON",
    "mot": "Viewers as MOTChallenge's text",
}
# So many other sessions are offered to compare with; any may be typed.
_MOST_OFFERED = 200
_BY = {"row": "row", "side": "side of the room", "named": "group that somebody named"}


def _tables(request: Request, device: str, session: str) -> SessionTables:
    """Return a session's tables; a growing one's too, of which a page shows no figures."""
    found: SessionTables = request.app.state.sessions.tables(device, session)
    return found


Tables = Annotated[SessionTables, Depends(_tables)]


@router.get("")
def show(request: Request, device: str, session: str, tables: Tables) -> Response:
    """Show the page; the report is in a frame of its own."""
    state = request.app.state
    listed = state.sessions.list()
    here = (listed["device"] == device) & (listed["session"] == session)
    others = listed[~here].tail(_MOST_OFFERED).iloc[::-1]
    said = inputs.read(inputs.kept_of(state.settings.state, tables))
    named = {"named"} if tables.everyone.session.amended.groups else set()
    file = {"file": f"file {said.groups.name}"} if said.groups else {}
    return page(
        request,
        "session.html",
        row=listed[here].iloc[0].to_dict(),
        address=address(Key(device, session)),
        api=f"/api/v1/sessions/{quote(session, safe='')}",
        device_query=urlencode({"device": device}),
        said=said,
        by={**{k: v for k, v in _BY.items() if k in {"row", "side", *named, said.by}}, **file},
        films=given.films(state.settings),
        tables=_downloads(tables, said),
        forms={k: FORMS[k] for k in ENDINGS if not (tables.withholds and k in VIEWERS)},
        in_frames={*FRAMES, *TIMECODES},
        others=others.to_dict("records"),
        notes=notes_of(tables),
    )


def _downloads(tables: SessionTables, said: inputs.Inputs) -> list[tuple[str, str]]:
    """Return the tables that are to be had of a session: the API's word, and a name."""
    found = [(word, name) for word, name, single in TABLES if not (single and tables.withholds)]
    if said.scenes:
        found.append(("scenes", "Scenes"))
    if said.by:
        found += [
            (f"groups?by={said.by}", "Groups"),
            (f"groups/pairs?by={said.by}", "Groups compared"),
        ]
    if said.dial:
        found += [("dial", "Dials and smiles"), ("dial/curve", "Curves of dials and smiles")]
    if said.norms:
        by = f"?{urlencode({'by': said.norms_by})}" if said.norms_by else ""
        found.append((f"norms{by}", "Norms"))
    return found


@router.get("/report")
def report(
    request: Request, device: str, session: str, tables: Tables, save: bool = False
) -> Response:
    """Return the report itself, in its frame, or as a file."""
    # A file leaves without the film: it plays from this server alone.
    film = "" if save else f"{address(Key(device, session))}/film"
    try:
        html = request.app.state.reports.of(settled(tables), film)
    except (ValueError, HTTPException) as error:
        if save:
            raise
        return _problem(request, error)
    if save:
        return file_answer(html.encode(), "text/html; charset=utf-8", f"{session}.html")
    return framed(html)


def framed(html: str) -> Response:
    """Answer with a page of a report: its own scripts may run, and no other."""
    policy = content_policy(hashes_of(html), inline_styles=True)
    return HTMLResponse(html, headers={"Content-Security-Policy": policy})


def _problem(request: Request, error: Exception) -> Response:
    """Say in the report's frame why there is none."""
    words = printable(str(error.detail) if isinstance(error, HTTPException) else str(error))
    return page(request, "session_problem.html", status=status_of(error), words=words)


@router.get("/film")
def film(request: Request, tables: Tables) -> Response:
    """Return the film that was chosen, or the part of it that is asked for."""
    settings = request.app.state.settings
    said = inputs.read(inputs.kept_of(settings.state, tables))
    if not said.film:
        raise HTTPException(404, "no film was chosen for this session")
    return FileResponse(given.film_path(settings, said.film), headers={"Cache-Control": "private"})


Other = Annotated[str, Query(alias="with", max_length=201)]
By = Literal["film", "marks"]


@router.get("/compare")
def compare(
    request: Request, device: str, session: str, other: Other, by: By = "film", scenes: bool = False
) -> Response:
    """Show the comparison with another session, in a frame of its own."""
    query = urlencode({"with": other, "by": by, "scenes": int(scenes)})
    table = urlencode({"a": f"{device}/{session}", "b": other, "by": by, "scenes": int(scenes)})
    return page(
        request,
        "session_compare.html",
        address=address(Key(device, session)),
        session=session,
        other=other,
        query=query,
        table=table,
    )


@router.get("/compare/report")
def compare_report(
    request: Request, tables: Tables, other: Other, by: By = "film", scenes: bool = False
) -> Response:
    """Return the comparison's page."""
    try:
        both = settled(tables), named_tables(request, other)
        said = inputs.read(inputs.kept_of(request.app.state.settings.state, tables))
        found = compared(request, both, by, scenes)
    except (ValueError, HTTPException) as error:
        return _problem(request, error)
    return framed(compare_page(found, Look(Language(said.language))))
