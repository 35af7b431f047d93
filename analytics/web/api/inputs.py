"""The API's scenes, groups and dials of a session: who gives them, and what comes of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from laughtrack.analytics.audience.dial import dial_of
from laughtrack.analytics.audience.groups import GroupComparison, groups_of
from laughtrack.analytics.audience.scenes import fit, scenes_of
from laughtrack.analytics.norms.strata import keys_of
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.web import given, inputs
from laughtrack.analytics.web.api.answers import (
    PROBLEMS,
    Form,
    Problem,
    responses,
    table_answer,
)
from laughtrack.analytics.web.api.more_rows import (
    DialCurveRow,
    DialRow,
    GroupRow,
    PairRow,
    SceneRow,
)
from laughtrack.analytics.web.asked import RATE, asked_tables, notes_of
from laughtrack.analytics.web.errors import in_words
from laughtrack.analytics.web.inputs import Inputs, Kind

router = APIRouter(prefix="/sessions/{session}", tags=["scenes, groups and dials"])
Asked = Annotated[SessionTables, Depends(asked_tables)]
MOST_BYTES = 8_000_000
Was = Annotated[int, Query(ge=0, le=2**53, description="The inputs' version that it changes.")]
_CHANGES: dict[int | str, dict[str, Any]] = {
    **PROBLEMS,
    409: {"model": Problem, "description": "Several devices have one, or somebody changed them."},
    413: {"model": Problem, "description": f"It is larger than {MOST_BYTES / 1e6:.0f} MB."},
}


class Choices(BaseModel):
    """What is chosen for a session's page; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=0, le=2**53, description="The inputs' version that it changes.")
    by: Literal["", "row", "side", "named", "file"] | None = None
    norms: bool | None = None
    norms_by: Annotated[str, Field(max_length=200)] | None = None
    film: Annotated[str, Field(max_length=4000)] | None = None
    language: Literal["en", "de", "fr"] | None = None


class File(BaseModel):
    """A file for a session's page."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=0, le=2**53, description="The inputs' version that it changes.")
    name: str = Field(max_length=200, description="Its name, whose ending says what it is.")
    content: Base64Bytes = Field(description="What it holds, in Base64.")
    fps: str = Field(default="", pattern=RATE, description="Frames a second of an edit list.")
    column: str = Field(
        default="", max_length=200, description="Of groups: the column that names them."
    )


@router.get("/inputs", response_model=Inputs, responses=PROBLEMS)
def show(request: Request, tables: Asked) -> Inputs:
    """Return what comes to the session's page beside the session."""
    return inputs.read(_kept(request, tables))


@router.patch("/inputs", response_model=Inputs, responses=_CHANGES)
def choose(request: Request, tables: Asked, choices: Choices) -> Inputs:
    """Choose what groups are compared by, norms, the film and the page's language."""
    chosen = choices.model_dump(exclude_none=True, exclude={"version"})
    if choices.by == "file" and inputs.read(_kept(request, tables)).groups is None:
        raise ValueError("by 'file': nobody gave a file of groups; send one first")
    if choices.norms_by:
        keys_of(choices.norms_by, request.app.state.sessions.list())
    if choices.film:
        given.film(request.app.state.settings, choices.film, tables)
    return inputs.change(_kept(request, tables), choices.version, **chosen)


@router.put(
    "/inputs/{kind}",
    response_model=Inputs,
    responses=_CHANGES,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": File.model_json_schema()}},
        }
    },
)
async def give(request: Request, kind: Kind, tables: Asked) -> Inputs:
    """Give a list of scenes, dials or groups; it is read at once, and refused if it cannot be."""
    # Read here, a part at a time: what is declared as a body is read whole before it is looked at.
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > MOST_BYTES:
            raise HTTPException(413, f"larger than {MOST_BYTES / 1e6:.0f} MB: give a smaller file")
    try:
        file = File.model_validate_json(bytes(data))
    except ValidationError as error:
        raise ValueError(in_words(error.errors())) from None
    return await run_in_threadpool(_keep, request, kind, tables, file)


def _keep(request: Request, kind: Kind, tables: SessionTables, file: File) -> Inputs:
    said = inputs.Given(name=file.name, fps=file.fps, column=file.column)
    given.check_file(kind, said, file.content, tables)
    more: dict[str, Any] = {kind: said}
    if kind == "groups":
        more["by"] = "file"
    return inputs.change(_kept(request, tables), file.version, (kind, file.content), **more)


@router.delete("/inputs/{kind}", response_model=Inputs, responses=_CHANGES)
def take_away(request: Request, kind: Kind, tables: Asked, version: Was) -> Inputs:
    """Take away a list of scenes, dials or groups."""
    kept = _kept(request, tables)
    more: dict[str, Any] = {kind: None}
    if kind == "groups" and inputs.read(kept).by == "file":
        more["by"] = ""
    return inputs.change(kept, version, **more)


@router.get("/scenes", responses=responses(SceneRow))
def scenes(request: Request, tables: Asked, format: Form = "json") -> Response:
    """Return a line a scene of the list that was given, as `laughtrack scenes` does."""
    listed, remarks = fit(_needed("scenes", given.scenes(_kept(request, tables))), tables)
    found = scenes_of(tables, listed)
    return table_answer(found, format, f"{tables.name}-scenes", [*notes_of(tables), *remarks])


By = Annotated[
    Literal["row", "side", "named", "file"],
    Query(description="Who belongs together: by seat, as a person named them, or by the file."),
]
MinGroup = Annotated[int, Query(ge=2, le=1000, description="Leave smaller groups out.")]


@router.get("/groups", responses=responses(GroupRow))
def groups(
    request: Request, tables: Asked, by: By, min_group: MinGroup = 5, format: Form = "json"
) -> Response:
    """Return each group of viewers by itself, as `laughtrack groups --means` does."""
    found, _, remarks = _compared(request, tables, by, min_group)
    return table_answer(found, format, f"{tables.name}-groups", [*notes_of(tables), *remarks])


@router.get("/groups/pairs", responses=responses(PairRow))
def pairs(
    request: Request, tables: Asked, by: By, min_group: MinGroup = 5, format: Form = "json"
) -> Response:
    """Compare groups of viewers, each with each other, as `laughtrack groups` does."""
    _, found, remarks = _compared(request, tables, by, min_group)
    return table_answer(found, format, f"{tables.name}-pairs", [*notes_of(tables), *remarks])


def _compared(request: Request, tables: SessionTables, by: str, min_group: int) -> GroupComparison:
    """Return the groups by themselves, each with each other, and what is to be told of them."""
    members = _needed("groups", given.groups(_kept(request, tables), by, tables))
    return groups_of(tables, members, min_group)


MaxLag = Annotated[float, Query(ge=0, le=600, description="The farthest lag to look at, s.")]


@router.get("/dial", responses=responses(DialRow))
def dial(
    request: Request, tables: Asked, max_lag: MaxLag = 10.0, format: Form = "json"
) -> Response:
    """Say how well the dials that were given and the smiles go together, as `laughtrack dial`."""
    turned = _needed("dial", given.dial(_kept(request, tables)))
    found = dial_of(tables, turned, max_lag).result
    return table_answer(found, format, f"{tables.name}-dial", notes_of(tables))


@router.get("/dial/curve", responses=responses(DialCurveRow))
def dial_curve(
    request: Request, tables: Asked, max_lag: MaxLag = 10.0, format: Form = "json"
) -> Response:
    """Return dials and smiles side by side, a second a row."""
    turned = _needed("dial", given.dial(_kept(request, tables)))
    found = dial_of(tables, turned, max_lag).curve
    return table_answer(found, format, f"{tables.name}-dial-curve", notes_of(tables))


def _kept(request: Request, tables: SessionTables) -> inputs.Kept:
    return inputs.kept_of(request.app.state.settings.state, tables)


def _needed(kind: str, found: Any) -> Any:
    if found is None:
        raise HTTPException(404, f"nobody gave {kind} for this session: PUT inputs/{kind} first")
    return found
