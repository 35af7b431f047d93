"""SubRip (.srt) and WebVTT (.vtt) files, read strictly: every cue is read, or its line is named.

Readers made for players skip what they do not understand; a skipped cue here would be a scene lost.

Conventions
-----------
- Hours may be missing, be one digit or more than two; the fraction comes after a comma or a point.
  It has three digits or more, or is left out: players read "1,5" as 1.005 s, others as 1.5 s.
- Of WebVTT, comments (NOTE, also around a time), STYLE and REGION blocks and headers are no cues. A
  cue's identifier is its name only if it has no text.
- In SubRip, lines after an empty line belong to the cue before, as players show them, if no time
  follows.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from laughtrack.analytics.messages import message
from laughtrack.tracker.text_files import read_text

_CLOCK = r"(?:([0-9]{1,6}):)?([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]{3,}))?"
_TIMING = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}((?:\s+[A-Za-z][\w-]*:\S+)*)\s*")
# Two times, and between them what may have been an arrow.
_ANY_CLOCK = r"(?:[0-9]{1,6}:[0-9]{1,2}:[0-9]{1,2}[.,]?|[0-9]{1,2}:[0-9]{1,2}[.,])[0-9]{0,9}"
_ALMOST = re.compile(rf"{_ANY_CLOCK}(?:[^0-9A-Za-z]|&gt;){{1,10}}{_ANY_CLOCK}")
_NUMBER = re.compile(r"\s*[0-9]{1,9}\s*")
_TAG = {
    ".srt": re.compile(r"</?(?:[ibus]|font|c|v|lang|ruby|rt)\b[^<>]*>|\{\\[^{}]*\}", re.IGNORECASE),
    ".vtt": re.compile(r"<[^<>]*>"),
}
_LIKE = "like 00:01:02,500 --> 00:01:05,000"
_BLOCKS = re.compile(r"(NOTE|STYLE|REGION|WEBVTT)(?:[ \t].*)?")
_HEADER = re.compile(r"[A-Za-z][\w-]*\s*[:=].*")
_SHOWN = 60


class Cue(NamedTuple):
    """One cue: when it is shown, in seconds; its text in one line; its time's line in the file."""

    start_s: float
    end_s: float
    text: str
    line: int


def read_cues(path: Path) -> tuple[list[Cue], list[str]]:
    """Read a subtitle file.

    Parameters
    ----------
    path : Path
        Its first line says which of the two it is, WEBVTT or not.

    Returns
    -------
    cues : list of Cue
        As they come.
    remarks : list of str
        What was passed over that looks like a cue or would move them.

    Raises
    ------
    ValueError
        Naming the file, and the line that cannot be understood.
    OSError
        If it cannot be read.
    """
    lines = read_text(path, "subtitles").split("\n")
    first = next((k for k, line in enumerate(lines) if line.strip()), 0)
    if re.match(r"WEBVTT(?:[ \t]|$)", lines[first]):
        return _webvtt(path, lines, first)
    if path.suffix.lower() == ".vtt" and any(lines):
        raise ValueError(
            f"{path}, line {first + 1}: {_shown(lines[first])}; expected WEBVTT in the first line "
            "(subtitles without it are called .srt)"
        )
    return _subrip(path, lines), []


def _subrip(path: Path, lines: Sequence[str]) -> list[Cue]:
    times = {k: _times(path, k, line) for k, line in enumerate(lines) if _is_time(lines, k)}
    found: list[Cue] = []
    places = [*times, len(lines)]
    # What stands before the first time may be its number only.
    before = [k for k in range(places[0]) if lines[k].strip()]
    if before and (len(before) > 1 or not times or not _NUMBER.fullmatch(lines[before[0]])):
        raise _wrong(path, before[0], lines, f"a cue's number or time {_LIKE}")
    for here, after in pairwise(places):
        end = _number_of(lines, after, here, len(found) + 2) if after < len(lines) else after
        text = range(here + 1, end)
        _check_text(path, lines, text, len(found) + 2)
        found.append(Cue(*times[here], _plain([lines[k] for k in text], ".srt"), here + 1))
    return found


def _number_of(lines: Sequence[str], time: int, last: int, number: int) -> int:
    """Return the line of the number that belongs to a time, or the time's if it has none."""
    k = time - 1
    while k > last and not lines[k].strip():
        k -= 1
    if k <= last or not _NUMBER.fullmatch(lines[k]):
        return time
    # Right below the time before, or with empty lines between, it may be a text: if it does not
    # count on.
    is_beside = k == time - 1 and k > last + 1
    return k if is_beside or int(lines[k]) == number else time


def _is_time(lines: Sequence[str], k: int) -> bool:
    """Return whether a line has to be a time: it has an arrow, and is no text with an arrow."""
    if "-->" not in lines[k]:
        return False
    before = lines[k - 1].strip() if k else ""
    return bool(re.search("[0-9]", lines[k])) or not before or bool(_NUMBER.fullmatch(before))


def _check_text(path: Path, lines: Sequence[str], text: range, following: int) -> None:
    """Refuse a cue that is hidden in another's text: a number, or a time that is none."""
    for k in text:
        if _ALMOST.search(lines[k]):
            raise _wrong(path, k, lines, f"a time {_LIKE}, or no times in a text")
        if _NUMBER.fullmatch(lines[k]) and not lines[k - 1].strip():
            next_line = lines[k + 1].strip() if k + 1 < len(lines) else ""
            if next_line or int(lines[k]) == following:
                at = k + 1 if next_line else k
                raise _wrong(path, at, lines, f"the time of cue {lines[k].strip()} {_LIKE}")


def _webvtt(path: Path, lines: Sequence[str], first: int) -> tuple[list[Cue], list[str]]:
    found: list[Cue] = []
    k, remarks = _after_block(lines, first, True), _stream_remarks(lines, first)
    while k < len(lines):
        block = _BLOCKS.fullmatch(lines[k])
        following = lines[k + 1] if k + 1 < len(lines) else ""
        if not lines[k].strip():
            k += 1
        elif block and (block[1] == "NOTE" or "-->" not in following):
            end = _after_block(lines, k, block[1] == "WEBVTT")
            hidden = [n for n in range(k, end) if "-->" in lines[n]]
            if hidden and block[1] != "NOTE":
                raise _wrong(path, hidden[0], lines, f"no time in a {block[1]} block")
            if hidden:
                remarks.append(
                    message(
                        "line {line} is a time in a comment (NOTE): no scene", line=hidden[0] + 1
                    )
                )
            if block[1] == "WEBVTT":
                remarks += _stream_remarks(lines, k)
            k = end
        elif "-->" in lines[k] or "-->" in following:
            at = k if "-->" in lines[k] else k + 1
            end, text = _cue_text(path, lines, at)
            name = lines[k].strip() if at > k and not _NUMBER.fullmatch(lines[k]) else ""
            found.append(Cue(*_times(path, at, lines[at]), _plain(text, ".vtt") or name, at + 1))
            k = end
        elif not found and _is_header(lines, k):
            k = _after_block(lines, k, True)
        else:
            raise _wrong(path, k, lines, f"a cue's time {_LIKE}; an empty line ends a cue's text")
    return found, remarks


def _cue_text(path: Path, lines: Sequence[str], at: int) -> tuple[int, list[str]]:
    """Return the line after a cue's text, and the text."""
    end = at + 1
    while end < len(lines) and lines[end] and "-->" not in lines[end]:
        if _ALMOST.search(re.sub(r"<[^<>]*>", "", lines[end])):
            raise _wrong(path, end, lines, f"a time {_LIKE}, or no times in a text")
        end += 1
    # No empty line before the next cue: what stands before its time may be its identifier.
    if end < len(lines) and lines[end] and end - 1 > at:
        spaced = not lines[end - 2].strip() and end - 2 > at
        if _NUMBER.fullmatch(lines[end - 1]) or spaced:
            end -= 1
    return end, list(lines[at + 1 : end])


def _after_block(lines: Sequence[str], k: int, until_time: bool) -> int:
    """Return the line after a block: the first that is empty or, if asked, that has an arrow."""
    while k < len(lines) and lines[k].strip() and not (until_time and "-->" in lines[k]):
        k += 1
    return k


def _is_header(lines: Sequence[str], k: int) -> bool:
    """Return whether a block is one of a header that got an empty line above it."""
    return all(_HEADER.fullmatch(line) for line in lines[k : _after_block(lines, k, False)])


def _stream_remarks(lines: Sequence[str], k: int) -> list[str]:
    header = lines[k : _after_block(lines, k, True)]
    return [
        message(
            "line {line}: X-TIMESTAMP-MAP is of a stream; times are taken as they are written",
            line=k + 1 + n,
        )
        for n, line in enumerate(header)
        if line.startswith("X-TIMESTAMP-MAP")
    ]


def _times(path: Path, k: int, line: str) -> tuple[float, float]:
    """Return a time line's two times in seconds."""
    found = _TIMING.fullmatch(line)
    if not found:
        digits = re.search(r"[0-9]:[0-9]{1,2}[.,][0-9]{1,2}(?![0-9])", line)
        reason = "; a fraction of a second has three digits" if digits else ""
        raise ValueError(f"{path}, line {k + 1}: {_shown(line)}; expected a time {_LIKE}{reason}")
    parts = found.groups()
    for minutes, seconds in (parts[1:3], parts[5:7]):
        if int(minutes) > 59 or int(seconds) > 59:
            raise ValueError(
                f"{path}, line {k + 1}: {_shown(line)}; expected minutes and seconds up to 59"
            )
    return _seconds(*parts[:4]), _seconds(*parts[4:8])


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> float:
    # From one text, so that 0.1 is 0.1.
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return float(f"{whole}.{fraction or 0}")


def _plain(text: Sequence[str], form: str) -> str:
    """Return a cue's text in one line without tags."""
    return " ".join(html.unescape(_TAG[form].sub("", "\n".join(text))).split())


def _wrong(path: Path, k: int, lines: Sequence[str], expected: str) -> ValueError:
    return ValueError(f"{path}, line {k + 1}: {_shown(lines[k])}; expected {expected}")


def _shown(line: str) -> str:
    line = line.strip()
    return repr(line if len(line) <= _SHOWN else line[: _SHOWN - 3] + "...")
