"""What Prometheus is told, read by its own client; and the dashboard that shows it."""

import json
import re
import time
from datetime import datetime, timedelta, timezone

import pytest
from prometheus_client.parser import text_string_to_metric_families

from laughtrack.analytics.devices.device_client import Address
from laughtrack.analytics.devices.status_listener import Heard
from laughtrack.analytics.web.live.watched_session import Facts, Piece, WatchedSession
from laughtrack.edge.readings import COLUMNS
from tests.analytics.web.audiences import store_audience
from tests.analytics.web.serving import client
from tests.tools import ROOT

DASHBOARD = ROOT / "docs" / "grafana" / "laughtrack.json"


def watched(min_viewers=1):
    """Return a session of which one look and some seconds were seen just now."""
    found = WatchedSession(Facts('a"b\\c', "cam", "camera"), min_viewers)
    values = ([1, 2], [0.0, 0.0], [0, 90], [0, 0], [60, 150], [60, 60], [0.9] * 2)
    for t_s in range(8):
        rows = dict(zip(COLUMNS, (*values, [0.9, None], [0.9, None]), strict=True))
        rows["t_s"] = [float(t_s)] * 2
        utc = datetime.now(timezone.utc) - timedelta(seconds=2)
        found.look(Piece(rows, float(t_s), t_s + 0.001), (640, 480), utc.isoformat())
    found.settled(*found.settle(found.take_waiting(), True))
    return found


@pytest.fixture
def asked(tmp_path):
    """Return who asks a server of one session, that watches one and has heard a device."""
    store_audience(str(tmp_path / "store"), "first")
    return client(tmp_path)


def figures(asked):
    """Return the samples by name and labels, as Prometheus' client reads them."""
    answer = asked.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_figures_are_those_of_the_room(asked):
    """Viewers, share smiling, looks, lag; the store's size; the queue."""
    hub, session = asked.app.state.hub, watched()
    hub.watched[session.key] = session
    found = figures(asked)
    key = ("cam", 'a"b\\c')
    assert found[("laughtrack_session_viewers", *key)] == 2
    assert found[("laughtrack_session_judged_viewers", *key)] == 1
    assert found[("laughtrack_session_smiling_ratio", *key)] == 1.0
    assert found[("laughtrack_session_looks_total", *key)] == 8
    assert 2 <= found[("laughtrack_session_lag_seconds", *key)] < 30
    assert found[("laughtrack_store_sessions",)] == 1
    assert found[("laughtrack_store_bytes",)] > 1000
    assert found[("laughtrack_store_readable",)] == 1
    assert found["laughtrack_footage_films", "waiting"] == 0
    assert found[("process_resident_memory_bytes",)] > 1e6


def test_what_is_withheld_is_left_out(asked):
    """Numbers of viewers stay, who smiles does not."""
    hub, session = asked.app.state.hub, watched(min_viewers=3)
    hub.watched[session.key] = session
    names = [name for name, *_ in figures(asked)]
    assert "laughtrack_session_viewers" in names
    assert "laughtrack_session_smiling_ratio" not in names


def test_devices_say_how_they_are(asked):
    """And what one does not tell is left out."""
    status = {"online": True, "queue": 3, "queue_bytes": 900, "disk_free_mb": 10}
    device = Address("lobby", "site", "status", "command")
    asked.app.state.hub.devices.hear(Heard(device, status, time.time(), False))
    found = figures(asked)
    assert found["laughtrack_device_online", "lobby", "site"] == 1
    assert found["laughtrack_device_outbox_batches", "lobby", "site"] == 3
    assert found["laughtrack_device_disk_free_bytes", "lobby", "site"] == 1e7
    assert ("laughtrack_device_temperature_celsius", "lobby", "site") not in found


def test_store_that_cannot_be_read_is_a_figure(asked, tmp_path):
    """Else nobody is alarmed."""
    for path in (tmp_path / "store" / "_delta_log").iterdir():
        path.write_text("no log")
    found = figures(asked)
    assert found[("laughtrack_store_readable",)] == 0
    assert ("laughtrack_store_bytes",) not in found
    assert asked.get("/readyz").status_code == 503 and asked.get("/healthz").status_code == 200


def test_dashboard_asks_for_what_there_is(asked):
    """Each of its queries names metrics that `/metrics` has."""
    hub, session = asked.app.state.hub, watched()
    hub.watched[session.key] = session
    told = asked.get("/metrics").text
    named = set(re.findall(r"\b(?:laughtrack|process)_\w+", DASHBOARD.read_text()))
    there = set(re.findall(r"^# TYPE (\w+)", told, re.MULTILINE))
    assert len(named) > 12 and named - {"laughtrack"} <= there


def test_dashboard_is_one_to_grafana():
    """Nothing of it is lost in Grafana's own types, which know no other fields."""
    models = pytest.importorskip("grafana_foundation_sdk.models.dashboard")
    from grafana_foundation_sdk.cog import encoder, plugins

    plugins.register_default_plugins()
    ours = json.loads(DASHBOARD.read_text())
    theirs = json.dumps(models.Dashboard.from_json(ours), cls=encoder.JSONEncoder)

    def lost(before, after, place="dashboard"):
        if isinstance(before, dict):
            for name, value in before.items():
                yield from lost(value, after.get(name, "nothing"), f"{place}.{name}")
        elif isinstance(before, list):
            for k, (one, other) in enumerate(zip(before, after, strict=True)):
                yield from lost(one, other, f"{place}.{k}")
        elif before != after:
            yield place, before, after

    assert [*lost(ours, json.loads(theirs))] == []
    panels = [each for each in ours["panels"] if each["type"] != "row"]
    for panel in panels:
        assert panel["title"] and panel["description"] and panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"]["uid"] == "${datasource}"
    assert len({panel["id"] for panel in ours["panels"]}) == len(ours["panels"])
