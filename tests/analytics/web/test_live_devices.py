"""Devices that a broker's messages tell of: watched, stored, told what to do; outages are said."""

import json

import pytest

from laughtrack.analytics.store.sessions import load
from laughtrack.analytics.web.sessions_cache import Key
from laughtrack.edge.mqtt.broker import Broker
from laughtrack.edge.publish.open_publisher import open_publisher
from laughtrack.edge.readings import to_json
from laughtrack.edge.settings import Settings
from tests import brokers
from tests.analytics import pretend
from tests.analytics.web.running import serving
from tests.analytics.web.test_live_session import Browser, kinds
from tests.analytics.web.test_watched_session import batches
from tests.brokers import until

pytestmark = pytest.mark.broker
ROOM = pretend.Room(viewers=6, seconds=20.0, jokes=((8, 0.9),))


@pytest.fixture
def broker(tmp_path):
    """Return a broker that lets everyone in."""
    with brokers.Broker(tmp_path / "broker") as one:
        yield one


class Device:
    """A stand-in for the device's program, on its real publisher: it does what it is told."""

    def __init__(self, port):
        settings = Settings(device="cam", site="hall", broker=f"mqtt://127.0.0.1:{port}")
        self.told = []
        self._publisher = open_publisher(settings, self._hear)
        until(lambda: self._publisher.connected)

    def _hear(self, text):
        command = json.loads(text)
        self.told.append((command["do"], command.get("text") or command.get("session", "")))
        answer = {"id": command["id"], "do": command["do"], "ok": True, "said": "so be it"}
        self.say(answer=answer)

    def say(self, **more):
        """Tell its status."""
        self._publisher.status({"online": True, "device": "cam", "site": "hall", **more})

    def send(self, batch):
        """Send a batch once somebody listens."""
        until(lambda: self._sent(batch))

    def _sent(self, batch):
        from laughtrack.edge.publish.errors import Unsent

        try:
            self._publisher.send(to_json(batch).encode())
        except Unsent:
            return False
        return True

    def close(self):
        """Hang up."""
        self._publisher.close()


@pytest.fixture
def device(broker):
    """Return a device at the broker."""
    made = Device(broker.port)
    yield made
    made.close()


@pytest.fixture
def server(broker, tmp_path):
    """Return a server that hears the broker's devices."""
    where = Broker(f"mqtt://127.0.0.1:{broker.port}", "laughtrack-serve-test")
    with serving(tmp_path, broker=where) as one:
        yield one


def test_a_device_is_watched_and_told(broker, device, server):
    """Its batches are stored and shown, each once, over the broker's death; it does as told."""
    hub = server.app.state.hub
    found = batches(pretend.session(ROOM, rate_hz=5.0))
    path = "/live/cam/night"
    device.say(session="night", camera="ok", queue=0)
    with Browser(server) as browser:
        until(hub.devices.now)
        device.send(found[0])
        until(lambda: Key("cam", "night") in hub.watched)
        first = browser.events(path, lambda seen: kinds(seen, "seconds") != [])
        broker.kill()
        until(lambda: hub.devices.trouble != "")
        broker.start()
        until(lambda: hub.devices.trouble == "")
        for batch in (found[0], found[1], found[1], found[2]):
            device.send(batch)
        enough = 13
        more = browser.events(
            path,
            lambda seen: sum(len(each["t_s"]) for each in kinds(first + seen, "seconds")) > enough,
            first[-1][0],
        )
        rows = [row for each in kinds(first + more, "seconds") for row in each["t_s"]]
        start = len(kinds(first, "snapshot")[0]["seconds"]["t_s"])
        assert rows == [*range(start, 14)] and kinds(more, "snapshot") == []
        assert kinds(first, "snapshot")[0]["health"]["camera"] == "ok"
        status, said = browser.post(f"{path}/mark", text="joke")
        assert (status, said) == (200, {"said": "so be it"})
        assert browser.post("/devices/hall/cam/tell", do="start", text="late")[0] == 200
        assert browser.post("/devices/hall/cam/tell", do="dance")[0] == 422
        assert browser.post("/devices/hall/none/tell", do="stop")[0] == 422
        assert device.told == [("mark", "joke"), ("start", "late")]
        end = found[3]._replace(info={"context": "screening", "complete": True})
        device.send(end)
        watched = server.call(hub.session, "cam", "night")
        until(lambda: watched.facts.state == "ended")
    session = load(server.app.state.settings.store, "night", "cam")
    assert len(session.spans) == 4 and session.info["complete"] is True


def test_refused_contexts_are_not_shown(device, server):
    """What may not be stored is not watched either; nor is what says nothing of what it is."""
    found = batches(pretend.session(ROOM, rate_hz=5.0))
    for name, info in (("work", {"context": "classroom"}), ("unsaid", {})):
        device.send(found[0]._replace(session=name, info=info))
    device.send(found[0])
    hub = server.app.state.hub
    until(lambda: Key("cam", "night") in hub.watched)
    assert set(hub.watched) == {Key("cam", "night")}
    until(lambda: len(hub.devices.remarks) > 1)
    assert "AI Act" in "\n".join(hub.devices.event()["remarks"])


def test_devices_are_listed_as_they_speak(device, server):
    """Online with what it said, and offline once it is gone."""
    device.say(session="night", camera="no picture", queue=7, disk_free_mb=100)
    with Browser(server) as browser:
        events = browser.events(
            "/devices",
            lambda seen: any(each["devices"] for _, _, each in seen),
        )
        (cam,) = events[-1][2]["devices"]
        assert (cam["state"], cam["waiting"], cam["camera"]) == ("online", 7, "no picture")
        device.close()
        gone = browser.events(
            "/devices",
            lambda seen: [each["devices"][0]["state"] for _, _, each in seen][-1:] == ["offline"],
            events[-1][0],
        )
        assert gone[-1][2]["trouble"] == ""


def test_a_server_that_begins_in_the_middle_has_the_beginning(broker, device, tmp_path):
    """From the store, as it would have told it itself."""
    found = batches(pretend.session(ROOM, rate_hz=5.0))
    where = Broker(f"mqtt://127.0.0.1:{broker.port}", "laughtrack-serve-test")
    for part in (found[:2], found[2:3]):
        with serving(tmp_path, broker=where) as server:
            for batch in part:
                device.send(batch)
            hub = server.app.state.hub
            until(lambda hub=hub: Key("cam", "night") in hub.watched)
            watched = server.call(hub.session, "cam", "night")
            last = part[-1].end_s - 1
            until(lambda watched=watched, last=last: watched.told_s >= last)
            until(lambda watched=watched: not watched.late)
            with Browser(server) as browser:
                (snapshot,) = kinds(browser.events("/live/cam/night", bool), "snapshot")
    rows = snapshot["seconds"]
    assert rows["t_s"] == [*range(14)] and min(rows["visible"]) >= 4
    assert max(rows["share_smiling"]) > 0.5
