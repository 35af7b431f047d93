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
# More short gaps than these, of all pictures, are how the film was taken: its rate is not steady.
_RARE_SHARE = 0.02


class _Gaps(NamedTuple):
    """How many gaps there were, and how long in all."""

    number: int = 0
    total_s: float = 0.0

    def with_those(self, others: _Gaps) -> _Gaps:
        return _Gaps(self.number + others.number, self.total_s + others.total_s)


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
    pictures : int
        Those that were decoded.
    remarks : list of str
        What the user is to be told, a sentence each without its end.
    """

    def __init__(self) -> None:
        self.lost, self.damaged = 0, 0
        self.uncounted_s = 0.0
        self.pictures = 0
        self.remarks: list[str] = []
        self._gaps, self._short_gaps = _Gaps(), _Gaps()

    def gap(self, gap_s: float, long: bool) -> None:
        """Note that there was no picture for longer than the one before was to stay.

        Parameters
        ----------
        gap_s : float
        long : bool
            It is told whatever the film. Others are told where they are rare: damage takes whole
            pictures away without a trace. A film whose pictures come as they may has many.
        """
        if long:
            self._gaps = self._gaps.with_those(_Gaps(1, gap_s))
        else:
            self._short_gaps = self._short_gaps.with_those(_Gaps(1, gap_s))

    def lines(self) -> list[str]:
        """Return what is to be told, a sentence each."""
        lines = list(self.remarks)
        gaps = self._gaps
        if self._short_gaps.number <= _RARE_SHARE * self.pictures:
            gaps = gaps.with_those(self._short_gaps)
        if gaps.number:
            many = "" if gaps.number == 1 else f", in {gaps.number} gaps"
            lines.append(f"there are no pictures for {gaps.total_s:.1f} s{many}")
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
