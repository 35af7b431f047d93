"""iMotions' text exports, of AFFDEX and of FACET: which column is the smile's, and on what scale.

Conventions
-----------
- Above the header is what iMotions says of the study, some lines or some dozens; tabs or commas.
- `Timestamp` is milliseconds since the recording began; where steps are smaller than any camera's
  in milliseconds it is seconds, and that is said. `MediaTime` begins anew with each stimulus and
  is not used.
- The score is `Smile` (AFFDEX, 0 to 100); else FACET's `AU12 Evidence` (lip corner puller), else
  its `Joy Evidence`, else AFFDEX's `Joy`. Evidence is the logarithm, of base 10, of the odds that
  the expression is there: a score is its probability, 10^e / (1 + 10^e).
- One export is one respondent's, one face. Values of other sensors' rows are only repeated there:
  rows of the face's own `EventSource` count, and a frame's number once.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.inputs.csv_columns import column_names, read_columns
from laughtrack.analytics.interchange.face_tables import MAX_PX, numbers

FULL_SCALE = 100.0
_SCORES = ("smile", "au12evidence", "joyevidence", "joy")
_TIMES = ("timestamp", "frametime")
_RECTANGLE = ("facerectx", "facerecty", "facerectwidth", "facerectheight")
_RESPONDENT = ("respondentname", "respondent", "name")
_STIMULUS = ("sourcestimuliname", "stimulusname", "stimuliname")
_SENSORS = "affdex|affectiva|facet|emotient"


class Samples(NamedTuple):
    """An export's N rows of a face: `t_s`, `score` (NaN where no face was) and boxes (N, 4)."""

    rows: pd.DataFrame
    t_s: np.ndarray
    boxes: np.ndarray
    score: np.ndarray
    remarks: tuple[str, ...]


def plain(name: str) -> str:
    """Return a column's name in small letters and digits alone."""
    return re.sub("[^a-z0-9]", "", name.lower())


def is_header(cells: list[str]) -> bool:
    """Tell the line of columns' names from those that iMotions writes above it."""
    names = {plain(each) for each in cells}
    starts = bool(cells) and not cells[0].startswith("#")
    return starts and bool(names & {*_TIMES}) and bool(names & {*_SCORES})


def read_samples(path: str | Path, full_scale: float) -> Samples:
    """Read an export.

    Parameters
    ----------
    path : str or Path
    full_scale : float
        The value of `Smile` or `Joy` that is a score of 1.

    Raises
    ------
    ValueError
        Naming the file and what is wrong.
    OSError
        If it cannot be read.
    """
    columns = column_names(path, is_header)
    once = [each for each in columns if columns.count(each) == 1]
    names = {plain(each): each for each in reversed(once)}
    time = next((names[each] for each in _TIMES if each in names), None)
    smile = next((names[each] for each in _SCORES if each in names), None)
    if time is None or smile is None:
        raise ValueError(f"{path}: two columns of its time or its smile; rename or remove one")
    extra = ("eventsource", "frameno", *_RECTANGLE, *_RESPONDENT, *_STIMULUS)
    optional = [names[each] for each in extra if each in names]
    rows = read_columns(path, (time, smile), optional, is_header=is_header)
    _one_respondent(path, rows, names)
    remarks = [_source(path, smile), *_stimuli(path, rows, names)]
    rows = _own_rows(rows, names, smile)
    if rows.empty:
        raise ValueError(f"{path}: no row has a value of {smile}; export it with the face's values")
    t_s, unit = _seconds(path, rows, time)
    remarks += [unit] * bool(unit)
    first = ~pd.Series(np.round(t_s, 3)).duplicated().to_numpy()
    if not first.all():
        remarks.append(f"{path}: {int((~first).sum())} rows at the time of one before left out")
    rows, t_s = rows[first], t_s[first]
    score = _score(path, rows, smile, full_scale)
    return Samples(rows, t_s, _boxes(path, rows, names), score, tuple(remarks))


def _one_respondent(path: str | Path, rows: pd.DataFrame, names: dict[str, str]) -> None:
    name = next((names[each] for each in _RESPONDENT if each in names), None)
    found = [] if name is None else [*rows[name].dropna().astype(str).unique()]
    if len(found) > 1:
        raise ValueError(
            f"{path} has {len(found)} respondents ({', '.join(found[:3])}, ...), each with a time "
            "of its own: export one file a respondent, and import them together"
        )


def _stimuli(path: str | Path, rows: pd.DataFrame, names: dict[str, str]) -> list[str]:
    name = next((names[each] for each in _STIMULUS if each in names), None)
    found = [] if name is None else [*rows[name].dropna().astype(str).unique()]
    if len(found) < 2:
        return []
    return [
        f"{path}: {len(found)} stimuli ({', '.join(found[:3])}{', ...' * (len(found) > 3)}) in one "
        "session; times are the recording's"
    ]


def _source(path: str | Path, smile: str) -> str:
    if plain(smile).endswith("evidence"):
        return f"{path}: FACET's {smile!r}, as the probability that its odds are of"
    return f"{path}: AFFDEX's {smile!r}"


def _own_rows(rows: pd.DataFrame, names: dict[str, str], smile: str) -> pd.DataFrame:
    """Return the rows of the face's sensor: of others there are only copies of its last values."""
    if "eventsource" in names:
        source = rows[names["eventsource"]].astype(str)
        own = source.str.contains(_SENSORS, case=False, regex=True).to_numpy()
        if own.any():
            return _frames_once(rows[own], names)
    # Nothing tells a frame without a face from other sensors' rows.
    return _frames_once(rows[rows[smile].notna()], names)


def _frames_once(rows: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    if "frameno" not in names:
        return rows
    frame = rows[names["frameno"]]
    return rows[(frame != frame.shift()) | frame.isna()]


def _seconds(path: str | Path, rows: pd.DataFrame, time: str) -> tuple[np.ndarray, str]:
    """Return the times in seconds, and a remark where the file's are no milliseconds."""
    values = numbers(path, rows, time, low=0.0)
    steps = np.diff(np.unique(values))
    step = float(np.median(steps)) if len(steps) else 40.0
    if 2 <= step <= 5000:
        return values / 1000, ""
    if 0.002 <= step < 2:
        return values, f"{path}: {time} goes by steps of {step:g}, which are taken for seconds"
    raise ValueError(f"{path}: {time} goes by steps of {step:g}; expected milliseconds")


def _score(path: str | Path, rows: pd.DataFrame, smile: str, full_scale: float) -> np.ndarray:
    if not plain(smile).endswith("evidence"):
        return numbers(path, rows, smile, 0.0, 100.0, allow_missing=True) / full_scale
    if full_scale != FULL_SCALE:
        raise ValueError(f"{path}: {smile} is of odds and has no full scale: leave out --full")
    odds = numbers(path, rows, smile, allow_missing=True)
    return np.asarray(1 / (1 + 10 ** -np.clip(odds, -300, 300)))


def _boxes(path: str | Path, rows: pd.DataFrame, names: dict[str, str]) -> np.ndarray:
    if not {*_RECTANGLE} <= {*names}:
        return np.zeros((len(rows), 4))
    x, y, width, height = (
        np.nan_to_num(numbers(path, rows, names[each], -MAX_PX, MAX_PX, allow_missing=True))
        for each in _RECTANGLE
    )
    return np.stack([x, y, x + width, y + height], axis=1)
