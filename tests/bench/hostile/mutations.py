"""Hostile variants of valid examples, as strategies of hypothesis: structure first, then bytes."""

import json
import re

from hypothesis import strategies as st

from tests.nasty import NASTY

NUMBERS = ("0", "-0", "-1", "1", "0.5", "1e308", "1e309", "-1e309", "nan", "NaN", "inf", "Infinity")
NUMBERS += ("-Infinity", "1e-400", "2147483647", "2147483648", "9223372036854775808", "9" * 400)
NUMBERS += ("1_000", "0x10", "١٢", "²", "+5", "05", ".5", "5.", "1,5", "1e5000", "--1", "1 2", "")
WORDS = (
    *NASTY,
    *NUMBERS,
    "true",
    "null",
    "[]",
    "{}",
    '"',
    "'",
    ",",
    ";",
    "\t",
    "A" * 5000,
    "é" * 300,
)
PLAIN = (
    0,
    -1,
    1,
    0.5,
    10**9,
    2**31,
    2**63,
    10**400,
    1e308,
    True,
    False,
    None,
    "",
    "x",
    [],
    {},
    [[]],
)
PLAIN += ([1, "a", None], {"a": 1}, "2026-01-31T20:15:00Z", 1e-320, -0.0)
VALUES = st.one_of(
    st.sampled_from(PLAIN),
    st.sampled_from([float("nan"), float("inf"), float("-inf")]),
    st.sampled_from(NASTY),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.integers(1, 3000).map(lambda depth: Raw("[" * depth + "]" * depth)),
    st.sampled_from(["\ud800", "\x00"]),
)


class Raw:
    """JSON that stands as it is, such as nesting too deep for a writer."""

    def __init__(self, text):
        self.text = text


def _places(value, path=()):
    """Yield the paths of everything in a JSON value."""
    yield path
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
    else:
        pairs = ()
    for key, each in pairs:
        yield from _places(each, (*path, key))


def _replaced(value, path, new):
    if not path:
        return new
    key, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = _replaced(copy[key], rest, new)
    return copy


def _without(value, path):
    *parent, key = path
    copy = _at(value, parent)
    copy = dict(copy) if isinstance(copy, dict) else list(copy)
    del copy[key]
    return _replaced(value, parent, copy)


def _at(value, path):
    for key in path:
        value = value[key]
    return value


def dumped(value):
    """Write JSON as Python does, NaN and halves of characters too, `Raw` as it stands."""
    raw = []

    def keep(found):
        raw.append(found.text)
        return f"\ue123{len(raw) - 1}\ue123"

    text = json.dumps(value, default=keep)
    return re.sub(r'"\\ue123(\d+)\\ue123"', lambda found: raw[int(found[1])], text)


@st.composite
def json_of(draw, example):
    """A JSON value near a valid one, as bytes: 0 to 3 changes, and keys that come twice."""
    value = example
    for _ in range(draw(st.integers(0, 3))):
        paths = [*_places(value)]
        path = draw(st.sampled_from(paths))
        if path and draw(st.booleans()) and draw(st.booleans()):
            value = _without(value, path)
        elif isinstance(_at(value, path), dict) and draw(st.booleans()):
            key = draw(st.sampled_from(WORDS) | st.text(max_size=5))
            value = _replaced(value, path, {**_at(value, path), key: draw(VALUES)})
        elif isinstance(_at(value, path), list) and _at(value, path) and draw(st.booleans()):
            found = _at(value, path)
            value = _replaced(value, path, found + found * draw(st.integers(0, 3)))
        else:
            value = _replaced(value, path, draw(VALUES))
        if isinstance(value, Raw):
            break
    text = dumped(value)
    keys = re.findall(r'("\w+"): ?[\d"]', text)
    if keys and draw(st.integers(0, 9)) == 0:
        key = draw(st.sampled_from(keys))
        text = text.replace("{", "{" + f"{key}:{dumped(draw(st.sampled_from(PLAIN)))},", 1)
    return draw(_encoded(text))


TOKEN = re.compile(r"\d+(?:\.\d+)?|[A-Za-z_]+|[^\sA-Za-z_\d]")


@st.composite
def text_of(draw, example):
    """A text near a valid one, as bytes: words, numbers and lines changed, left out, repeated."""
    text = example
    for _ in range(draw(st.integers(0, 4))):
        what = draw(st.sampled_from(["word", "word", "word", "drop", "twice", "swap", "insert"]))
        lines = text.split("\n")
        at = draw(st.integers(0, len(lines) - 1))
        tokens = [*TOKEN.finditer(text)]
        if what == "word" and tokens:
            token = draw(st.sampled_from(tokens))
            word = draw(st.sampled_from(NUMBERS if token[0][0].isdigit() else WORDS))
            text = text[: token.start()] + word + text[token.end() :]
        elif what == "drop":
            text = "\n".join(lines[:at] + lines[at + 1 :])
        elif what == "twice":
            text = "\n".join(lines[: at + 1] * draw(st.integers(1, 3)) + lines[at:])
        elif what == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
            text = "\n".join(lines)
        else:
            lines.insert(at, draw(st.sampled_from(WORDS)))
            text = "\n".join(lines)
    return draw(_encoded(text))


@st.composite
def _encoded(draw, text):
    """A text as bytes: mostly UTF-8; sometimes of another encoding or with other line ends."""
    how = draw(st.integers(0, 19))
    if how == 0:
        return text.encode(draw(st.sampled_from(["utf-16", "utf-32", "utf-7"])), "replace")
    if how == 1:
        return text.encode("latin-1", "replace")
    if how == 2:
        text = "\ufeff" + text
    if how == 3:
        text = text.replace("\n", draw(st.sampled_from(["\r\n", "\r", "\n\n", "\x85", "\u2028"])))
    data = text.encode(errors="surrogatepass")
    return draw(bytes_of(data)) if how in (4, 5) else data


@st.composite
def bytes_of(draw, data):
    """Bytes near others: bits flipped, the end cut off, NULs and noise in between."""
    at = draw(st.integers(0, max(len(data) - 1, 0)))
    what = draw(st.sampled_from(["flip", "cut", "nul", "noise", "empty", "twice"]))
    if what == "flip" and data:
        return data[:at] + bytes([data[at] ^ (1 << draw(st.integers(0, 7)))]) + data[at + 1 :]
    middle = {"nul": b"\0", "noise": draw(st.binary(max_size=20)), "twice": data}.get(what, b"")
    return (
        b"" if what == "empty" else data[:at] if what == "cut" else data[:at] + middle + data[at:]
    )
