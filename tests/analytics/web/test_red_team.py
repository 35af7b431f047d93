"""What somebody tries who means harm: paths, forged requests, guesses, floods and trickles."""

import asyncio
import time

import pytest
from fastapi import HTTPException
from starlette.requests import ClientDisconnect

from laughtrack.analytics.web.jobs import uploads
from laughtrack.analytics.web.security import login
from laughtrack.analytics.web.security.login import COOKIE, Login
from tests.analytics.web.audiences import store_audience
from tests.analytics.web.serving import ADDRESS, client, csrf_token

TOKEN, KEY = "a-token-of-the-test", b"k" * 32
HOME = "10.0.0.1"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../settings.py",
        "/static/..%2fsettings.py",
        "/static/%2e%2e/%2e%2e/__init__.py",
        "/static/..%5c..%5csettings.py",
        "/static//etc/passwd",
        "/sessions/..%2f..%2f..%2fetc/passwd/forget",
        "/sessions/cam/first%00/forget",
        "/sessions/cam/first'%20OR%20'1'='1/forget",
        "/footage/jobs/..%2f..%2fkey/preview",
        "/live/cam/..%2fx/picture",
    ],
)
def test_no_address_leads_to_a_file(path, tmp_path):
    """Neither the server's own nor another, and nothing is told of what is there."""
    store_audience(str(tmp_path / "store"), "first")
    answer = client(tmp_path, allow_preview=True).get(path)
    assert answer.status_code in (303, 404)
    assert "NamedTuple" not in answer.text and "root:" not in answer.text


def forged(asked):
    """Yield requests that change something, as other sites' pages and old ones would send them."""
    token, path = csrf_token(asked), "/footage/jobs"
    yield path, {"json": {}}
    yield path, {"json": {}, "headers": {"x-csrf-token": token, "origin": "null"}}
    yield path, {"json": {}, "headers": {"x-csrf-token": token, "origin": "http://127.0.0.1:81"}}
    yield path, {"content": b"{}", "headers": {"content-type": "text/plain"}}
    yield "/logout", {"files": {"a": b"x"}, "data": {"csrf_token": token}}
    yield "/logout", {"data": {"csrf_token": token, **{str(k): "" for k in range(1500)}}}
    yield "/logout", {"data": {"csrf_token": token, "a": "x" * (2 << 20)}}
    yield "/logout", {"data": {"csrf_token": token[:-1] + "é"}}
    yield "/pretend", {"headers": {"sec-fetch-site": "same-site", "x-csrf-token": token}}
    yield "/api/v1/anything", {"json": {}, "headers": {"origin": "http://evil.example"}}
    yield "/api/v1/anything", {"content": b"{}", "headers": {"content-type": "text/plain"}}


def test_forged_requests_are_refused(tmp_path):
    """Each for itself: none reaches what it is for."""
    asked = client(tmp_path)
    for path, request in forged(asked):
        assert asked.post(path, **request).status_code == 403, (path, request)
    header = {"x-csrf-token": csrf_token(asked), "origin": ADDRESS}
    assert asked.post("/footage/jobs", json={}, headers=header).status_code == 422


def test_guesses_wait_the_longer_the_more_they_are(monkeypatch):
    """Up to a minute each; who comes from elsewhere does not wait for it."""
    now_s = [100.0]
    monkeypatch.setattr(login.time, "monotonic", lambda: now_s[0])
    known, waits = Login(TOKEN, KEY), []
    for _ in range(12):
        assert not known.is_token("a-token-of-the-tesT", HOME)
        waits.append(known.wait_s(HOME))
        now_s[0] += waits[-1]
    assert waits[:4] == [0.5, 1.0, 2.0, 4.0] and waits[-1] == 60.0
    assert known.is_token(TOKEN, HOME)
    assert not known.is_token("x", HOME) and not known.is_token(TOKEN, HOME)
    assert known.is_token(TOKEN, "10.0.0.2")


def test_a_flood_of_addresses_takes_no_memory():
    """The oldest guessers are let go of."""
    known = Login(TOKEN, KEY)
    for k in range(login._MOST_ADDRESSES + 50):
        known.is_token("x", str(k))
    assert len(known._wrong) == login._MOST_ADDRESSES


@pytest.mark.parametrize("guess", ["", "a", TOKEN[:-1], TOKEN + "x", "x" * 10_000, "é\ud800"])
def test_what_is_compared_says_nothing_of_the_token(guess, monkeypatch):
    """Digests of one length, by a comparison that takes as long whatever differs."""
    compared = []
    monkeypatch.setattr(login.hmac, "compare_digest", lambda a, b: compared.append((a, b)))
    Login(TOKEN, KEY).is_token(guess, HOME)
    assert [(len(a), len(b)) for a, b in compared] == [(32, 32)]


def test_logins_are_not_forged(tmp_path, monkeypatch):
    """Not changed, not another server's, not of an old token, not for ever."""
    known = Login(TOKEN, KEY)
    good = known.cookie()
    until, rest = good.split(".", 1)
    assert known.is_cookie(good)
    for bad in (
        "",
        ".",
        good[:-1],
        f"{int(until) + 1}.{rest}",
        f"{until}0.{rest}",
        Login(TOKEN, b"j" * 32).cookie(),
        Login(TOKEN + "x", KEY).cookie(),
        good.replace(".", "é", 1),
    ):
        assert not known.is_cookie(bad), bad
    monkeypatch.setattr(login.time, "time", lambda: time.monotonic() + 1e11)
    assert not known.is_cookie(good)
    asked = client(tmp_path, token=TOKEN, host="0.0.0.0")
    asked.cookies.set(COOKIE, good)
    assert asked.get("/sessions").headers["location"] == "/login"


async def halting(path):
    """Send a piece, and then nothing."""
    yield b"x" * 10
    await asyncio.sleep(60)


async def trickling(path):
    """Send a byte now and then."""
    while True:
        yield b"x"
        await asyncio.sleep(0.02)


async def breaking(path):
    """Send a piece, and hang up."""
    yield b"x" * 10
    assert path.exists()
    raise ClientDisconnect


@pytest.mark.parametrize(
    ("sent", "status", "says"),
    [(halting, 408, "halt"), (trickling, 408, "too slow"), (breaking, 400, "broke off")],
)
def test_uploads_that_never_end_are_ended(sent, status, says, tmp_path, monkeypatch):
    """And leave nothing."""
    monkeypatch.setattr(uploads, "QUIET_S", 0.2)
    path = tmp_path / "uploads" / "x" / "film.mp4"
    with pytest.raises(HTTPException) as refused:
        asyncio.run(uploads.receive(sent(path), path, 10**9))
    assert refused.value.status_code == status and says in refused.value.detail
    assert not path.parent.exists()


def test_full_disk_is_told(tmp_path, monkeypatch):
    """Before a film is sent, and when it turns out to be so."""
    monkeypatch.setattr(uploads, "_FREE_BYTES", 10**18)
    with pytest.raises(HTTPException, match="507"):
        uploads.check_size("5", 10, tmp_path)


def test_what_a_browser_may_keep_is_little(tmp_path):
    """Cookies that scripts cannot read and other sites do not send; no page in a cache."""
    asked = client(tmp_path, token=TOKEN, host="0.0.0.0")
    answer = asked.get("/login")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert answer.headers["cache-control"] == "no-store"
    assert TOKEN not in answer.text
