"""A sum of each batch in its header row, by which a damaged batch is known.

The files of a Delta table have no sums of their own that its readers check: a bit that a disk loses
is another score, or another second. A batch's sum is of all that its rows say, made from the batch
before it is written; stores of version 0.1 have none. It is no protection against somebody who
wants to deceive.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

COLUMN = "sum"
# What a header's sum is of, besides its readings' sum.
NUMBERS = ("seq", "start_s", "end_s", "frames", "readings")
TEXTS = ("session", "device", "started_utc", "info")
# A text, too, but one that most batches do not have; without it, sums are those of before it.
MAYBE = "corrections"
# What `damaged_headers` needs besides the key.
HEADER_COLUMNS = (*NUMBERS[1:], *TEXTS[2:], "viewers", MAYBE, COLUMN)
READINGS = ("viewer_id", "t_s", "x1", "y1", "x2", "y2", "quality", "raw", "smile")

_Numbers = npt.NDArray[np.uint64]
_MIXER = np.uint64(0x9E3779B97F4A7C15)
# Odd, so that no other value of a number leaves the product as it was.
_FACTORS = np.array([pow(0xD1B54A32D192ED03, n + 1, 2**64) | 1 for n in range(24)], np.uint64)
# So many rows at a time stay in a processor's cache.
_ROWS = 16_384
_HALF = 16  # hexadecimal digits


def readings_sum(columns: Mapping[str, Any]) -> int:
    """Return the sum of readings in any order, below 2**64.

    Parameters
    ----------
    columns : mapping
        By name, numbers; missing ones are NaN or None.
    """
    arrays = [np.asarray(columns[name]) for name in READINGS]
    total = 0
    for start in range(0, len(arrays[0]), _ROWS):
        part = [_bits(each[start : start + _ROWS]) for each in arrays]
        total += int(_mixed(part).sum(dtype=np.uint64))
    return total % 2**64


def _bits(values: npt.NDArray[Any]) -> _Numbers:
    kind = np.int64 if values.dtype.kind in "iu" else np.float64
    return np.ascontiguousarray(values, kind).view(np.uint64)


def _mixed(columns: Sequence[_Numbers]) -> _Numbers:
    """Return a number a row, which depends on each column's value."""
    rows = np.zeros(len(columns[0]), np.uint64)
    for column, factor in zip(columns, _FACTORS, strict=False):
        rows += column * factor
    rows ^= rows >> np.uint64(32)
    rows *= _MIXER
    rows ^= rows >> np.uint64(29)
    return rows


def _text_bits(texts: Iterable[object]) -> _Numbers:
    known: dict[object, int] = {}
    for text in (values := [*texts]):
        if text not in known:
            whole = hashlib.blake2b(str(text).encode(errors="replace"), digest_size=8).digest()
            known[text] = int.from_bytes(whole, "little")
    return np.array([known[text] for text in values], np.uint64)


def header_sums(headers: Mapping[str, Any], readings_sums: Sequence[int]) -> list[str]:
    """Return what the sums in header rows must be.

    Parameters
    ----------
    headers : DataFrame, or mapping of str to sequence
        With the columns `NUMBERS`, `TEXTS`, `MAYBE` and "viewers".
    readings_sums : sequence of int
        A `readings_sum` for each header.

    Returns
    -------
    list of str
        The header's own sum and that of its readings, 16 hexadecimal digits each.
    """
    viewers = [" ".join(map(str, each)) for each in headers["viewers"]]
    of_readings = np.array(readings_sums, np.uint64)
    numbers = [_bits(np.asarray(headers[name], np.float64)) for name in NUMBERS]
    texts = [_text_bits(headers[name]) for name in TEXTS]
    maybe = [each if isinstance(each, str) else "" for each in headers[MAYBE]]
    corrected = np.where([bool(each) for each in maybe], _text_bits(maybe), np.uint64(0))
    own = _mixed([*numbers, *texts, _text_bits(viewers), of_readings, corrected])
    return [f"{a:016x}{b:016x}" for a, b in zip(own.tolist(), of_readings.tolist(), strict=True)]


def of_readings(sums: Iterable[str]) -> list[int]:
    """Return the readings' part of headers' sums; 0 where that is no number."""
    parts = (str(each)[_HALF:] for each in sums)
    return [int(each, 16) if _is_hex(each) else 0 for each in parts]


def _is_hex(text: str) -> bool:
    return len(text) == _HALF and not set(text) - set("0123456789abcdef")


def damaged_headers(headers: pd.DataFrame) -> pd.DataFrame:
    """Return the headers that are not what was written, or stand there twice.

    Parameters
    ----------
    headers : DataFrame
        Of whole sessions, with `HEADER_COLUMNS` and the key.
    """
    twice = headers.duplicated(["session", "device", "seq"], keep=False)
    # Damaged, a list may be none; those of version 0.1 have no sum.
    odd = headers[[*NUMBERS, *TEXTS, "viewers"]].isna().any(axis=1)
    checked = headers[headers[COLUMN].notna() & ~odd]
    expected = header_sums(checked, of_readings(checked[COLUMN]))
    wrong = checked.index[checked[COLUMN].to_numpy() != np.array(expected, dtype=object)]
    return headers[twice | odd | headers.index.isin(wrong)]


def sum_of_readings(readings: pa.Table) -> int:
    """Return the sum of an Arrow table's readings."""
    total = 0
    for block in readings.to_batches():
        arrays = {name: block[name].to_numpy(zero_copy_only=False) for name in READINGS}
        total += readings_sum(arrays)
    return total % 2**64
