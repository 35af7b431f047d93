"""From FinderNet's boxes to squares like the cascades'.

SmileNet, the quality of a face and the pretend audience were made for the cascades' squares: from
above the brow to the lower lip, wider than the face. The net's boxes reach from brow to chin. So
each is turned into the square that the cascades would have put there, in one place, as soon as it
is found: tracker, crops, readings and preview know only such squares.

The numbers are of `python -m tests.bench.net_boxes`, least squares over pictures in which both find
the same face.
"""

from __future__ import annotations

import numpy as np

# The square's side, in widths and heights of the net's box, added; how far its middle lies below
# the box's, in heights.
SIDE_OF_WIDTH, SIDE_OF_HEIGHT, DOWN = 0.622, 0.443, -0.025


def haar_like(boxes: np.ndarray) -> np.ndarray:
    """Return the square that the cascades would have put on each face.

    Parameters
    ----------
    boxes : ndarray, shape (N, 4), float64
        The net's, x1 y1 x2 y2 in pixels.

    Returns
    -------
    ndarray, shape (N, 4), float64
    """
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    half = (SIDE_OF_WIDTH * width + SIDE_OF_HEIGHT * height)[:, None] / 2
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    middle[:, 1] += DOWN * height
    return np.hstack([middle - half, middle + half])
