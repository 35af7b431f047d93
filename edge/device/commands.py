"""What a device can be told while it runs: start, stop, mark, title, status."""

from __future__ import annotations

import json
from typing import NamedTuple

from laughtrack.edge.contexts import check_title
from laughtrack.edge.readings import check_name, is_text

VERBS = ("start", "stop", "mark", "title", "status")
MAX_CHARACTERS = 200


class Command(NamedTuple):
    """One command: `do` is one of `VERBS`, `session` a new one's name, `text` a mark's or
    a title's.

    `id` is the asker's own, given back with the answer.
    """

    do: str
    session: str
    text: str
    id: str


class InvalidCommand(ValueError):
    """The message is no command; the error says why.

    Attributes
    ----------
    do, id : str
        The command's, as far as they could be read; else "".
    """

    def __init__(self, message: str, do: str = "", id: str = "") -> None:
        super().__init__(f"not a command: {message}")
        self.do, self.id = do, id


def parse(text: str | bytes) -> Command:
    """Read a command.

    Parameters
    ----------
    text : str or bytes
        A JSON object: ``{"do": "start", "session": "name"}`` (the name may be left out),
        ``{"do": "stop"}``, ``{"do": "mark", "text": "film starts"}``, ``{"do": "title", "text":
        "The Night Bus"}``, ``{"do": "status"}``; each may have an ``"id"``.

    Returns
    -------
    Command

    Raises
    ------
    InvalidCommand
        Saying what is wrong.
    """
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidCommand(f"not JSON: {error}") from None
    if not isinstance(given, dict):
        raise InvalidCommand(f'{_short(given)} is no object, such as {{"do": "status"}}')
    words = {name: "" if given.get(name) is None else given[name] for name in Command._fields}
    try:
        return _checked(Command(**words))
    except ValueError as error:
        do, asker = (v if isinstance(v, str) else "" for v in (words["do"], words["id"]))
        raise InvalidCommand(str(error), do[:MAX_CHARACTERS], asker[:MAX_CHARACTERS]) from None


def _checked(command: Command) -> Command:
    if command.do not in VERBS:
        raise ValueError(
            "do is {}: expected one of {}".format(_short(command.do), ", ".join(VERBS))
        )
    for name, value in command._asdict().items():
        if not isinstance(value, str) or len(value) > MAX_CHARACTERS:
            expected = f"expected a text of up to {MAX_CHARACTERS} characters"
            raise ValueError(f"{name} is {_short(value)}: {expected}")
        if not is_text(value):
            raise ValueError(f"{name} is {_short(value)}: expected whole characters")
    if command.session:
        check_name("session", command.session)
    text = command.text.strip()
    if command.do in ("mark", "title") and not text:
        raise ValueError(f'a {command.do} needs a "text"')
    if command.do == "title":
        check_title(text)
    return command._replace(text=text)


def _short(value: object) -> str:
    """Return what was given as it may stand in a message."""
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
