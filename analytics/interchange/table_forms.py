"""A table as bytes for other programs: CSV, JSON and Parquet, the same wherever it is asked for."""

from __future__ import annotations

import pandas as pd

from laughtrack.edge.tables.spreadsheet import csv_text

# By the word for it, the media type.
FORMS = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}


def table_bytes(table: pd.DataFrame, form: str) -> bytes:
    """Write a table to six decimals.

    Parameters
    ----------
    table : DataFrame
    form : str
        "csv", in which texts are guarded (see `edge.tables.spreadsheet`); "json", a list of
        objects, with null for a missing value; or "parquet".

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If the form is none of these.
    """
    table = table.round(6)
    if form == "parquet":
        return bytes(table.to_parquet(index=False))
    if form == "csv":
        return csv_text(table).encode("utf-8", "backslashreplace")
    if form == "json":
        # All but ASCII is written as numbers; of the rest, DEL alone may act on a terminal.
        text = table.to_json(orient="records", indent=1).replace("\x7f", "\\u007f")
        return (text + "\n").encode()
    raise ValueError(f"format {form!r}: expected one of {', '.join(FORMS)}")
