"""A session as other programs' files: OpenFace, py-feat, Affectiva and MOTChallenge.

Conventions
-----------
- What these files call action unit 12 or smile is SmileNet's unsmoothed score, `raw` in [0, 1], on
  the file's scale; not the smoothed `smile`, which a reader can compute again.
- A face that could not be scored is in the file without a score; a viewer who was not seen is not
  in it. Nothing is written for a camera that was off.
- Faces count from 0 there: a viewer's ID is one more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines.smiles import detect_smiles

OPENFACE = ("frame", "face_id", "timestamp", "confidence", "success", "AU12_r", "AU12_c")
PYFEAT = (
    "FaceRectX",
    "FaceRectY",
    "FaceRectWidth",
    "FaceRectHeight",
    "FaceScore",
    "AU12",
    "input",
    "frame",
    "approx_time",
    "Identity",
)
AFFECTIVA = "application/vnd.affectiva.session.v0+json"
# A score of 1 on each file's scale: FACS's strongest intensity, a probability, a percentage.
FULL_SCALE = {"openface": 5.0, "pyfeat": 1.0, "affectiva": 100.0}


def openface(session: Session) -> pd.DataFrame:
    """Return a session as OpenFace's CSV has it, with the columns of the smile only.

    Parameters
    ----------
    session : Session

    Returns
    -------
    DataFrame
        A row for each reading, in order of time, then viewer: frame, int from 1, counting
        the frames with faces; face_id, the viewer's ID less 1; timestamp, seconds since the
        session began, to 0.001; confidence, the face's quality in [0, 1]; success, 1 where the face
        was scored, else 0; AU12_r, the score times 5, [0, 5]; AU12_c, 1 inside one of the viewer's
        `smiles`, else 0. The last two are missing where success is 0. Boxes are not in it.
    """
    rows = session.readings
    scored = rows["raw"].notna().to_numpy()
    return pd.DataFrame(
        {
            "frame": pd.factorize(rows["t_s"])[0] + 1,
            "face_id": rows["viewer_id"] - 1,
            "timestamp": rows["t_s"].round(3),
            "confidence": rows["quality"],
            "success": scored.astype(np.int64),
            "AU12_r": (rows["raw"] * FULL_SCALE["openface"]).round(4),
            "AU12_c": pd.Series(detect_smiles(rows).smiling, rows.index)
            .astype("Int64")
            .where(scored),
        },
        columns=OPENFACE,
    )


def pyfeat(session: Session, rate: Fraction) -> pd.DataFrame:
    """Return a session as py-feat's Fex has it in CSV, with the columns of the smile only.

    Parameters
    ----------
    session : Session
    rate : Fraction
        Frames a second of the footage; times are rounded to its frames.

    Returns
    -------
    DataFrame
        A row for each reading, in order of time, then viewer: FaceRectX, FaceRectY, left and top
        edge, FaceRectWidth, FaceRectHeight, pixels; FaceScore, the face's quality in [0, 1]; AU12,
        the score in [0, 1], NaN where not scored; input, the footage's name; frame, int from 0;
        approx_time, MM:SS; Identity, "Person_" and the viewer's ID less 1.

    Raises
    ------
    ValueError
        If two readings of a viewer fall into one frame, or faces have no box.
    """
    rows, boxes = session.readings, _boxes(session)
    seconds = rows["t_s"].astype(np.int64)
    return pd.DataFrame(
        {
            "FaceRectX": boxes[:, 0],
            "FaceRectY": boxes[:, 1],
            "FaceRectWidth": boxes[:, 2] - boxes[:, 0],
            "FaceRectHeight": boxes[:, 3] - boxes[:, 1],
            "FaceScore": rows["quality"],
            "AU12": rows["raw"],
            "input": str(session.info.get("source") or session.name),
            "frame": footage_frames(rows, rate),
            "approx_time": [f"{each // 60:02d}:{each % 60:02d}" for each in seconds],
            "Identity": [f"Person_{viewer - 1}" for viewer in rows["viewer_id"]],
        },
        columns=PYFEAT,
    )


def affectiva(session: Session) -> str:
    """Write a session as Affectiva's session JSON, version 0.

    Parameters
    ----------
    session : Session

    Returns
    -------
    str
        An object with `content_type`, `configuration` and `frames`, one for each frame with
        faces: its `time`, seconds to 0.001, and `faces`, by the viewer's ID less 1 an object
        with `smile`, the score times 100, absent where the face was not scored. One metric is not
        Affectiva's: `quality`, the face's, in [0, 1]. Boxes are not in it.
    """
    frames = []
    for t_s, rows in session.readings.groupby("t_s"):
        faces: dict[str, Mapping[str, Any]] = {}
        for row in rows.itertuples():
            scores = (
                {} if np.isnan(row.raw) else {"smile": round(FULL_SCALE["affectiva"] * row.raw, 3)}
            )
            faces[str(row.viewer_id - 1)] = {**scores, "quality": row.quality}
        frames.append(json.dumps({"time": round(float(t_s), 3), "faces": faces}))
    head = {"content_type": AFFECTIVA, "configuration": {"smile": "SmileNet, degree times 100"}}
    return json.dumps(head)[:-1] + ', "frames": [\n' + ",\n".join(frames) + "\n]}\n"


def identities(session: Session, rate: Fraction) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Return who was where in each frame, as `tracker.mot.export.mot_text` writes it.

    Parameters
    ----------
    session : Session
    rate : Fraction
        Frames a second of the footage; times are rounded to its frames.

    Returns
    -------
    dict of int to (ndarray, ndarray)
        By frame, from 1: viewer IDs, (N,) int64, and boxes, (N, 4) float64, x1 y1 x2 y2 in pixels.

    Raises
    ------
    ValueError
        If two readings of a viewer fall into one frame, or faces have no box.
    """
    rows, boxes = session.readings, _boxes(session)
    if rows.empty:
        return {}
    frame, ids = footage_frames(rows, rate) + 1, rows["viewer_id"].to_numpy()
    numbers, first = np.unique(frame, return_index=True)
    parts = np.split(ids, first[1:]), np.split(boxes, first[1:])
    return dict(zip(numbers.tolist(), zip(*parts, strict=True), strict=True))


def _boxes(session: Session) -> np.ndarray:
    """Return the boxes, (N, 4) float64; raise ValueError where a face has none."""
    boxes = session.readings[["x1", "y1", "x2", "y2"]].to_numpy(dtype=float)
    if not (boxes[:, 2:] > boxes[:, :2]).all():
        raise ValueError(
            f"{session.name!r} has faces without a box, as of imported files: openface and "
            "affectiva need none"
        )
    return boxes


def footage_frames(readings: pd.DataFrame, rate: Fraction) -> np.ndarray:
    """Return the number, from 0, of the frame nearest to each reading: (N,) int64, rows' order.

    Raises
    ------
    ValueError
        If two readings of a viewer fall into one frame; it names them.
    """
    t_s = readings["t_s"].to_numpy(dtype=float)
    frame = np.floor(t_s * float(Fraction(rate)) + 0.5).astype(np.int64)
    keys = pd.DataFrame({"viewer_id": readings["viewer_id"].to_numpy(), "frame": frame})
    twice = keys.duplicated().to_numpy()
    if twice.any():
        viewer, number = keys[twice].iloc[0]
        raise ValueError(
            f"two readings of viewer {viewer} fall into frame {number} at {float(rate):g} frames "
            "a second: is --fps the footage's? A higher one keeps them apart"
        )
    return frame
