"""What a session's batches say of it, as results may rely on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeGuard

from laughtrack.edge.tags import NO_SITE, tags_of

# A time beyond this is a mistake, and would make very long tables.
LONGEST_S = 31 * 86400.0
# In a stored batch's info: the title and the tags that the session was given afterwards. See
# `store.metadata_changes`.
RETITLED, RETAGGED = "retitled", "retagged"


def _any(value: Any) -> bool:
    return True


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _table(value: Any) -> bool:
    return isinstance(value, dict)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def merged_info(infos: Iterable[str]) -> dict[str, Any]:
    """Return a session's info: its batches' JSON texts in order of `seq`, later ones winning.

    Marks are gathered from all, and a title and tags given afterwards win over all others. What
    does not have the type that its name means is left out.
    """
    merged: dict[str, Any] = {}
    marks: list[tuple[float, str]] = []
    for text in infos:
        if text != "{}":
            info = json.loads(text)
            if "\\ud" in text:
                # Half a character, as of a file's name that is no UTF-8: nothing can write it.
                whole = json.dumps(info, ensure_ascii=False).encode(errors="replace")
                info = json.loads(whole)
            # All else is of the session; marks are of their batch alone.
            marks += list_of_marks(info.pop("marks", None))
            merged.update(info)
    if isinstance(merged.get(RETITLED), str):
        merged["title"] = merged[RETITLED]
    merged.pop(RETITLED, None)
    tags = _tags(merged, merged.pop("tags", None), merged.pop(RETAGGED, None))
    merged = {name: value for name, value in merged.items() if _FACTS.get(name, _any)(value)}
    if tags:
        merged["tags"] = tags
    if marks:
        merged["marks"] = [{"t_s": t_s, "text": text} for t_s, text in sorted(set(marks))]
    return merged


def _tags(info: dict[str, Any], said: Any, changed: Any) -> dict[str, str]:
    """Return a session's tags: where its device hangs, what was said, what was changed of these."""
    settings = info.get("settings")
    site = settings.get("site", NO_SITE) if isinstance(settings, dict) else NO_SITE
    whole = {} if site == NO_SITE else {"site": site}
    for each in (said, changed):
        whole.update(each if isinstance(each, dict) else {})
    # An empty one takes it away.
    return tags_of(whole)


def list_of_marks(found: Any) -> list[tuple[float, str]]:
    """Return the (t_s, text) of marks as a batch's info holds them; what is not a mark is left out.

    Texts are cut to 200 characters.
    """
    pairs = [
        (each.get("t_s"), each.get("text"))
        for each in (found if isinstance(found, list) else [])
        if isinstance(each, dict)
    ]
    return [
        (float(t_s), text[:200])
        for t_s, text in pairs
        if isinstance(text, str) and is_time(t_s) and t_s >= 0
    ]


def is_time(seconds: Any) -> TypeGuard[float]:
    """Return whether something is a number of seconds as a session may have them, or a film."""
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool):
        return False
    return abs(seconds) < LONGEST_S


# What the facts that mean something here are; what is otherwise under these names is left out.
_FACTS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("title", "source", "context"), _text),
    **dict.fromkeys(("settings", "versions", "model"), _table),
    **dict.fromkeys(("media_offset_s", "cut_short_s"), is_time),
    "lost_pictures": _count,
}
