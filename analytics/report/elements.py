"""What a page's sections are made of, as plain data that the templates turn into HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from laughtrack.analytics.formatting import UNKNOWN, clock
from laughtrack.analytics.messages import joined, message


class Paragraph(NamedTuple):
    """A paragraph's text, with the page's class for it: "lead", "small", "notice" or none."""

    text: str
    kind: str = ""


class Cell(NamedTuple):
    """A table's cell that is more than a text.

    `kind`: "jump", a button that moves the page's cursor to `t_s`; "nowrap", a text in which no
    line is broken; "still", a picture at the address `source` that `text` describes.
    """

    kind: str
    text: str
    t_s: float = math.nan
    source: str = ""


class Table(NamedTuple):
    """A table whose rows' first cells are headings.

    `rows` hold texts, numbers and `Cell`s, as many as `head`. `kind` is the page's class for it:
    "named", whose rows begin with words; "said", whose cells are words; "facts", names and values.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[object]]
    kind: str = ""


class Listing(NamedTuple):
    """A table and a note of what it leaves out, or, without rows, the text that replaces it."""

    table: Table | None
    unlisted: str = ""
    empty: str = ""


def jump(t_s: float, text: str | None = None) -> Cell:
    """Return a button that moves the page's cursor, and its film, to a time."""
    return Cell("jump", clock(t_s, tenths=True) if text is None else text, t_s)


def nowrap(text: str) -> Cell:
    """Return a text in which no line is broken."""
    return Cell("nowrap", text)


def still(uri: str, text: str) -> Cell:
    """Return a still of the film; `text` says what it is."""
    return Cell("still", text, source=uri)


def scene_name(name: str) -> str:
    """Name a scene: those without a name in their list were given "scene" and their number."""
    number = name.removeprefix("scene ")
    is_number = number != name and number.isdecimal()
    return message("scene {number}", number=number) if is_number else name


def flatten(facts: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    """Return the (name, text) pairs of nested JSON, the levels of a name joined by dots."""
    pairs: list[tuple[str, str]] = []
    for name, value in facts.items():
        if isinstance(value, dict):
            pairs += flatten(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            pairs.append((prefix + str(name), joined([*map(_text, value)])))
        else:
            pairs.append((prefix + str(name), _text(value)))
    return pairs


def _text(value: object) -> str:
    if isinstance(value, bool):
        return message("yes") if value else message("no")
    if value is None:
        return UNKNOWN
    return f"{value:.6g}" if isinstance(value, float) else str(value)
