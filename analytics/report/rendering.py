"""Pages from their templates: one Jinja environment, which escapes every text."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from laughtrack.analytics.formatting import clock
from laughtrack.analytics.report.elements import Cell

FOLDER = Path(__file__).parent


def render(template: str, **values: object) -> Markup:
    """Fill a template of the folder `templates`.

    Parameters
    ----------
    template : str
        Its path within the folder.
    **values
        What it shows. A name that it uses and that is not given is an error.

    Returns
    -------
    Markup
    """
    return Markup(_ENVIRONMENT.get_template(template).render(**values))


def asset(name: str) -> Markup:
    """Return a style sheet or script of the folder `assets`, to stand in a page as it is."""
    return Markup((FOLDER / "assets" / name).read_text(encoding="utf-8"))


def _is_cell(value: object) -> bool:
    return isinstance(value, Cell)


def _environment() -> Environment:
    made = Environment(
        autoescape=True,
        loader=FileSystemLoader(FOLDER / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["clock"] = clock
    made.tests["cell"] = _is_cell
    return made


_ENVIRONMENT = _environment()
