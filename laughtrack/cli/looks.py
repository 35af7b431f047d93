"""The options of what a page looks like: its language, title and logo."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from laughtrack.analytics.report.look import Look


class Lang(str, Enum):
    """A language of pages, as `report.languages` has them."""

    en = "en"
    de = "de"
    fr = "fr"


Language = Annotated[Lang, typer.Option("--lang", help="The page's language.")]
Title = Annotated[str, typer.Option(metavar="TEXT", help="The page's title. [the session's own]")]
Logo = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A picture at the page's top: PNG, JPEG or SVG, 1 MB."),
]


def look(lang: Lang, title: str, logo: Path | None, summary: bool = False) -> Look:
    """Return what a page is to look like.

    Raises
    ------
    ValueError
        The logo is no picture that a page may hold; naming it.
    """
    from laughtrack.analytics.report import languages
    from laughtrack.analytics.report.logo import logo_of
    from laughtrack.analytics.report.look import Look

    picture = "" if logo is None else logo_of(logo)
    return Look(languages.Language(lang.value), summary, title.strip(), picture)
