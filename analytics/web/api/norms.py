"""The API's norms: where a session stands, what is usual in each stratum, how a score drifts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.responses import Response

from laughtrack.analytics.fleet.summaries import Kind
from laughtrack.analytics.norms import drift, strata
from laughtrack.analytics.norms.standing import DEFAULT_SCORE, SCORES, few
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.web.api.answers import Form, one_of, responses, table_answer
from laughtrack.analytics.web.api.rows import End, Figure, Missing, P, Row
from laughtrack.analytics.web.asked import Least, Uncorrected, asked_tables, least_of

router = APIRouter(tags=["norms"])
Asked = Annotated[SessionTables, Depends(asked_tables)]
By = Annotated[
    str,
    Query(
        max_length=200,
        description="What sessions must be alike in, with commas between: length, audience (its "
        "size), context, device, or tags that there are. Nothing: all are.",
    ),
]
WhereQuery = Annotated[
    tuple[Annotated[str, Field(max_length=200)], ...],
    Query(
        max_length=20,
        description="Only sessions of which a column, tag or measured figure is so, as KEY=PATTERN "
        "or KEY<NUMBER; also != <= > >=.",
    ),
]
Score = Annotated[str, Query(json_schema_extra={"enum": [*SCORES]}, description="Which one.")]
Note = Annotated[str, Field(description="Why a figure is not there; empty where it is.")]
Percentile = Annotated[
    float | None, Field(description=f"Of the others, percent below; {Missing}: fewer than 6.")
]


class NormRow(Row):
    """Where a score stands among those of other sessions."""

    score: str
    value: Figure
    others: int = Field(description="How many other sessions have the score.")
    percentile: Percentile
    percentile_low: End
    percentile_high: End
    median: Figure
    median_low: End
    median_high: End
    lowest: Figure
    highest: Figure
    stratum: str = Field(description="What all these are alike in; empty where it was not asked.")


class StratumRow(Row):
    """What is usual of a score among sessions that are alike."""

    stratum: str = Field(description="What they are alike in; empty for all.")
    score: str
    sessions: int = Field(description="How many have the score.")
    median: Figure
    median_low: End
    median_high: End
    lowest: Figure
    highest: Figure
    note: Note


class DriftRow(Row):
    """A score in one month, and in each row alike its trend over all of them."""

    month: str = Field(description="In UTC, like 2026-11.")
    sessions: int = Field(description="How many that began in it have the score.")
    median: Figure
    median_low: End
    median_high: End
    note: Note
    per_year: Figure
    per_year_low: End
    per_year_high: End
    p: P


@router.get("/sessions/{session}/norms", responses=responses(NormRow))
def norms(
    request: Request,
    tables: Asked,
    by: By = "",
    uncorrected: Uncorrected = False,
    format: Form = "json",
) -> Response:
    """Return where the session stands among others; the first time takes long."""
    found, notes = request.app.state.norms.of(tables, uncorrected, by)
    if remark := few(found):
        notes.append(remark)
    return table_answer(found, format, f"{tables.name}-norms", notes)


@router.get("/norms", responses=responses(StratumRow))
def of_strata(
    request: Request,
    by: By = "",
    where: WhereQuery = (),
    min_viewers: Least = None,
    uncorrected: Uncorrected = False,
    format: Form = "json",
) -> Response:
    """Return what is usual in each stratum, as `laughtrack norms --by` does without a session."""
    of = _kind(request, min_viewers, uncorrected)
    table, keys, notes = request.app.state.norms.all(of, by, where)
    notes += strata.remarks(table, keys)
    return table_answer(strata.of_strata(table, keys), format, "norms", notes)


@router.get("/norms/drift", responses=responses(DriftRow))
def drifts(
    request: Request,
    score: Score = DEFAULT_SCORE,
    where: WhereQuery = (),
    min_viewers: Least = None,
    uncorrected: Uncorrected = False,
    format: Form = "json",
) -> Response:
    """Return how a score changed over months, as `laughtrack norms --drift` does."""
    one_of("score", score, SCORES)
    of = _kind(request, min_viewers, uncorrected)
    table, _, notes = request.app.state.norms.all(of, where=where)
    found = drift.drift(table, score)
    notes += drift.remarks(table, found, score)
    return table_answer(found, format, f"{score}-drift", notes)


def _kind(request: Request, min_viewers: int | None, uncorrected: bool) -> Kind:
    return Kind(least_of(request.app.state.settings.min_viewers, min_viewers), uncorrected)
