"""Timelines of OpenTimelineIO: odd ones are read right, or refused by name."""

import json

import opentimelineio as otio
import pytest

from laughtrack.analytics.inputs.otio_timelines import Clip, clips, events


def span(start_s, length_s, rate=25.0):
    """Return a range of seconds."""
    time = otio.opentime.RationalTime
    return otio.opentime.TimeRange(time(start_s * rate, rate), time(length_s * rate, rate))


def clip(name, length_s=5, start_s=0, rate=25.0):
    """Return a clip of so many seconds."""
    return otio.schema.Clip(name, source_range=span(start_s, length_s, rate))


def film(*items, trim=None):
    """Return a timeline of one track."""
    track = otio.schema.Track("V1", [*items], trim, otio.schema.TrackKind.Video)
    return otio.schema.Timeline("film", [track])


def written(tmp_path, timeline, change=lambda text: text):
    """Write a timeline, its text changed, and return the path."""
    path = tmp_path / "a.otio"
    path.write_text(change(otio.adapters.write_to_string(timeline, "otio_json")))
    return path


def test_trims_rates_transitions_and_what_is_off(tmp_path):
    """A trimmed track begins at its trim; a cut lies in the middle of its transition."""
    off = clip("off")
    off.enabled = False
    time = otio.opentime.RationalTime(5, 25)
    mixed = otio.schema.Transition("", otio.schema.TransitionTypes.SMPTE_Dissolve, time, time)
    items = [clip("A"), mixed, clip("B", rate=24.0), otio.schema.Gap(source_range=span(0, 2)), off]
    path = written(tmp_path, film(*items, clip("C")))
    assert clips(path) == [Clip(0, 5, "A"), Clip(5, 10, "B"), Clip(17, 22, "C")]
    assert [event.reel for event in events(path)] == ["A", "B", "C"]
    path = written(tmp_path, film(clip("A"), clip("B"), clip("C"), trim=span(6, 3)))
    assert clips(path) == [Clip(0, 3, "B")]


def test_a_clip_in_a_stack_is_placed_in_its_track(tmp_path):
    """For `compare --edits`, too."""
    inner = otio.schema.Track("V1", [clip("B", 3)], None, otio.schema.TrackKind.Video)
    stack = otio.schema.Stack("scene", [inner])
    path = written(tmp_path, film(clip("A"), stack))
    assert clips(path) == [Clip(0, 5, "A"), Clip(5, 8, "scene")]
    assert [(e.reel, e.start_s, e.end_s) for e in events(path)] == [("A", 0, 5), ("B", 5, 8)]


def without_range(text):
    """Return the text of a file of clips that have no length."""
    made = json.loads(text)
    for each in made["tracks"]["children"][0]["children"]:
        each["source_range"] = None
    return json.dumps(made)


NASTY = {
    "no length": without_range,
    "rate 0": lambda text: text.replace('"rate": 25.0', '"rate": 0.0'),
    "nan": lambda text: text.replace('"value": 125.0', '"value": NaN'),
    "infinite": lambda text: text.replace('"value": 125.0', '"value": Infinity'),
    "a word for a number": lambda text: text.replace('"value": 125.0', '"value": "long"'),
    "another schema": lambda text: text.replace("Clip.", "Clap."),
    "a list": lambda text: "[1, 2]",
    "null": lambda text: "null",
    "a clip": lambda text: otio.adapters.write_to_string(clip("A"), "otio_json"),
    "no tracks": lambda text: json.dumps({**json.loads(text), "tracks": None}),
    "cut off": lambda text: text[: len(text) // 2],
    "no text": lambda text: "\x00\x01\x02",
    "nothing": lambda text: "",
}


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("read", [clips, events])
def test_nasty_ones_are_refused_by_name(tmp_path, name, read):
    """One line that names the file; or nothing is in it."""
    path = written(tmp_path, film(clip("A"), clip("B")), NASTY[name])
    try:
        found = read(path)
    except ValueError as error:
        assert str(error).startswith(f"{path}: ") and len(str(error).splitlines()) == 1
    else:
        assert found == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_any_encoding(tmp_path, encoding):
    """As every text that is read."""
    path = written(tmp_path, film(clip("Grüße")))
    path.write_bytes(path.read_text("utf-8").encode(encoding))
    assert clips(path) == [Clip(0, 5, "Grüße")]
