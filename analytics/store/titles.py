"""A stored session's title, changed afterwards.

The new title stands beside the old one, in the header row of one of the session's batches, so that
whatever keeps and removes rows does so with it; `session_info.merged_info` lets it win over what
any batch says, also over those that arrive later.
"""

from __future__ import annotations

import json

from deltalake import DeltaTable

from laughtrack.analytics.store import batch_sums
from laughtrack.analytics.store.delta_table import (
    column_names,
    commit,
    session_transaction,
    transactions,
)
from laughtrack.analytics.store.queries import check_session, checked_headers, of_session
from laughtrack.analytics.store.session_info import RETITLED
from laughtrack.edge.contexts import check_title
from laughtrack.edge.readings import is_text

MOST_CHARACTERS = 1000


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

    def change(table: DeltaTable | None) -> str:
        table, chosen = check_session(table, store, session, device)
        here = of_session(session, chosen)
        # Checked, so that no new sum is put on what a disk has spoilt.
        found = checked_headers(table, here)
        has_one = found["info"].map(lambda info: RETITLED in json.loads(info))
        header = (found[has_one] if has_one.any() else found).iloc[[0]].copy()
        info = {**json.loads(header["info"].iloc[0]), RETITLED: title}
        header["info"] = json.dumps(info, sort_keys=True)
        new = {"info": _quoted(header["info"].iloc[0])}
        if batch_sums.COLUMN in column_names(table) and header[batch_sums.COLUMN].notna().all():
            of_readings = batch_sums.of_readings(header[batch_sums.COLUMN])
            new[batch_sums.COLUMN] = _quoted(batch_sums.header_sums(header, of_readings)[0])
        where = f"{here} AND viewer_id IS NULL AND seq = {header['seq'].iloc[0]}"
        # Every commit to a session has its transaction: one that crossed this is seen, and waits.
        properties = transactions({session_transaction(session): 0})
        table.update(new, predicate=where, commit_properties=properties)
        return chosen

    return commit(store, change)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
