"""Which scripts of a page may run: those that its templates wrote, and no other.

A page's Content-Security-Policy names each script by the hash of its text. The hashes are gathered
where the templates write scripts and not read off the page that came of it, so that a script that
got in otherwise, as in a title, has none.
"""

from __future__ import annotations

import base64
import hashlib
import re

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

# In the page's head, before anything that comes from a session.
PLACE = "$script_hashes"
# Under this name a page's templates share the list of hashes.
HASHES = "script_hashes"
_HASH = re.compile(r"'sha256-[A-Za-z0-9+/]{43}='")
_SCRIPT = re.compile(r"<script[^>]*>(.*?)</script>", re.DOTALL)


@pass_context
def script(context: Context, text: str) -> Markup:
    """Return a script element that the page's policy lets run; a filter of templates."""
    _note(context, text)
    return Markup(f"<script>{text}</script>")


def note_scripts(context: Context, html: str) -> None:
    """Let the scripts run of a piece of HTML that we made whole."""
    for text in _SCRIPT.findall(html):
        _note(context, text)


def _note(context: Context, text: str) -> None:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    context[HASHES].append(f"'sha256-{digest}'")


def with_hashes(html: str, hashes: list[str]) -> str:
    """Return a page whose policy names its scripts."""
    return html.replace(PLACE, " ".join(dict.fromkeys(hashes)) or "'none'", 1)


def hashes_of(html: str) -> list[str]:
    """Return the hashes, each in its quotes, that a page's own policy names."""
    return _HASH.findall(html.partition("</title>")[0].partition("<title")[0])
