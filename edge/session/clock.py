"""The session's time, right over restarts, reboots and a wall clock that is set while it runs."""

from __future__ import annotations

import ctypes
import os
import time
from datetime import datetime, timezone
from typing import Any, Callable

# No device of this release ran before: an earlier wall clock has not been set yet.
BUILT_S = datetime(2026, 1, 1, tzinfo=timezone.utc).timestamp()
BOOT_FILE = "/proc/sys/kernel/random/boot_id"
# timesyncd makes the file when it has set the clock.
TIMESYNC_FILE = "/run/systemd/timesync/synchronized"
# The wall clock was set when it moved so much against the time since boot; less is adjustment.
SET_S = 2.0
# Later after boot than this, a clock that nobody sets will not be set soon: no use in waiting.
SETTLED_S = 90.0
TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised


def since_boot_s() -> float:
    """Seconds since the machine started, time asleep included; the same for every process."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def boot_id() -> str:
    """Return what names this run of the machine, or "" where nothing does."""
    try:
        with open(BOOT_FILE) as file:
            return file.read().strip()
    except OSError:
        return ""


class SessionClock:
    """Maps a source's seconds to the session's, and the session's to UTC.

    On the boot in which the session began, or was last resumed, time is counted by the machine's
    own clock, which nobody sets. After a reboot the wall clock says how long it was off.

    Parameters
    ----------
    state : dict, optional
        What `state` gave: goes on with that session. Else a session begins now.
    mono, wall, boot : functions, optional
        Seconds since boot, seconds since 1970, the boot's name; for tests.

    Raises
    ------
    ValueError
        If `state` is none.
    """

    def __init__(
        self,
        state: dict[str, Any] | None = None,
        mono: Callable[[], float] = since_boot_s,
        wall: Callable[[], float] = time.time,
        boot: Callable[[], str] = boot_id,
    ) -> None:
        self._mono, self._wall, self._boot = mono, wall, boot()
        self._moved_s = 0.0  # the wall clock, since `moved_s` was asked
        # The session's seconds less the source's; None: by the next frame.
        self._lead_s: float | None = None
        self._at_s: float | None = None
        if state is None:
            self._began_s, self._began_wall_s = mono(), wall()
            self._last_s, self._home = -1.0, True
            self._offset_s = self._began_wall_s - self._began_s
        else:
            self._resume(state)

    def _resume(self, state: dict[str, Any]) -> None:
        try:
            began_s, began_wall_s, last_s, offset_s = (
                float(state[name]) for name in ("began_s", "began_wall_s", "last_s", "offset_s")
            )
            same = bool(self._boot) and state["boot"] == self._boot
            self._home = bool(state["home"]) and same
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a session clock's state: {state!r}: {error!r}") from None
        self._began_s, self._began_wall_s = began_s, began_wall_s
        self._last_s, self._offset_s = last_s, offset_s
        if same:
            return
        self._offset_s = self._wall() - self._mono()
        # The wall clock may be wrong, or not set yet: time never goes back.
        least_s = max(last_s + 0.001, 0.0)
        if not plausible(began_wall_s):
            # Nobody can tell any more when the session began, so the reboot took no time.
            self._began_s, self._home = self._mono() - least_s, True
            self._began_wall_s = self._wall() - least_s
        else:
            self._began_s = self._mono() - max(self._wall() - began_wall_s, least_s)

    def state(self) -> dict[str, Any]:
        """Return what a restart needs, as JSON types."""
        self._check()
        return {
            "boot": self._boot,
            "began_s": self._began_s,
            "began_wall_s": self._began_wall_s,
            "last_s": self._last_s,
            "offset_s": self._offset_s,
            "home": self._home,
        }

    def now_s(self) -> float:
        """Seconds since the session began; never before the last frame."""
        self._check()
        return max(self._mono() - self._began_s, self._last_s, 0.0)

    def opened(self, at_s: float | None = None) -> None:
        """Say that a source was opened: its next frame sets how its times are mapped.

        Parameters
        ----------
        at_s : float, optional
            The session's time of that frame, such as 0 for a film; else it is now. Never before the
            frames already seen.
        """
        self._lead_s, self._at_s = None, at_s

    def session_s(self, source_s: float) -> float:
        """Map a frame's time.

        Parameters
        ----------
        source_s : float
            The frame's time by its source, in seconds.

        Returns
        -------
        float
            Seconds since the session began, whole milliseconds, later than the one before.
        """
        self._check()
        if self._lead_s is None:
            at_s = self.now_s() if self._at_s is None else self._at_s
            self._lead_s = max(at_s, self._last_s + 0.001, 0.0) - source_s
        self._last_s = round(max(source_s + self._lead_s, self._last_s + 0.001), 3)
        return self._last_s

    def started_utc(self) -> str:
        """Return when the session began, such as 2026-01-31T20:15:00Z; see `moved_s`."""
        self._check()
        moment = datetime.fromtimestamp(int(self._began_wall_s), timezone.utc)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def moved_s(self) -> float:
        """Return by how many seconds the wall clock was set since this was last asked; else 0.0.

        Where the session began on this boot, its beginning was read from the wrong clock and is
        moved with it. After a reboot the beginning was right and the time away was wrong: the
        session's seconds leap forward; set backward, they stay, since time never goes back.
        """
        self._check()
        moved_s, self._moved_s = self._moved_s, 0.0
        return moved_s

    def _check(self) -> None:
        """Notice that the wall clock was set."""
        offset_s = self._wall() - self._mono()
        moved_s = offset_s - self._offset_s
        if abs(moved_s) <= SET_S:
            return
        self._offset_s = offset_s
        self._moved_s += moved_s
        if self._home:
            self._began_wall_s += moved_s
            return
        leap_s = max(0.0, self._wall() - self._began_wall_s - (self._mono() - self._began_s))
        self._began_s -= leap_s
        if self._lead_s is not None:
            self._lead_s += leap_s


def plausible(wall_s: float | None = None) -> bool:
    """Whether the wall clock (seconds since 1970, default now) has been set since power-on."""
    return (time.time() if wall_s is None else wall_s) >= BUILT_S


def synchronised() -> bool | None:
    """Whether the wall clock follows a time server: True, False, or None where nobody can tell."""
    if os.path.exists(TIMESYNC_FILE):
        return True
    try:
        # A read-only question needs no rights; 1024 bytes are more than the structure has.
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(1024))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != TIME_ERROR


def wait_until_plausible(
    timeout_s: float = 60.0,
    sleep: Callable[[float], object] = time.sleep,
    mono: Callable[[], float] = since_boot_s,
) -> bool:
    """Wait, soon after boot, until the clock is set; a device without battery begins in the past.

    Parameters
    ----------
    timeout_s : float
        Longest wait. A machine that has been up for some minutes is waited for only while its clock
        is impossible.
    sleep, mono : functions, optional
        For tests.

    Returns
    -------
    bool
        Whether the clock is plausible.
    """
    until_s = mono() + timeout_s
    while mono() < until_s:
        if plausible() and (mono() > SETTLED_S or synchronised() is not False):
            break
        sleep(1.0)
    return plausible()
