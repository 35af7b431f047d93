"""One entry of the list: who mended what, when and why; and which entries are in effect.

The list is only ever added to. Undoing is an entry, too, and may be undone itself. An entry names
viewers as the entries before it leave them, by their IDs as recorded: IDs that are joined by seat
and time only for results (`timelines.fragments`) are all named, so that what is mended does not
depend on what is joined.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from laughtrack.analytics.store.session_info import is_time
from laughtrack.edge.readings import is_text

KINDS = ("merge", "split", "exclude", "group", "opt-out", "undo")
# What a split makes of a viewer's later part is numbered from here: no tracker gets so far.
FIRST_MADE = 100_001
MOST_CHARACTERS = 300
# Of the list of one session: each batch that arrives is held against it.
MOST_ENTRIES = 10_000
MOST_VIEWERS = 10_000

Box = tuple[int, int, int, int]


class Amendment(NamedTuple):
    """An entry of a session's list.

    `kind`: one of `KINDS`. `viewers`: IDs; of a merge, the first is the one that is kept.
    `from_s`, `to_s`: the span [from_s, to_s) in seconds of the session that an exclusion or opt-out
    is of, None for its begin and its end; of a split `from_s` is the moment. `made`: the ID of what
    a split parts off. `name`: of a group, "" to take the viewers out of theirs. `box`: an opt-out's
    region of the picture, x1 y1 x2 y2 in pixels. `of`: the number of the entry that is undone.
    `who`, `why`: texts. `when_utc`: ISO 8601. `number`: from 1 on, which is also the list's version
    from then on; 0 before it is in the list.
    """

    kind: str
    viewers: tuple[int, ...] = ()
    from_s: float | None = None
    to_s: float | None = None
    made: int | None = None
    name: str = ""
    box: Box | None = None
    of: int | None = None
    who: str = ""
    why: str = ""
    when_utc: str = ""
    number: int = 0


def in_effect(entries: Sequence[Amendment]) -> list[Amendment]:
    """Return the entries that were not undone, without those that undo, in their order."""
    undone: set[int | None] = set()
    found = []
    # An entry can only be undone by one after it.
    for each in reversed(entries):
        if each.number in undone:
            continue
        if each.kind == "undo":
            undone.add(each.of)
        else:
            found.append(each)
    return found[::-1]


def can_be_undone(entries: Sequence[Amendment]) -> list[int]:
    """Return the numbers of the entries that hold, undoing ones among them."""
    undone: set[int | None] = set()
    held = []
    for each in reversed(entries):
        if each.number not in undone:
            held.append(each.number)
            if each.kind == "undo":
                undone.add(each.of)
    return held[::-1]


def as_text(entry: Amendment) -> str:
    """Return an entry as JSON, without what it does not have."""
    said = {name: value for name, value in entry._asdict().items() if value not in (None, "", ())}
    return json.dumps(said, sort_keys=True)


def from_text(text: str) -> Amendment:
    """Read an entry that `as_text` wrote.

    Raises
    ------
    ValueError
        It is none.
    """
    said = json.loads(text)
    if not isinstance(said, Mapping) or not {*said} <= {*Amendment._fields}:
        raise ValueError(f"no correction: {text[:80]!r}")
    values: dict[str, Any] = {**said}
    for name in ("viewers", "box"):
        if name in values:
            values[name] = tuple(values[name])
    return validate(Amendment(**values))


def validate(entry: Amendment) -> Amendment:
    """Return an entry unchanged, or raise ValueError that names what is wrong with it."""
    if entry.kind not in KINDS:
        raise ValueError(f"{entry.kind!r}: expected one of {', '.join(KINDS)}")
    for name in ("who", "why", "name"):
        text = getattr(entry, name)
        if not isinstance(text, str) or len(text) > MOST_CHARACTERS or not is_text(text):
            raise ValueError(
                f"{name} is {str(text)[:60]!r}: expected up to {MOST_CHARACTERS} characters"
            )
    if re.search(r"[\x00-\x1f\x7f]", entry.name):
        raise ValueError(f"group {entry.name!r}: expected a name on one line")
    if len(entry.viewers) > MOST_VIEWERS or not all(_is_id(each) for each in entry.viewers):
        raise ValueError(f"viewers are {entry.viewers[:8]!r}: expected IDs, whole numbers from 1")
    _validate_times(entry)
    _validate_own(entry)
    return entry


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31


def _validate_times(entry: Amendment) -> None:
    for name in ("from_s", "to_s"):
        value = getattr(entry, name)
        if value is not None and not (is_time(value) and value >= 0):
            raise ValueError(f"{name} is {value!r}: expected seconds from 0")
    if entry.from_s is not None and entry.to_s is not None and entry.to_s <= entry.from_s:
        raise ValueError(f"from {entry.from_s:g} to {entry.to_s:g} s: expected an end after it")


def _validate_own(entry: Amendment) -> None:
    """Check what an entry of its kind must have."""
    least = {"merge": 2, "split": 1, "exclude": 1, "group": 1}.get(entry.kind, 0)
    if len({*entry.viewers}) < least:
        raise ValueError(f"{entry.kind} {entry.viewers!r}: expected {least} viewers or more")
    if entry.kind == "split" and (entry.from_s is None or not _is_id(entry.made)):
        raise ValueError("split: expected the moment, and the ID of the later part")
    if entry.kind == "opt-out":
        box = entry.box
        whole = box is not None and len(box) == 4 and all(type(each) is int for each in box)
        if box is None or not whole or not (box[0] < box[2] and box[1] < box[3]):
            raise ValueError(f"opt-out {box!r}: expected pixels x1 y1 x2 y2, x1 < x2, y1 < y2")
        if max(map(abs, box)) >= 2**31:
            raise ValueError(f"opt-out {box!r}: expected pixels of the picture")
    if entry.kind == "undo" and not _is_id(entry.of):
        raise ValueError(f"undo {entry.of!r}: expected the number of a correction")
