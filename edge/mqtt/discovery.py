"""What Home Assistant needs to know to find a device at its broker by itself.

As its documentation says of MQTT (home-assistant.io/integrations/mqtt, "MQTT Discovery"): a message
an entity, kept by the broker, to ``homeassistant/COMPONENT/OBJECT_ID/config``. The object's ID is
its `unique_id`, of letters, digits, ``_`` and ``-`` alone. The fields are those of
home-assistant.io/integrations/binary_sensor.mqtt, sensor.mqtt and switch.mqtt. All of them read the
status that the device tells anyway, and the switch sends the commands that it hears anyway.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from laughtrack.edge.status_file import LATE_REPORTS, LATE_S
from laughtrack.edge.version import VERSION

if TYPE_CHECKING:
    from laughtrack.edge.settings import Settings

PREFIX = "homeassistant"
# Longest part of a name in an ID, and what tells names apart that are alike without their signs.
_NAME, _SUM = 60, 8


class Announcement(NamedTuple):
    """A message that the broker is to keep."""

    topic: str
    payload: str


def announcements(settings: Settings) -> list[Announcement]:
    """Return what tells Home Assistant of a device, nothing where `discovery` is off.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    list of Announcement
        Whether it is there, the viewers in view, the share of them who smile, and a switch for the
        session.
    """
    if settings.discovery != PREFIX:
        return []
    own = "laughtrack_" + _as_id(f"{settings.site}_{settings.device}")
    status, command = settings.topics().status, settings.topics().command
    shared = {
        "state_topic": status,
        "qos": 1,
        "device": {
            "identifiers": [own],
            "name": f"Laughtrack {settings.device}",
            "manufacturer": "Laughtrack",
            "model": "Audience camera",
            "sw_version": VERSION,
        },
        "origin": {"name": "laughtrack", "sw_version": VERSION},
    }
    there = {
        "availability_topic": status,
        "availability_template": "{{ 'online' if value_json.online else 'offline' }}",
    }
    # A status that says "online" does so until the next is overdue.
    late = {"expire_after": round(LATE_REPORTS * settings.status_s + LATE_S)}
    entities: dict[tuple[str, str], dict[str, Any]] = {
        ("binary_sensor", "running"): {
            "name": "Running",
            "device_class": "connectivity",
            "entity_category": "diagnostic",
            "value_template": "{{ 'ON' if value_json.online else 'OFF' }}",
            **late,
        },
        ("sensor", "viewers"): {
            "name": "Viewers",
            "icon": "mdi:account-group",
            "state_class": "measurement",
            "unit_of_measurement": "viewers",
            # "None" is what a sensor takes for not known.
            "value_template": "{{ value_json.viewers | default('None') }}",
            **there,
            **late,
        },
        ("sensor", "smiling"): {
            "name": "Smiling",
            "icon": "mdi:emoticon-happy-outline",
            "state_class": "measurement",
            "unit_of_measurement": "%",
            "value_template": "{{ value_json.smiling_percent | default('None') }}",
            **there,
            **late,
        },
        ("switch", "session"): {
            "name": "Session",
            "icon": "mdi:record-rec",
            "command_topic": command,
            "payload_on": '{"do": "start"}',
            "payload_off": '{"do": "stop"}',
            "value_template": "{{ 'ON' if value_json.session | default('') else 'OFF' }}",
            "state_on": "ON",
            "state_off": "OFF",
            **there,
        },
    }
    return [
        _announcement(component, f"{own}_{name}", {**entity, **shared})
        for (component, name), entity in entities.items()
    ]


def _announcement(component: str, unique_id: str, entity: dict[str, Any]) -> Announcement:
    payload = json.dumps({"unique_id": unique_id, **entity}, sort_keys=True)
    return Announcement(f"{PREFIX}/{component}/{unique_id}/config", payload)


def _as_id(name: str) -> str:
    """Return a name as an ID may be written; another name is another ID."""
    found = re.sub("[^A-Za-z0-9_-]", "_", name)[:_NAME]
    if found == name:
        return found
    return f"{found}_{hashlib.sha256(name.encode()).hexdigest()[:_SUM]}"
