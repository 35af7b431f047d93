"""Numbers as they stand in text files, strictly read: a cell that is none says what it is instead.

Python's own `float` also takes `1_000`, `inf`, and digits of other scripts; spreadsheets write
decimal commas, thousands separators, percentages and dates where numbers are expected.
"""

from __future__ import annotations

import math
import re

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?")
# With a decimal comma this is 1.234, with a thousands separator 1234.
_EITHER = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
_NAN = re.compile(r"[+-]?(?:nan(?:\([a-z0-9_]*\))?|1\.?[#,]+(?:ind|qnan|snan|nan)\d*)", re.I)
_INFINITE = re.compile(r"[+-]?(?:inf|infinity|1\.?#inf\d*|∞)", re.I)
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}([.,'’\s])[0-9]{3}(?:\1[0-9]{3})*(?:[.,][0-9]+)?")
_DATE = re.compile(
    r"(?:\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d{1,2}[-./ ]*[^\W\d]{3,9}\.?|[^\W\d]{3,9}[-./ ]*\d{1,4})"
    r"(?: .*)?"
)


def is_not_a_number(text: str) -> bool:
    """Tell whether a text is a program's way of writing "not a number": nan, -nan(ind), 1.#QNAN."""
    return _NAN.fullmatch(text.strip()) is not None


def is_infinite(text: str) -> bool:
    """Tell whether a text is a program's way of writing infinity: inf, -inf, 1.#INF."""
    return _INFINITE.fullmatch(text.strip()) is not None


def has_decimal_comma(text: str, is_sure: bool = True) -> bool:
    """Tell whether a text is a number with a decimal comma.

    Parameters
    ----------
    text : str
    is_sure : bool
        Not where the comma may part thousands, as in 1,234.
    """
    text = text.strip()
    return bool(_COMMA.fullmatch(text)) and not (is_sure and _EITHER.fullmatch(text))


def number(text: str, decimal_commas: bool = False) -> float:
    """Return a finite number.

    Parameters
    ----------
    text : str
        With a decimal point; with a comma where that cannot part thousands.
    decimal_commas : bool
        Commas are of decimals also where they could part thousands.

    Raises
    ------
    ValueError
        Saying what the text is; without a name of the file or the line.
    """
    plain = text.strip()
    if has_decimal_comma(plain, is_sure=not decimal_commas):
        plain = plain.replace(",", ".")
    if _NUMBER.fullmatch(plain):
        value = float(plain)
        if math.isfinite(value):
            return value
    raise ValueError(f"{text[:80]!r} {fault(text)}")


def fault(text: str) -> str:
    """Say what a text is that is no number, and what to do: "is no number" if nothing is known."""
    text = text.strip()
    if not text:
        return "is empty"
    if is_not_a_number(text) or is_infinite(text) or _NUMBER.fullmatch(text):
        return "is no finite number"
    if text.endswith("%") or text.startswith("%"):
        return "has a percent sign: write the number without it"
    if _EITHER.fullmatch(text):
        whole, part = text.split(",")
        return f"may be {whole}{part} or {whole}.{part}: write one of these"
    if _THOUSANDS.fullmatch(text):
        return "has a thousands separator: write the number without it"
    if _DATE.fullmatch(text):
        return "looks like a date: give the column the format of a number and save again"
    if any(each.isdigit() and not each.isascii() for each in text):
        return "has other digits than 0 to 9"
    return "is no number"
