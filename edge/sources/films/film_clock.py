"""The times of a film's pictures, made to rise: what a player shows, it shows one after another."""

from __future__ import annotations

import math
import time

# A picture this much, and this many, before the one it follows is the beginning of something else:
# streams that were joined, or a sender that was started anew. Less is a container's sloppiness.
RESTART_S = 0.5
RESTART_PICTURES = 3
# In streams whose clock may jump, a step forward of more than this is no pause but such a jump,
# as it is for ffmpeg.
JUMP_S = 10.0
# In other containers a step of more than this, to beyond the end, is damage.
LEAP_S = 1.0
# A film without a rate; what ffmpeg takes, too.
RATE_HZ = 25.0


class TimeStamps:
    """Which of a picture's two times is to be trusted, as FFmpeg's own tools choose.

    Some containers (AVI) store the order of decoding alone, and what is made of it does not rise.
    """

    def __init__(self) -> None:
        self._last: list[int | None] = [None, None]
        self._faults = [0, 0]

    def choose(self, shown: int | None, decoded: int | None) -> int | None:
        """Return one of a picture's times.

        Parameters
        ----------
        shown, decoded : int or None
            The time to show it, and the one to decode it at; None if there is none.

        Returns
        -------
        int or None
        """
        for place, (one, other) in enumerate(((shown, decoded), (decoded, shown))):
            last = self._last[place]
            if one is not None and last is not None:
                self._faults[place] += one <= last
            now = one if one is not None else other
            self._last[place] = now if now is not None else last
        if shown is not None and (self._faults[0] <= self._faults[1] or decoded is None):
            return shown
        return decoded


class RisingClock:
    """Gives each picture of a film a time later than the one before, the first 0.

    Parameters
    ----------
    rate_hz : float
        What the container says; pictures without a time are counted by it.
    jumps : bool
        A stream whose clock may jump forward, as a transport stream's when it was joined.
    live : bool
        Pictures come when they are taken: what a jump hides is told by this machine's clock.
    length_s : float
        What the container states; a leap to beyond it is a damaged time.

    Attributes
    ----------
    restarts : int
        How often the times began anew.
    """

    def __init__(
        self,
        rate_hz: float,
        jumps: bool = False,
        live: bool = False,
        length_s: float = math.inf,
    ) -> None:
        known = 0 < rate_hz <= 1000
        self.frame_s = 1 / rate_hz if known else 1 / RATE_HZ
        self.restarts = 0
        self._restart_s = max(RESTART_S, RESTART_PICTURES * self.frame_s)
        self._jumps, self._live, self._length_s = jumps, live, length_s
        self._offset_s: float | None = None
        self._last_s, self._repeats, self._arrived_s = 0.0, 0, 0.0

    def __call__(self, t_s: float | None) -> float:
        """Return a picture's time in seconds.

        Parameters
        ----------
        t_s : float or None
            The container's time; None if it has none.
        """
        now_s = time.monotonic()
        if self._offset_s is None:
            self._offset_s, out_s = -(t_s or 0.0), 0.0
        elif t_s is None or self._leaps(t_s + self._offset_s):
            out_s = self._last_s + self.frame_s
        else:
            out_s = self._rising(t_s + self._offset_s, now_s - self._arrived_s)
            if abs(out_s - (t_s + self._offset_s)) > self._restart_s:
                self._offset_s = out_s - t_s
                self.restarts += 1
        self._last_s, self._arrived_s = out_s, now_s
        return out_s

    def _leaps(self, t_s: float) -> bool:
        """Whether a time is a damaged one."""
        if self._jumps or self._live:
            return False
        return t_s - self._last_s > LEAP_S and t_s > self._length_s + LEAP_S

    def _rising(self, t_s: float, waited_s: float) -> float:
        """Return a time after the last picture's: its own, or one that is counted."""
        step_s = t_s - self._last_s
        if step_s <= -self._restart_s or (self._jumps and step_s > JUMP_S):
            self._repeats = 0
            return self._last_s + max(self.frame_s, waited_s if self._live else 0.0)
        if step_s > 0:
            self._repeats = 0
            return t_s
        # One that has the time of another lies between it and the next; many have no times at all.
        self._repeats += 1
        return self._last_s + self.frame_s * (0.5 if self._repeats == 1 else 1.0)
