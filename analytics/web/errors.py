"""What goes wrong, as an answer: the error's own sentence, as a page or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from laughtrack.analytics.store.amendments.ledger import ListChanged
from laughtrack.analytics.store.delta_table import AmbiguousSession, StoreError, UnknownSession
from laughtrack.analytics.web.jobs.queue import JobChanged, UnknownJob
from laughtrack.analytics.web.rendering import page, wants_page
from laughtrack.edge.console import printable

# By kind, the first that fits. Those that are no ValueError stand above it.
_STATUS = (
    (UnknownSession, 404),
    (AmbiguousSession, 409),
    (ListChanged, 409),
    (UnknownJob, 404),
    (JobChanged, 409),
    (StoreError, 503),
    (ValueError, 422),
    (OSError, 503),
)


def install(app: FastAPI) -> None:
    """Have a server answer what its routes raise."""
    for kind in (ValueError, OSError, StoreError):
        app.add_exception_handler(kind, _answer)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)


def status_of(error: Exception) -> int:
    """Return the status of HTTP for what a route raised."""
    if isinstance(error, HTTPException):
        return error.status_code
    return next(status for kind, status in _STATUS if isinstance(error, kind))


def _answer(request: Request, error: Exception) -> Response:
    return problem(request, status_of(error), str(error))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(request, error.status_code, str(error.detail))


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problem(request, 422, in_words(error.errors()))


def in_words(errors: Iterable[Mapping[str, Any]]) -> str:
    """Return what is wrong with a request, as pydantic tells it, in a sentence each."""
    return "; ".join(_in_words(each) for each in errors)


def _in_words(error: Mapping[str, Any]) -> str:
    # The first says whether it is of the address, the query or the body.
    name = ".".join(str(each) for each in error["loc"] if each not in ("query", "path", "body"))
    given = "" if error["type"] == "missing" else f", not {str(error.get('input'))[:60]!r}"
    return f"{name or 'the request'}: {error['msg']}{given}"


def problem(request: Request, status: int, words: str) -> Response:
    """Answer with what went wrong: as a page to who looks at pages, else as JSON."""
    words = printable(words)
    if wants_page(request):
        return page(request, "problem.html", status=status, words=words)
    return JSONResponse({"detail": words}, status)
