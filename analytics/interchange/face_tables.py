"""Tables of faces from files, checked so that an error names file, line and value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from laughtrack.analytics.store.sessions import LONGEST_S
from laughtrack.tracker.mot import text_numbers

# "Person_3" is py-feat's, 3 OpenFace's and Affectiva's; 3.0 is what a gap makes of 3 in pandas.
_NUMBERED = r"(?:Person_)?(\d{1,9})(?:\.0)?"
# No picture is larger; what says so is a mistake.
MAX_PX = 1e6


def cell_error(
    path: str | Path, rows: pd.DataFrame, at: int, column: str, value: str, expected: str
) -> ValueError:
    """Return a ValueError that names the file, the line of row `at`, the column and its value."""
    return ValueError(f"{path}, {_place(rows, at)}: {column} is {value}: expected {expected}")


def _place(rows: pd.DataFrame, at: int) -> str:
    return f"{rows.index.name} {rows.index[at]}"


def numbers(
    path: str | Path,
    rows: pd.DataFrame,
    column: str,
    low: float = -np.inf,
    high: float = np.inf,
    allow_missing: bool = False,
) -> np.ndarray:
    """Return a column as (N,) float64, every value checked.

    Parameters
    ----------
    path : str or path
    rows : DataFrame
        From `csv_columns.read_columns`.
    column : str
    low, high : float
        Of its values; both are allowed.
    allow_missing : bool
        Whether it may have nothing, or nan, which is NaN.

    Raises
    ------
    ValueError
        Naming the first value that is wrong, and its line.
    """
    values, missing = _parsed(rows[column])
    good = np.isfinite(values) & (values >= low) & (values <= high)
    bad = ~good & ~(missing & allow_missing)
    if bad.any():
        at = int(np.argmax(bad))
        limits = [f"from {low:g}"] * (low > -np.inf) + [f"to {high:g}"] * (high < np.inf)
        value = rows[column].iloc[at]
        value = "missing" if missing[at] else _shown(value)
        raise cell_error(path, rows, at, column, value, " ".join(["a number", *limits]))
    return values


def _parsed(column: pd.Series[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return a column as float64, NaN where it is none, and where a program says there is none."""
    missing = column.isna().to_numpy()
    if column.dtype.kind in "iuf":
        return column.to_numpy(dtype=float), missing
    # A cell of another kind made text of all: decimal commas, nan(ind), or a mistake.
    cells = column.astype(object).tolist()
    texts = [cell for cell in cells if isinstance(cell, str)]
    commas = any(text_numbers.has_decimal_comma(each) for each in texts)
    values = np.array([_value(cell, commas) for cell in cells], dtype=float)
    is_nan = [isinstance(cell, str) and text_numbers.is_not_a_number(cell) for cell in cells]
    return values, missing | np.array(is_nan, dtype=bool)


def _value(cell: object, commas: bool) -> float:
    try:
        if isinstance(cell, str):
            return text_numbers.number(cell, decimal_commas=commas)
        return float(cell) if isinstance(cell, int | float) else np.nan
    except (ValueError, OverflowError):
        # Also whole numbers of hundreds of digits.
        return np.nan


def _shown(value: object) -> str:
    if not isinstance(value, str):
        return str(value)
    try:
        text_numbers.number(value)
    except ValueError:
        why = text_numbers.fault(value)
        return repr(value) if why in ("is no number", "is empty") else f"{value!r}, which {why}"
    return repr(value)


def viewer_ids(path: str | Path, rows: pd.DataFrame, column: str) -> np.ndarray:
    """Return the viewers' IDs of a column that names faces: (N,) int64 from 1.

    One more than the faces' numbers, if all have one; else in order of their first row.

    Raises
    ------
    ValueError
        If one is missing.
    """
    names = rows[column]
    if names.isna().any():
        at = int(np.argmax(names.isna()))
        raise cell_error(path, rows, at, column, "missing", "whose face it is")
    found = names.astype(str).str.strip().str.extract(f"^{_NUMBERED}$")[0]
    if found.notna().all():
        return found.astype(np.int64).to_numpy() + 1
    return pd.factorize(names)[0] + 1


def check_order(
    path: str | Path, rows: pd.DataFrame, ids: np.ndarray, t_s: np.ndarray, present: np.ndarray
) -> None:
    """Refuse times that run backwards or are no recording's, and a face twice at one time.

    Parameters
    ----------
    path : str or path
    rows : DataFrame
        From `csv_columns.read_columns`, N rows.
    ids, t_s, present : ndarray, shape (N,)
        Viewers, times in seconds, and whether the face was there.

    Raises
    ------
    ValueError
        Naming the line and both times.
    """
    if t_s.max() >= LONGEST_S:
        at = int(np.argmax(t_s >= LONGEST_S))
        raise cell_error(
            path, rows, at, "time", f"{t_s[at]} s", "seconds since the recording began"
        )
    back = np.flatnonzero(np.diff(t_s) < 0)
    if len(back):
        at = int(back[0]) + 1
        raise cell_error(
            path, rows, at, "time", f"{t_s[at]} s after {t_s[at - 1]} s", "rows in order of time"
        )
    keys = pd.DataFrame({"viewer": ids, "t_s": t_s})[present]
    twice = keys.duplicated()
    if twice.any():
        at = int(twice.idxmax())
        first = int(np.argmax((ids == ids[at]) & (t_s == t_s[at]) & present))
        value = f"{t_s[at]} s, as for the same face on {_place(rows, first)}"
        raise cell_error(path, rows, at, "time", value, "a face once at a time")


def box_of_landmarks(path: str | Path, rows: pd.DataFrame) -> np.ndarray:
    """Return the smallest boxes around OpenFace's landmarks: (N, 4), 0 where there are none.

    Raises
    ------
    ValueError
        Naming the first value that is no number, and its line.
    """
    sides = []
    for axis in "xy":
        names = [name for name in rows if name.startswith(f"{axis}_")]
        if not names:
            return np.zeros((len(rows), 4))
        columns = [numbers(path, rows, name, allow_missing=True) for name in names]
        points = np.stack(columns, axis=1)
        sides.append((points.min(axis=1), points.max(axis=1)))
    boxes = np.stack([sides[0][0], sides[1][0], sides[0][1], sides[1][1]], axis=1)
    return np.where((np.abs(boxes) < MAX_PX).all(axis=1, keepdims=True), boxes, 0.0)
