"""Dial data as it comes: a CSV file of people's dials over time, and the same in equal steps.

A dial keeps its value until the next sample, so that samples may come evenly, unevenly, or only
when the dial was turned; the last one holds for one usual step more.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from laughtrack.analytics.inputs.csv_table import column, numbers, read, seconds

TIME = ("t_s", "time", "time_s", "seconds", "t", "timestamp")


def read_dial(path: str | Path) -> pd.DataFrame:
    """Read dial data.

    Parameters
    ----------
    path : str or Path
        A CSV file with a column of times, in seconds of the film or as h:mm:ss.s, called one of
        `TIME`, and one column for each person, or one of their mean. An empty cell is no sample.

    Returns
    -------
    DataFrame
        `t_s`, increasing, and the other columns as they are called, float, NaN where empty.

    Raises
    ------
    ValueError
        Naming the file and the line: no column of times or of people, times that go back or come
        twice, something that is no number, or no line at all.
    OSError
        If it cannot be read.
    """
    table = read(path)
    time = column(table, TIME, path)
    people = [name for name in table.columns if name != time]
    if not people:
        raise ValueError(f"{path}: only a column {time!r}; expected one a person, or a mean")
    if table.empty:
        raise ValueError(f"{path}: no line of data in it")
    t_s = seconds(table, time, path)
    back = np.flatnonzero(np.diff(t_s) <= 0)
    if len(back):
        at = back[0] + 1
        raise ValueError(
            f"{path}, line {table.index[at]}: {t_s[at]:g} s comes after {t_s[at - 1]:g} s; "
            "expected later and later times"
        )
    values = {name: numbers(table, name, path, allow_empty=True) for name in people}
    return pd.DataFrame({"t_s": t_s, **values})


def resample_dial(dial: pd.DataFrame, start_s: float, count: int, step_s: float) -> np.ndarray:
    """Average each dial over steps.

    Parameters
    ----------
    dial : DataFrame
        From `read_dial`.
    start_s : float
        The film's time at the first step.
    count : int
        Of steps.
    step_s : float

    Returns
    -------
    ndarray, shape (P, count), float64
        The mean over the part of the step in which the dial has a value; NaN where it has none.
    """
    edges = start_s + np.arange(count + 1) * step_s
    usual_s = float(np.median(np.diff(dial["t_s"]))) if len(dial) > 1 else step_s
    rows = []
    for name in dial.columns[1:]:
        samples = dial[["t_s", name]].dropna().to_numpy()
        if not len(samples):
            rows.append(np.full(count, np.nan))
            continue
        t_s = np.append(samples[:, 0], samples[-1, 0] + usual_s)
        total = np.append(0.0, np.cumsum(samples[:, 1] * np.diff(t_s)))
        covered = np.diff(np.clip(edges, t_s[0], t_s[-1]))
        covered = np.where(covered > 1e-9, covered, np.nan)
        rows.append(np.diff(np.interp(edges, t_s, total)) / covered)
    return np.array(rows)
