"""Whether a request that changes something was sent from a page of ours.

A browser gets a number of its own in a cookie, and pages show that browser the number's seal,
which a page from elsewhere can neither read nor make. Other programs send JSON, which a page from
elsewhere could only send after asking leave, and it is given to none.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.requests import Request

HEADER, FIELD = "X-CSRF-Token", "csrf_token"
COOKIE = "laughtrack_browser"
SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))


def token_of(key: bytes, browser: str) -> str:
    """Return what a browser's pages send back with every change.

    Parameters
    ----------
    key : bytes
        The server's.
    browser : str
        The number in the browser's cookie.
    """
    return hmac.new(key, f"csrf {browser}".encode(), hashlib.sha256).hexdigest()


def is_from_elsewhere(request: Request) -> bool:
    """Return whether the browser itself says that another site's page sent it."""
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.casefold() != request.headers.get("host", "").casefold()
    return request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


def is_a_program(request: Request) -> bool:
    """Return whether it is JSON to the API from what is no browser."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    says_where = "origin" in request.headers or "sec-fetch-site" in request.headers
    return request.url.path.startswith("/api/") and kind == "application/json" and not says_where


def has_token(key: bytes, browser: str, sent: str) -> bool:
    """Return whether what a request sent is its browser's token, in constant time."""
    return hmac.compare_digest(token_of(key, browser).encode(), sent.encode("utf-8", "replace"))
