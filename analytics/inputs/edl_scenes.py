"""What an EDL shows: its clips as scenes, its markers as scenes, and its stretches of reels.

Conventions
-----------
- Seconds of the film, which begins with the first event of the lowest picture track, whatever time
  code that has. Other tracks, black (BL) and bars are no scenes.
- A clip's name is that of the clip shown: of a dissolve or wipe the one that it goes to; the
  event's number if none is said.
- In a list of markers (Resolve's, or one whose events are single frames) the film begins at the
  whole hour of time code before the first. A scene goes from marker to marker; a marker that has a
  length keeps it; the last goes on, its end is infinite.
- An EDL of one clip with two locators (`* LOC:`) or more is a list of markers of that clip.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise, zip_longest
from pathlib import PurePosixPath, PureWindowsPath
from typing import NamedTuple

from laughtrack.analytics.inputs.edl import (
    EditList,
    EdlEvent,
    blocks,
    day_of,
    frame_of_code,
    wrong,
)
from laughtrack.analytics.inputs.timecode import FilmClock, clock_of, timecode
from laughtrack.analytics.messages import message, plural

_NO_CLIPS = ("BL", "BLK", "BLACK", "BARS", "BAR")
_NOTE = re.compile(r"\*?\s*([A-Z][A-Z ]*):\s*(.*)", re.IGNORECASE)
_FROM = ("FROM CLIP NAME", "CLIP NAME")
_TO = ("TO CLIP NAME",)
_FILE = ("FROM FILE", "FROM CLIP", "SOURCE FILE")
_MARKER = re.compile(r"\|([CMD]):([^|]*)")
_LONGEST_SPEED = 200
_SPEED = re.compile(r"M2\s+(.*?)\s*(-?[0-9]+(?:\.[0-9]*)?)\s+\S+", re.IGNORECASE)


class EdlScene(NamedTuple):
    """A scene of an EDL, in seconds of the film, and its line in the file."""

    start_s: float
    end_s: float
    name: str
    line: int


class Stretch(NamedTuple):
    """A stretch of a reel, and when it is shown, in seconds; `speed` is 0 of a freeze frame."""

    reel: str
    from_s: float
    speed: float
    start_s: float
    end_s: float


class _Mark(NamedTuple):
    frame: int
    length: int
    name: str
    line: int


def scenes_of(edits: EditList) -> tuple[list[EdlScene], list[str]]:
    """Return an EDL's scenes, and remarks on what is left out or taken to be so.

    Raises
    ------
    ValueError
        Naming the file and line of a locator that cannot be read.
    """
    shown, remarks = _shown(edits)
    names = _names(edits.events)
    if marks := _marks(shown, names):
        found, marked = _between_marks(edits, marks)
        return found, [*remarks, *marked]
    black = [event for event in shown if _is_black(event)]
    clips = [event for event in shown if not _is_black(event)]
    if len(clips) == 1 and len(locators := _locators(edits, clips[0])) > 1:
        remark = message(
            "its {many} locators are the scenes, up to the end of its one clip", many=len(locators)
        )
        return _between(edits, locators, *clips[0].record), [*remarks, remark]
    if black:
        remarks.append(
            plural(
                "line {lines}: black and bars are no scene",
                "lines {lines}: black and bars are no scene",
                len(black),
                lines=_lines(black),
            )
        )
    zero = min((event.record[0] for event in shown), default=0)
    return [
        EdlScene(
            *_seconds(edits, event.record, zero), names[event.line] or event.number, event.line
        )
        for event in clips
    ], remarks


def stretches_of(edits: EditList) -> list[Stretch]:
    """Return which stretch of which reel an EDL shows when, without black and bars.

    Raises
    ------
    ValueError
        If a source lasts longer or shorter than its record and no M2 line tells its speed; naming
        the file and the line.
    """
    shown, _ = _shown(edits)
    speeds, names = _speeds(edits), _names(edits.events)
    zero = min((event.record[0] for event in shown), default=0)
    found = []
    for event in shown:
        lasts, used = (end - start for start, end in (event.record, event.source))
        if _is_black(event) or not lasts:
            continue
        speed = speeds.get(event.line)
        if speed is None and used != lasts:
            raise ValueError(
                f"{edits.path}, line {event.line}: event {event.number} shows {used} frames of its "
                f"reel in {lasts}; expected as many, or a line M2 with its speed"
            )
        # AX is a reel of which nothing is known.
        reel = _first_note(event, _FILE) or names[event.line] or event.number
        reel = reel if event.reel.upper() == "AX" else event.reel
        from_s = float(event.source[0] / edits.rate)
        times = _seconds(edits, event.record, zero)
        found.append(Stretch(reel, from_s, 1.0 if speed is None else speed, *times))
    return found


def _shown(edits: EditList) -> tuple[list[EdlEvent], list[str]]:
    """Return the events of the lowest picture track, and what of others is left out."""
    tracks = sorted({event.track for event in edits.events if event.track})
    remarks: list[str] = []
    if len(tracks) > 1:
        remarks.append(
            message(
                "of its picture tracks V{track} is read, not {others}",
                track=tracks[0],
                others=", ".join(f"V{each}" for each in tracks[1:]),
            )
        )
    keys = [
        event
        for block in blocks([event for event in edits.events if event.track in tracks[:1]])
        for event in block
        if event.transition in ("K", "KO") and any(each.transition == "KB" for each in block)
    ]
    keyed = {event.line for event in keys}
    pictures = [event for event in edits.events if event.track in tracks[:1]]
    pictures = [event for event in pictures if event.line not in keyed]
    # Where a transition is from is an event of no length.
    found = [
        event
        for event, after in zip_longest(pictures, pictures[1:])
        if event.record[0] < event.record[1]
        or after is None
        or after.transition == "C"
        or after.record[0] != event.record[0]
    ]
    if keys:
        remarks.append(
            plural(
                "line {lines}: what is keyed over a picture is no scene",
                "lines {lines}: what is keyed over a picture is no scene",
                len(keys),
                lines=_lines(keys),
            )
        )
    return found, remarks


def _names(events: Sequence[EdlEvent]) -> dict[int, str]:
    """Return, by line, the name of the clip that each event shows, or nothing."""
    found: dict[int, str] = {}
    last = ""
    for block in blocks(events):
        for k, event in enumerate(block):
            # The notes of a transition or of the sound of one number stand below the block.
            below = [event, *block[k + 1 :]]
            kinds = (_FROM, _FILE) if event.transition == "C" else (_TO,)
            texts = (_first_note(each, kind) for kind in kinds for each in below)
            name = next(filter(None, texts), "")
            if not name and event.transition != "C":
                # One name alone may be that of the clip before.
                alone = _first_note(event, _FROM) or _first_note(event, _FILE)
                name = alone if alone != last else ""
            found[event.line] = last = "" if name.upper() in _NO_CLIPS else name
    return found


def _first_note(event: EdlEvent, kinds: Sequence[str]) -> str:
    """Return what the first note of some kinds says below an event, or nothing."""
    for _, text in event.notes:
        found = _NOTE.fullmatch(text)
        if found and " ".join(found[1].upper().split()) in kinds and found[2].strip():
            said = found[2].strip()
            return PurePosixPath(PureWindowsPath(said).as_posix()).stem if kinds is _FILE else said
    return ""


def _speeds(edits: EditList) -> dict[int, float]:
    """Return, by line, at which speed events show their reels, where notes tell."""
    found: dict[int, float] = {}
    for block in blocks([event for event in edits.events if event.track]):
        for event in block:
            for _, text in event.notes:
                speed = _SPEED.fullmatch(text[:_LONGEST_SPEED])
                if "FREEZE FRAME" in text.upper():
                    found[event.line] = 0.0
                elif speed:
                    of_reel = [each for each in block if each.reel.upper() == speed[1].upper()]
                    line = of_reel[-1].line if of_reel else event.line
                    found.setdefault(line, float(speed[2]) / float(edits.rate))
    return found


def _marks(shown: Sequence[EdlEvent], names: dict[int, str]) -> list[_Mark]:
    """Return the markers, if the list is one of markers, or none."""
    found, noted = [], 0
    for event in shown:
        parts: dict[str, str] = {}
        for _, text in event.notes:
            parts |= {key: said.strip() for key, said in _MARKER.findall(text)}
        noted += bool(parts)
        said = parts.get("D", "")
        length = max(event.record[1] - event.record[0], int(said) if said.isdecimal() else 0)
        name = parts.get("M", "") or names[event.line]
        found.append(_Mark(event.record[0], length, name, event.line))
    single = len(found) > 1 and all(mark.length <= 1 for mark in found)
    return found if found and (noted == len(found) or single) else []


def _between_marks(edits: EditList, marks: Sequence[_Mark]) -> tuple[list[EdlScene], list[str]]:
    first = min(mark.frame for mark in marks)
    hour, _, _ = timecode(first, FilmClock(edits.rate, 0, edits.drop)).partition(":")
    start = f"{hour}:00:00{';' if edits.drop else ':'}00"
    zero = clock_of(edits.rate, start).start + first // day_of(edits) * day_of(edits)
    remark = plural(
        "{n:,} marker: the film is taken to begin at time code {start}",
        "{n:,} markers: the film is taken to begin at time code {start}",
        len(marks),
        start=start,
    )
    return _between(edits, marks, zero, None), [remark]


def _between(edits: EditList, marks: Sequence[_Mark], zero: int, end: int | None) -> list[EdlScene]:
    """Return a scene from each mark to the next, or as long as it says."""
    marks = sorted(marks, key=lambda mark: mark.frame)
    ends = [after.frame for _, after in pairwise(marks)]
    found = []
    for mark, after in zip(marks, [*ends, end], strict=True):
        last = mark.frame + mark.length if mark.length > 1 else after
        start_s, end_s = _seconds(edits, (mark.frame, last or 0), zero)
        found.append(EdlScene(start_s, math.inf if last is None else end_s, mark.name, mark.line))
    return found


def _locators(edits: EditList, clip: EdlEvent) -> list[_Mark]:
    """Return the locators within a clip if it has two or more, else none."""
    notes = [(line, text, _NOTE.fullmatch(text)) for line, text in clip.notes]
    located = [(line, text, note[2]) for line, text, note in notes if note and _is_locator(note)]
    found = []
    for line, text, said in located if len(located) > 1 else ():
        code, *words = said.split(None, 2)
        if not code[:1].isdigit():
            raise wrong(edits.path, line, text, "a locator like * LOC: 01:00:04:00 RED text")
        frame = frame_of_code(edits, line, code, edits.drop)
        frame += day_of(edits) if frame < clip.record[0] - day_of(edits) // 2 else 0
        if clip.record[0] <= frame < clip.record[1]:
            found.append(_Mark(frame, 0, " ".join(words[1:]), line))
    return found


def _is_locator(note: re.Match[str]) -> bool:
    return note[1].strip().upper() == "LOC" and bool(note[2].strip())


def _is_black(event: EdlEvent) -> bool:
    return event.reel.upper() in _NO_CLIPS


def _seconds(edits: EditList, span: tuple[int, int], zero: int) -> tuple[float, float]:
    start, end = (float((frame - zero) / edits.rate) for frame in span)
    return start, end


def _lines(events: Sequence[EdlEvent]) -> str:
    """Return the lines that events are in, like "3, 9"."""
    lines = [str(event.line) for event in events]
    return ", ".join(lines[:5]) + (", ..." if len(lines) > 5 else "")
