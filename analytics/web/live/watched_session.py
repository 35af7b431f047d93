"""A session that is being recorded, as those who watch it are told of it.

Events, in this order where they are of one moment: "snapshot", how everything stands, for who comes
new or was away for too long; "look", who is in view, as `audience.running.now.in_view`; "seconds",
rows of the curve that are settled, by column; "peaks", all of them so far; "mark"; "facts", what is
known of the session, when that changed; "health", of the device that sends it. Each second is told
once, in a snapshot or by itself.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.running.curve import ROWS, RunningCurve
from laughtrack.analytics.audience.running.now import in_view
from laughtrack.analytics.store.amendments.entries import Amendment
from laughtrack.analytics.store.amendments.opt_outs import columns_without
from laughtrack.analytics.web.live.event_ring import EventRing
from laughtrack.analytics.web.sessions_cache import Key

# Rows of the curve kept in memory: two days of seconds. The report has all.
MOST_ROWS = 172_800
PEAKS_EVERY_S = 3
_TOLD_OF_NUMBERS = ("t_s", "visible", "judged", "watched")
_DIGITS = 4


class Facts(NamedTuple):
    """What is known of a session that is watched.

    `kind` is "camera" or "film" for a source of this machine, "device" for what a broker's device
    sends. `state` is "running", "ended" (as it should), "broken" (`said` has why) or "forgotten".
    `picture` says whether the room's picture may be looked at.
    """

    session: str
    device: str
    kind: str
    title: str = ""
    context: str = ""
    source: str = ""
    started_utc: str = ""
    state: str = "running"
    said: str = ""
    picture: bool = False


class Piece(NamedTuple):
    """What was seen from one time to another: see `RunningCurve.add`."""

    readings: dict[str, list[Any]]
    start_s: float
    end_s: float


class WatchedSession:
    """One session's events, and all that a snapshot holds.

    `settle` works, and is called in a thread, once at a time; all else is for the event loop.

    Parameters
    ----------
    facts : Facts
    min_viewers : int
        Above 1, numbers of viewers are told and nothing else: who smiles is worked out of fixed
        groups, which are known when the session is over.

    Attributes
    ----------
    ring : EventRing
    facts : Facts
    unsettled : bool
        Seconds were seen that are not settled yet.
    health : dict
        The device's, as `devices.health.Health`; {} for a source of this machine.
    looks : int
        How many looks came one by one, since the session is watched.
    late : int
        How often something changed in seconds that were told already: `know` them anew, and take
        as many off.
    """

    def __init__(self, facts: Facts, min_viewers: int = 1) -> None:
        self.ring, self.facts = EventRing(), facts
        self._withholds = min_viewers > 1
        self._curve = RunningCurve()
        self._rows: list[list[Any]] = []
        self._peaks: list[dict[str, Any]] = []
        self._peaks_at_s = 0
        self._marks: list[dict[str, Any]] = []
        self._now: dict[str, Any] = {}
        self.health: dict[str, Any] = {}
        self._waiting: list[Piece] = []
        self._opt_outs: list[Amendment] = []
        self.late, self.unsettled, self.looks = 0, False, 0
        self._refused = 0

    @property
    def key(self) -> Key:
        """Whose session it is, and its name."""
        return Key(self.facts.device, self.facts.session)

    @property
    def now(self) -> dict[str, Any]:
        """The newest "look"; {} before the first."""
        return self._now

    @property
    def last_second(self) -> dict[str, Any]:
        """The newest second that is settled, by `ROWS`; {} before the first."""
        return dict(zip(ROWS, self._rows[-1], strict=True)) if self._rows else {}

    @property
    def _forgotten(self) -> bool:
        return self.facts.state == "forgotten"

    def hear(self, health: dict[str, Any]) -> None:
        """Tell how the device is."""
        self.health = health
        self.ring.add("health", health)

    def change(self, **facts: Any) -> None:
        """Tell of new facts; of what was forgotten there are none."""
        if self._forgotten:
            return
        changed = self.facts._replace(**facts)
        if changed != self.facts:
            self.facts = changed
            self.ring.add("facts", changed._asdict())

    def look(self, piece: Piece, size: tuple[int, int], utc: str) -> None:
        """Tell of a look: at once of who is in view, and later of the second that it is of."""
        piece = self._without_opt_outs(piece)
        self.looks += 1
        if not self._forgotten:
            self._waiting.append(piece)
            self._tell_now(piece.readings, size, piece.start_s, utc)

    def batch(self, piece: Piece, last: dict[str, list[Any]], size: tuple[int, int]) -> None:
        """Tell of what came together, of which only the last look is what is in view now."""
        piece = self._without_opt_outs(piece)
        last = self._without_opt_outs(Piece(last, 0.0, 0.0)).readings
        if not self._forgotten:
            self._waiting.append(piece)
            self._tell_now(last, size, piece.end_s, "")

    def opt_out(self, seats: list[Amendment]) -> None:
        """Tell nothing more of who sits in some seats, also of the seconds that were told."""
        if seats != self._opt_outs:
            self._opt_outs, self._now, self.late = seats, {}, self.late + 1
            self._waiting = [self._without_opt_outs(piece) for piece in self._waiting]
            self.ring.forget()

    def _without_opt_outs(self, piece: Piece) -> Piece:
        if not self._opt_outs:
            return piece
        return piece._replace(readings=columns_without(piece.readings, self._opt_outs))

    def mark(self, t_s: float, text: str) -> None:
        """Tell of a mark, once."""
        found = {"t_s": t_s, "text": text[:200]}
        if found not in self._marks and not self._forgotten:
            self._marks.append(found)
            self.ring.add("mark", found)

    def take_waiting(self) -> list[Piece]:
        """Return what is to be settled."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def settle(
        self, pieces: list[Piece], is_over: bool
    ) -> tuple[pd.DataFrame, pd.DataFrame | None]:
        """Work out the seconds that are settled now, and the peaks where it is time to."""
        for piece in pieces:
            if not self._curve.add(*piece):
                self._refused += 1
        rows, peaks = self._curve.rows(is_over), None
        self.unsettled = not is_over
        if len(rows) and (is_over or self._curve.told_s - self._peaks_at_s >= PEAKS_EVERY_S):
            self._peaks_at_s, peaks = self._curve.told_s, self._curve.peaks()
        return rows, peaks

    def settled(self, rows: pd.DataFrame, peaks: pd.DataFrame | None) -> None:
        """Tell of what `settle` returned."""
        self.late, self._refused = self.late + self._refused, 0
        new = [] if self._forgotten else self._plain(rows)
        if new:
            self._rows = (self._rows + new)[-MOST_ROWS:]
            self.ring.add("seconds", _by_column(new))
        if peaks is None or self._withholds or self._forgotten:
            return
        found = peaks.round(3).to_dict("records")
        if found != self._peaks:
            self._peaks = found
            self.ring.add("peaks", {"peaks": found})

    def begin_at(self, from_s: int) -> None:
        """Take the seconds before from the store: see `know`. Before the first `settle`."""
        self._curve.begin_at(from_s)
        self.late += 1

    def know(self, rows: pd.DataFrame) -> None:
        """Put rows that were read from the store in the place of those before their end."""
        known = [] if self._forgotten else self._plain(rows)
        until_s = known[-1][0] + 1 if known else 0
        self._rows = known + [row for row in self._rows if row[0] >= until_s]
        # Who has seen others is told everything anew.
        self.ring.forget()

    @property
    def told_s(self) -> int:
        """The seconds told so far reach up to here."""
        return self._curve.told_s

    def forget(self) -> None:
        """Let go of all that was seen: the session was forgotten."""
        self._rows, self._peaks, self._marks, self._now = [], [], [], {}
        self._waiting = []
        self.ring.forget()
        self.change(state="forgotten", title="", source="", said="", picture=False)

    def snapshot(self) -> bytes:
        """Return the event that tells how everything stands."""
        return self.ring.snapshot(
            {
                "facts": self.facts._asdict(),
                "seconds": _by_column(self._rows),
                "peaks": self._peaks,
                "marks": self._marks,
                "now": self._now,
                "health": self.health,
                "withheld": self._withholds,
            }
        )

    def _tell_now(
        self, look: dict[str, list[Any]], size: tuple[int, int], t_s: float, utc: str
    ) -> None:
        found = in_view(look, size)
        if self._withholds:
            found = {name: found[name] for name in ("seen", "judged")}
        self._now = {"t_s": t_s, "utc": utc, **found}
        self.ring.add("look", self._now)

    def _plain(self, rows: pd.DataFrame) -> list[list[Any]]:
        """Return rows as JSON knows them, without what is withheld."""
        if self._withholds:
            kept = rows.columns.isin(_TOLD_OF_NUMBERS)
            rows = rows.assign(**dict.fromkeys(rows.columns[~kept], np.nan))
        whole = rows[[*ROWS]].round(_DIGITS).astype(object)
        return [[*row] for row in whole.where(rows.notna(), None).itertuples(index=False)]


def _by_column(rows: list[list[Any]]) -> dict[str, list[Any]]:
    columns = zip(*rows, strict=True) if rows else [[] for _ in ROWS]
    return {name: [*values] for name, values in zip(ROWS, columns, strict=True)}
