"""The API's tables of single viewers, and files for other programs; none where few are withheld."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.responses import Response

from laughtrack.analytics.inputs.timecode import rate_of
from laughtrack.analytics.interchange.exports import ENDINGS, VIEWERS, Wanted, exported
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.viewers import timelines
from laughtrack.analytics.web.api.answers import (
    PROBLEMS,
    Form,
    file_answer,
    one_of,
    responses,
    table_answer,
)
from laughtrack.analytics.web.api.rows import ReadingRow, SmileRow, ViewerRow
from laughtrack.analytics.web.asked import RATE, asked_tables, notes_of, refuse_singles

router = APIRouter(prefix="/sessions/{session}", tags=["viewers"])
Asked = Annotated[SessionTables, Depends(asked_tables)]
ExportForm = Annotated[str, Path(json_schema_extra={"enum": [*ENDINGS]})]
MOST_IN_JSON = 100_000
FILE = "application/octet-stream"
_TOTAL = (int, Field(description="Readings that are meant, before and after these, too."))


@router.get("/viewers", responses=responses(ViewerRow))
def viewers(tables: Asked, format: Form = "json") -> Response:
    """Return a row a viewer, as `laughtrack viewers` does."""
    refuse_singles(tables, "viewers")
    return table_answer(tables.viewers, format, f"{tables.name}-viewers", notes_of(tables))


@router.get("/timelines", responses=responses(ReadingRow, total=_TOTAL))
def show_timelines(
    tables: Asked,
    viewer: Annotated[int | None, Query(ge=1, le=2**53, description="Only this one.")] = None,
    first: Annotated[int, Query(ge=0, le=2**40, description="Leave out so many rows.")] = 0,
    rows: Annotated[
        int | None,
        Query(ge=1, le=2**40, description=f"So many; {MOST_IN_JSON:,} of JSON, and of files all."),
    ] = None,
    format: Form = "json",
) -> Response:
    """Return the readings of each viewer in order of time, as `laughtrack timelines` does."""
    refuse_singles(tables, "timelines")
    found = timelines(tables.session, viewer)
    many = rows or (MOST_IN_JSON if format == "json" else len(found))
    part = found.iloc[first : first + many]
    name = f"{tables.name}-timelines"
    return table_answer(part, format, name, notes_of(tables), total=len(found))


@router.get("/smiles", responses=responses(SmileRow))
def smiles(tables: Asked, format: Form = "json") -> Response:
    """Return each viewer's smiles, in order of time."""
    refuse_singles(tables, "smiles")
    return table_answer(tables.smiles, format, f"{tables.name}-smiles", notes_of(tables))


@router.get(
    "/exports/{form}",
    response_class=Response,
    responses={
        **PROBLEMS,
        200: {
            "description": "The file.",
            "content": {FILE: {"schema": {"type": "string", "format": "binary"}}},
        },
    },
)
def export(
    tables: Asked,
    form: ExportForm,
    fps: Annotated[
        str, Query(pattern=RATE, description="Frames a second, like 25 or 23.976.")
    ] = "",
    start_timecode: Annotated[
        str, Query(max_length=20, description="Of the film's first frame: HH:MM:SS:FF.")
    ] = "",
    top: Annotated[int | None, Query(ge=1, le=2**31, description="Only the highest peaks.")] = None,
    max_p: Annotated[
        float | None, Query(gt=0, le=1, description="Only peaks that chance gives so often.")
    ] = None,
) -> Response:
    """Write the viewers' readings, or the peaks as markers, for another program."""
    if one_of("form", form, ENDINGS) in VIEWERS:
        refuse_singles(tables, form)
    rate = rate_of(fps) if fps else None
    data, remark = exported(tables, Wanted(form, rate, start_timecode, top, max_p))
    name = f"{tables.name}-{form}{ENDINGS[form][0]}"
    return file_answer(data, FILE, name, [*notes_of(tables), remark])
