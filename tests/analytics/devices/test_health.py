"""What a device's last word says of it."""

import pytest

from laughtrack.analytics.devices.device_client import Address
from laughtrack.analytics.devices.health import STALE_S, health
from laughtrack.analytics.devices.status_listener import Heard

CAM = Address("cam", "hall", "laughtrack/hall/cam/status", "laughtrack/hall/cam/command")
SAID_S = 1_785_000_000.0  # 2026-07-25T17:20:00Z
STATUS = {
    "online": True,
    "at_utc": "2026-07-25T17:20:00Z",
    "queue": 3,
    "camera": "ok",
    "versions": {"laughtrack": "0.1"},
}


def heard(kept=False, at_s=SAID_S, **more):
    """Return a status that came then."""
    return Heard(CAM, {**STATUS, **more}, at_s, kept)


@pytest.mark.parametrize(
    "found, later_s, state, said_s",
    [
        (heard(), 10, "online", 10),
        (heard(), STALE_S + 1, "stale", STALE_S + 1),
        (heard(online=False), STALE_S + 1, "offline", STALE_S + 1),
        (Heard(CAM, {"online": False}, SAID_S, True), 5, "offline", None),  # a last will
        (heard(kept=True, at_s=SAID_S + 400), 400, "stale", 400),  # kept by the broker
        (Heard(CAM, {}, SAID_S, False), 1, "offline", None),
    ],
)
def test_state(found, later_s, state, said_s):
    """Online while it says so, and not for longer than it would say so."""
    told = health(found, SAID_S + later_s)
    assert (told.state, told.said_s) == (state, said_s)


@pytest.mark.parametrize(
    "kept, at_s, clock_s",
    [(False, 2, 0.0), (False, 90, -90.0), (False, -3600, 3600.0), (True, 90, None)],
)
def test_clock_is_compared_where_a_message_is_new(kept, at_s, clock_s):
    """One that the broker had kept may be as old as it looks."""
    assert health(heard(kept, SAID_S + at_s), SAID_S + 100).clock_s == clock_s


def test_what_is_no_status_says_nothing():
    """Whatever stands in the fields, the page can show it."""
    odd = {name: ["x"] for name in ("camera", "queue", "versions", "at_utc", "session", "online")}
    told = health(Heard(CAM, odd, SAID_S, False), SAID_S)
    assert told.state == "offline" and told.waiting is None
    assert told.camera == told.version == told.session == ""
    assert health(heard(queue=float("nan")), SAID_S).waiting is None
