"""What the API refuses: in a sentence, with the status that fits."""

import base64
import json
from datetime import datetime, timedelta, timezone

import pytest
from fastapi import HTTPException

from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.web.asked import settled
from tests.analytics import pretend
from tests.analytics.web.audiences import store_audience
from tests.analytics.web.serving import client, csrf_token

HALL = "/api/v1/sessions/hall"


def two_devices(tmp_path):
    """Return who asks a server of two devices' sessions that tells of three viewers at least."""
    for device in ("cam", "lobby"):
        store_audience(str(tmp_path / "store"), "hall", device=device, viewers=8)
    return client(tmp_path, min_viewers=3, upload_limit_bytes=0)


@pytest.fixture
def asked(tmp_path):
    """Return who asks it."""
    return two_devices(tmp_path)


@pytest.mark.parametrize(
    "path, status, says",
    [
        ("/api/v1/sessions/hal/curve", 404, "did you mean 'hall'?"),
        (f"{HALL}/curve?device=attic", 404, "it has cam, lobby"),
        (f"{HALL}/curve", 409, "several devices: cam, lobby"),
        (f"{HALL}/curve?device=cam&min_viewers=2", 422, "no fewer than 3 viewers"),
        (f"{HALL}/curve?device=cam&bin=0", 422, "bin: Input should be greater than"),
        (f"{HALL}/curve?device=cam&format=xml", 422, "format"),
        (f"{HALL}/viewers?device=cam", 403, "withheld"),
        (f"{HALL}/curve?device=cam&min_viewers=4", 422, "made for that number alone"),
        (f"{HALL}/smiles?device=cam", 403, "withheld"),
        (f"{HALL}/exports/openface?device=cam", 403, "withheld"),
        (f"{HALL}/exports/otio?device=cam", 422, "give --fps"),
        (f"{HALL}/exports/mot?device=cam&fps=1e9", 422, "fps"),
        (f"{HALL}/exports/avi?device=cam", 422, "expected one of openface"),
        (f"{HALL}/scenes?device=cam", 404, "nobody gave scenes"),
        (f"{HALL}/curve%00?device=cam", 404, "Not Found"),
        ("/api/v1/sessions/hall%27%20OR%201=1/curve", 404, "no session"),
        ("/api/v1/compare?a=cam/hall&b=cam/hall", 422, "two different sessions"),
        ("/api/v1/sessions?where=viewers<few", 422, "expected a number after <"),
        ("/api/v1/sessions?where=age>9", 422, "--where age: there is no such key"),
        ("/api/v1/sessions?sort=age", 422, "sort: 'age': expected one of started"),
    ],
)
def test_question_is_refused(path, status, says, asked):
    """With what there is, or what was expected."""
    answer = asked.get(path)
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text


@pytest.mark.parametrize(("own", "least", "many"), [(3, None, 3), (3, 3, 3), (1, 5, 5)])
def test_least_number_that_is_held_is_one(own, least, many, tmp_path):
    """The server's own; where it withholds nothing, whatever is asked for."""
    store_audience(str(tmp_path / "store"), "hall", viewers=8)
    params = {} if least is None else {"min_viewers": least}
    answer = client(tmp_path, min_viewers=own).get(f"{HALL}/curve", params=params)
    assert f"--min-viewers {many}: figures are of" in answer.json()["notes"][0]


def give(asked, kind, data, version=0, name="list.csv", **more):
    """Send a file; return the answer."""
    body = {"version": version, "name": name, "content": base64.b64encode(data).decode(), **more}
    return asked.put(f"{HALL}/inputs/{kind}?device=cam", json=body)


@pytest.mark.parametrize(
    "kind, data, more, refusal",
    [
        ("scenes", b"begin,end\n", {}, (422, "list.csv: no column 'start'")),
        ("scenes", b"x", {"name": "../../etc/passwd"}, (422, "expected a name ending in .csv")),
        ("scenes", b"001", {"name": "a.edl", "fps": "1e9999999999"}, (422, "fps")),
        ("scenes", b"x" * 9_000_000, {}, (413, "larger than 8 MB")),
        ("dial", b"anna\n1\n", {}, (422, "list.csv")),
        ("groups", b"viewer_id,a\n99,x\n", {}, (422, "no viewer 99")),
        ("film", b"x", {}, (422, "kind")),
        ("scenes", b"start,end\n0,5\n", {"version": 7}, (409, "somebody else")),
        ("scenes", b"start,end\n0,5\n", {"more": 1}, (422, "more: Extra inputs")),
    ],
)
def test_file_is_refused(kind, data, more, refusal, tmp_path):
    """Nothing of it is kept, anywhere."""
    asked = two_devices(tmp_path)
    before = {*tmp_path.rglob("*")}
    answer, (status, says) = give(asked, kind, data, **more), refusal
    assert answer.status_code == status and says in answer.json()["detail"], answer.text
    assert {*tmp_path.rglob("*")} == before


def test_file_is_kept_under_a_name_of_ours(asked, tmp_path):
    """Whatever it was called; another takes its place, and taking it away removes it."""
    name = "<script>alert(1)</script>/../x.csv"
    assert give(asked, "scenes", b"start,end\n0,5\n", name=name).json()["scenes"]["name"] == name
    folder = tmp_path / "state" / "sessions" / "cam" / "hall"
    assert {each.name for each in folder.iterdir()} == {"inputs.json", "scenes.csv"}
    vtt = b"WEBVTT\n\n00:00.000 --> 00:05.000\nA\n"
    assert give(asked, "scenes", vtt, 1, name="a.vtt").status_code == 200
    assert {each.name for each in folder.iterdir()} == {"inputs.json", "scenes.vtt"}
    token = {"X-CSRF-Token": csrf_token(asked)}
    gone = asked.delete(f"{HALL}/inputs/scenes?device=cam&version=2", headers=token)
    assert gone.json()["scenes"] is None
    assert {each.name for each in folder.iterdir()} == {"inputs.json"}


def test_a_later_session_of_the_name_starts_with_nothing(asked, tmp_path):
    """What was given for the one before is not its own."""
    give(asked, "scenes", b"start,end\n0,5\n")
    said = tmp_path / "state" / "sessions" / "cam" / "hall" / "inputs.json"
    found = json.loads(said.read_text())
    said.write_text(json.dumps({**found, "began": "2025-01-31T20:15:00Z"}))
    assert asked.get(f"{HALL}/inputs?device=cam").json()["version"] == 0
    assert give(asked, "dial", b"time,anna\n0,1\n5,2\n").status_code == 200
    assert {each.name for each in said.parent.iterdir()} == {"inputs.json", "dial.csv"}


def test_growing_session_is_withheld():
    """Two answers of it would be of different groups; once it rests, it is told."""
    room = pretend.Room(viewers=8, seconds=20.0)
    told = pretend.session(room, rate_hz=2.0, info={"complete": False})
    began = datetime.fromisoformat("2026-01-31T20:15:00+00:00")
    tables = SessionTables(Session(*told), 3)
    with pytest.raises(HTTPException, match="still being recorded"):
        settled(tables, began + timedelta(minutes=5))
    assert settled(tables, began + timedelta(minutes=11)) is tables
    assert settled(SessionTables(told), began)
    whole = SessionTables(pretend.session(room, rate_hz=2.0), 3)
    assert settled(whole, datetime.now(timezone.utc)) is whole
