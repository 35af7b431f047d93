"""A session's tags: short texts by which many sessions are told apart, like film, cut and site.

As one text they are ``KEY=VALUE; KEY=VALUE``, in order of the keys.
"""

from __future__ import annotations

import re
from typing import Any, Iterable, Mapping

from laughtrack.edge.contexts import ForbiddenContext, check_title
from laughtrack.edge.readings import is_text

# Those that mean something here; any other may be given, too.
KNOWN = ("film", "cut", "site", "genre")
# The site of a device of which none is said.
NO_SITE = "default"
MOST = 20
MOST_CHARACTERS = 100
_KEY = re.compile(r"[a-z][a-z0-9_-]{0,29}")
_BETWEEN = ";"


def tags_of(found: Any) -> dict[str, str]:
    """Return those of some tags that are such, by key; none of what is no mapping."""
    if not isinstance(found, Mapping):
        return {}
    pairs = [(key, value) for key, value in found.items() if _wrong(key, value) == ""]
    return dict(sorted(pairs)[:MOST])


def check_tags(given: Iterable[str], empty: bool = False) -> dict[str, str]:
    """Read tags, each KEY=VALUE.

    Parameters
    ----------
    given : iterable of str
        A key's case does not count.
    empty : bool
        A value may be "", which takes the tag away.

    Returns
    -------
    dict
        By key, in order.

    Raises
    ------
    ForbiddenContext
        A tag says that it was a meeting or a lesson.
    ValueError
        One is none, a key is there twice, or they are too many.
    """
    found: dict[str, str] = {}
    for each in given:
        key, is_one, value = each.partition("=")
        key, value = key.strip().lower(), " ".join(value.split())
        wrong = _wrong(key, value or "-" if empty else value) if is_one else "KEY=VALUE"
        if wrong:
            raise ValueError(f"tag is {each[:60]!r}: expected {wrong}")
        if key in found:
            raise ValueError(f"tag {key} is given twice: expected one value")
        try:
            check_title(value)
            check_title(key + " " + value)
        except ForbiddenContext as error:
            raise ForbiddenContext(str(error).replace("title is", "tag is", 1)) from None
        found[key] = value
    if len(found) > MOST:
        raise ValueError(f"{len(found)} tags: expected up to {MOST}")
    return dict(sorted(found.items()))


def read_tags(text: str) -> dict[str, str]:
    """Read tags of one text; see `check_tags` for what is raised."""
    parts = [each.strip() for each in text.split(_BETWEEN)]
    return check_tags(filter(None, parts))


def split_tags(text: str) -> dict[str, str]:
    """Return the tags that `tags_text` wrote."""
    return dict(each.split("=", 1) for each in text.split("; ") if each)


def tags_text(tags: Mapping[str, str]) -> str:
    """Return tags as one text, "" for none."""
    return "; ".join("{}={}".format(*each) for each in sorted(tags.items()))


def _wrong(key: Any, value: Any) -> str:
    """Say what is expected instead of a tag, "" where it is one."""
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        return "a key of up to 30 letters of a to z, digits, - and _, like film=The Night Bus"
    plain = isinstance(value, str) and is_text(value) and value.isprintable()
    if not plain or not 0 < len(value) <= MOST_CHARACTERS or _BETWEEN in value:
        return f"a value of 1 to {MOST_CHARACTERS} characters on one line, without ;"
    return ""
