"""The *Session* page: a stored session's report, exports and comparisons."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/sessions/{device}/{session}", include_in_schema=False)
