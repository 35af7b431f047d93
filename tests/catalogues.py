"""Gather the pages' texts for translators, and compile what they made: ``make catalogues``.

Each language's catalogue, `analytics/report/locale/*/LC_MESSAGES/laughtrack.po`, gets the texts
that the code has now; those that it has no more are left out. Beside it lies the compiled one.
Tests tell where a text has no translation.
"""

import io
import sys
from datetime import datetime, timezone
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from laughtrack.analytics.report.languages import DOMAIN, FOLDER, LANGUAGES

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "analytics" / "report" / "templates"
# The same texts give the same files, whenever they are gathered.
DAY = datetime(2026, 1, 1, tzinfo=timezone.utc)
HEADERS = {
    **{"project": DOMAIN, "version": "1", "creation_date": DAY, "revision_date": DAY},
    **dict.fromkeys(("msgid_bugs_address", "last_translator", "language_team"), DOMAIN),
}
PLURALS = {
    "de": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
}
KEYWORDS = {"message": None, "plural": (1, 2)}
IN_TEMPLATES = {"_": None, "gettext": None, "ngettext": (1, 2)}
OPTIONS = {
    "newstyle_gettext": "true",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "silent": "false",
}
OTHERS = tuple(code for code in LANGUAGES if code != "en")


def place(code):
    """Return a language's catalogue, as translators write it."""
    return FOLDER / code / "LC_MESSAGES" / f"{DOMAIN}.po"


def texts():
    """Return the texts of code and templates: a catalogue without translations."""
    found = Catalog()
    for path in sorted((ROOT / "analytics").rglob("*.py")):
        if path.is_relative_to(ROOT / "analytics" / "web"):
            continue  # the server's own pages are in English
        for _, text, _, _ in extract_from_file("python", path, KEYWORDS):
            if text and all(text) and _is_said(_without_places(text)):
                if not isinstance(text, str):
                    # One for a single thing and one for many, or one, and what is filled in.
                    text = tuple(filter(None, text))
                    text = text if len(text) == 2 else text[0]
                found.add(text, locations=[(path.relative_to(ROOT).as_posix(), None)])
    for path in sorted(TEMPLATES.rglob("*.html")):
        with path.open("rb") as file:
            for _, _, text, _ in babel_extract(file, IN_TEMPLATES, [], OPTIONS):
                if not isinstance(text, str):
                    # One for a single thing and one for many, or one, and what is filled in.
                    text = tuple(filter(None, text))
                    text = text if len(text) == 2 else text[0]
                found.add(text, locations=[(path.relative_to(ROOT).as_posix(), None)])
    return found


def _without_places(text):
    """Return what is to be said of a template: it may be nothing but places for numbers."""
    parts = Formatter().parse(text if isinstance(text, str) else text[0])
    return "".join(part[0] for part in parts)


def _is_said(text):
    """Whether languages write it in their own way: words, percent, a colon between texts."""
    return any(map(str.isalpha, text)) or "%" in text or ": " in text


def catalogue(code):
    """Return a language's catalogue as it is written."""
    with place(code).open("rb") as file:
        return read_po(file, locale=code)


def update(code):
    """Bring a language's catalogue up to date; how many texts it has no translation of."""
    known = catalogue(code) if place(code).exists() else Catalog()
    made = Catalog(code, header_comment="# What pages say.", fuzzy=False, **HEADERS)
    made.mime_headers = [("Plural-Forms", PLURALS[code])]
    for each in texts():
        if each.id:
            said = known.get(each.id)
            made.add(each.id, said and said.string, each.locations)
    place(code).parent.mkdir(parents=True, exist_ok=True)
    with place(code).open("wb") as file:
        write_po(file, made, width=99, include_lineno=False, sort_by_file=True)
    place(code).with_suffix(".mo").write_bytes(compiled(made))
    return sum(1 for each in made if each.id and not all(_strings(each)))


def compiled(made):
    """Return a catalogue as `gettext` reads it."""
    file = io.BytesIO()
    write_mo(file, made)
    return file.getvalue()


def _strings(each):
    return each.string if isinstance(each.string, tuple) else (each.string,)


def main():
    """Update all; 1 if a text is not translated."""
    missing = {code: update(code) for code in OTHERS}
    for code, many in missing.items():
        print(f"{code}: {many} texts without a translation")
    return int(any(missing.values()))


if __name__ == "__main__":
    sys.exit(main())
