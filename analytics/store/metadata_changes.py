"""A stored session's title and tags, changed afterwards.

What is new stands beside what was recorded, in the header row of one of the session's batches, so
that whatever keeps and removes rows does so with it; `session_info.merged_info` lets it win over
what any batch says, also over those that arrive later.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from deltalake import DeltaTable

from laughtrack.analytics.store import batch_sums
from laughtrack.analytics.store.delta_table import (
    column_names,
    commit,
    read,
    session_transaction,
    transactions,
)
from laughtrack.analytics.store.queries import check_session, checked_headers, of_session
from laughtrack.analytics.store.session_info import RETAGGED, RETITLED, merged_info
from laughtrack.edge.contexts import check_title
from laughtrack.edge.readings import is_text
from laughtrack.edge.tags import MOST, tags_of

MOST_CHARACTERS = 1000


class Tagged(NamedTuple):
    """Whose session it is, and the tags that it has."""

    device: str
    tags: dict[str, str]


def change_title(store: str, session: str, title: str, device: str | None = None) -> str:
    """Give a stored session another title.

    Its batches may still arrive, and other commands may write. What was read before keeps the old
    title; nothing of the readings changes.

    Parameters
    ----------
    store, session : str
    title : str
        "" for none.
    device : str, optional
        Whose session; needed where several have one of that name.

    Returns
    -------
    str
        The device whose session it is.

    Raises
    ------
    ForbiddenContext
        The title says that it was a meeting or a lesson.
    ValueError
        It is too long, or not text.
    UnknownSession, AmbiguousSession
        Naming the sessions, or the devices, that there are.
    StoreError
        If the session is damaged, or the store cannot be written; it is then as it was.
    """
    if len(title) > MOST_CHARACTERS or not is_text(title):
        raise ValueError(f"title is {title[:60]!r}: expected up to {MOST_CHARACTERS} characters")
    check_title(title)
    return _change(store, (session, device), RETITLED, lambda info, then: title)[0]


def change_tags(
    store: str, session: str, tags: Mapping[str, str], device: str | None = None
) -> Tagged:
    """Give a stored session tags, or take some away; the others stay.

    Parameters
    ----------
    store, session : str
    tags : mapping of str to str
        From `edge.tags.check_tags`: by key the value, "" to take the tag away.
    device : str, optional
        Whose session; needed where several have one of that name.

    Raises
    ------
    ValueError
        It would have too many.
    UnknownSession, AmbiguousSession, StoreError
        As `change_title`.
    """

    def changed(info: dict[str, Any], then: Any) -> dict[str, str]:
        kept = {key: value for key, value in info.get("tags", {}).items() if key not in tags}
        count = len({*kept, *(key for key, value in tags.items() if value)})
        if count > MOST:
            raise ValueError(f"{session!r} would have {count} tags: expected up to {MOST}")
        return {**(then if isinstance(then, dict) else {}), **tags}

    whose, info = _change(store, (session, device), RETAGGED, changed)
    return Tagged(whose, tags_of(info.get("tags")))


def tags_in(store: str, session: str, device: str | None = None) -> Tagged:
    """Return a stored session's tags; what is raised is as of `change_title`."""

    def query(table: DeltaTable | None) -> Tagged:
        table, chosen = check_session(table, store, session, device)
        found = checked_headers(table, of_session(session, chosen))
        return Tagged(chosen, tags_of(merged_info(found["info"]).get("tags")))

    return read(store, query)


def _change(
    store: str,
    key: tuple[str, str | None],
    name: str,
    changed: Callable[[dict[str, Any], Any], Any],
) -> tuple[str, dict[str, Any]]:
    """Change a fact of a session's info; return whose session it is, and its info then.

    `changed` is given the info and what stands under `name` so far, and returns what shall.
    """

    def change(table: DeltaTable | None) -> tuple[str, dict[str, Any]]:
        session, device = key
        table, chosen = check_session(table, store, session, device)
        here = of_session(session, chosen)
        # Checked, so that no new sum is put on what a disk has spoilt.
        found = checked_headers(table, here)
        has_one = found["info"].map(lambda info: name in json.loads(info))
        at = found.index[has_one][0] if has_one.any() else found.index[0]
        info = json.loads(found.loc[at, "info"])
        info[name] = changed(merged_info(found["info"]), info.get(name))
        found.loc[at, "info"] = json.dumps(info, sort_keys=True)
        header = found.loc[[at]]
        new = {"info": _quoted(header["info"].iloc[0])}
        if batch_sums.COLUMN in column_names(table) and header[batch_sums.COLUMN].notna().all():
            of_readings = batch_sums.of_readings(header[batch_sums.COLUMN])
            new[batch_sums.COLUMN] = _quoted(batch_sums.header_sums(header, of_readings)[0])
        where = f"{here} AND viewer_id IS NULL AND seq = {header['seq'].iloc[0]}"
        # Every commit to a session has its transaction: one that crossed this is seen, and waits.
        properties = transactions({session_transaction(session): 0})
        table.update(new, predicate=where, commit_properties=properties)
        return chosen, merged_info(found["info"])

    return commit(store, change)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
