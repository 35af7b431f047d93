"""Pages in other languages than English: message catalogues, and how numbers are written."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from laughtrack.analytics.messages import Formatter, Message

FOLDER = Path(__file__).parent / "locale"
DOMAIN = "laughtrack"


class Numbers(NamedTuple):
    """What a language writes before decimals, and between groups of three digits."""

    point: str
    thousands: str


# English is the language of the texts themselves; the others have catalogues in `FOLDER`.
LANGUAGES = {
    "en": Numbers(".", ","),
    "de": Numbers(",", "."),
    "fr": Numbers(",", "\u202f"),
}


class Language:
    """A language that pages are written in.

    Parameters
    ----------
    code : str
        One of `LANGUAGES`, which is the page's `lang`.
    catalogue : gettext.NullTranslations, optional
        The language's own, if none is given.
    """

    def __init__(self, code: str, catalogue: gettext.NullTranslations | None = None) -> None:
        if code not in LANGUAGES:
            raise ValueError(f"language {code!r}: expected one of {', '.join(LANGUAGES)}")
        if catalogue is None and code == "en":
            catalogue = gettext.NullTranslations()
        self.code, self.numbers = code, LANGUAGES[code]
        self.catalogue = catalogue or gettext.translation(DOMAIN, FOLDER, [code])
        self._formatter = Formatter(*self.numbers, self.say)

    def say(self, text: str) -> str:
        """Return a message in this language; a text that is none is left as it is."""
        if not isinstance(text, Message) or not text.template:
            return text
        if text.plural:
            found = self.catalogue.ngettext(text.template, text.plural, text.many)
        else:
            found = self.catalogue.gettext(text.template)
        return self._formatter.vformat(found, (), text.values)

    def say_all(self, value: object) -> object:
        """Return lists and dicts, and those in them, with their messages in this language."""
        if isinstance(value, str):
            return self.say(value)
        if isinstance(value, Mapping):
            return {name: self.say_all(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.say_all(each) for each in value]
        return value


ENGLISH = Language("en")
