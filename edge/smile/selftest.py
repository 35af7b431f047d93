"""The self-test: drawn pictures whose logits are known, asked of the scorer at every start.

A net that loads may still be wrong: weights of another training, a settings file of another, a
transposed or mirrored picture, swapped outputs, an engine that divides by 255. Each shows here,
before anything is published.
"""

from __future__ import annotations

from typing import Any, Callable

import numpy as np

from laughtrack.edge.smile.crops import SIZE

NAMES = ("a smile", "a frown", "a dark smile in the corner", "steps of grey")
# Engines that compute in float32 differ by 1e-4 from MXNet; a mirrored or transposed picture by 0.3
# or more.
TOLERANCE = 0.01
# The DeepLens's GPU computes in half precision. With weights, layers and even sums rounded to it,
# the logits moved by up to 0.003; how the optimizer fuses layers before rounding is not known.
HALF_TOLERANCE = 0.05


def pictures() -> np.ndarray:
    """Draw the self-test's pictures, in whole numbers alone: the same everywhere, to the last bit.

    None is anybody's face. None is like its mirror image or its transpose.

    Returns
    -------
    ndarray, shape (4, SIZE, SIZE), uint8
        In the order of `NAMES`.
    """
    y, x = np.mgrid[:SIZE, :SIZE] * 48 // SIZE  # drawn on a grid of 48
    smile = _face(x, y, bend=1)
    frown = _face(x, y, bend=-1)
    corner = _face((x - 3) * 5 // 4, (y - 8) * 5 // 4, bend=1) // 4 + 10
    steps = 24 * (x // 12) + 40 * (y // 16) + 7 * ((x // 3 + y // 5) % 3)
    return np.stack([smile, frown, corner, steps]).astype(np.uint8)


def check(
    logits_of: Callable[[np.ndarray], Any],
    known: Any,
    tolerance: float = TOLERANCE,
    cure: str = "install weights and settings of one export",
) -> None:
    """Ask a scorer for the logits of the self-test's pictures.

    Parameters
    ----------
    logits_of : function
        From crops, ndarray of shape (N, SIZE, SIZE), uint8, to logits, ndarray of shape (N, 2): no
        smile, smile.
    known : list of list of float, shape (4, 2)
        What MXNet says: ``"selftest"`` in `smilenet.json`.
    tolerance : float
        By how much a logit may differ: `TOLERANCE`, or `HALF_TOLERANCE` for half precision.
    cure : str
        What to do about a wrong answer, for the message.

    Raises
    ------
    ValueError
        If an answer is wrong or nothing is known to compare it with.
    """
    expected = _numbers(known)
    if expected is None:
        raise ValueError(
            f'no logits are known for the self-test ("selftest" is {known!r}): '
            "export the network again (python -m laughtrack.models.export.export)"
        )
    found = _numbers(logits_of(pictures()))
    if found is None:
        raise ValueError(f"self-test failed: the answer is not two logits a picture; {cure}")
    # Not "above the tolerance": that would let NaN pass.
    wrong = ~(np.abs(found - expected) <= tolerance).all(axis=1)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(
            f"self-test failed: {NAMES[row]} (picture {row + 1} of {len(NAMES)}) has logits "
            f"{found[row].round(3).tolist()}, expected {expected[row].round(3).tolist()} "
            f"within {tolerance}; {cure}"
        )


def _numbers(logits: Any) -> np.ndarray | None:
    """Return logits as an array of shape (4, 2), or None if they are something else."""
    try:
        logits = np.asarray(logits, np.float64)
    except (TypeError, ValueError):
        return None
    return logits if logits.shape == (len(NAMES), 2) else None


def _face(x: np.ndarray, y: np.ndarray, bend: int) -> np.ndarray:
    """A lit disc with two unlike eyes and a mouth, its ends up (bend 1) or down (bend -1)."""
    across, down = x - 23, y - 24
    grey = 70 + x // 2 + y
    grey = np.where(across**2 + down**2 * 3 // 4 <= 400, 190 - 2 * across - down, grey)
    for left, top, radius in ((14, 17, 9), (31, 19, 6)):
        grey = np.where((x - left) ** 2 + 2 * (y - top) ** 2 <= radius, 40, grey)
    lips = 36 - bend * (across**2 // 24 - 2)
    mouth = (abs(y - lips) <= 1 + bend) & (abs(across - 1) <= 11)
    return np.where(mouth, 235 if bend > 0 else 50, grey)
