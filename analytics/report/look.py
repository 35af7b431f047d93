"""What a page looks like, whatever it is of."""

from __future__ import annotations

from typing import NamedTuple

from laughtrack.analytics.report.languages import ENGLISH, Language


class Look(NamedTuple):
    """The language that a page is in, what stands at its top, and whether it is a summary alone.

    `title` is instead of the session's; `logo` a picture as a data URI, from `logo.logo_of`; "" for
    none. A `summary`, of a session, has what fits one printed sheet: sentences, curve, moments and
    how sure they are.
    """

    language: Language = ENGLISH
    summary: bool = False
    title: str = ""
    logo: str = ""


PLAIN = Look()
