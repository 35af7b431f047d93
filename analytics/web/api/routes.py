"""The API's routes, all below /api/v1."""

from __future__ import annotations

from fastapi import APIRouter

from laughtrack.analytics.web.api import (
    audience,
    comparison,
    corrections,
    inputs,
    live,
    norms,
    sessions,
    viewers,
)

router = APIRouter(prefix="/api/v1")
for _each in (sessions, audience, norms, viewers, inputs, corrections, comparison, live):
    router.include_router(_each.router)
