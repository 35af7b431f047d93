"""Where each viewer sat, from the boxes: rows, places, sides, and who sat next to whom."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laughtrack.analytics.timelines.smiles import rows_of_viewers

COLUMNS = ("viewer_id", "x", "y", "width", "row", "place", "side")
SIDES = ("left", "middle", "right")
# The row and the place of who sits nowhere.
NOWHERE = -1
# Two faces whose middles differ by less than this part of a face's width in height sit in one row:
# heads differ and lean by less, and rows are further apart or the back one would not be seen.
SAME_ROW = 0.6
LEAST_BLOCKS = 6  # 924 ways to deal 6 and 6; with 3 and 3 no p is below 0.1
LONGEST_BLOCK = 10  # viewers: further apart, neighbours' moods have little in common


def seating(readings: pd.DataFrame) -> pd.DataFrame:
    """Place each viewer on the map of the room as the camera sees it.

    Parameters
    ----------
    readings : DataFrame
        A session's, sorted by t_s.

    Returns
    -------
    DataFrame
        A row a viewer, sorted by `viewer_id`: `x`, `y` the usual middle of the face and `width`
        its width, medians in pixels; `row` from 0, the uppermost in the picture, which is the
        back; `place` in the row from 0, from the left of the picture; `side` the third of the
        room, "left", "middle" or "right" as the camera sees it. A viewer whose face has no box, as
        in some imported files, sits nowhere: `row` and `place` are -1, `side` is "", and nobody is
        a neighbour.
    """
    seats = _median_boxes(readings)
    known = seats["width"] > 0
    some = seats[known]
    nowhere = {"row": NOWHERE, "place": NOWHERE, "side": ""}
    seats = seats.assign(**nowhere)
    seats.loc[known, "row"] = _rows(some["y"].to_numpy(), some["width"].to_numpy())
    places = seats[known].groupby("row")["x"].rank(method="first").astype(np.int64) - 1
    seats.loc[known, "place"] = places
    left, right = some["x"].min(), some["x"].max()
    part = (some["x"] - left) / (right - left) if right > left else some["x"] * 0 + 0.5
    seats.loc[known, "side"] = np.array(SIDES)[np.minimum((3 * part).astype(int), 2)]
    return seats[[*COLUMNS]]


def _median_boxes(readings: pd.DataFrame) -> pd.DataFrame:
    """Return each viewer's usual box, one viewer after the other: all at once fill the memory."""
    ids, rows = rows_of_viewers(readings)
    sides = [readings[name].to_numpy() for name in ("x1", "y1", "x2", "y2")]
    boxes = ([side[at] for side in sides] for at in rows)
    usual = [
        (np.median(x1 + x2) / 2, np.median(y1 + y2) / 2, np.median(x2 - x1))
        for x1, y1, x2, y2 in boxes
    ]
    places = np.array(usual, dtype=float).reshape(-1, 3)
    return pd.DataFrame({"viewer_id": ids, **dict(zip(("x", "y", "width"), places.T, strict=True))})


def _rows(y: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Number the rows from the top: a new one begins where the next face is well below the last."""
    order = np.argsort(y, kind="stable")
    far = np.diff(y[order]) > SAME_ROW * (width[order][1:] + width[order][:-1]) / 2
    row = np.zeros(len(y), dtype=np.int64)
    row[order] = np.append(0, np.cumsum(far))[: len(y)]
    return row


def seat_order(seats: pd.DataFrame) -> np.ndarray:
    """Return the rows of `seats` from row to row, every other one backwards: neighbours stay so.

    Returns
    -------
    ndarray, shape (V,), int64
        Places in `seats`, so that each next one sits beside, before or behind the last.
    """
    snaked = np.where(seats["row"] % 2, -seats["place"], seats["place"])
    return np.lexsort([snaked, seats["row"].to_numpy()])


def seat_distances(seats: pd.DataFrame) -> np.ndarray:
    """Return how far apart each two viewers sat, in face widths.

    Parameters
    ----------
    seats : DataFrame
        From `seating`, V rows.

    Returns
    -------
    ndarray, shape (V, V), float64
        Of the middles of the faces, in the mean of the two widths: further back all is smaller.
        Infinite on the diagonal, and for who sits nowhere.
    """
    x, y, width = (seats[name].to_numpy(dtype=float) for name in ("x", "y", "width"))
    known = (seats["row"].to_numpy() != NOWHERE) & (width > 0)
    size = np.maximum(np.add.outer(width, width) / 2, 1e-9)
    far = np.hypot(np.subtract.outer(x, x), np.subtract.outer(y, y)) / size
    far[~known] = far[:, ~known] = np.inf
    np.fill_diagonal(far, np.inf)
    return far


def block_size(viewers: int) -> int:
    """Return how many neighbours make `LEAST_BLOCKS` blocks of so many viewers, few at most."""
    return min(max(viewers // LEAST_BLOCKS, 1), LONGEST_BLOCK)


def seat_blocks(seats: pd.DataFrame, size: int) -> np.ndarray:
    """Say which viewers sit together.

    Parameters
    ----------
    seats : DataFrame
        From `seating`, V rows.
    size : int
        Neighbours in a block, from 1.

    Returns
    -------
    ndarray, shape (V,), int64
        Numbers from 0. Blocks follow the rows and turn at their ends; sizes differ by one at most.
    """
    many = len(seats)
    count = min(max(round(many / size), 1), many)
    block = np.zeros(many, dtype=np.int64)
    block[seat_order(seats)] = np.arange(many) * count // max(many, 1)
    return block
