"""The API's results of one session: curve, peaks, scores, marks, synchrony, coverage."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from laughtrack.analytics.audience.bands import curve_with_bands
from laughtrack.analytics.audience.marks import marks
from laughtrack.analytics.audience.peak_tests import peaks_with_certainty
from laughtrack.analytics.audience.session_analysis import analyze_session
from laughtrack.analytics.audience.synchrony import synchrony_of
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.web.api.answers import Form, responses, table_answer
from laughtrack.analytics.web.api.more_rows import (
    SynchronyRow,
    SynchronyViewerRow,
    SynchronyWindowRow,
)
from laughtrack.analytics.web.api.rows import (
    CoverageRow,
    CurveRow,
    MarkRow,
    PeakRow,
    ScoreRow,
)
from laughtrack.analytics.web.asked import asked_tables, notes_of, refuse_singles

router = APIRouter(prefix="/sessions/{session}", tags=["audience"])
Asked = Annotated[SessionTables, Depends(asked_tables)]
Window = Annotated[int, Query(ge=10, le=3600, description="Seconds of a stretch.")]


@router.get("/curve", responses=responses(CurveRow))
def curve(
    tables: Asked,
    bin: Annotated[float, Query(ge=0.1, le=3600, description="Seconds of a row.")] = 1.0,
    format: Form = "json",
) -> Response:
    """Return the audience's curve with its bands, as `laughtrack curve` does."""
    found = curve_with_bands(tables, bin)
    return table_answer(found, format, f"{tables.name}-curve", notes_of(tables))


@router.get("/peaks", responses=responses(PeakRow))
def peaks(tables: Asked, format: Form = "json") -> Response:
    """Return the moments at which the audience smiled more, as `laughtrack peaks` does."""
    found = peaks_with_certainty(tables)
    return table_answer(found, format, f"{tables.name}-peaks", notes_of(tables))


@router.get("/scores", responses=responses(ScoreRow))
def scores(tables: Asked, format: Form = "json") -> Response:
    """Return the session's scores, as its page shows them."""
    found = analyze_session(tables).scores
    return table_answer(found, format, f"{tables.name}-scores", notes_of(tables))


@router.get("/marks", responses=responses(MarkRow))
def show_marks(tables: Asked, format: Form = "json") -> Response:
    """Return the moments that somebody marked, and who smiled after each."""
    return table_answer(marks(tables), format, f"{tables.name}-marks", notes_of(tables))


@router.get("/coverage", responses=responses(CoverageRow))
def coverage(tables: Asked, format: Form = "json") -> Response:
    """Return when somebody was watched, nobody was there, and the camera was off."""
    return table_answer(tables.coverage, format, f"{tables.name}-coverage", notes_of(tables))


Null = Annotated[
    Literal["shift", "phase"],
    Query(description="What chance is: timelines moved in a circle, or other phases."),
]


@router.get("/synchrony", responses=responses(SynchronyRow))
def synchrony(tables: Asked, null: Null = "shift", format: Form = "json") -> Response:
    """Say whether the viewers smiled together, as `laughtrack synchrony` does."""
    found = synchrony_of(tables, null=null).whole
    return table_answer(found, format, f"{tables.name}-synchrony", notes_of(tables))


@router.get("/synchrony/windows", responses=responses(SynchronyWindowRow))
def synchrony_windows(
    tables: Asked, window: Window = 30, null: Null = "shift", format: Form = "json"
) -> Response:
    """Return the synchrony of stretches of the session."""
    refuse_singles(tables, "synchrony of stretches")
    found = synchrony_of(tables, float(window), null=null).windows
    return table_answer(found, format, f"{tables.name}-synchrony-windows", notes_of(tables))


@router.get("/synchrony/viewers", responses=responses(SynchronyViewerRow))
def synchrony_viewers(tables: Asked, format: Form = "json") -> Response:
    """Return the synchrony of each viewer."""
    refuse_singles(tables, "synchrony of viewers")
    found = synchrony_of(tables).viewers
    return table_answer(found, format, f"{tables.name}-synchrony-viewers", notes_of(tables))
