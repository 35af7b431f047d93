"""Markers as FCPXML, which Final Cut Pro X and its successors read; not Final Cut Pro 7's XML.

Written after Apple's "FCPXML Reference", version 1.10.

Conventions
-----------
- Times are fractions of a second that fall on the film's frames: `1001/24000s`.
- The project is one gap as long as the film, which holds the markers. Its own time runs as the
  project's time code does, so that a marker's `start` is its time code in seconds.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from fractions import Fraction

import pandas as pd

from laughtrack.analytics.inputs.timecode import FilmClock
from laughtrack.analytics.interchange.markers import film_frames, frames, title_of
from laughtrack.analytics.session import Session
from laughtrack.edge.console import printable

VERSION = "1.10"
# Final Cut's own names of its formats; one of another rate has none.
_FORMATS = {
    Fraction(24000, 1001): "FFVideoFormat1080p2398",
    Fraction(24): "FFVideoFormat1080p24",
    Fraction(25): "FFVideoFormat1080p25",
    Fraction(30000, 1001): "FFVideoFormat1080p2997",
    Fraction(30): "FFVideoFormat1080p30",
    Fraction(50): "FFVideoFormat1080p50",
    Fraction(60000, 1001): "FFVideoFormat1080p5994",
    Fraction(60): "FFVideoFormat1080p60",
}
# A time's denominator has 32 bits.
_MOST = 2**31 - 1


def fcpxml(session: Session, table: pd.DataFrame, clock: FilmClock) -> str:
    """Write markers as FCPXML.

    Parameters
    ----------
    session : Session
        Gives the project's name and its length, to the session's end.
    table : DataFrame
        From `markers.markers`.
    clock : FilmClock
        Times are rounded to its frames.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        Such a frame rate cannot be written.
    """
    if clock.rate.numerator > _MOST:
        raise ValueError(f"--fps {clock.rate}: FCPXML cannot hold it; expected like 25 or 23.976")
    title, begins = title_of(session), _time(clock.start, clock)
    first, after = (each.tolist() for each in frames(table, clock.rate))
    lasts = _time(max([film_frames(session, table, clock), *after]), clock)
    root = ET.Element("fcpxml", version=VERSION)
    named = {"name": _FORMATS[clock.rate]} if clock.rate in _FORMATS else {}
    size = {"width": "1920", "height": "1080"}
    resources = ET.SubElement(root, "resources")
    form = {"id": "r1", **named, "frameDuration": _time(1, clock), **size}
    ET.SubElement(resources, "format", form)
    event = ET.SubElement(ET.SubElement(root, "library"), "event", name=title)
    sequence = ET.SubElement(
        ET.SubElement(event, "project", name=title),
        "sequence",
        format="r1",
        duration=lasts,
        tcStart=begins,
        tcFormat="DF" if clock.drop else "NDF",
    )
    place = {"name": title, "offset": begins, "start": begins, "duration": lasts}
    gap = ET.SubElement(ET.SubElement(sequence, "spine"), "gap", place)
    for each, a, b in zip(table.itertuples(), first, after, strict=True):
        ET.SubElement(
            gap,
            "marker",
            start=_time(clock.start + a, clock),
            duration=_time(b - a, clock),
            value=printable(each.name),
            note=printable(each.text),
        )
    ET.indent(root)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n'
    return f"{head}{ET.tostring(root, encoding='unicode')}\n"


def _time(frame: int, clock: FilmClock) -> str:
    """Return a number of frames as FCPXML writes a time."""
    seconds = frame / clock.rate
    whole = seconds.denominator == 1
    return f"{seconds.numerator}s" if whole else f"{seconds.numerator}/{seconds.denominator}s"
