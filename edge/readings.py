"""Reading and Batch, and their JSON: the one wire format, schema 1. Standard library only.

Numbers are rounded once, here, before anything is stored or sent, so that a batch handed straight
to the store and one that travelled as JSON are the same.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Callable, Iterable, NamedTuple, Sequence

SCHEMA = 1
# Of a batch as JSON: AWS IoT Core takes 128 KB; this leaves room for what a rule may add.
MAX_BYTES = 120 * 1024
# Why earlier readings are corrected: the face turned out to be printed or on a screen; or it was
# taken for one, and moved.
REASONS = ("static", "alive")
MAX_CORRECTIONS = 1000
# A face of less quality than this gets no score: of faces like it, 15 in 100 would be scored wrong.
MIN_QUALITY = 0.7
# From this score on a face smiles; a smile that began lasts until a lower one.
SMILING = 0.6
COLUMNS = ("viewer_id", "t_s", "x1", "y1", "x2", "y2", "quality", "raw", "smile")

# A session's name becomes a folder and part of a topic: no slashes, no leading dot, at most 100.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,99}")
_DATE = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_UTC = re.compile(_DATE + r"T([01][0-9]|2[0-3])(:[0-5][0-9]){2}(\.[0-9]+)?Z")


class Reading(NamedTuple):
    """One viewer's face in one frame.

    `viewer_id` is an int from 1; `t_s` seconds since the session began; `box` four ints, x1 y1 x2
    y2 in pixels of the full frame; `quality` in [0, 1]; `raw` and `smile` in [0, 1], both None when
    the face is there but cannot be scored, or, with a quality of `MIN_QUALITY` or more, when a slow
    scorer had its turn with others.
    """

    viewer_id: int
    t_s: float
    box: tuple[int, int, int, int]
    quality: float
    raw: float | None
    smile: float | None


class Correction(NamedTuple):
    """What was learnt later of readings sent before, in this batch or an earlier one.

    The viewer's readings of [from_s, to_s), seconds since the session began, do not count where
    `reason` is "static", and count again where it is "alive". Where several corrections are of one
    reading, the last one holds, in order of `seq` and within a batch.
    """

    viewer_id: int
    from_s: float
    to_s: float
    reason: str


class Batch(NamedTuple):
    """The readings of one span of time [start_s, end_s).

    `frames` is how many frames were looked at in the span: 0 means the camera was off, and readings
    of no viewer with frames above 0 means nobody was there. `readings` is a dict of equally long
    lists, one per name in `COLUMNS`. `info` holds facts of the session (title, settings, versions);
    over a session's batches in `seq` order the infos are merged, later ones winning. `corrections`
    are dicts with the fields of `Correction`; as JSON the field is left out where there is none,
    and who does not know it reads the readings uncorrected.
    """

    schema: int
    device: str
    session: str
    started_utc: str
    seq: int
    start_s: float
    end_s: float
    frames: int
    readings: dict[str, list[Any]]
    info: dict[str, Any]
    corrections: Sequence[dict[str, Any]] = ()


def columns(readings: Iterable[Reading]) -> dict[str, list[Any]]:
    """Turn readings into columns with short numbers (times to 1 ms, scores to 0.001).

    Parameters
    ----------
    readings : iterable of Reading

    Returns
    -------
    dict
        A list for each name in `COLUMNS`, in that order; empty lists for no readings.
    """
    table: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for r in readings:
        row = (r.viewer_id, round(r.t_s, 3), *r.box, *map(_short, (r.quality, r.raw, r.smile)))
        for name, value in zip(COLUMNS, row):
            table[name].append(value)
    return table


def corrections(found: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    """Turn corrections, tuples as `Correction`, into what a batch holds (times to 1 ms)."""
    return [
        Correction(each[0], round(each[1], 3), round(each[2], 3), each[3])._asdict()
        for each in found
    ]


def _short(score: float | None) -> float | None:
    return None if score is None else round(float(score), 3)


def to_json(batch: Batch) -> str:
    """Write a batch as one line of JSON, without spaces and in a fixed key order."""
    fields = batch._asdict()
    if not batch.corrections:
        del fields["corrections"]
    return json.dumps(fields, separators=(",", ":"), allow_nan=False)


def from_json(text: str | bytes) -> Batch:
    """Read and validate a batch.

    Parameters
    ----------
    text : str or bytes
        What `to_json` wrote.

    Returns
    -------
    Batch

    Raises
    ------
    ValueError
        Naming the field and its value, for anything that is not a batch of schema 1.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ValueError(f"not a batch: not JSON: {error}") from None
    if not isinstance(data, dict):
        raise ValueError(f"not a batch: expected an object, got {type(data).__name__}")
    # The schema first: another schema may have other fields, and its number is the useful message.
    if data.get("schema") != SCHEMA:
        raise _invalid("schema", data.get("schema"), f"expected {SCHEMA}")
    corrected = data.get("corrections", [])
    data["corrections"] = tuple(corrected) if isinstance(corrected, list) else corrected
    missing = [name for name in Batch._fields if name not in data]
    if missing:
        raise ValueError("not a batch: no field {}".format(", ".join(missing)))
    return validate(Batch(**{name: data[name] for name in Batch._fields}))


def validate(batch: Batch) -> Batch:
    """Return `batch` unchanged, or raise ValueError naming the first field that is wrong."""
    if batch.schema != SCHEMA or isinstance(batch.schema, bool):
        raise _invalid("schema", batch.schema, f"expected {SCHEMA}")
    _validate_names(batch)
    if not isinstance(batch.started_utc, str) or not _UTC.fullmatch(batch.started_utc):
        raise _invalid("started_utc", batch.started_utc, "expected like 2026-01-31T20:15:00Z")
    for field in ("seq", "frames"):
        if not _is_whole(getattr(batch, field), 0):
            raise _invalid(field, getattr(batch, field), "expected a whole number from 0")
    for field in ("start_s", "end_s"):
        if not _is_number(getattr(batch, field)) or getattr(batch, field) < 0:
            raise _invalid(field, getattr(batch, field), "expected seconds from 0")
    if batch.end_s < batch.start_s:
        raise _invalid("end_s", batch.end_s, f"expected start_s ({batch.start_s}) or later")
    if not isinstance(batch.info, dict):
        raise _invalid("info", batch.info, "expected an object")
    _validate_columns(batch)
    _validate_corrections(batch)
    return batch


def _validate_names(batch: Batch) -> None:
    for field in ("device", "session"):
        try:
            check_name(field, getattr(batch, field))
        except ValueError as error:
            raise ValueError(f"not a batch: {error}") from None


def check_name(field: str, name: object) -> str:
    """Return a session's or device's name unchanged, or raise ValueError saying what is allowed."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            f"{field} is {name!r}: expected 1 to 100 letters, digits, spaces, dots, dashes, "
            "underscores, beginning with a letter or digit"
        )
    return name


def is_text(text: str) -> bool:
    """Whether a str can be written as UTF-8: none can that holds half a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _validate_columns(batch: Batch) -> None:
    table = batch.readings
    if not isinstance(table, dict) or set(table) != set(COLUMNS):
        found = sorted(table) if isinstance(table, dict) else table
        raise _invalid("readings", found, "expected the columns {}".format(", ".join(COLUMNS)))
    if not all(isinstance(column, list) for column in table.values()):
        raise _invalid("readings", "columns", "expected every column to be a list")
    lengths = sorted({len(column) for column in table.values()})
    if len(lengths) > 1:
        raise _invalid("readings", lengths, "expected columns of one length")
    _validate_values(table, ("viewer_id",), lambda v: _is_whole(v, 1), "a whole number from 1")
    span = f"[{batch.start_s}, {batch.end_s})"
    in_span = lambda v: _is_number(v) and batch.start_s <= v < batch.end_s  # noqa: E731
    _validate_values(table, ("t_s",), in_span, f"seconds in the batch's span {span}")
    _validate_values(table, ("x1", "y1", "x2", "y2"), lambda v: _is_whole(v, None), "whole pixels")
    _validate_values(table, ("quality",), _is_unit, "a number from 0 to 1")
    _validate_values(table, ("raw", "smile"), _is_unit_or_none, "a number from 0 to 1 or null")


def _validate_corrections(batch: Batch) -> None:
    found = batch.corrections
    if not isinstance(found, (list, tuple)) or len(found) > MAX_CORRECTIONS:
        raise _invalid("corrections", _short_text(found), f"expected up to {MAX_CORRECTIONS}")
    for each in found:
        if not isinstance(each, dict) or set(each) != set(Correction._fields):
            fields = ", ".join(Correction._fields)
            raise _invalid("corrections", _short_text(each), f"expected objects of {fields}")
        if not _is_whole(each["viewer_id"], 1):
            expected = "expected a whole number from 1"
            raise _invalid("corrections: viewer_id", _short_text(each["viewer_id"]), expected)
        if each["reason"] not in REASONS:
            expected = "expected {}".format(" or ".join(REASONS))
            raise _invalid("corrections: reason", _short_text(each["reason"]), expected)
        span = each["from_s"], each["to_s"]
        if not all(map(_is_number, span)) or not 0 <= span[0] < span[1] <= batch.end_s:
            expected = f"expected seconds from 0, from_s below to_s, up to end_s ({batch.end_s})"
            raise _invalid("corrections: from_s, to_s", _short_text(span), expected)


def _short_text(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _validate_values(
    table: dict[str, list[Any]],
    names: Sequence[str],
    is_valid: Callable[[Any], bool],
    expected: str,
) -> None:
    for name in names:
        for value in table[name]:
            if not is_valid(value):
                raise _invalid(name, value, f"expected {expected}")


def _is_number(value: Any) -> bool:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # A whole number that no float can be.
        return False


def _is_unit(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1


def _is_unit_or_none(value: Any) -> bool:
    return value is None or _is_unit(value)


def _is_whole(value: Any, least: int | None) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31
    return whole and (least is None or value >= least)


def _invalid(field: str, value: object, expected: str) -> ValueError:
    return ValueError(f"not a batch: {field} is {value!r}: {expected}")
