"""The *Review* page: what a person mends after the tracker. Its changes go through the API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import Response

from laughtrack.analytics.web.api.corrections import reviewed
from laughtrack.analytics.web.jobs.queue import UPLOADS
from laughtrack.analytics.web.pages.sessions import address
from laughtrack.analytics.web.recording_file import picture_at, recording_of
from laughtrack.analytics.web.rendering import page
from laughtrack.analytics.web.sessions_cache import Key
from laughtrack.analytics.web.settings import ServeSettings

router = APIRouter(prefix="/sessions/{device}/{session}/review", include_in_schema=False)


@router.get("")
def show(request: Request, device: str, session: str) -> Response:
    """Show who was seen when and where, and what was mended of it."""
    seen = reviewed(request, session, device).session
    settings = request.app.state.settings
    has_film = recording_of(seen.info, _folders(settings)) is not None
    return page(
        request,
        "review.html",
        session=session,
        device=device,
        title=str(seen.info.get("title") or session),
        address=address(Key(device, session)),
        has_film=has_film,
    )


@router.get("/picture")
def picture(
    request: Request,
    device: str,
    session: str,
    t_s: Annotated[float, Query(ge=0, lt=31 * 86400)],
) -> Response:
    """Send the room's picture at a moment, read from the film and kept nowhere."""
    settings = request.app.state.settings
    if not settings.allow_preview:
        raise HTTPException(404, "there is no picture: the server was not told --allow-preview")
    info = reviewed(request, session, device).session.info
    path = recording_of(info, _folders(settings))
    data = None if path is None else picture_at(path, info, t_s)
    if data is None:
        raise HTTPException(404, "there is no picture of that moment in a film at hand")
    return Response(data, media_type="image/jpeg")


def _folders(settings: ServeSettings) -> list[Path]:
    """Return where a film may lie: what the server may see, and uploads that were kept."""
    uploads = settings.state / UPLOADS
    return [*settings.footage, *([uploads] if uploads.is_dir() else [])]
