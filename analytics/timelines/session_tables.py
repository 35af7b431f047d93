"""A session's tables: everything that its results are made from, each table made once."""

from __future__ import annotations

import math
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd

from laughtrack.analytics.session import Session
from laughtrack.analytics.timelines.bins import BIN_S, bin_readings, join_bins
from laughtrack.analytics.timelines.coverage import coverage
from laughtrack.analytics.timelines.grid import Grid, make_grid
from laughtrack.analytics.timelines.seating import seating
from laughtrack.analytics.timelines.session_time import length_s, offset_s
from laughtrack.analytics.timelines.smiles import DetectedSmiles, detect_smiles
from laughtrack.analytics.timelines.step_sizes import check_size
from laughtrack.analytics.timelines.viewers import viewers


class SessionTables:
    """The tables of one session, made when first asked for and kept.

    Readings of a long film are gathered once, in bins of `BIN_S`; all that is wider is joined from
    these.

    Parameters
    ----------
    session : Session
        Also one without viewers, spans or info.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._binned: dict[float, pd.DataFrame] = {}
        self._grids: dict[float, Grid] = {}

    @property
    def name(self) -> str:
        """The session's name."""
        return self.session.name

    @property
    def info(self) -> dict[str, Any]:
        """Title, settings, marks, versions and the like."""
        return self.session.info

    @property
    def readings(self) -> pd.DataFrame:
        """A row a reading, as in `Session`."""
        return self.session.readings

    @property
    def spans(self) -> pd.DataFrame:
        """A row a batch, as in `Session`."""
        return self.session.spans

    @cached_property
    def length_s(self) -> float:
        """The session's length in seconds, 0 for none."""
        return length_s(self.session)

    @cached_property
    def offset_s(self) -> float:
        """The film's time at the session's start, seconds."""
        return offset_s(self.session)

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
        return coverage(self.session, self.detected)

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
            steps = math.ceil(self.length_s / step_s)
            check_size(self.name, self.readings["viewer_id"].nunique(), steps, step_s)
            self._grids[step_s] = make_grid(self.binned(step_s), step_s, self.length_s, self.spans)
        return self._grids[step_s]

    def _repr_html_(self) -> str:
        """Say in a notebook what the session is."""
        title = f": {escape(str(self.info['title']))}" if self.info.get("title") else ""
        return (
            f"<p><b>{escape(self.name)}</b>{title}<br>{self.length_s:.1f} s, "
            f"{len(self.viewers)} viewers, {len(self.readings)} readings</p>"
        )
