"""What a publisher raises for a batch that was not taken."""

from __future__ import annotations


class Unsent(Exception):
    """A batch that was not taken, and may be later; the message says why and the cure.

    Attributes
    ----------
    broke : bool
        A connection that had been up for a while broke while the batch was on its way.
    """

    def __init__(self, message: str, broke: bool = False) -> None:
        super().__init__(message)
        self.broke = broke


class Refused(Exception):
    """A batch that will never be taken; the message says why."""
