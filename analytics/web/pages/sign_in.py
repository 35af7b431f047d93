"""Logging in with the server's token, and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from laughtrack.analytics.web.rendering import page
from laughtrack.analytics.web.security.login import COOKIE, LASTS_S

router = APIRouter(include_in_schema=False)


@router.get("/login")
async def login(request: Request) -> Response:
    """Ask for the token."""
    return page(request, "login.html", wrong="")


@router.post("/login")
async def check(request: Request, token: Annotated[str, Form(max_length=1000)]) -> Response:
    """Let in who knows the token."""
    known = request.app.state.login
    address = request.client.host if request.client else ""
    if not known.is_token(token.strip(), address):
        wait_s = known.wait_s(address)
        words = f"That is not the token. The next try counts in {max(wait_s, 1):.0f} s."
        answer: Response = page(request, "login.html", status=401, wrong=words)
        answer.headers["Retry-After"] = f"{max(wait_s, 1):.0f}"
        return answer
    answer = RedirectResponse("/sessions", 303)
    is_secure = request.url.scheme == "https"
    answer.set_cookie(
        COOKIE, known.cookie(), max_age=LASTS_S, httponly=True, samesite="strict", secure=is_secure
    )
    return answer


@router.post("/logout")
async def logout() -> Response:
    """Forget this browser's login."""
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer
