"""Peaks become markers of the film, and are read back from each kind of file."""

import io
import json
import re
import sys
import xml.etree.ElementTree as ET
from fractions import Fraction

import numpy as np
import opentimelineio as otio
import pandas as pd
import pysubs2
import pytest

from laughtrack.analytics.audience.peak_tests import peaks_with_certainty
from laughtrack.analytics.inputs.timecode import clock_of, frame_of, rate_of
from laughtrack.analytics.interchange.fcpxml import fcpxml
from laughtrack.analytics.interchange.markers import (
    COLUMNS,
    PREMIERE,
    chosen,
    frames,
    markers,
    premiere,
    resolve,
    vtt,
)
from laughtrack.analytics.interchange.otio_markers import FORMS, edit_list
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics.pretend import Room, session

ROOM = session(Room(viewers=20), info={"title": "The  Night Bus", "media_offset_s": 30.25})
TABLE, _ = markers(SessionTables(ROOM))
EMPTY = session(Room(viewers=0, seconds=10))
CLOCKS = [
    clock_of(rate_of("25")),
    clock_of(rate_of("23.976"), "01:00:00:00"),
    clock_of(rate_of("29.97"), "01:00:00:00"),
    clock_of(rate_of("59.94")),
]
DROP = clock_of(rate_of("29.97"), "00:59:50;00")


def frame(code, clock):
    """Return a time code's frame, by the library."""
    rate = float(clock.rate)
    return round(otio.opentime.from_timecode(code, rate).value) - clock.start


def read_back(text, form, clock):
    """Return a file's markers as OpenTimelineIO's own reader finds them."""
    rate = {"rate": float(clock.rate)} if form == "edl" else {}
    timeline = otio.adapters.read_from_string(text, FORMS[form], **rate)
    on_clips = [marker for clip in timeline.find_clips() for marker in clip.markers]
    return timeline, [*timeline.tracks.markers, *on_clips]


@pytest.mark.slow
def test_markers_are_the_peaks():
    """Each peak is one, with its rank, in order of time."""
    found = peaks_with_certainty(SessionTables(ROOM))
    assert len(TABLE) == len(found) >= 3
    assert TABLE["t_s"].is_monotonic_increasing
    by_rank = TABLE.sort_values("number", ignore_index=True)
    for name in ("share_smiling", "mean_smile", "viewers", "rise", "p_value"):
        assert by_rank[name].tolist() == found[name].tolist()


def test_a_marker_says_how_sure_it_is():
    """A good joke is hardly chance; one viewer's smile was never tested."""
    first = TABLE.sort_values("number").iloc[0]
    assert first["text"] == f"{100 * first['share_smiling']:.0f} % smiling, of " + (
        f"{first['viewers']} viewers; could be chance? very unlikely (p = {first['p_value']:.3f})"
    )
    one, _ = markers(SessionTables(session(Room(viewers=1))))
    assert one["text"].str.endswith("of 1 viewer; could be chance? not tested").all() and len(one)


@pytest.mark.slow
def test_times_are_the_films():
    """The film was 30.25 s in when the session began."""
    times = TABLE.sort_values("number")[["t_s", "start_s", "end_s"]].to_numpy()
    np.testing.assert_allclose(
        times - 30.25,
        peaks_with_certainty(SessionTables(ROOM))[["t_s", "start_s", "end_s"]],
        atol=2e-6,
    )


@pytest.mark.slow
def test_peaks_before_the_film_are_counted():
    """People laughed before it began: those are left out, and said to be."""
    late = session(Room(viewers=20), info={"media_offset_s": -25.0})
    table, before = markers(SessionTables(late))
    found = peaks_with_certainty(SessionTables(late))["t_s"]
    assert before == (found < 25).sum() > 0
    assert len(table) == (found >= 25).sum()


@pytest.mark.slow
def test_a_peak_under_way_begins_with_the_film():
    """Its rise began before the film; the marker does not."""
    first = TABLE["t_s"].min() - 30.25
    table, _ = markers(SessionTables(session(Room(viewers=20), info={"media_offset_s": -first})))
    assert table["start_s"].iloc[0] == 0 <= table["t_s"].iloc[0]


def test_few_viewers_have_no_markers():
    """The least group size holds here too."""
    assert len(markers(SessionTables(ROOM), min_viewers=21)[0]) == 0


def test_nobody_has_no_markers():
    """The table has its columns."""
    table, before = markers(SessionTables(EMPTY))
    assert (len(table), before, tuple(table)) == (0, 0, COLUMNS)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("clock", CLOCKS, ids=lambda clock: f"{float(clock.rate):.2f}")
def test_opentimelineio_reads_every_marker(form, clock):
    """As many, at the same frames, at the exact rate."""
    _, found = read_back(edit_list(ROOM, TABLE, clock, form), form, clock)
    if form == "edl":
        expected = [clock.start + frame_of(t_s, clock.rate) for t_s in TABLE["t_s"]]
        names = [f"{a}: {b}".upper() for a, b in zip(TABLE["name"], TABLE["text"], strict=True)]
    else:
        expected, names = frames(TABLE, clock.rate)[0].tolist(), TABLE["name"].tolist()
        after = [m.marked_range.end_time_exclusive().value for m in found]
        assert after == frames(TABLE, clock.rate)[1].tolist()
    assert [m.marked_range.start_time.value for m in found] == expected
    assert [m.name for m in found] == names
    assert {m.marked_range.start_time.rate for m in found} == {float(clock.rate)}


@pytest.mark.parametrize("form", ["otio", "fcp7xml"])
@pytest.mark.parametrize("clock", [*CLOCKS, DROP], ids=str)
def test_timeline_begins_where_it_was_told(form, clock):
    """The first frame's time code is in the file."""
    timeline, _ = read_back(edit_list(ROOM, TABLE, clock, form), form, clock)
    assert timeline.global_start_time.value == clock.start
    assert timeline.name == "The Night Bus"


def test_drop_frame_is_in_the_xml():
    """So that the sequence counts as the film's does."""
    text = edit_list(ROOM, TABLE, DROP, "fcp7xml")
    assert "<displayformat>DF</displayformat>" in text and "<string>00:59:50;00</string>" in text


def test_an_edl_is_never_drop_frame():
    """Its reader would find no locator there."""
    with pytest.raises(ValueError, match="not drop-frame"):
        edit_list(ROOM, TABLE, DROP, "edl")


def test_otio_holds_the_whole_table():
    """Its markers' metadata are the rows, to the last digit."""
    _, found = read_back(edit_list(ROOM, TABLE, CLOCKS[1], "otio"), "otio", CLOCKS[1])
    rows = pd.DataFrame([dict(m.metadata["laughtrack"]) for m in found])[[*COLUMNS]]
    pd.testing.assert_frame_equal(rows.astype(TABLE.dtypes), TABLE)


def test_xml_says_who_smiled():
    """The text is the marker's comment."""
    _, found = read_back(edit_list(ROOM, TABLE, CLOCKS[0], "fcp7xml"), "fcp7xml", CLOCKS[0])
    assert [m.metadata["fcp_xml"]["comment"] for m in found] == TABLE["text"].tolist()


def test_otio_is_strict_json():
    """Also where a peak was not tested."""

    def refuse(word):
        raise AssertionError(word)

    one = session(Room(viewers=1))
    text = edit_list(one, markers(SessionTables(one))[0], CLOCKS[0], "otio")
    json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("form", FORMS)
def test_no_peaks_are_a_file_too(form):
    """The reader opens it and finds no marker."""
    table, _ = markers(SessionTables(EMPTY))
    assert read_back(edit_list(EMPTY, table, CLOCKS[0], form), form, CLOCKS[0])[1] == []


def test_without_the_library_it_says_how(monkeypatch):
    """One line names the extra to install."""
    monkeypatch.setitem(sys.modules, "opentimelineio", None)
    with pytest.raises(ValueError, match=r"pip install 'laughtrack\[edit\]'"):
        edit_list(ROOM, TABLE, CLOCKS[0], "otio")


def test_vtt_cues_are_the_markers():
    """As an outside reader of subtitles finds them, to a thousandth of a second."""
    cues = pysubs2.SSAFile.from_string(vtt(TABLE), format_="vtt")
    times = [[cue.start / 1000, cue.end / 1000] for cue in cues]
    np.testing.assert_allclose(times, TABLE[["start_s", "end_s"]], atol=0.0005001)
    said = [f"{a}: {b}" for a, b in zip(TABLE["name"], TABLE["text"], strict=True)]
    assert [cue.plaintext for cue in cues] == said


@pytest.mark.parametrize("clock", [*CLOCKS, DROP], ids=str)
def test_premiere_rows_are_the_markers(clock):
    """Columns, coding and marks between them are Premiere's own; times are to a frame."""
    data = premiere(TABLE, clock)
    assert data.startswith(b"\xff\xfe")
    table = pd.read_csv(io.BytesIO(data), sep="\t", encoding="utf-16")
    assert tuple(table) == PREMIERE
    first, after = frames(TABLE, clock.rate)
    assert [frame(each, clock) for each in table["In"]] == first.tolist()
    assert [frame(each, clock) for each in table["Out"]] == after.tolist()
    length = clock._replace(start=0)
    assert [frame(each, length) for each in table["Duration"]] == (after - first).tolist()
    assert table["Description"].tolist() == TABLE["text"].tolist()


@pytest.mark.parametrize("clock", [*CLOCKS, DROP], ids=str)
def test_resolve_events_are_the_markers(clock):
    """An event and a line of colour, text and length for each; times are to a frame."""
    text = resolve(TABLE, clock, "The  Night Bus")
    kind = "DROP FRAME" if clock.drop else "NON-DROP FRAME"
    assert text.startswith(f"TITLE: The Night Bus\nFCM: {kind}\n\n001  001")
    events = re.findall(r"C +(\S+) (\S+) \1 \2\n \|C:(\w+) \|M:(.+) \|D:(\d+)\n", text)
    first, after = frames(TABLE, clock.rate)
    assert [frame(event[0], clock) for event in events] == first.tolist()
    assert [frame(event[1], clock) for event in events] == after.tolist()
    assert [int(event[4]) for event in events] == (after - first).tolist()
    assert [event[3].split(":")[0] for event in events] == TABLE["name"].tolist()


def test_a_marker_has_a_frame_at_least():
    """However short, it can be seen."""
    short = TABLE.assign(end_s=TABLE["start_s"])
    first, after = frames(short, Fraction(24))
    assert (after - first == 1).all()


# What Apple's reference allows of what we write: children and attributes of each element.
FCPXML = {
    "fcpxml": (["resources", "library"], {"version"}),
    "resources": (["format"], set()),
    "format": ([], {"id", "name", "frameDuration", "width", "height"}),
    "library": (["event"], set()),
    "event": (["project"], {"name"}),
    "project": (["sequence"], {"name"}),
    "sequence": (["spine"], {"format", "duration", "tcStart", "tcFormat"}),
    "spine": (["gap"], set()),
    "gap": (["marker"], {"name", "offset", "start", "duration"}),
    "marker": ([], {"start", "duration", "value", "note"}),
}


def seconds(text):
    """Return a time of FCPXML as a fraction."""
    assert re.fullmatch(r"\d+(/[1-9]\d*)?s", text)
    return Fraction(text[:-1])


@pytest.mark.parametrize("clock", [*CLOCKS, DROP, clock_of(rate_of("12.5"))], ids=str)
def test_fcpxml_is_final_cut_pros(clock):
    """Of its elements and attributes, times on frames, markers inside the film, at the peaks."""
    text = fcpxml(ROOM, TABLE, clock)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n<fcpxml ')
    root = ET.fromstring(text)
    for each in root.iter():
        children, names = FCPXML[each.tag]
        assert list(dict.fromkeys(child.tag for child in each)) == children
        assert set(each.attrib) <= names
        for name in {"start", "duration", "offset", "tcStart", "frameDuration"} & set(each.attrib):
            assert (seconds(each.get(name)) * clock.rate).denominator == 1
    assert root.get("version") == "1.10"
    assert seconds(root.find("resources/format").get("frameDuration")) == 1 / clock.rate
    sequence = root.find("library/event/project/sequence")
    begins, lasts = seconds(sequence.get("tcStart")), seconds(sequence.get("duration"))
    assert begins == clock.start / clock.rate
    assert sequence.get("tcFormat") == ("DF" if clock.drop else "NDF")
    found = [
        [(seconds(each.get(name)) - begin) * clock.rate for name, begin in (("start", begins),)]
        + [seconds(each.get("duration")) * clock.rate]
        for each in root.iter("marker")
    ]
    first, after = (each.tolist() for each in frames(TABLE, clock.rate))
    assert found == [[a, b - a] for a, b in zip(first, after, strict=True)]
    assert all(a >= 0 and a + b <= lasts * clock.rate for a, b in found)
    assert [each.get("note") for each in root.iter("marker")] == TABLE["text"].tolist()


def test_fcpxml_without_peaks():
    """A project of nothing but the film's length."""
    table, _ = markers(SessionTables(EMPTY))
    root = ET.fromstring(fcpxml(EMPTY, table, CLOCKS[0]))
    assert root.find(".//gap").get("duration") == "10s" and not [*root.iter("marker")]


def test_some_of_the_peaks():
    """The highest, those of a small p, and both; numbers and order stay."""
    top = chosen(TABLE, top=2)
    assert sorted(top["number"]) == [1, 2] and top["t_s"].is_monotonic_increasing
    likely = chosen(TABLE, max_p=0.05)
    assert 0 < len(likely) < len(TABLE) and (likely["p_value"] <= 0.05).all()
    both = chosen(TABLE, top=1, max_p=0.05)
    assert both["number"].tolist() == [likely["number"].min()]
    untested = chosen(TABLE.assign(p_value=np.nan), max_p=1.0)
    assert untested.empty and len(chosen(TABLE)) == len(TABLE) == len(chosen(TABLE, top=99))
