"""The broker that `tell` and `ingest` speak to: an option, else the environment, else a file.

The file is `laughtrack/broker.ini` in the user's folder of settings. It is read when one of the two
commands is run, and only `tell --remember` writes it. Its names are those of a device's settings;
what is under `[laughtrack]` holds for all devices, what is under a device's name for that one.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from laughtrack.edge.atomic_files import write
from laughtrack.edge.settings import PREFIX, SECTION
from laughtrack.tracker.text_files import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping

# How one logs in at one broker, which no other is to get.
FILES = ("ca_file", "cert_file", "key_file", "password_file")
LOGIN = (*FILES, "user")
NAMES = ("broker", "site", "topic", *LOGIN)
LARGEST_BYTES = 1 << 20


class Value(NamedTuple):
    """A setting's value, and where it was found, for messages."""

    text: str
    place: str


def file() -> Path:
    """Return where the user's file lies, whether or not it is there."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    folder = Path(base) if os.path.isabs(base) else Path.home() / ".config"
    return folder / "laughtrack" / "broker.ini"


def complete(
    given: Mapping[str, str | None], device: str = "", option: Mapping[str, str] | None = None
) -> dict[str, Value]:
    """Return what a command is to use of `NAMES`, the options and what they left open.

    Parameters
    ----------
    given : dict of str
        The options' values, by the settings' names; None for one that was not given.
    device : str
        Whose section of the file counts, too.
    option : dict of str, optional
        What the options are called, where that is not the setting's name.

    Returns
    -------
    dict of str to Value
        Without what is nowhere. How to log in is taken only from where no other broker is named.

    Raises
    ------
    ValueError
        The file is broken, or says what it cannot; naming it, the line and the cure.
    """
    called = {name: f"--{name}" for name in NAMES} | dict(option or {})
    options = {n: Value(text, called[n]) for n, text in given.items() if text is not None}
    variables = {name: PREFIX + name.upper() for name in NAMES}
    environ = {
        name: Value(os.environ[variable].strip(), variable)
        for name, variable in variables.items()
        if os.environ.get(variable, "").strip()
    }
    found: dict[str, Value] = {}
    for layer in (options, environ, _of_file(device)):
        broker = layer.get("broker", found.get("broker"))
        is_another = broker is not None and broker.text != found.get("broker", broker).text
        for name, value in layer.items():
            if not (is_another and name in LOGIN):
                found.setdefault(name, value)
    used = found.get("broker")
    if used and not used.text.startswith(("mqtt://", "mqtts://")):
        raise ValueError(f"{used.place} is {used.text!r}: expected mqtt://HOST or mqtts://HOST")
    return found


def remember(values: Mapping[str, str | None]) -> Path:
    """Write options into the user's file, for the next time; all else in it stays as it is.

    Parameters
    ----------
    values : dict of str
        By the settings' names; None for what is to stay. Files are named by whole paths.

    Returns
    -------
    Path
        The file, which its owner alone can read.

    Raises
    ------
    ValueError
        The file is broken.
    OSError
        It cannot be written.
    """
    path = file()
    sections(path)  # a broken one is not written over
    lines = read_text(path, "settings").splitlines() if path.exists() else []
    header = f"[{SECTION}]"
    if header not in (line.strip() for line in lines):
        lines[:0] = [header, *([""] if lines else [])]
    begin = 1 + next(i for i, line in enumerate(lines) if line.strip() == header)
    for name, text in values.items():
        if text is None:
            continue
        text = os.path.abspath(text) if name in FILES else text
        end = next((i for i in range(begin, len(lines)) if lines[i].strip()[:1] == "["), len(lines))
        own = [i for i in range(begin, end) if re.match(rf"\s*{name}\s*[=:]", lines[i], re.I)]
        lines[own[0] if own else begin : own[0] + 1 if own else begin] = [f"{name} = {text}"]
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write(str(path), ("\n".join(lines) + "\n").encode())
    return path


def sections(path: Path) -> dict[str, dict[str, Value]]:
    """Read a file of settings; {} where there is none.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict of str to dict of str to Value
        By section and name.

    Raises
    ------
    ValueError
        Naming file, line and cure.
    """
    try:
        text = read_text(path, "settings, like `broker = mqtts://HOST`", LARGEST_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ValueError(f"cannot read the settings {path}: {error.strerror}") from None
    found: dict[str, dict[str, Value]] = {}
    section: dict[str, Value] | None = None
    for number, line in enumerate(text.split("\n"), 1):
        line, place = line.strip(), f"{path}, line {number}"
        if not line or line[0] in "#;":
            continue
        if line[0] == "[" and line[-1] == "]":
            section = found.setdefault(line[1:-1].strip(), {})
            continue
        if section is None:
            raise ValueError(f"{place}: write [{SECTION}] above the settings")
        name, value = _setting(line, place)
        if name in section:
            raise ValueError(f"{place}: {name} stands twice in its section: remove one")
        section[name] = Value(_whole(name, value, path), f"{place}: {name}")
    return found


def _setting(line: str, place: str) -> tuple[str, str]:
    """Return name and value of a line."""
    match = re.match(r"([^=:]+)[=:](.+)", line)
    if not match:
        raise ValueError(f"{place} is {line!r:.80}: expected NAME = VALUE")
    name, value = match.group(1).strip().lower(), match.group(2).strip()
    if name == "password":
        raise ValueError(
            f"{place}: no password is kept here: put it alone into a file that only you can "
            "read, and name that as password_file"
        )
    if name not in NAMES:
        raise ValueError(f"{place}: no such setting {name!r:.40}; there are {', '.join(NAMES)}")
    return name, value


def _of_file(device: str) -> dict[str, Value]:
    found = sections(file())
    own = found.get(device, {}) if device else {}
    general = found.get(SECTION, {})
    if "broker" in own and own["broker"].text != general.get("broker", own["broker"]).text:
        general = {name: value for name, value in general.items() if name not in LOGIN}
    return {**general, **own}


def _whole(name: str, value: str, path: Path) -> str:
    """Return a file's name as a whole path: it counts from the settings file on."""
    return str(path.parent / Path(value).expanduser()) if name in FILES else value
