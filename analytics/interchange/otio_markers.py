"""Markers through OpenTimelineIO: its own files, EDL (CMX 3600) and Final Cut Pro 7 XML.

Premiere and Resolve take the XML's markers, Avid the EDL's locators, Resolve and others the .otio.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pandas as pd

from laughtrack.analytics.inputs.otio_timelines import library
from laughtrack.analytics.inputs.timecode import FilmClock, frame_of
from laughtrack.analytics.interchange.markers import COLUMNS, film_frames, frames, title_of
from laughtrack.analytics.session import Session
from laughtrack.edge.console import printable

FORMS = {"otio": "otio_json", "edl": "cmx_3600", "fcp7xml": "fcp_xml"}
# What an extra brings; the message says how.
_MISSING = "OpenTimelineIO is not installed: pip install 'laughtrack[edit]'"
_COLOR = "GREEN"


def edit_list(session: Session, table: pd.DataFrame, clock: FilmClock, form: str) -> str:
    """Write markers as an editing program reads them.

    Parameters
    ----------
    session : Session
        Gives the timeline's name and its length, to the session's end.
    table : DataFrame
        From `markers.markers`.
    clock : FilmClock
        Times are rounded to its frames.
    form : str
        "otio", whose markers also hold the table's columns as metadata "laughtrack"; "fcp7xml",
        Final Cut Pro 7's; "edl", with a locator at each apex, its text in capitals.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If OpenTimelineIO or its adapter is not installed, or an EDL should be drop-frame: its
        locators are not read back then.
    """
    if form == "edl" and clock.drop:
        raise ValueError("an EDL's locators are not drop-frame: write the start time code with :")
    otio = library(_MISSING)
    if FORMS[form] not in otio.adapters.available_adapter_names():
        raise ValueError(f"{_MISSING} (there is no adapter {FORMS[form]})")
    make = _locators if form == "edl" else _ranges
    text = otio.adapters.write_to_string(make(otio, session, table, clock), FORMS[form])
    if form == "edl":
        text = text.replace("\n\n", "\nFCM: NON-DROP FRAME\n\n", 1)
    return text


def _ranges(otio: ModuleType, session: Session, table: pd.DataFrame, clock: FilmClock) -> Any:
    """A timeline of nothing but markers, each as long as its peak."""
    rate = float(clock.rate)
    start = otio.opentime.RationalTime(clock.start, rate)
    timeline = otio.schema.Timeline(title_of(session), global_start_time=start)
    if clock.drop:
        timeline.metadata["fcp_xml"] = {"timecode": {"displayformat": "DF"}}
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    track.append(
        otio.schema.Gap(source_range=_range(otio, 0, film_frames(session, table, clock), rate))
    )
    timeline.tracks.append(track)
    for each, first, after in zip(table.itertuples(), *frames(table, clock.rate), strict=True):
        numbers = {name: getattr(each, name) for name in COLUMNS}
        # JSON has no NaN: other readers would refuse the file.
        numbers = {name: None if value != value else value for name, value in numbers.items()}
        timeline.tracks.markers.append(
            otio.schema.Marker(
                printable(each.name),
                _range(otio, int(first), int(after - first), rate),
                _COLOR,
                {"laughtrack": numbers, "fcp_xml": {"comment": printable(each.text)}},
            )
        )
    return timeline


def _locators(otio: ModuleType, session: Session, table: pd.DataFrame, clock: FilmClock) -> Any:
    """A timeline of one clip as long as the film, a point on it at each apex."""
    # An EDL has no rate. With 29.97 its writer would count drop-frame; with 30 it writes the
    # same frames' numbers as they are.
    rate = round(clock.rate)
    length = film_frames(session, table, clock)
    clip = otio.schema.Clip(title_of(session), source_range=_range(otio, clock.start, length, rate))
    clip.metadata["cmx_3600"] = {"reel": "AX"}
    for each in table.itertuples():
        at = clock.start + frame_of(each.t_s, clock.rate)
        text = printable(f"{each.name}: {each.text}")
        clip.markers.append(otio.schema.Marker(text, _range(otio, at, 0, rate), _COLOR))
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    if clock.start:
        # The writer counts a timeline from 0, so that the clip's own place says where it begins.
        track.append(otio.schema.Gap(source_range=_range(otio, 0, clock.start, rate)))
    track.append(clip)
    timeline = otio.schema.Timeline(title_of(session))
    timeline.tracks.append(track)
    return timeline


def _range(otio: ModuleType, first: int, count: int, rate: float) -> Any:
    time = otio.opentime.RationalTime
    return otio.opentime.TimeRange(time(first, rate), time(count, rate))
