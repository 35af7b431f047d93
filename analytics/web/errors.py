"""What goes wrong, as an answer: the error's own sentence, as a page or as JSON."""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from laughtrack.analytics.store.delta_table import AmbiguousSession, StoreError, UnknownSession
from laughtrack.analytics.web.rendering import page
from laughtrack.edge.console import printable

# By kind, the first that fits. Those that are no ValueError stand above it.
_STATUS = (
    (UnknownSession, 404),
    (AmbiguousSession, 409),
    (StoreError, 503),
    (ValueError, 422),
    (OSError, 503),
)


def install(app: FastAPI) -> None:
    """Have a server answer what its routes raise."""
    for kind in (ValueError, OSError, StoreError):
        app.add_exception_handler(kind, _answer)
    app.add_exception_handler(HTTPException, _http)


def _answer(request: Request, error: Exception) -> Response:
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    return problem(request, status, str(error))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(request, error.status_code, str(error.detail))


def problem(request: Request, status: int, words: str) -> Response:
    """Answer with what went wrong: as JSON to programs and to a page's scripts, else as a page."""
    words = printable(words)
    sends_json = request.headers.get("content-type", "").startswith("application/json")
    if sends_json or request.url.path.startswith("/api/"):
        return JSONResponse({"detail": words}, status)
    return page(request, "problem.html", status=status, words=words)
