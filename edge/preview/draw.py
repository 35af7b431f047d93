"""Boxes, viewer IDs and scores on a picture, for the preview."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from laughtrack.edge.readings import Reading
    from laughtrack.tracker.tracks import Track

MAX_WIDTH = 1280
# BGR, told apart by the colour-blind too: blue for a smile, orange for none, grey for unscored.
SMILE, NO_SMILE, UNSCORED = (230, 160, 60), (40, 130, 240), (170, 170, 170)


def draw(image: np.ndarray, tracks: list[Track], readings: list[Reading]) -> np.ndarray:
    """Draw the viewers on a copy of a frame.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), uint8, BGR
    tracks : list of Track
        Seen or predicted; a predicted box is drawn thin and has no score.
    readings : list of Reading
        The frame's readings.

    Returns
    -------
    ndarray, shape (H, W, 3), uint8, BGR
    """
    picture = image.copy()
    smiles = {reading.viewer_id: reading.smile for reading in readings}
    for track in tracks:
        score = smiles.get(track.viewer_id)
        colour = UNSCORED if score is None else SMILE if score >= 0.5 else NO_SMILE
        x1, y1, x2, y2 = (int(v) for v in np.rint(track.box))
        cv2.rectangle(picture, (x1, y1), (x2, y2), colour, 2 if track.seen else 1)
        label = f"{track.viewer_id}" if score is None else f"{track.viewer_id}  {score:.2f}"
        scale = max(0.4, (x2 - x1) / 160)
        place = (x1, max(y1 - 5, 12))
        for ink, thick in (((0, 0, 0), 3), (colour, 1)):
            cv2.putText(picture, label, place, cv2.FONT_HERSHEY_SIMPLEX, scale, ink, thick, 16)
    return picture


def shrink(picture: np.ndarray) -> np.ndarray:
    """Make a picture `MAX_WIDTH` wide at most, with even sides, which a film's coding wants."""
    height, width = picture.shape[:2]
    scale = min(1.0, MAX_WIDTH / width)
    size = (max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
