"""Who sits together: blocks of neighbours, who laugh together and so count less than apart."""

from __future__ import annotations

import numpy as np

from laughtrack.analytics.timelines.seating import in_order

LEAST_BLOCKS = 6  # 924 ways to deal 6 and 6; with 3 and 3 no p is below 0.1
LONGEST_BLOCK = 10  # viewers: further apart, neighbours' moods have little in common


def blocks_of(seats, size=None):
    """Say which viewers sit together.

    Parameters
    ----------
    seats : DataFrame
        From `seating.seating`, V rows.
    size : int, optional
        Neighbours in a block; by default as many as leave `LEAST_BLOCKS` blocks, at most
        `LONGEST_BLOCK`.

    Returns
    -------
    ndarray, shape (V,), int64
        Numbers from 0. Blocks follow the rows and turn at their ends; sizes differ by one at most.
    """
    many = len(seats)
    if size is None:
        count = max(LEAST_BLOCKS, int(np.ceil(many / LONGEST_BLOCK)))
    else:
        count = round(many / size)
    count = min(max(count, 1), many)
    block = np.zeros(many, dtype=np.int64)
    block[in_order(seats)] = np.arange(many) * count // max(many, 1)
    return block
