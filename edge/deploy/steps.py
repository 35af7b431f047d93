"""Steps that are taken once, however often a command is run."""

from __future__ import annotations


class Steps:
    """Takes each step that is not yet done, and says so.

    Parameters
    ----------
    say : function
        Gets each line.
    dry_run : bool
        Only say what would be done.
    """

    def __init__(self, say=print, dry_run=False):
        self.dry_run = dry_run
        self._say = say

    def make(self, what, there, do):
        """Make something unless it is there; return what `do` returned, or None.

        Parameters
        ----------
        what : str
            Its name, for people.
        there : bool
        do : function
            Makes it.
        """
        return self._take("make", what, "there", there, do)

    def remove(self, what, there, do):
        """Remove something if it is there; return what `do` returned, or None."""
        return self._take("remove", what, "gone", not there, do)

    def note(self, text):
        """Say what else there is to know."""
        self._say(text)

    def _take(self, verb, what, done, is_done, do):
        if is_done:
            self._say(f"{done:7} {what}")
            return None
        if self.dry_run:
            self._say(f"would {verb} {what}")
            return None
        result = do()
        self._say(f"{'made' if verb == 'make' else 'removed':7} {what}")
        return result
