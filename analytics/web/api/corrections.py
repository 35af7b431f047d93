"""The API's corrections by a person: what is to be mended, the list, and adding to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from laughtrack.analytics.review import making
from laughtrack.analytics.review.reviewed import Reviewed
from laughtrack.analytics.review.view import boxes_at, view
from laughtrack.analytics.store.amendments.entries import MOST_CHARACTERS, Amendment
from laughtrack.analytics.store.amendments.ledger import ListChanged
from laughtrack.analytics.web.api.answers import PROBLEMS, Problem
from laughtrack.analytics.web.asked import DeviceName, SessionName

router = APIRouter(prefix="/sessions/{session}", tags=["corrections"])

Pixel = Annotated[int, Field(ge=-(2**31) + 1, lt=2**31)]
ViewerId = Annotated[int, Field(ge=1, lt=2**31)]
Seconds = Annotated[float, Field(ge=0, lt=31 * 86400)]
Region = Annotated[list[Pixel], Field(min_length=4, max_length=4)]
Span = Annotated[list[float], Field(min_length=2, max_length=2)]
Seat = Annotated[list[float], Field(min_length=3, max_length=3)]
Text = Annotated[str, Field(max_length=MOST_CHARACTERS)]
Moment = Annotated[float, Query(ge=0, lt=31 * 86400, description="Seconds of the session.")]
_CHANGED: dict[int | str, dict[str, Any]] = {
    409: {
        "model": Problem,
        "description": "Somebody else corrected it meanwhile, or several devices have one.",
    }
}


class Correction(BaseModel):
    """An entry of the list, as `laughtrack correct SESSION list` shows it."""

    number: int
    when_utc: str
    who: str
    kind: str
    what: str
    why: str
    holds: bool = Field(description="Whether it was not undone.")
    box: Region | None = Field(description="The region that opted out, x1 y1 x2 y2 in pixels.")
    from_s: float | None
    to_s: float | None


class ReviewedViewer(BaseModel):
    """A viewer as the page of corrections shows them."""

    viewer: int
    members: list[int] = Field(description="The IDs that count as this one.")
    spans: list[Span] = Field(description="When they were seen: [start, end), s.")
    seat: Seat | None = Field(
        description="The usual middle of the face and its width: x, y, width in pixels."
    )
    group: str = Field(description="That a person named; empty for none.")
    brief: bool = Field(description="Seen too briefly to count.")


class Review(BaseModel):
    """Who was seen when and where, and what was corrected of it."""

    version: int = Field(description="The list's: a correction names the one it was made on.")
    length_s: float
    width: int = Field(description="Of the picture, as far as boxes reach, in pixels.")
    height: int
    viewers: list[ReviewedViewer]
    corrections: list[Correction]


class Face(BaseModel):
    """Where a viewer's face is."""

    viewer: int
    box: Region = Field(description="x1 y1 x2 y2 in pixels.")


class Faces(BaseModel):
    """Who is where at a moment."""

    boxes: list[Face]


class NewCorrection(BaseModel):
    """A correction that is to be made; see `laughtrack correct`."""

    model_config = ConfigDict(extra="forbid")

    made_on: int = Field(ge=0, lt=2**31, description="The list's version that it was made on.")
    kind: Literal["merge", "split", "exclude", "group", "opt-out", "undo"]
    viewers: list[ViewerId] = Field(
        default=[], max_length=10_000, description="By ID; of a merge the first one's is kept."
    )
    from_s: Seconds | None = Field(
        default=None, description="Where an exclusion or opt-out begins; the moment of a split."
    )
    to_s: Seconds | None = Field(default=None, description="Where an exclusion or opt-out ends.")
    name: Text = Field(default="", description="Of a group; empty takes out of it.")
    box: Region | None = Field(
        default=None, description="The region of an opt-out; without it, the one viewer's seat."
    )
    of: int | None = Field(
        default=None, ge=1, lt=2**31, description="What to undo; by default the last in effect."
    )
    who: Text = ""
    why: Text = ""


class Made(BaseModel):
    """A correction that was made, and what the list's version is from then on."""

    number: int
    version: int


def reviewed(request: Request, session: str, device: str | None) -> Reviewed:
    """Return a session for whoever mends it.

    Raises
    ------
    HTTPException
        Single viewers are withheld.
    UnknownSession, AmbiguousSession, StoreError
        As of `store.sessions.load`.
    """
    least = request.app.state.settings.min_viewers
    if least > 1:
        raise HTTPException(
            403,
            "corrections are of single viewers and withheld: nothing is told here of fewer than "
            f"{least}",
        )
    found: Reviewed = request.app.state.reviews.of(session, device)
    return found


@router.get("/review", response_model=Review, responses=PROBLEMS)
def show(request: Request, session: SessionName, device: DeviceName = None) -> dict[str, Any]:
    """Return who was seen when and where, as the page of corrections shows it."""
    found = view(reviewed(request, session, device))
    return {
        **found._asdict(),
        "viewers": [each._asdict() for each in found.viewers],
        "corrections": [each._asdict() for each in found.corrections],
    }


@router.get("/review/boxes", response_model=Faces, responses=PROBLEMS)
def boxes(
    request: Request, session: SessionName, t_s: Moment, device: DeviceName = None
) -> dict[str, Any]:
    """Return who is where at a moment."""
    found = boxes_at(reviewed(request, session, device), t_s)
    return {"boxes": [{"viewer": viewer, "box": box} for viewer, box in found]}


@router.post("/corrections", response_model=Made, responses={**PROBLEMS, **_CHANGED})
def correct(
    request: Request, session: SessionName, new: NewCorrection, device: DeviceName = None
) -> Made:
    """Make a correction, unless somebody else made one since `made_on`."""
    seen = reviewed(request, session, device)
    if new.made_on != seen.version:
        raise ListChanged(
            f"{session!r} was corrected by somebody else meanwhile: this was made on version "
            f"{new.made_on} of its list, which is at {seen.version}; look at it again"
        )
    entry = _entry(seen, new)
    store = request.app.state.settings.store
    done = making.record(store, seen, entry, new.who, new.why)
    return Made(number=done.number, version=done.number)


def _entry(seen: Reviewed, new: NewCorrection) -> Amendment:
    """Return the amendment that is meant."""
    if new.kind == "merge":
        return making.merge(seen, new.viewers)
    if new.kind == "split":
        if new.from_s is None:
            raise ValueError("split: expected from_s, the moment in seconds of the session")
        return making.split(seen, _one(new.viewers, "split"), new.from_s)
    if new.kind == "exclude":
        return making.exclude(seen, new.viewers, new.from_s, new.to_s)
    if new.kind == "group":
        return making.group(seen, new.name, new.viewers)
    if new.kind == "opt-out":
        if new.box is None:
            viewer = _one(new.viewers, "opt-out without a box")
            return making.opt_out(seen, viewer, new.from_s, new.to_s)
        x1, y1, x2, y2 = new.box
        return making.opt_out(seen, (x1, y1, x2, y2), new.from_s, new.to_s)
    return making.undo(seen, new.of)


def _one(viewers: Sequence[int], what: str) -> int:
    if len(viewers) != 1:
        raise ValueError(f"{what}: expected one viewer, got {len(viewers)}")
    return viewers[0]
