"""Pages from their templates: one Jinja environment a language, which escapes every text.

Texts stay messages up to here; the environment says them in its language.
"""

from __future__ import annotations

import json
from functools import lru_cache, partial
from pathlib import Path

import plotly.io as pio
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from laughtrack.analytics.formatting import clock
from laughtrack.analytics.report.content_policy import HASHES, note_scripts, script, with_hashes
from laughtrack.analytics.report.elements import Cell
from laughtrack.analytics.report.figures.axes import Drawing
from laughtrack.analytics.report.languages import ENGLISH, Language

FOLDER = Path(__file__).parent
# Of a table with more rows than the first number, as many as the second are shown at once.
MOST_ROWS, FIRST_ROWS = 12, 8


def render(template: str, language: Language = ENGLISH, /, **values: object) -> Markup:
    """Fill a template of the folder `templates`.

    Parameters
    ----------
    template : str
        Its path within the folder.
    language : Language
    **values
        What it shows. A name that it uses and that is not given is an error.

    Returns
    -------
    Markup
    """
    hashes: list[str] = []
    filled = environment(language).get_template(template).render({HASHES: hashes}, **values)
    return Markup(with_hashes(filled, hashes))


def asset(name: str) -> Markup:
    """Return a style sheet or script of the folder `assets`, to stand in a page as it is."""
    return Markup((FOLDER / "assets" / name).read_text(encoding="utf-8"))


def _is_cell(value: object) -> bool:
    return isinstance(value, Cell)


def _said(language: Language, value: object) -> object:
    return language.say(value) if isinstance(value, str) else value


def _drawn(context: Context, language: Language, drawing: Drawing) -> Markup:
    """Return a figure as HTML that needs plotly.js on the page."""
    figure = drawing.figure.to_dict()
    figure["layout"]["separators"] = "".join(language.numbers)
    config = {"displaylogo": False, "displayModeBar": False, "responsive": True}
    made = pio.to_html(
        language.say_all(figure),
        validate=False,
        config=config,
        include_plotlyjs=False,
        full_html=False,
        div_id=drawing.name,
        default_height=f"{drawing.figure.layout.height}px",
    )
    note_scripts(context, made)
    return Markup(made)


def _data(language: Language, value: object) -> Markup:
    """Return what a script reads, as JSON that is safe inside a script element."""
    text = json.dumps(language.say_all(value), separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))


@lru_cache(maxsize=8)
def environment(language: Language) -> Environment:
    """Return what fills the templates in a language."""
    made = Environment(
        autoescape=True,
        loader=FileSystemLoader(FOLDER / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=partial(_said, language),
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(language.catalogue, newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(lang=language.code, MOST_ROWS=MOST_ROWS, FIRST_ROWS=FIRST_ROWS)
    made.filters["clock"] = clock
    made.filters["drawn"] = pass_context(
        lambda context, drawing: _drawn(context, language, drawing)
    )
    made.filters["script"] = script
    made.filters["data"] = partial(_data, language)
    made.tests["cell"] = _is_cell
    return made
