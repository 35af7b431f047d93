"""Tables in Markdown, and the numbers in them."""

from __future__ import annotations


def table(heads, rows):
    """Write a table.

    Parameters
    ----------
    heads : sequence of str
    rows : iterable of sequence of str

    Returns
    -------
    str, a line each, with a line's end
    """
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def figure(value, percent=False):
    """Write a count, or a figure with its interval.

    Parameters
    ----------
    value : int, or list of figure, low, high, each a float or None
    percent : bool
        Write a share as a percentage, without the sign.

    Returns
    -------
    str, "-" where there is none
    """
    if isinstance(value, int):
        return f"{value:,}"
    shown, low, high = (_number(each, percent) for each in value)
    return shown if "-" in (low, high) else f"{shown} ({low} to {high})"


def number(value, digits, none="-"):
    """Write a number with so many digits, or what to say for None."""
    return none if value is None else f"{value:.{digits}f}"


def _number(value, percent):
    return number(100 * value, 1) if percent and value is not None else number(value, 3)
