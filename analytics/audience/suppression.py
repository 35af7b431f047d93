"""What a table of withheld figures still says, and what may be said of all viewers together.

That figures of few are withheld is seen to where tables are made (`timelines.session_tables`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from laughtrack.analytics.timelines.session_tables import SessionTables

# Columns with numbers of viewers, and those that stand-ins cannot tell: they depend on which
# viewers of a cohort smiled.
NUMBERS = ("visible", "judged", "viewers")
OF_SINGLES = tuple(
    f"{name}{end}" for name in ("reach", "smiles_per_min") for end in ("", "_low", "_high")
)
# Of a curve's table; all else in it says how much the audience smiled.
COUNTS = ("t_s", "visible", "judged", "watched")


def with_numbers(
    table: pd.DataFrame, tables: SessionTables, make: Callable[[SessionTables], pd.DataFrame]
) -> pd.DataFrame:
    """Say how many viewers there were where a table's figures are withheld.

    Parameters
    ----------
    table : DataFrame
        Made of `tables`.
    tables : SessionTables
    make : callable
        Makes the same table of the viewers themselves.

    Returns
    -------
    DataFrame
        `table` without `OF_SINGLES`; of `NUMBERS`, those behind a figure, else those of the viewers
        themselves; `visible` always theirs. The table itself where nothing is withheld.
    """
    if not tables.withholds:
        return table
    real = make(tables.everyone)
    for name in set(NUMBERS) & set(table):
        own = (table[name] > 0) & (name != "visible")
        table = table.assign(**{name: table[name].where(own, real[name])})
    return table.assign(**{name: np.nan for name in set(OF_SINGLES) & set(table)})


def rounded_share(values: npt.ArrayLike) -> float:
    """Return the mean of values in [0, 1], one a viewer, in whole viewers and never that of all."""
    values = np.asarray(values, dtype=float)
    return float(min(np.floor(values.sum() + 1e-6), len(values) - 1) / len(values))
