"""A pretend audience by one click: filmed, scored and shown live."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from laughtrack.analytics.web.jobs.pretend import Pretend

router = APIRouter(prefix="/pretend", include_in_schema=False)


@router.post("")
async def begin(request: Request) -> dict[str, Any]:
    """Begin, unless it is on its way."""
    request.app.state.pretend.begin()
    return _status(request)


@router.get("")
async def status(request: Request) -> dict[str, Any]:
    """Say how far it is, and where it is to be seen once it is."""
    return _status(request)


def _status(request: Request) -> dict[str, Any]:
    pretend: Pretend = request.app.state.pretend
    found = pretend.status()
    key = found.pop("key")
    return found | {"address": f"/live/{key.device}/{key.session}" if key else None}
