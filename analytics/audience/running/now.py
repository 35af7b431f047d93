"""Who is in view at this moment, and where: boxes and numbers, nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laughtrack.analytics.timelines.smiles import ON

# Of a picture's width or height: a thousandth is less than a pixel of a seat map.
_DIGITS = 4


def in_view(look: Mapping[str, Sequence[Any]], size: tuple[int, int]) -> dict[str, Any]:
    """Return what one look saw.

    Parameters
    ----------
    look : dict of lists
        One look's readings, as `edge.readings.columns` returns them.
    size : tuple of int
        The frame's width and height in pixels.

    Returns
    -------
    dict
        `seen`, `judged` and `smiling` viewers, the last with a score of at least `smiles.ON`; and
        `seats`, one for each seen: ID; left, top, width and height as parts of the frame; the
        score in [0, 1], None where the face could not be judged.
    """
    width, height = size
    names = ("viewer_id", "x1", "y1", "x2", "y2", "smile")
    seats = [
        [
            viewer,
            round(x1 / width, _DIGITS),
            round(y1 / height, _DIGITS),
            round((x2 - x1) / width, _DIGITS),
            round((y2 - y1) / height, _DIGITS),
            smile,
        ]
        for viewer, x1, y1, x2, y2, smile in zip(*(look[name] for name in names), strict=True)
    ]
    judged = [each for each in look["smile"] if each is not None]
    return {
        "seen": len(seats),
        "judged": len(judged),
        "smiling": sum(each >= ON for each in judged),
        "seats": seats,
    }
