"""Changes that are made once, however often a command is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from laughtrack.edge.console import show

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Reconciler:
    """Makes each change that is still missing, and reports it.

    Parameters
    ----------
    say : function
        Gets each line.
    dry_run : bool
        Only say what would be done.
    """

    def __init__(self, say: Callable[[str], object] = show, dry_run: bool = False) -> None:
        self.dry_run = dry_run
        self._say = say

    def create(self, what: str, exists: bool, action: Callable[[], T]) -> T | None:
        """Make something unless it exists; return what `action` returned, or None.

        Parameters
        ----------
        what : str
            Its name, for people.
        exists : bool
        action : function
            Makes it.
        """
        return self._apply("make", what, exists, action)

    def remove(self, what: str, exists: bool, action: Callable[[], T]) -> T | None:
        """Remove something if it exists; return what `action` returned, or None."""
        return self._apply("remove", what, not exists, action)

    def note(self, text: str) -> None:
        """Report something that needs no change."""
        self._say(text)

    def _apply(self, verb: str, what: str, is_done: bool, action: Callable[[], T]) -> T | None:
        if is_done:
            self._say(f"{'there' if verb == 'make' else 'gone':7} {what}")
            return None
        if self.dry_run:
            self._say(f"would {verb} {what}")
            return None
        result = action()
        self._say(f"{'made' if verb == 'make' else 'removed':7} {what}")
        return result
