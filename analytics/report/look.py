"""What a page looks like, whatever it is of."""

from __future__ import annotations

from typing import NamedTuple

from laughtrack.analytics.report.languages import ENGLISH, Language


class Look(NamedTuple):
    """The language that a page is in, and whether it is a session's summary alone.

    A summary has what fits one printed sheet: sentences, curve, moments and how sure they are.
    """

    language: Language = ENGLISH
    summary: bool = False


PLAIN = Look()
