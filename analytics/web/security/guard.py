"""What every request passes: host, login, CSRF; and what every answer gets: its headers."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from laughtrack.analytics.web.rendering import wants_page
from laughtrack.analytics.web.security import csrf
from laughtrack.analytics.web.security.body_limit import limited
from laughtrack.analytics.web.security.headers import HEADERS, content_policy
from laughtrack.analytics.web.security.login import COOKIE, Login
from laughtrack.analytics.web.settings import ServeSettings, is_loopback

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[_Message, _Receive, _Send], Awaitable[None]]

# What anybody may ask: whether the server is up, and how to log in.
OPEN_PATHS = frozenset(("/login", "/healthz", "/readyz"))
# Of a form that is no upload: its token is read from its beginning.
_MOST_FORM_BYTES = 1 << 20
_YEAR_S = 365 * 24 * 3600
_LOCAL_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)


class Guard:
    """Between the server and its pages.

    Parameters
    ----------
    app : ASGI application
    settings : ServeSettings
    login : Login
    key : bytes
        The server's.
    """

    def __init__(self, app: _App, settings: ServeSettings, login: Login, key: bytes) -> None:
        self._app, self._login, self._key = app, login, key
        self._local = is_loopback(settings.host)

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """Answer a request, or have it answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        receive = limited(scope["path"], receive)
        request = Request(scope, receive)
        browser = request.cookies.get(csrf.COOKIE, "")
        is_new = not re.fullmatch(r"[\w-]{20,64}", browser)
        browser = secrets.token_urlsafe(24) if is_new else browser
        state = scope.setdefault("state", {})
        state["csrf_token"] = csrf.token_of(self._key, browser)

        async def send_with_headers(message: _Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", content_policy())
                if not request.url.path.startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-store")
                    if is_new:
                        headers.append("Set-Cookie", self._browser_cookie(request, browser))
            await send(message)

        refusal, replay = await self._refusal(request, browser, receive)
        await (refusal or self._app)(scope, replay, send_with_headers)

    def _browser_cookie(self, request: Request, browser: str) -> str:
        secure = "; Secure" if request.url.scheme == "https" else ""
        rest = f"Path=/; Max-Age={_YEAR_S}; HttpOnly; SameSite=Strict{secure}"
        return f"{csrf.COOKIE}={browser}; {rest}"

    async def _refusal(
        self, request: Request, browser: str, receive: _Receive
    ) -> tuple[Response | None, _Receive]:
        """Return why a request is refused, None where it isn't, and how it is to be read."""
        hosts = request.headers.getlist("host")
        if self._local and (len(hosts) != 1 or not _LOCAL_HOST.fullmatch(hosts[0].strip())):
            # A page from elsewhere whose name was turned to this machine's address.
            words = "this server answers as 127.0.0.1 or localhost alone"
            return refused(request, 403, words), receive
        knows_token, refusal = self._logged_in(request)
        if refusal is not None or knows_token or request.method in csrf.SAFE_METHODS:
            return refusal, receive
        if csrf.is_from_elsewhere(request):
            return refused(request, 403, "this was sent by another site's page"), receive
        if csrf.is_a_program(request):
            return None, receive
        sent = request.headers.get(csrf.HEADER)
        if sent is None:
            sent, receive = await _sent_in_form(request, receive)
        if not csrf.has_token(self._key, browser, sent):
            words = "the page was too old, or is not ours: load it again and repeat what you did"
            return refused(request, 403, words), receive
        return None, receive

    def _logged_in(self, request: Request) -> tuple[bool, Response | None]:
        """Return whether a request has the token itself, and why it is refused, if it is."""
        path = request.url.path
        if not self._login.needed or path in OPEN_PATHS or path.startswith("/static/"):
            return False, None
        kind, _, sent = request.headers.get("authorization", "").partition(" ")
        if kind.casefold() == "bearer":
            address = request.client.host if request.client else ""
            if self._login.is_token(sent.strip(), address):
                return True, None
            return False, too_many_or_wrong(request, self._login.wait_s(address))
        if self._login.is_cookie(request.cookies.get(COOKIE, "")):
            return False, None
        if request.method == "GET" and wants_page(request):
            return False, RedirectResponse("/login", 303)
        return False, refused(request, 401, "log in, or send the token: Authorization: Bearer ...")


def too_many_or_wrong(request: Request, wait_s: float) -> Response:
    """Answer a wrong token, or one that came too soon after another."""
    answer = refused(request, 401, "that is not this server's token: see the file or the terminal")
    answer.headers["Retry-After"] = str(math.ceil(wait_s))
    return answer


def refused(request: Request, status: int, words: str) -> Response:
    """Answer with a sentence: as text to who looks at pages, else as JSON."""
    if wants_page(request):
        return PlainTextResponse(f"{words}\n", status)
    return JSONResponse({"detail": words}, status)


async def _sent_in_form(request: Request, receive: _Receive) -> tuple[str, _Receive]:
    """Return the token in a plain form, "" for none, and how the form is to be read again."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind != "application/x-www-form-urlencoded":
        return "", receive
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_FORM_BYTES:
            return "", receive
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=1000)
    except ValueError:
        return "", receive

    async def again() -> _Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return fields.get(csrf.FIELD, [""])[0], again
