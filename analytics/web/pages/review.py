"""The *Review* page: what a person mends after the tracker."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/sessions/{device}/{session}/review", include_in_schema=False)
