"""Other programs' files as faces over time: OpenFace's, py-feat's, iMotions', Affectiva's.

Conventions
-----------
- Rows are in order of time, and a face comes once at a time: anything else is an error that names
  the file, the line and the value. Times are rounded to 0.001 s.
- A face that the file says was lost, or has no row, is absent. A face without a value for its smile
  is present and not scored. Neither is "not smiling".
- A file is of one recording without a break: where it has no row there was nobody, and the camera
  was on, from its second 0 to its last row.
- A score is the file's value over its full scale, at most 1; the file's faces, counted from 0, are
  viewers from 1. OpenFace gives a face's number again to another face once the first is lost.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.inputs.csv_columns import read_columns
from laughtrack.analytics.interchange import imotions
from laughtrack.analytics.interchange.face_exports import AFFECTIVA, FULL_SCALE
from laughtrack.analytics.interchange.face_programs import hint
from laughtrack.analytics.interchange.face_tables import (
    MAX_PX,
    box_of_landmarks,
    check_order,
    numbers,
    viewer_ids,
)
from laughtrack.analytics.interchange.imotions import read_samples
from laughtrack.tracker.text_files import read_text

SCALES = {**FULL_SCALE, "imotions": imotions.FULL_SCALE}
MOST_BYTES = 1 << 30
COLUMNS = ("viewer_id", "t_s", "x1", "y1", "x2", "y2", "quality", "raw")
BOX = ("x1", "y1", "x2", "y2")


class Faces(NamedTuple):
    """What a file says.

    `table`: a row for each face that was there, in order of t_s, viewer_id: viewer_id int64 from 1;
    t_s float64, seconds since the recording began; x1 y1 x2 y2 int64, px, all 0 where the file has
    no box; quality in [0, 1]; raw, the score in [0, 1], NaN where not scored. `frames_t_s`:
    (N,) float64, ascending, the times at which somebody looked for faces. `remarks`: what a reader
    should know, a line each.
    """

    table: pd.DataFrame
    frames_t_s: np.ndarray
    remarks: tuple[str, ...] = ()


class _Columns(NamedTuple):
    """What a file's N rows say: boxes (N, 4), all else (N,); `score` is NaN where not scored."""

    viewer_id: np.ndarray
    t_s: np.ndarray
    boxes: np.ndarray
    quality: np.ndarray
    score: np.ndarray


def read(
    path: str | Path, form: str, rate: Fraction | None = None, full_scale: float | None = None
) -> Faces:
    """Read a file of faces.

    Parameters
    ----------
    path : str or path
    form : str
        "openface", "pyfeat", "affectiva" or "imotions".
    rate : Fraction, optional
        Frames a second: times are then the frames' numbers over it. py-feat's files need it, their
        times are whole seconds; of OpenFace's those without times; the others' have times.
    full_scale : float, optional
        The file's value that is a score of 1, by default that of `SCALES`.

    Returns
    -------
    Faces

    Raises
    ------
    ValueError
        Naming the file, and the line and the value or the missing columns.
    OSError
        If it cannot be read.
    """
    full_scale = full_scale or SCALES[form]
    try:
        if form == "openface":
            return _openface(path, rate, full_scale)
        if form == "pyfeat":
            return _pyfeat(path, rate, full_scale)
        return (_imotions if form == "imotions" else _affectiva)(path, full_scale)
    except ValueError as error:
        # Another program's file has other columns.
        raise ValueError(f"{error}{hint(path, form)}") from None


def _openface(path: str | Path, rate: Fraction | None, full_scale: float) -> Faces:
    """Success 0 with a value is a face that was lost; without one it could not be scored."""
    time = "frame" if rate else "timestamp"
    rows = read_columns(path, (time, "confidence", "success", "AU12_r"), ("face_id",), r"[xy]_\d+")
    t_s = _times(path, rows, time, rate, first=1)
    score = numbers(path, rows, "AU12_r", low=0.0, allow_missing=True)
    present = (numbers(path, rows, "success", 0, 1) > 0) | np.isnan(score)
    ids = viewer_ids(path, rows, "face_id") if "face_id" in rows else np.ones(len(rows), int)
    quality = numbers(path, rows, "confidence", 0, 1, allow_missing=True)
    columns = _Columns(ids, t_s, box_of_landmarks(path, rows), quality, score / full_scale)
    return _faces(path, rows, columns, present)


def _pyfeat(path: str | Path, rate: Fraction | None, full_scale: float) -> Faces:
    """A row without a rectangle, or with one of no width, is a frame with no face found in it."""
    if rate is None:
        raise ValueError(f"{path}: py-feat's times are whole seconds: give --fps, the footage's")
    rectangle = ("FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight")
    rows = read_columns(path, ("frame", *rectangle, "FaceScore", "AU12"), ("Identity",))
    t_s = _times(path, rows, "frame", rate, first=0)
    x, y, width, height = (
        numbers(path, rows, name, -MAX_PX, MAX_PX, allow_missing=True) for name in rectangle
    )
    quality = numbers(path, rows, "FaceScore", 0, 1, allow_missing=True)
    present = width > 0
    has_identity = "Identity" in rows and rows["Identity"][present].notna().all()
    ids = np.ones(len(rows), dtype=np.int64)
    if has_identity:
        ids[present] = viewer_ids(path, rows[present], "Identity")
    elif pd.Series(t_s[present]).duplicated().any():
        raise ValueError(
            f"{path}: several faces in a frame, and no Identity to tell whose they are: detect "
            "with an identity model"
        )
    score = numbers(path, rows, "AU12", low=0.0, allow_missing=True)
    boxes = np.stack([x, y, x + width, y + height], axis=1)
    return _faces(path, rows, _Columns(ids, t_s, boxes, quality, score / full_scale), present)


def _affectiva(path: str | Path, full_scale: float) -> Faces:
    """A frame without faces is one in which nobody was found."""
    text = read_text(path, "Affectiva's JSON", MOST_BYTES)
    try:
        # A number of hundreds of digits becomes infinite, which is refused with its line.
        data = json.loads(text, parse_int=lambda text: (int if len(text) < 16 else float)(text))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not JSON: {error}") from None
    kind = data.get("content_type") if isinstance(data, dict) else None
    if kind != AFFECTIVA or not isinstance(data.get("frames"), list):
        raise ValueError(f"{path}: content_type is {kind!r}: expected {AFFECTIVA}, with frames")
    found = []
    for number, frame in enumerate(data["frames"]):
        faces = frame.get("faces") if isinstance(frame, dict) else None
        if not isinstance(faces, dict) or not all(isinstance(f, dict) for f in faces.values()):
            raise ValueError(f"{path}, frame {number}: expected time and faces, by their numbers")
        # A frame without faces is a row too, of no face.
        for face, metrics in (faces or {None: {}}).items():
            found.append((number, frame.get("time"), face, *map(metrics.get, ("smile", "quality"))))
    rows = pd.DataFrame(found, columns=["frame", "time", "face", "smile", "quality"])
    rows = rows.set_index("frame").infer_objects()
    present = rows["face"].notna().to_numpy()
    ids = np.ones(len(rows), dtype=np.int64)
    ids[present] = viewer_ids(path, rows[present], "face")
    score = numbers(path, rows, "smile", low=0.0, allow_missing=True) / full_scale
    quality = numbers(path, rows, "quality", 0, 1, allow_missing=True)
    # The file has no measure of how well a face was seen: what was scored counts as seen.
    quality = np.where(np.isnan(quality), (~np.isnan(score)).astype(float), quality)
    boxes = np.zeros((len(rows), 4))
    t_s = _times(path, rows, "time", None, first=0)
    return _faces(path, rows, _Columns(ids, t_s, boxes, quality, score), present)


def _imotions(path: str | Path, full_scale: float) -> Faces:
    """A row without a value is a frame in which nobody was found."""
    rows, t_s, boxes, score, remarks = read_samples(path, full_scale)
    present = ~np.isnan(score)
    columns = _Columns(np.ones(len(rows), int), t_s, boxes, present.astype(float), score)
    found = _faces(path, rows, columns, present)
    return found._replace(remarks=(*remarks, *found.remarks))


def _times(
    path: str | Path, rows: pd.DataFrame, column: str, rate: Fraction | None, first: int
) -> np.ndarray:
    if rate is None:
        return numbers(path, rows, column, low=0.0)
    return (numbers(path, rows, column, low=first) - first) / float(rate)


def _faces(path: str | Path, rows: pd.DataFrame, columns: _Columns, present: np.ndarray) -> Faces:
    """Return the present faces of a file's N rows, checked and in order."""
    ids, t_s, boxes, quality, score = columns
    if not len(rows):
        raise ValueError(f"{path}: no rows in it; expected one for each face and frame")
    t_s = np.round(t_s, 3)
    check_order(path, rows, ids, t_s, present)
    table = pd.DataFrame({"viewer_id": ids, "t_s": t_s, **dict(zip(BOX, boxes.T, strict=True))})
    table = table.assign(quality=np.nan_to_num(quality), raw=np.minimum(score, 1.0))
    table[[*BOX]] = table[[*BOX]].fillna(0.0).round()
    table = table[present].astype({"viewer_id": np.int64, **dict.fromkeys(BOX, np.int64)})
    table = table.sort_values(["t_s", "viewer_id"], ignore_index=True)
    unscored = int(table["raw"].isna().sum())
    remarks = (
        f"{path}: {unscored:,} of {len(table):,} faces have no number for the smile: they are "
        "there, and not scored"
    )
    frames_t_s = _with_every_second(np.unique(t_s))
    return Faces(table[[*COLUMNS]], frames_t_s, (remarks,) if unscored else ())


def _with_every_second(t_s: np.ndarray) -> np.ndarray:
    """Add a time in every second without one: the recording went on there."""
    seconds = np.arange(int(t_s[-1]) + 1)
    return np.union1d(t_s, np.setdiff1d(seconds, t_s.astype(np.int64)).astype(float))


def join(files: Sequence[Faces]) -> Faces:
    """Join what several files say of one recording, each of other viewers.

    Parameters
    ----------
    files : sequence of Faces
        All from the same second 0; at least one.

    Returns
    -------
    Faces
        The viewers of each file are numbered on from those of the files before it.
    """
    tables, last = [], 0
    for table, *_ in files:
        tables.append(table.assign(viewer_id=table["viewer_id"] + last))
        last = max(last, int(tables[-1]["viewer_id"].max())) if len(table) else last
    table = pd.concat(tables).sort_values(["t_s", "viewer_id"], ignore_index=True)
    remarks = tuple(remark for each in files for remark in each.remarks)
    return Faces(table, np.unique(np.concatenate([each.frames_t_s for each in files])), remarks)
