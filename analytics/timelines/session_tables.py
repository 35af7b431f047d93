"""A session's tables: everything that its results are made from, each table made once.

Where figures of few are withheld, the tables are made of stand-ins for the viewers, and so is all
that is made from the tables: nothing has to be left out afterwards.
"""

from __future__ import annotations

import math
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd

from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines.bins import BIN_S, bin_readings, join_bins
from laughtrack.analytics.timelines.cohorts import Cohort
from laughtrack.analytics.timelines.coverage import coverage
from laughtrack.analytics.timelines.fragments import join_fragments
from laughtrack.analytics.timelines.grid import Grid, make_grid
from laughtrack.analytics.timelines.seating import seating
from laughtrack.analytics.timelines.session_time import length_s, offset_s
from laughtrack.analytics.timelines.smiles import DetectedSmiles, detect_smiles
from laughtrack.analytics.timelines.stand_ins import STEP_S, cohorts_of, stand_in_session
from laughtrack.analytics.timelines.step_sizes import check_size
from laughtrack.analytics.timelines.viewers import viewers


class SessionTables:
    """The tables of one session, made when first asked for and kept.

    Readings of a long film are gathered once, in bins of `BIN_S`; all that is wider is joined from
    these.

    Parameters
    ----------
    session : Session
        Also one without viewers, spans or info. IDs that are of one viewer are joined first, unless
        its `joined` says that this was done, or is not wanted.
    min_viewers : int
        From 1. Above it, nothing here is of fewer viewers: viewers, smiles, seats and readings are
        those of stand-ins (`stand_ins`), who tell of whole cohorts only.

    Raises
    ------
    ValueError
        If `min_viewers` is below 1; or above it, where corrections were left out.
    """

    def __init__(self, session: Session, min_viewers: int = 1) -> None:
        if min_viewers < 1:
            raise ValueError(f"min_viewers is {min_viewers!r}: expected 1 or more")
        if min_viewers > 1 and session.amended.ignored:
            raise ValueError(
                f"{session.name!r} as recorded, without what a person corrected, shows in its "
                "difference what single viewers did: it is to be had with --min-viewers 1 only"
            )
        self.min_viewers = min_viewers
        self._given = session
        self._binned: dict[float, pd.DataFrame] = {}
        self._grids: dict[float, Grid] = {}

    @cached_property
    def _recorded(self) -> Session:
        """The session with the parts of a viewer under one ID."""
        return join_fragments(self._given)

    @property
    def withholds(self) -> bool:
        """Whether figures of few are withheld, and all that is of single viewers."""
        return self.min_viewers > 1

    def at_least(self, min_viewers: int) -> SessionTables:
        """Return the tables with figures of fewer than `min_viewers` withheld, if not yet so."""
        if min_viewers == self.min_viewers or 1 <= min_viewers < self.min_viewers:
            return self
        return SessionTables(self._recorded, min_viewers)

    @property
    def everyone(self) -> SessionTables:
        """The tables of the viewers themselves: for numbers of viewers, and what `audience`
        rounds before it is told."""
        # Not kept where they are these: who holds itself is kept in memory when nobody needs it.
        return self._of_viewers if self.withholds else self

    @cached_property
    def _of_viewers(self) -> SessionTables:
        return SessionTables(self._recorded)

    @cached_property
    def cohorts(self) -> list[Cohort]:
        """Who is spoken of together, none where single viewers are spoken of."""
        if not self.withholds or self.everyone.readings.empty:
            return []
        return cohorts_of(self.everyone.grid(STEP_S), self.everyone.seats, self.min_viewers)

    @cached_property
    def session(self) -> Session:
        """The session as recorded, or with stand-ins for its viewers."""
        if not self.withholds:
            return self._recorded
        grid = self.everyone.grid(STEP_S)
        return stand_in_session(self._recorded, grid, self.cohorts, self.length_s)

    def groups(self, membership: pd.DataFrame) -> pd.DataFrame:
        """Say who of `viewers` is in which group, from who of the viewers themselves is.

        `membership` is from `viewer_groups`: viewer_id, group. A stand-in is in a group that holds
        its whole cohort.
        """
        if not self.withholds:
            return membership
        group_of = membership.set_index("viewer_id")["group"]
        ids, found, first = self.everyone.grid(STEP_S).ids, [], 1
        for cohort in self.cohorts:
            names = set(group_of.reindex(ids[cohort.members]))
            stand_ins = range(first, first + len(cohort.members))
            if len(names) == 1 and names <= set(group_of):
                found += [(each, *names) for each in stand_ins]
            first = stand_ins.stop
        return pd.DataFrame(found, columns=["viewer_id", "group"])

    def remark(self) -> str:
        """Say in a sentence what is withheld, "" for nothing."""
        if not self.withholds:
            return ""
        there = len(self.everyone.viewers)
        sizes = [len(each.members) for each in self.cohorts]
        if not sizes:
            return (
                f"--min-viewers {self.min_viewers}: all figures are withheld; never so many of "
                f"the {there} viewers seen could be judged together"
            )
        spread = f"{min(sizes)}" if min(sizes) == max(sizes) else f"{min(sizes)} to {max(sizes)}"
        left = f"; {there - sum(sizes)} of {there} are in none" if there > sum(sizes) else ""
        return (
            f"--min-viewers {self.min_viewers}: figures are of {len(sizes)} fixed "
            f"group{'' if len(sizes) == 1 else 's'} of {spread} viewers, a second a step, in whole "
            f"viewers; what is of single viewers is withheld{left}"
        )

    @property
    def name(self) -> str:
        """The session's name."""
        return self._given.name

    @property
    def info(self) -> dict[str, Any]:
        """Title, settings, marks, versions and the like."""
        return self._given.info

    @property
    def readings(self) -> pd.DataFrame:
        """A row a reading, as in `Session`."""
        return self.session.readings

    @property
    def spans(self) -> pd.DataFrame:
        """A row a batch, as in `Session`."""
        return self._given.spans

    @cached_property
    def length_s(self) -> float:
        """The session's length in seconds, 0 for none."""
        return length_s(self._given)

    @cached_property
    def offset_s(self) -> float:
        """The film's time at the session's start, seconds."""
        return offset_s(self._given)

    @cached_property
    def detected(self) -> DetectedSmiles:
        """What each reading stands for, and the smiles."""
        return detect_smiles(self.readings)

    @property
    def smiles(self) -> pd.DataFrame:
        """A row a smile, as in `DetectedSmiles.events`."""
        return self.detected.events

    @cached_property
    def viewers(self) -> pd.DataFrame:
        """A row a viewer, as `viewers.viewers` returns it."""
        return viewers(self.readings, self.detected)

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """When somebody was watched, as `coverage.coverage` returns it."""
        return coverage(self._recorded, self.everyone.detected)

    @cached_property
    def seats(self) -> pd.DataFrame:
        """Where each viewer sat, as `seating.seating` returns it."""
        return seating(self.readings)

    @property
    def bins(self) -> pd.DataFrame:
        """The readings in bins of `BIN_S`."""
        return self.binned(BIN_S)

    def binned(self, bin_s: float) -> pd.DataFrame:
        """Return the readings in bins of `bin_s` seconds, as `bins.bin_readings` returns them."""
        if bin_s not in self._binned:
            times = round(bin_s / BIN_S) if bin_s > 0 else 0
            if times > 1 and abs(times * BIN_S - bin_s) < 1e-9:
                table = join_bins(self.bins, times)
            else:
                table = bin_readings(self.readings, bin_s, self.detected)
            self._binned[bin_s] = table
        return self._binned[bin_s]

    def grid(self, step_s: float = 1.0) -> Grid:
        """Return viewers by time in steps of `step_s` seconds, above 0; may raise TooLarge."""
        if step_s not in self._grids:
            steps = math.ceil(self.length_s / step_s) if step_s > 0 else 0
            check_size(self.name, self.readings["viewer_id"].nunique(), steps, step_s)
            self._grids[step_s] = make_grid(self.binned(step_s), step_s, self.length_s, self.spans)
        return self._grids[step_s]

    def _repr_html_(self) -> str:
        """Say in a notebook what the session is."""
        title = f": {escape(str(self.info['title']))}" if self.info.get("title") else ""
        return (
            f"<p><b>{escape(self.name)}</b>{title}<br>{self.length_s:.1f} s, "
            f"{len(self.everyone.viewers)} viewers, {len(self.everyone.readings)} readings</p>"
        )
