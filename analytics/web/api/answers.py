"""What the API answers with: a table in the form that is asked for, or what went wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, Field, create_model
from starlette.responses import Response

from laughtrack.analytics.interchange.table_forms import FORMS, table_bytes
from laughtrack.analytics.web.api.rows import Row

Form = Literal["json", "csv", "parquet"]
NOTES = "X-Laughtrack-Notes"


class Problem(BaseModel):
    """What went wrong, in a sentence."""

    detail: str


# What any question about a session may be answered with.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": words}
    for status, words in (
        (401, "Log in, or send the token."),
        (403, "Withheld: it is of single viewers, or the session is still being recorded."),
        (404, "There is no such session."),
        (409, "Several devices have a session of that name: name one with `device`."),
        (422, "Something that was asked is not possible; the sentence says what is."),
        (503, "The store cannot be read."),
    )
}
_Model = dict[str, Any]


def responses(row: type[Row], **more: Any) -> dict[int | str, dict[str, Any]]:
    """Return what the document of the API says of a route that answers with a table.

    Parameters
    ----------
    row : class
        Of the table's rows.
    **more
        Fields of the JSON beside `rows` and `notes`: (type, field) pairs.
    """
    notes = (list[str], Field(description="What is left out, withheld or joined, in sentences."))
    rows: Any = (list[row], ...)  # type: ignore[valid-type]
    model = create_model(f"{row.__name__.removesuffix('Row')}Table", rows=rows, notes=notes, **more)
    content: _Model = {
        FORMS["csv"]: {"schema": {"type": "string"}},
        FORMS["parquet"]: {"schema": {"type": "string", "format": "binary"}},
    }
    found = {"model": model, "content": content, "description": row.__doc__ or ""}
    return {**PROBLEMS, 200: found}


def table_answer(
    table: pd.DataFrame, form: Form, name: str, notes: Sequence[str] = (), **more: Any
) -> Response:
    """Answer with a table, the same to the last digit as the commands write it.

    Parameters
    ----------
    table : DataFrame
    form : str
        "json": an object with `rows`, `notes` and `more`. "csv", "parquet": a file to save; notes
        are in the header `NOTES`, a JSON list.
    name : str
        The file's, without its ending.
    notes : sequence of str
    """
    data = table_bytes(table, form)
    if form == "json":
        rest = json.dumps({"notes": [*notes], **more})
        return Response(
            b'{"rows": ' + data.rstrip() + b", " + rest[1:].encode(), 200, None, FORMS[form]
        )
    return file_answer(data, FORMS[form], f"{name}.{form}", notes)


def file_answer(data: bytes, kind: str, name: str, notes: Iterable[str] = ()) -> Response:
    """Answer with a file to save, of a media type."""
    headers = {"Content-Disposition": f'attachment; filename="{_plain(name)}"'}
    if notes := [*notes]:
        # Only ASCII stands in a header.
        headers[NOTES] = json.dumps(notes)
    return Response(data, 200, headers, kind)


def one_of(name: str, value: str, known: Iterable[str]) -> str:
    """Return a value, which must be one of some words."""
    if value not in known:
        raise ValueError(f"{name}: {value[:60]!r}: expected one of {', '.join(known)}")
    return value


def _plain(name: str) -> str:
    """Return a file's name that needs no quoting."""
    return re.sub(r"[^A-Za-z0-9@._ -]", "_", name)
