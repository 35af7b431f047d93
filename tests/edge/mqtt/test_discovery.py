"""Home Assistant finds the device: what the broker keeps for it, and what comes of that."""

import json
import re

import jinja2
import pytest

from laughtrack.edge.device import commands
from laughtrack.edge.mqtt.discovery import announcements
from laughtrack.edge.readings import Reading
from laughtrack.edge.session.session import smiling_percent
from laughtrack.edge.settings import Settings, load
from tests.brokers import until

# Of home-assistant.io/integrations: mqtt (discovery), binary_sensor.mqtt, sensor.mqtt, switch.mqtt.
EVERY = {"unique_id", "name", "state_topic", "value_template", "qos", "device", "origin", "icon"}
EVERY |= {"availability_topic", "availability_template", "entity_category", "device_class"}
KNOWN = {
    "binary_sensor": EVERY | {"expire_after"},
    "sensor": EVERY | {"expire_after", "state_class", "unit_of_measurement"},
    "switch": EVERY | {"command_topic", "payload_on", "payload_off", "state_on", "state_off"},
}
TOPIC = re.compile(r"homeassistant/(binary_sensor|sensor|switch)/([a-zA-Z0-9_-]+)/config")
HOME = Settings(device="lobby", site="hall", discovery="homeassistant")


def entities(settings=HOME):
    """Return (component, fields) of each, by the last word of its ID."""
    found = {}
    for topic, payload in announcements(settings):
        component, object_id = TOPIC.fullmatch(topic).groups()
        fields = json.loads(payload)
        assert object_id == fields["unique_id"]
        found[object_id.rpartition("_")[2]] = component, fields
    return found


def shown(name, status, template="value_template"):
    """Return what Home Assistant makes of a status."""
    text = entities()[name][1][template]
    return jinja2.Environment().from_string(text).render(value_json=status)


def test_fields_are_those_of_the_documentation():
    """None of another name, and each with its device, origin and status."""
    for component, fields in entities().values():
        assert set(fields) <= KNOWN[component]
        assert fields["origin"]["name"] == "laughtrack" and fields["device"]["identifiers"]
        assert fields["state_topic"] == "laughtrack/hall/lobby/status"


@pytest.mark.parametrize(
    "status, expected",
    [
        ({"online": True, "viewers": 7, "smiling_percent": 43, "session": "night"}, "ON 7 43 ON"),
        ({"online": True, "viewers": 0, "smiling_percent": None, "session": ""}, "ON 0 None OFF"),
        ({"online": False, "device": "lobby", "site": "hall"}, "OFF None None OFF"),
    ],
)
def test_statuses_become_states(status, expected):
    """A session's, an idle device's, and the last will."""
    found = [shown(name, status) for name in ("running", "viewers", "smiling", "session")]
    assert " ".join(found) == expected
    there = shown("session", status, "availability_template")
    assert there == ("online" if status["online"] else "offline")


def test_the_switch_says_what_the_device_does():
    """Its payloads are commands."""
    _, switch = entities()["session"]
    assert switch["command_topic"] == "laughtrack/hall/lobby/command"
    done = [commands.parse(switch[name]).do for name in ("payload_on", "payload_off")]
    assert done == ["start", "stop"]


def test_ids_tell_devices_apart():
    """Also those whose names differ in signs alone."""
    names = ("a.b", "a b", "a_b", "a-b", "a" * 90 + "x", "a" * 90 + "y")
    ids = {announcements(HOME._replace(device=name))[0].topic for name in names}
    assert len(ids) == len(names) and all(map(TOPIC.fullmatch, ids))


def test_it_is_off_unless_asked_for():
    """And for MQTT alone."""
    assert announcements(Settings(device="lobby")) == []
    with pytest.raises(ValueError, match="discovery is 'home': expected one of off, homeassistant"):
        load(None, {"discovery": "home"}, environ={})
    words = {"discovery": "homeassistant", "publisher": "file", "file": "x"}
    with pytest.raises(ValueError, match="but publisher is file: set publisher = mqtt"):
        load(None, words, environ={})


def test_share_of_few_is_not_told():
    """Five judged faces or more, in whole percent."""
    faces = [Reading(1, 0.0, (0, 0, 9, 9), 0.9, score, score) for score in (0.9, 0.6, 0.2, 0.1)]
    away = Reading(9, 0.0, (0, 0, 9, 9), 0.1, None, None)
    assert smiling_percent([*faces, away]) is None
    assert smiling_percent([*faces, faces[0]]) == 60


@pytest.mark.broker
def test_broker_keeps_it_for_who_comes_later(start, publish, listen):
    """With it off nothing is published there."""
    broker = start()
    quiet, told = (
        publish(broker.port, device=name, discovery=discovery)
        for name, discovery in (("cam", "off"), ("lobby", "homeassistant"))
    )
    until(lambda: quiet.connected and told.connected)
    first = listen(broker.port, "homeassistant/#")
    until(lambda: len(first.heard) == 4)
    listener = listen(broker.port, "homeassistant/#")
    until(lambda: len(listener.heard) == 4)
    assert all(message.retain for message in listener.heard)
    assert sorted(m.topic for m in listener.heard) == sorted(
        topic for topic, _ in announcements(HOME._replace(site="default"))
    )


@pytest.mark.broker
def test_a_broker_that_forbids_it_is_said(start, publish, tmp_path, caplog):
    """The device goes on without."""
    rules = tmp_path / "rules"
    rules.write_text("topic readwrite laughtrack/#\n")
    broker = start(f"acl_file {rules}")
    told = publish(broker.port, device="lobby", discovery="homeassistant")
    until(lambda: told.connected)
    until(lambda: "does not allow 'lobby' to publish to homeassistant/" in caplog.text)
