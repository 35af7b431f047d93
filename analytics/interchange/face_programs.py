"""Which program wrote a file of faces, where it is not the one that was named."""

from __future__ import annotations

import csv
from pathlib import Path

from laughtrack.analytics.interchange import imotions
from laughtrack.edge.tables.csv_rows import delimiter_of
from laughtrack.edge.tables.spreadsheet import unguard
from laughtrack.tracker.text_files import encoding_of

# The columns that tell a program's files, in plain letters: one of each set.
_SIGNS = {
    "openface": ({"au12r"}, {"confidence"}, {"success"}),
    "pyfeat": ({"facerectwidth"}, {"au12"}, {"facescore"}),
}
_OTHERS = {
    "Noldus FaceReader's log": ({"videotime"}, {"happy", "neutral"}),
    "Affectiva's JavaScript SDK": ({"browfurrow"}, {"lipcornerdepressor"}, {"smile"}),
    "a facial coding export of RealEye": ({"testfacialcodingrawdata"},),
}
_BYTES = 1 << 18


def hint(path: str | Path, form: str) -> str:
    """Say which program a file seems to be of, "" if it is `form`'s or nobody's known.

    Parameters
    ----------
    path : str or Path
        A file that was not read as `form`.
    form : str
        As for `face_imports.read`.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(_BYTES)
        lines = data.decode(encoding_of(data, path), "replace").lstrip("\ufeff").splitlines()
    except (OSError, ValueError):
        return ""
    found = _form("\n".join(lines), [_cells(line) for line in lines[:300]])
    if found in (*_SIGNS, "affectiva", "imotions"):
        return "" if found == form else f"; it seems to be of {found}: give --as {found}"
    if not found:
        return ""
    return (
        f"; it seems to be {found}, which is not read: write it as OpenFace's CSV (frame, "
        "timestamp, confidence, success, AU12_r) and give --as openface"
    )


def _cells(line: str) -> list[str]:
    return [unguard(cell) for cell in next(csv.reader([line], delimiter=delimiter_of(line)), [])]


def _form(text: str, rows: list[list[str]]) -> str:
    if "vnd.affectiva.session" in text:
        return "affectiva"
    for row in rows:
        if imotions.is_header(row):
            return "imotions"
        names = {imotions.plain(each) for each in row}
        for name, signs in {**_SIGNS, **_OTHERS}.items():
            if all(names & each for each in signs):
                return name
    return ""
