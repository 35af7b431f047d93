"""What a device can be told while it runs: start, stop, mark, status."""

from __future__ import annotations

import json
from typing import NamedTuple

from edge.readings import check_name

VERBS = ("start", "stop", "mark", "status")
MOST_CHARACTERS = 200


class Command(NamedTuple):
    """One command: `do` is one of `VERBS`, `session` a new one's name, `text` a mark's.

    `id` is the asker's own, given back with the answer.
    """

    do: str
    session: str
    text: str
    id: str


def parse(text):
    """Read a command.

    Parameters
    ----------
    text : str or bytes
        A JSON object: ``{"do": "start", "session": "name"}`` (the name may be left out),
        ``{"do": "stop"}``, ``{"do": "mark", "text": "film starts"}``, ``{"do": "status"}``; each
        may have an ``"id"``.

    Returns
    -------
    Command

    Raises
    ------
    ValueError
        Saying what is wrong.
    """
    try:
        given = json.loads(text)
    except ValueError as error:
        raise ValueError(f"not a command: not JSON: {error}") from None
    if not isinstance(given, dict) or given.get("do") not in VERBS:
        raise ValueError('not a command: expected {{"do": one of {}}}'.format(", ".join(VERBS)))
    words = {}
    for name in ("session", "text", "id"):
        words[name] = given.get(name) or ""
        if not isinstance(words[name], str) or len(words[name]) > MOST_CHARACTERS:
            raise ValueError(
                f"not a command: {name} is {given[name]!r}: expected up to {MOST_CHARACTERS} "
                "characters"
            )
    if words["session"]:
        check_name("session", words["session"])
    if given["do"] == "mark" and not words["text"].strip():
        raise ValueError("not a command: a mark needs a text")
    return Command(given["do"], words["session"], words["text"].strip(), words["id"])
