"""Who may ask what: host, token, CSRF, and the headers of every answer."""

import pytest

from tests.analytics.web.serving import ADDRESS, client, csrf_token

TOKEN = "a-token-of-the-test"


@pytest.mark.parametrize("path", ["/sessions", "/footage", "/live", "/devices", "/nothing"])
def test_no_page_may_run_a_script_within_it(path, tmp_path):
    """Every answer has the policy and the headers, an error's, too."""
    answer = client(tmp_path).get(path)
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy and "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8080", "", "10.0.0.1"])
def test_other_host_names_are_refused(host, tmp_path):
    """A page from elsewhere whose name was turned to this machine's address gets nothing."""
    answer = client(tmp_path).get("/sessions", headers={"host": host})
    assert answer.status_code == 403 and "csrf" not in answer.text


def test_without_the_token_nothing_is_told(tmp_path):
    """Pages lead to the login, programs are told, and the login opens all of them."""
    asked = client(tmp_path, token=TOKEN, host="0.0.0.0")
    for path in ("/", "/sessions", "/live", "/sessions/a/b"):
        answer = asked.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert asked.get("/api/v1/openapi.json").status_code == 401
    assert asked.get("/metrics", headers={"accept": "*/*"}).status_code == 401
    assert asked.get("/healthz").status_code == 200
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert asked.get("/api/v1/openapi.json", headers=bearer).status_code == 200
    fields = {"csrf_token": csrf_token(asked, "/login"), "token": TOKEN}
    answer = asked.post("/login", data=fields)
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "samesite=strict" in cookie.casefold()
    assert asked.get("/sessions").status_code == 200


def test_wrong_tokens_are_slowed_down(tmp_path):
    """After a wrong one even the right one has to wait, longer each time."""
    asked = client(tmp_path, token=TOKEN, host="0.0.0.0")
    token = csrf_token(asked, "/login")
    waits = []
    for _ in range(3):
        answer = asked.post("/login", data={"csrf_token": token, "token": "a-token-of-the-tesT"})
        assert answer.status_code == 401
        waits.append(int(answer.headers["retry-after"]))
    assert waits[0] >= 1
    assert asked.post("/login", data={"csrf_token": token, "token": TOKEN}).status_code == 401


def test_change_needs_the_pages_token(tmp_path):
    """A form or a script of another site has neither the token nor the origin."""
    asked = client(tmp_path)
    token = csrf_token(asked)
    for headers in ({}, {"origin": "http://evil.example"}, {"x-csrf-token": "0" * 64}):
        assert asked.post("/logout", headers=headers).status_code == 403
    here = {"x-csrf-token": token}
    assert (
        asked.post("/logout", headers=here | {"origin": "http://evil.example"}).status_code == 403
    )
    assert asked.post("/logout", headers=here | {"sec-fetch-site": "cross-site"}).status_code == 403
    assert asked.post("/logout", headers=here | {"origin": ADDRESS}).status_code == 303
    assert asked.post("/logout", data={"csrf_token": token}).status_code == 303
    # Another browser's token is another's.
    asked.cookies.clear()
    assert asked.post("/logout", headers=here).status_code == 403


@pytest.mark.parametrize("path", ["/sessions/figures", "/api/v1/sessions/hall/inputs"])
def test_more_is_sent_than_is_read(path, tmp_path):
    """Also where nobody says how long it is; only films have a larger limit of their own."""
    asked = client(tmp_path)
    parts = (b" " * 1_000_000 for _ in range(40))
    headers = {"content-type": "application/json"}
    if not path.startswith("/api"):
        headers["x-csrf-token"] = csrf_token(asked)
    method = "PATCH" if path.startswith("/api") else "POST"
    answer = asked.request(method, path, content=parts, headers=headers)
    assert answer.status_code == 413 and "larger than 16 MB" in answer.text
