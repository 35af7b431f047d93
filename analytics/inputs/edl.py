"""CMX 3600 edit lists (.edl), read strictly: every event is read, or its line is named.

Our own reader: OpenTimelineIO's refuses lists for what scenes have no use for (colour notes, a
source that lasts longer than its record, midnight), and knows no line numbers.

Conventions
-----------
- Times are frames from time code 0, half-open. A list in which the record falls by more than half a
  day goes on after midnight.
- Drop-frame is written with a semicolon, or said by `FCM: DROP FRAME`. The rate of such a list is
  29.97, or 59.94 where frames are counted beyond 29, if none is given.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from laughtrack.analytics.inputs.timecode import clock_of, rate_of
from laughtrack.tracker.text_files import read_text

FPS = 24.0
_DROP_RATES = (29.97, 59.94)
_CODE = re.compile(r"([0-9]{1,2})[:;.,]([0-9]{2})[:;.,]([0-9]{2})([:;.,])([0-9]{2,3})")
_CHANNELS = re.compile(r"(?:V[0-9]{0,2}|A[0-9]{0,2}|B|NONE|[0-9]{1,4}|[/+,])+")
_TRANSITION = re.compile(r"C|D|W[0-9]{1,4}|K[BO]?")
_LIKE = "an event like 001 AX V C 00:00:10:00 00:00:20:00 01:00:00:00 01:00:10:00"
_SHOWN = 80
# A key has four lines, and sound some more; a list whose events all have one number has thousands.
_LARGEST_BLOCK = 12


class EdlEvent(NamedTuple):
    """One event of an EDL.

    `track`: of pictures from 1, 0 of sound alone. `transition`: "C" of a cut, "D", "W001", "K",
    "KB", "KO". `source`, `record`: first frame and the one after the last. `notes`: the lines below
    it with their numbers. `line`: its own number in the file.
    """

    number: str
    reel: str
    track: int
    transition: str
    source: tuple[int, int]
    record: tuple[int, int]
    line: int
    notes: list[tuple[int, str]]


class EditList(NamedTuple):
    """An EDL: its events in the file's order, frames a second, and whether any is drop-frame."""

    path: Path
    events: list[EdlEvent]
    rate: Fraction
    drop: bool


def read_edl(path: Path, fps: float | None = None) -> EditList:
    """Read an EDL.

    Parameters
    ----------
    path : Path
    fps : float, optional
        Frames a second; else 24, or those of drop-frame.

    Returns
    -------
    EditList

    Raises
    ------
    ValueError
        Naming the file, and the line that cannot be understood.
    OSError
        If it cannot be read.
    """
    lines = [line.strip() for line in read_text(path, "an edit list").split("\n")]
    codes = [code for line in lines if _is_event(line) for code in _CODE.findall(line)]
    drop = any(_is_fcm(line, "DROP") for line in lines) or any(code[3] == ";" for code in codes)
    if fps is None and drop:
        fps = _DROP_RATES[any(int(code[4]) > 29 for code in codes)]
    edits = EditList(path, [], rate_of(repr(float(fps or FPS))), drop)
    is_drop = False
    for k, line in enumerate(lines, start=1):
        if line[:3].upper() == "FCM":
            is_drop = _is_fcm(line, "DROP")
        elif _is_event(line):
            edits.events.append(_event(edits, k, line, is_drop))
        elif line and line[0] not in "*;#>|" and len(_CODE.findall(line)) >= 3:
            raise wrong(path, k, line, f"{_LIKE}; a note begins with *")
        elif line and edits.events:
            edits.events[-1].notes.append((k, line))
    return edits._replace(events=_past_midnight(edits))


def wrong(path: Path, line: int, text: str, expected: str) -> ValueError:
    """Return the error of a line that is not as expected."""
    shown = text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
    return ValueError(f"{path}, line {line}: {shown!r}; expected {expected}")


def frame_of_code(edits: EditList, line: int, code: str, is_drop: bool = False) -> int:
    """Return the frame of a time code, or of a frame's number, from 0.

    Raises
    ------
    ValueError
        Naming the file and the line, and `--fps` where the rate is the matter.
    """
    if code.isascii() and code.isdigit() and len(code) < 10:
        return int(code)
    found = _CODE.fullmatch(code)
    if not found or int(found[2]) > 59 or int(found[3]) > 59:
        raise wrong(edits.path, line, code, "a time code like 01:00:00:00")
    is_drop = is_drop or ";" in code
    if is_drop and not any(edits.rate == rate_of(str(each)) for each in _DROP_RATES):
        raise ValueError(
            f"{edits.path}, line {line}: {code!r} is drop-frame, which is of 29.97 and 59.94 "
            f"frames a second only, not {float(edits.rate):g}: --fps says which"
        )
    mark = ";" if is_drop else ":"
    try:
        return clock_of(
            edits.rate, f"{int(found[1]):02d}:{found[2]}:{found[3]}{mark}{found[5]}"
        ).start
    except ValueError:
        raise ValueError(
            f"{edits.path}, line {line}: {code!r} is no frame; it was read at "
            f"{float(edits.rate):g} frames a second, --fps says another"
        ) from None


def day_of(edits: EditList) -> int:
    """Return how many frames 24 hours of time code have."""
    return clock_of(edits.rate, f"24:00:00{';' if edits.drop else ':'}00").start


def _is_fcm(line: str, kind: str) -> bool:
    words = line.upper().replace(":", " ").split()
    return words[:2] == ["FCM", kind]


def _is_event(line: str) -> bool:
    """Return whether a line has to be an event; notes of Resolve's markers may begin alike."""
    return line[:1].isdigit() and not re.search(r"\|[CMD]:", line)


def _event(edits: EditList, k: int, line: str, is_drop: bool) -> EdlEvent:
    """Read an event's line; its reel may have spaces, so it is read from its end."""
    words = line.split()
    head, codes = words[:-4], words[-4:]
    if len(head) > 4 and head[-1].isdigit():
        head = head[:-1]  # how long a transition takes
    if len(head) > 4 and head[-1].upper() in ("B", "O") and head[-2].upper() == "K":
        head = [*head[:-2], head[-2] + head[-1]]
    if len(head) < 4 or not _TRANSITION.fullmatch(head[-1].upper()):
        raise wrong(edits.path, k, line, _LIKE)
    channels = head[-2].upper()
    if not _CHANNELS.fullmatch(channels):
        raise wrong(edits.path, k, line, f"channels like V, A2 or AA/V in place of {head[-2]!r}")
    pictures = re.search(r"V([0-9]*)|B", channels)
    a, b, c, d = (frame_of_code(edits, k, code, is_drop) for code in codes)
    return EdlEvent(
        number=head[0],
        reel=" ".join(head[1:-2]),
        track=int(pictures[1] or 1) if pictures else 0,
        transition=head[-1].upper(),
        source=(a, b),
        record=(c, d),
        line=k,
        notes=[],
    )


def _past_midnight(edits: EditList) -> list[EdlEvent]:
    """Return events whose record goes on from one day to the next, and that end as they should."""
    day = day_of(edits)
    found, days, last = [], 0, 0
    for event in edits.events:
        start, end = (each + days for each in event.record)
        if start < last - day // 2:
            days, start, end = days + day, start + day, end + day
        elif days and start > last + day // 2:
            days, start, end = days - day, start - day, end - day
        source = _ends_later(event.source, day)
        record = _ends_later((start, end), day)
        if record[1] < record[0]:
            raise ValueError(
                f"{edits.path}, line {event.line}: event {event.number} ends before it starts; "
                "expected the record's end in the last column"
            )
        last = start
        found.append(event._replace(source=source, record=record))
    return found


def _ends_later(span: tuple[int, int], day: int) -> tuple[int, int]:
    start, end = span
    return (start, end + day) if end < start - day // 2 else span


def blocks(events: Sequence[EdlEvent]) -> list[list[EdlEvent]]:
    """Return events in blocks of one number: a transition and what it is from share theirs."""
    found: list[list[EdlEvent]] = []
    for event in events:
        same = found and found[-1][-1].number == event.number
        if same and len(found[-1]) < _LARGEST_BLOCK:
            found[-1].append(event)
        else:
            found.append([event])
    return found
