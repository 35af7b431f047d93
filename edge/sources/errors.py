"""The error of a source of pictures, and what may be shown of its name."""

from __future__ import annotations

import re


class SourceError(Exception):
    """A source that cannot be read, or that stopped; the message names it and the next step."""


class DamagedPicture(Exception):
    """A picture that came and cannot be decoded: the next ones may be whole."""


def without_credentials(place: str) -> str:
    """Return a place as it may be shown and stored: a URL without user, password and query.

    Parameters
    ----------
    place : str
        As for `edge.sources.frames.Source`.

    Returns
    -------
    str
        A URL's scheme, host, port and path; anything that is no URL as it is. Of a URL with an
        ``@`` after its host, which may belong to a password, only the scheme and ``...``.
    """
    scheme, mark, rest = place.partition("://")
    if not mark:
        return place
    host = re.split("[/?#]", rest)[0]
    path = rest[len(host) :]
    if "@" in path:
        return f"{scheme}://..."
    return f"{scheme}://{host.rpartition('@')[2]}{re.split('[?#]', path)[0]}"
