"""Nasty OpenTimelineIO files as scene lists, and as edit lists."""

import json

from hypothesis import strategies as st

from laughtrack.analytics.inputs.otio_timelines import events
from tests.bench.nasty_text.frame import Case, encoded
from tests.bench.nasty_text.subtitles import scenes

NAMES = ("STREET", "Grüße.mov", "\\u00e9", "a\\nb", "")
# What stands for a value, as JSON.
ODD = ("null", "NaN", "Infinity", "-Infinity", "-1", "0", "1e308", '"x"', "[]", "{}", "true", "")
ODD += ('{"OTIO_SCHEMA": "Gap.1"}', '{"OTIO_SCHEMA": "None.1"}', "1e999", "9" * 400)


def _time(value, rate):
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": value}


def _clip(name, length, rate):
    return {
        "OTIO_SCHEMA": "Clip.2",
        "enabled": True,
        "name": name,
        "effects": [],
        "markers": [],
        "metadata": {},
        "media_references": {},
        "active_media_reference_key": "DEFAULT_MEDIA",
        "source_range": {
            "OTIO_SCHEMA": "TimeRange.1",
            "start_time": _time(0.0, rate),
            "duration": _time(length * rate, rate),
        },
    }


@st.composite
def _cases(draw):
    children, right, at = [], [], 0
    for number in range(1, draw(st.integers(1, 3)) + 1):
        length, name = draw(st.integers(1, 90)), draw(st.sampled_from(NAMES))
        children.append(_clip(name, length, draw(st.sampled_from((24.0, 25.0, 1.0)))))
        shown = " ".join(json.loads(f'"{name}"').split()) if name.isascii() else name
        right.append((at, at + length, shown or f"scene {number}"))
        at += length
    kind = {"OTIO_SCHEMA": "Track.1", "kind": "Video", "name": "V1", "children": children}
    tracks = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [kind]}
    text = json.dumps({"OTIO_SCHEMA": "Timeline.1", "name": "x", "tracks": tracks}, indent=1)
    lines = text.replace("\\\\", "\\").split("\n")
    if draw(st.booleans()):
        at = draw(st.integers(1, len(lines) - 1))
        key, colon, _ = lines[at].partition(":")
        lines[at] = f"{key}{colon}{draw(st.sampled_from(ODD))}{',' * lines[at].endswith(',')}"
        # Some odd values mean what was there.
        return Case(draw(encoded(lines)), ".otio", ANY, (), True)
    return Case(draw(encoded(lines)), ".otio", right)


class _Any:
    """Equals everything: what is asked is that nothing breaks."""

    def __eq__(self, other):
        return True

    __hash__ = None


ANY = _Any()


def _named(path):
    """Return scenes as times and names in one line."""
    return [(a, b, " ".join(name.split())) for a, b, name in scenes(path)]


def otio(folder):
    """Return cases of timelines, and what reads them as scenes."""
    return _cases(), _named


def otio_edits(folder):
    """Return cases of timelines, and what reads them as events of `compare --edits`."""
    return _cases().map(lambda case: case._replace(right=ANY, either=True)), events


FORMATS = {"scenes otio": otio, "edits otio": otio_edits}
