"""Lines and files that tell when they are not what was written, and where such ones are kept.

A line is a JSON object whose last key is "sum", a digest of what stands before it, so that other
programs read it as before. What version 0.1 wrote has none, and is read as it is.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import shutil
from typing import Any, NamedTuple

from laughtrack.edge.atomic_files import unlink, write

log = logging.getLogger("laughtrack.checked_files")

# What was found damaged is kept here, beside where it lay.
DAMAGED = "damaged"
# The second of two files with the same content.
COPY = ".copy"
# Of so many files in a folder the newest stay; the number in a name goes on counting.
MAX_KEPT = 20
_SUM = re.compile(rb',?"sum":"([0-9a-f]{16})"\}$')
# Nothing that version 0.1 wrote ends like this.
_LIKE_A_SUM = re.compile(rb'"[^"]{3}":"[^"]{16}"\}$')
_KEPT = re.compile(r"(\d{6})-.+")


class Damaged(ValueError):
    """What was read is not what was written; the message says how that shows."""


class Line(NamedTuple):
    """A line's object, without its sum; and the sum, "" where there is none."""

    value: dict[str, Any]
    sum: str


def digest(data: bytes) -> str:
    """Return 16 letters that are others for other bytes."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def sealed(value: dict[str, Any], before: str = "") -> bytes:
    """Write an object as one line of JSON with its sum, without the line's end.

    Parameters
    ----------
    value : dict
        Has no key "sum".
    before : str
        The sum of the line before it in a file of lines: the sum then also tells when a line of
        the file is missing, or stands elsewhere.
    """
    body = _body(value)
    comma = b"," if value else b""
    return body[:-1] + comma + b'"sum":"%s"}' % digest(before.encode() + body).encode()


def sum_of(line: bytes) -> str:
    """Return the sum at the end of a line, whether or not it fits; "" where there is none."""
    match = _SUM.search(line)
    return match.group(1).decode() if match else ""


def unsealed(line: bytes, before: str = "") -> Line:
    """Read a line that `sealed` wrote, or an object without a sum.

    Raises
    ------
    Damaged
        If it is no JSON object, or not what was written.
    """
    try:
        value = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise Damaged(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Damaged(f"an object is expected, not {type(value).__name__}")
    match = _SUM.search(line)
    if match is None:
        if "sum" in value or _LIKE_A_SUM.search(line):
            raise Damaged("its sum is cut off or is no sum")
        return Line(value, "")
    body, found = line[: match.start()] + b"}", match.group(1).decode()
    if digest(before.encode() + body) != found:
        raise Damaged("its content does not fit its sum")
    del value["sum"]
    return Line(value, found)


def content_sum(value: dict[str, Any]) -> str:
    """Return a digest of an object's content but for its "sum", however it is written as JSON.

    For what others may read and write anew, with other spaces, order or forms of numbers.
    """
    text = json.dumps({name: value[name] for name in value if name != "sum"})
    same_numbers = json.loads(text, parse_int=float)
    return digest(json.dumps(same_numbers, sort_keys=True).encode())


def with_content_sum(line: bytes) -> bytes:
    """Return a line of JSON with its `content_sum` as the last key; what is no object, as it is."""
    try:
        value = json.loads(line.decode())
    except ValueError:
        return line
    if not isinstance(value, dict) or not value or "sum" in value:
        return line
    return line.rstrip()[:-1] + b',"sum":"%s"}' % content_sum(value).encode()


def write_twice(path: str, value: dict[str, Any]) -> None:
    """Write an object to a file, and once more beside it, for `read_twice`.

    Raises
    ------
    OSError
        If the file cannot be written; it is as it was then.
    """
    line = sealed(value) + b"\n"
    write(path, line)
    try:
        write(path + COPY, line)
    except OSError:
        # None is better than one that is out of date.
        unlink(path + COPY)


def read_twice(path: str) -> dict[str, Any] | None:
    """Read what `write_twice` wrote; damaged files are set aside, and the other one counts.

    Returns
    -------
    dict or None
        None if nothing was written yet.

    Raises
    ------
    Damaged, OSError
        If neither file can be read.
    """
    trouble: Exception | None = None
    for each in (path, path + COPY):
        try:
            with open(each, "rb") as file:
                return unsealed(file.read().rstrip(b"\n")).value
        except FileNotFoundError:
            continue
        except Damaged as error:
            set_aside(each, str(error))
            trouble = error
        except OSError as error:
            trouble = error
    if trouble is not None:
        raise trouble
    return None


def set_aside(path: str, why: str) -> None:
    """Keep a second name of a damaged file, in the folder ``damaged`` beside it, and log it.

    The file itself stays for whoever writes it anew; repeating it is harmless. No error if it
    cannot be kept: on a full or failing disk it is only logged.

    Parameters
    ----------
    path : str
    why : str
    """
    folder = os.path.join(os.path.dirname(path), DAMAGED)
    place = "could not be kept"
    with contextlib.suppress(OSError):
        os.makedirs(folder, exist_ok=True)
        kept = _kept(folder)
        place = f"is kept in {folder}"
        if not any(os.path.samefile(path, os.path.join(folder, name)) for name in kept):
            number = int(kept[-1][:6]) + 1 if kept else 1
            target = os.path.join(folder, f"{number:06d}-{os.path.basename(path)}")
            try:
                os.link(path, target)
            except OSError:  # Not every file system has second names.
                shutil.copyfile(path, target)
            for name in kept[: len(kept) + 1 - MAX_KEPT]:
                os.unlink(os.path.join(folder, name))
    log.error("%s is damaged (%s) and %s: check the disk", path, why, place)


def damaged_count(folder: str) -> int:
    """Return how many damaged files were ever kept beside the files of a folder."""
    kept = _kept(os.path.join(folder, DAMAGED))
    return int(kept[-1][:6]) if kept else 0


def _kept(folder: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if _KEPT.fullmatch(name))
    except OSError:
        return []


def _body(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
