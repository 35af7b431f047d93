"""Pauses between attempts, which grow while they fail."""

from __future__ import annotations


class Backoff:
    """A pause that doubles with each failure, up to a longest one.

    Parameters
    ----------
    first_s, longest_s : float
        Seconds.

    Attributes
    ----------
    pause_s : float
        What `next_s` returns next.
    """

    def __init__(self, first_s: float, longest_s: float) -> None:
        self._first_s, self._longest_s = first_s, longest_s
        self.pause_s = first_s

    def next_s(self) -> float:
        """Return how long to pause now, in seconds; the next pause is twice as long."""
        pause_s = self.pause_s
        self.pause_s = min(2 * pause_s, self._longest_s)
        return pause_s

    def reset(self) -> None:
        """Begin with the first pause again."""
        self.pause_s = self._first_s
