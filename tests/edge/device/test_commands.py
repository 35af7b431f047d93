"""Commands are read, and what is none is refused with the reason."""

import json

import pytest

from laughtrack.edge.device.commands import Command, InvalidCommand, parse

GOOD = [
    ({"do": "start"}, Command("start", "", "", "")),
    ({"do": "start", "session": "Show 2"}, Command("start", "Show 2", "", "")),
    ({"do": "start", "session": None}, Command("start", "", "", "")),
    ({"do": "stop", "id": "7"}, Command("stop", "", "", "7")),
    ({"do": "mark", "text": " film starts\n"}, Command("mark", "", "film starts", "")),
    ({"do": "title", "text": " The Office "}, Command("title", "", "The Office", "")),
    ({"do": "status", "more": [1]}, Command("status", "", "", "")),
]


@pytest.mark.parametrize("given, expected", GOOD)
@pytest.mark.parametrize("coded", [False, True])
def test_commands_are_read(given, expected, coded):
    """As text or bytes."""
    text = json.dumps(given)
    assert parse(text.encode() if coded else text) == expected


BAD = [
    ("", "not JSON"),
    (b"\xff\xfe", "not JSON"),
    ("stop", "not JSON"),
    ("[" * 100_000, "not JSON"),
    ("[]", "no object"),
    ('"stop"', "no object"),
    ("null", "no object"),
    ("{}", "do is '': expected one of start, stop, mark, title, status"),
    ('{"do": "erase"}', "do is 'erase': expected one of"),
    ('{"do": ["stop"]}', "do is "),
    ('{"do": {"stop": 1}}', "do is "),
    ('{"do": "start", "session": "a/b"}', "session is 'a/b': expected 1 to 100 letters"),
    ('{"do": "start", "session": "../x"}', "session is '../x': expected 1 to 100 letters"),
    ('{"do": "start", "session": ".."}', "session is '..': expected"),
    ('{"do": "start", "session": 5}', "session is 5: expected a text"),
    ('{"do": "mark"}', 'a mark needs a "text"'),
    ('{"do": "title"}', 'a title needs a "text"'),
    ('{"do": "title", "text": "Lecture 5"}', "title is 'Lecture 5'"),
    ('{"do": "mark", "text": "  "}', 'a mark needs a "text"'),
    (r'{"do": "mark", "text": "a\ud800b"}', "whole characters"),
    ('{"do": "mark", "text": 5}', "text is 5: expected a text"),
    (json.dumps({"do": "mark", "text": "x" * 201}), r"text is 'x+\.\.\.: .* up to 200"),
    ('{"do": "stop", "id": 7}', "id is 7: expected a text"),
]


@pytest.mark.parametrize("text, said", BAD)
def test_what_is_no_command_is_refused(text, said):
    """In few plain words, however much was sent."""
    with pytest.raises(InvalidCommand, match=f"^not a command: .*{said}") as error:
        parse(text)
    assert len(str(error.value)) < 300


def test_refusal_knows_who_asked():
    """So that the answer finds its asker."""
    with pytest.raises(InvalidCommand) as error:
        parse('{"do": "start", "session": "a/b", "id": "q1"}')
    assert (error.value.do, error.value.id) == ("start", "q1")
