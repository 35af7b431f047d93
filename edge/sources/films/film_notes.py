"""What is to be told of a film that was read, and whether anything was to be seen in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from laughtrack.edge.sources.cameras import Pictures

# Grey levels: pictures that differ by less, each in itself and all from the first, are one value.
_FLAT = 1.0
_SAME = 2.0


class FilmNotes:
    """What a reader notes of a film while it reads.

    Attributes
    ----------
    lost : int
        Pictures that could not be decoded.
    damaged : int
        Pictures that were decoded in part.
    uncounted_s : float
        How much of the length that the container states no picture is missing for: what lies before
        the first, and how long the last one stays.
    gaps_s : list of float
        How long there was no picture, for longer than the one before was to stay.
    remarks : list of str
        What the user is to be told, a sentence each without its end.
    """

    def __init__(self) -> None:
        self.lost, self.damaged = 0, 0
        self.uncounted_s = 0.0
        self.gaps_s: list[float] = []
        self.remarks: list[str] = []

    def lines(self) -> list[str]:
        """Return what is to be told, a sentence each."""
        lines = list(self.remarks)
        if self.gaps_s:
            many = "" if len(self.gaps_s) == 1 else f", in {len(self.gaps_s)} gaps"
            lines.append(f"there are no pictures for {sum(self.gaps_s):.1f} s{many}")
        if self.lost:
            what, are = ("picture", "is") if self.lost == 1 else ("pictures", "are")
            lines.append(f"{self.lost} {what} could not be decoded and {are} left out")
        if self.damaged:
            what = "picture is" if self.damaged == 1 else "pictures are"
            lines.append(f"{self.damaged} {what} damaged in part")
        return lines


class OpenFilm(NamedTuple):
    """A film or stream that can be read.

    `pictures` and `duration_s` are as in `edge.sources.open_source.OpenSource`. `by_arrival`: its
    pictures have the time of their arrival.
    """

    pictures: Callable[[], Pictures]
    duration_s: float | None
    by_arrival: bool
    notes: FilmNotes


class OneValue:
    """Whether all pictures that were looked at are one and the same value.

    Attributes
    ----------
    holds : bool
        True before the first picture.
    """

    def __init__(self) -> None:
        self.holds = True
        self._first: np.ndarray | None = None

    def look(self, image: np.ndarray) -> None:
        """Take in a picture, BGR."""
        mean, deviation = cv2.meanStdDev(image)
        if self._first is None:
            self._first = mean
        same = np.abs(mean - self._first).max() <= _SAME
        self.holds = bool(self.holds and same and deviation.max() <= _FLAT)

    def colour(self) -> str:
        """Return the value, as red, green and blue."""
        values = np.zeros(3) if self._first is None else self._first.ravel()[::-1]
        return "({})".format(", ".join(f"{value:.0f}" for value in values))
