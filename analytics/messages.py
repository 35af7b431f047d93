"""Texts that a reader of a page sees: English, with all that it takes to say them otherwise.

Whoever makes a text says it as one message with named places; what is put there may be messages
again. As `str` it is English, wherever it goes. A page in another language says it anew, with that
language's sentence and numbers (`report.languages`), so that nothing on the way need know which.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any


class Formatter(string.Formatter):
    """Fills in the places of a message; numbers with a format have a language's signs.

    Parameters
    ----------
    point, thousands : str
        What stands before decimals, and between groups of three digits.
    say : function
        What says a message that stands within another.
    """

    def __init__(
        self, point: str = ".", thousands: str = ",", say: Callable[[str], str] = str
    ) -> None:
        self._signs = str.maketrans({".": point, ",": thousands, "-": "−"})
        self._say = say

    def format_field(self, value: Any, format_spec: str) -> str:
        """Write one value: a text as it is said, a number with its format."""
        if isinstance(value, str):
            return format(self._say(value), format_spec)
        text: str = super().format_field(value, format_spec)
        return text.translate(self._signs) if format_spec else text


_ENGLISH = Formatter()


class Message(str):
    """A text in English, which keeps its template and values.

    Parameters
    ----------
    template : str
        With places as of `str.format`: one name each, and perhaps a format.
    values : mapping
        What is put there: texts, messages or numbers.
    plural : str
        The template for another number than one, "" where there is but one template.
    many : int
        The number that decides.
    """

    template: str
    values: Mapping[str, object]
    plural: str
    many: int

    def __new__(
        cls, template: str, values: Mapping[str, object], plural: str = "", many: int = 1
    ) -> Message:
        """Say it in English."""
        chosen = plural if plural and many != 1 else template
        made = super().__new__(cls, _ENGLISH.vformat(chosen, (), values))
        made.template, made.values, made.plural, made.many = template, values, plural, many
        return made

    def __reduce__(self) -> tuple[type[Message], tuple[object, ...]]:
        """Return what makes a copy: `str` would be copied by its text alone."""
        return Message, (self.template, self.values, self.plural, self.many)


def message(template: str, /, **values: object) -> str:
    """Return a text, a `Message`.

    Parameters
    ----------
    template : str
        In English; written out where it is called, for it is what translators are given.
    **values
        What is put in its places.
    """
    return Message(template, values)


def plural(one: str, other: str, many: int, /, **values: object) -> str:
    """Return a `Message` that depends on a number, which is at the place `n`.

    Parameters
    ----------
    one, other : str
        Templates for 1 and for any other number.
    many : int
    **values
        What else is put in.
    """
    return Message(one, {"n": many, **values}, other, int(many))


def joined(texts: Sequence[object], between: str = ", ") -> str:
    """Return whole texts after one another: sentences, or what is listed."""
    values = {f"at{place}": text for place, text in enumerate(texts)}
    return Message(between.join(f"{{{name}}}" for name in values), values)
