"""What a page looks like, whatever it is of."""

from __future__ import annotations

from typing import NamedTuple

from laughtrack.analytics.report.languages import ENGLISH, Language


class Look(NamedTuple):
    """The language that a page is in."""

    language: Language = ENGLISH


PLAIN = Look()
