"""What is being recorded, over HTTP: listed, followed and marked, by a program without a page."""

import time

import httpx
import pytest

from laughtrack.analytics.devices.device_client import Address
from laughtrack.analytics.devices.status_listener import Heard
from laughtrack.analytics.web.live.watched_session import Facts, WatchedSession
from tests.analytics import pretend
from tests.analytics.web.running import serving
from tests.analytics.web.test_event_ring import parsed
from tests.analytics.web.test_watched_session import SIZE, looks

ROOM = pretend.Room(viewers=4, seconds=6.0, jokes=((3, 0.9),))


@pytest.mark.slow
def test_a_program_follows_and_lists(tmp_path):
    """The page's own events; a session that is over takes no mark, and none that there isn't."""
    session = pretend.session(ROOM, rate_hz=5.0)
    with serving(tmp_path) as server, httpx.Client(base_url=server.address, timeout=60) as asked:
        hub = server.app.state.hub
        watched = WatchedSession(Facts("night", "live", "camera", "The Night Bus"))
        server.call(hub._add, watched)

        def see():
            for piece in looks(session):
                watched.look(piece, SIZE, "2026-01-31T20:15:00.000Z")

        server.call(see)
        (listed,) = asked.get("/api/v1/live").json()["sessions"]
        assert (listed["session"], listed["state"], listed["title"]) == (
            "night",
            "running",
            "The Night Bus",
        )
        assert listed["t_s"] == 5.8 and listed["seen"] >= listed["judged"] > 0
        with asked.stream("GET", "/api/v1/live/live/night/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            (event,) = parsed(b"".join(_until_event(answer)))
        assert event[1] == "snapshot" and event[2]["facts"]["session"] == "night"
        marks = "/api/v1/live/live/night/marks"
        # No process records it here.
        assert asked.post(marks, json={"text": "joke"}).status_code == 422
        assert asked.post(marks, json={"text": " "}).status_code == 422
        server.call(lambda: watched.change(state="ended"))
        assert asked.post(marks, json={"text": "joke"}).status_code == 409
        for path in ("events", "marks"):
            missing = f"/api/v1/live/live/none/{path}"
            answer = asked.request(
                "GET" if path == "events" else "POST", missing, json={"text": "x"}
            )
            assert answer.status_code == 404 and "not being recorded" in answer.json()["detail"]


def _until_event(answer):
    for piece in answer.iter_bytes():
        yield piece
        if b"event: " in piece and piece.endswith(b"\n\n"):
            return


@pytest.mark.slow
def test_devices_are_told_of(tmp_path):
    """Each by what it said last."""
    with serving(tmp_path) as server, httpx.Client(base_url=server.address, timeout=60) as asked:
        cam = Address("cam", "hall", "laughtrack/hall/cam/status", "laughtrack/hall/cam/command")
        heard = Heard(cam, {"online": True, "queue": 3}, time.time(), False)
        server.call(server.app.state.hub.devices.hear, heard)
        found = asked.get("/api/v1/devices").json()
        (device,) = found["devices"]
        assert (device["device"], device["state"], device["waiting"]) == ("cam", "online", 3)
        assert found["trouble"] == "" and found["remarks"] == []
