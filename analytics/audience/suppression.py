"""Figures of fewer viewers than may be shown, left out of a table; the numbers of viewers stay."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

# Of a curve's table; all else in it says how much the audience smiled.
COUNTS = ("t_s", "visible", "judged", "watched")


def suppress(
    table: pd.DataFrame, figures: Iterable[str], min_viewers: int, counted: str = "judged"
) -> pd.DataFrame:
    """Return a table without the figures of few.

    Parameters
    ----------
    table : DataFrame
    figures : iterable of str
        Its columns that say something of the viewers.
    min_viewers : int
    counted : str
        The column with the number of viewers.

    Returns
    -------
    DataFrame
        The same rows; the figures, as floats, are NaN where there are fewer viewers.
    """
    enough = table[counted] >= min_viewers
    return table.assign(**{name: table[name].astype(float).where(enough) for name in figures})


def suppress_curve(curve: pd.DataFrame, min_viewers: int) -> pd.DataFrame:
    """Return what `suppress` does of a curve from `audience.curve`."""
    return suppress(curve, curve.columns.difference(COUNTS), min_viewers)
