"""A session of this machine's camera: begun, watched over breaks, marked, stopped, broken off."""

import json
import time
from pathlib import Path

import httpx
import pytest

from laughtrack.analytics.audience.running.stored import stored_rows
from laughtrack.analytics.store.sessions import load
from laughtrack.analytics.web.live import hub as hub_module
from laughtrack.analytics.web.live.local_source import check_place
from laughtrack.edge.simulate.simulate import simulate
from tests.analytics.web.running import camera, serving
from tests.analytics.web.serving import csrf_token
from tests.analytics.web.test_event_ring import parsed
from tests.brokers import free_port, until


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Eight seconds of four pretend viewers."""
    path = tmp_path_factory.mktemp("film") / "room.mp4"
    simulate(path, 4, 8, (400, 226), seed=2)
    return path


class Browser:
    """One who asks a server as a page's script does."""

    def __init__(self, server):
        self._client = httpx.Client(base_url=server.address, timeout=120)
        self._token = csrf_token(self._client, "/live")

    def __enter__(self):
        """Return itself."""
        return self

    def __exit__(self, *error):
        """Hang up."""
        self._client.close()

    def post(self, path, **values):
        """Send a change; return the status and what was said."""
        headers = {"X-CSRF-Token": self._token}
        answer = self._client.post(path, json=values, headers=headers)
        said = answer.json()
        return answer.status_code, said.get("detail") or said

    def picture(self, path):
        """Return the beginning of a picture, None where there is none."""
        with self._client.stream("GET", path) as answer:
            if answer.status_code != 200:
                return None
            data = b""
            for piece in answer.iter_bytes():
                data += piece
                if b"\xff\xd8" in data:
                    return data
        raise AssertionError("it ended without a picture")

    def events(self, path, enough, after=""):
        """Return events (id, kind, data) until there are enough of them; the connection breaks."""
        found, text = [], b""
        words = {"last-event-id": after} if after else {}
        with self._client.stream("GET", f"{path}/events", headers=words) as answer:
            for piece in answer.iter_bytes():
                *whole, text = (text + piece).split(b"\n\n")
                found += [event for each in whole for event in parsed(each + b"\n\n")]
                if enough(found):
                    break
        return found


def kinds(events, kind):
    """Return the data of events of a kind."""
    return [data for _, each, data in events if each == kind]


@pytest.mark.slow
def test_break_misses_nothing_and_doubles_nothing(film, tmp_path):
    """All looks over two connections are the store's readings, and the seconds its curve's."""
    with camera(film) as source, serving(tmp_path) as server, Browser(server) as browser:
        store = server.app.state.settings.store
        status, begun = browser.post("/live/start", source=source.address, title="Night Bus")
        assert status == 200
        path = begun["path"]
        key = path.split("/")[2:]
        events = browser.events(path, lambda found: len(kinds(found, "look")) > 25)
        watched = server.call(server.app.state.hub.session, *key)
        seen = watched.ring.last
        assert browser.post(f"{path}/mark", text="joke")[0] == 200
        until(lambda: watched.ring.last > seen + 40)
        assert browser.post(f"{path}/stop")[0] == 200
        done = events[-1][0]
        events += browser.events(path, lambda found: kinds(found, "seconds")[-1:] != [], done)
        until(lambda: server.call(lambda: not watched.unsettled))
        events += browser.events(path, lambda found: bool(found), events[-1][0])
        late = browser.events(path, bool)
        session = load(store, key[1], key[0])
        assert browser.post(f"{path}/mark", text="too late")[0] == 409
    assert len({number for number, *_ in events}) == len(events)
    # What came before this browser did is in its snapshot.
    first = events[0][2]["now"].get("t_s", -1)
    told = [(look["t_s"], seat[0]) for look in kinds(events, "look") for seat in look["seats"]]
    stored = session.readings[session.readings["t_s"] > first]
    assert told == [*zip(stored["t_s"], stored["viewer_id"], strict=True)] != []
    rows = events[0][2]["seconds"]
    for more in kinds(events, "seconds"):
        rows = {name: rows[name] + more[name] for name in rows}
    whole = stored_rows(session, 10**6)
    assert rows["t_s"] == whole["t_s"].tolist()
    assert rows["judged"] == whole["judged"].tolist()
    assert rows["share_smiling"] == pytest.approx(whole["share_smiling"].tolist(), abs=0.02)
    assert kinds(late, "snapshot")[0]["seconds"] == rows
    (mark,) = session.info["marks"]
    assert mark["text"] == "joke" and kinds(late, "snapshot")[0]["marks"] == [mark]
    assert session.info["complete"] is True and session.info["title"] == "Night Bus"
    assert kinds(late, "snapshot")[0]["facts"]["state"] == "ended"


@pytest.mark.slow
def test_a_camera_that_is_pulled_out_is_said(film, tmp_path):
    """With what to check; what it saw is kept, and a forgotten session is seen no more."""
    with (
        camera(film) as source,
        serving(tmp_path, min_viewers=3) as server,
        Browser(server) as browser,
    ):
        store = server.app.state.settings.store
        path = browser.post("/live/start", source=source.address, session="x")[1]["path"]
        assert browser.post("/live/start", source=source.address, session="x")[0] == 422
        hub = server.app.state.hub
        watched = server.call(hub.session, "live", "x")
        until(lambda: watched.ring.last > 10)
        source.pulled_out.set()
        until(lambda: watched.facts.state == "broken")
        assert "stopped after" in watched.facts.said and "check" in watched.facts.said
        assert len(load(store, "x", "live").readings) > 10
        (snapshot,) = kinds(browser.events(path, bool), "snapshot")
        assert snapshot["withheld"] and set(snapshot["now"]) == {"t_s", "utc", "seen", "judged"}
        # By a command beside the server, which looks at the store every few seconds.
        time.sleep(2 * hub_module.STORE_S)
        server.app.state.sessions.forget("live", "x")
        until(lambda: watched.facts.state == "forgotten")
        assert kinds(browser.events(path, bool), "snapshot")[0]["seconds"]["t_s"] == []


@pytest.mark.slow
def test_the_room_s_picture_is_shown_to_who_may(film, tmp_path):
    """It comes as it is seen; with figures of few withheld it does not, whoever asks."""
    for least, shown in ((1, True), (2, False)):
        folder = tmp_path / str(least)
        with (
            camera(film) as source,
            serving(folder, min_viewers=least, allow_preview=True) as server,
            Browser(server) as browser,
        ):
            wanted = {"source": source.address, "session": "x", "picture": True}
            path = browser.post("/live/start", **wanted)[1]["path"]
            watched = server.call(server.app.state.hub.session, "live", "x")
            assert watched.facts.picture is shown
            address = server.call(server.app.state.hub.local.picture_address, watched.key)
            assert (address != "") is shown
            assert (browser.picture(f"{path}/picture") is not None) is shown
        assert not [path for path in folder.rglob("*") if path.suffix in (".jpg", ".mp4")]


@pytest.mark.slow
def test_what_is_no_session_is_refused_with_the_reason(tmp_path):
    """Kinds of event, sources and names; nothing is begun, and no file is read."""
    with serving(tmp_path) as server, Browser(server) as browser:
        for values, reason in (
            ({"source": "77"}, "no camera at 77"),
            ({"source": f"http://me:pw7f3q@127.0.0.1:{free_port()}/room"}, "127.0.0.1"),
            ({"source": "0", "context": "classroom"}, "AI Act"),
            ({"source": "0", "title": "Staff meeting"}, "AI Act"),
            ({"source": str(tmp_path)}, "expected a camera"),
            ({"source": "0", "session": "../x"}, "session is '../x'"),
        ):
            status, said = browser.post("/live/start", **values)
            assert status == 422 and reason in str(said) and "pw7f3q" not in str(said)
        assert browser.post("/live/live/none/mark", text="x")[0] == 404
        assert browser.post("/live/start", source="x" * 2000)[0] == 422
        assert server.app.state.hub.watched == {}
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("place", ["/etc/passwd", "--help", "file:///x", "room.mp4", "", "0; ls"])
def test_pages_name_no_files(place):
    """Whoever reaches the page could else look at any film of the machine."""
    with pytest.raises(ValueError, match="expected a camera"):
        check_place(place)


@pytest.mark.slow
def test_a_server_that_ends_ends_its_cameras(film, tmp_path):
    """The session is whole in the store."""
    with serving(tmp_path) as server:
        key = server.call(server.app.state.hub.local.start_film, film, "Pretend audience")
        store = server.app.state.settings.store
        time.sleep(1.0)
        lines = [each.read_bytes() for each in Path("/proc").glob("[0-9]*/cmdline")]
        (line,) = [each for each in lines if key.session.encode() in each]
        assert b"room.mp4" not in line, "what a stream's password would be in is seen by all"
    session = load(store, key.session, key.device)
    assert session.info["complete"] is True and session.info["title"] == "Pretend audience"
    assert json.dumps(session.info).count("room.mp4") >= 1
