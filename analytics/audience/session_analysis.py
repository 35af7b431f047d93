"""Everything that the page shows of a session, worked out once from its tables."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.bands import bands_of
from laughtrack.analytics.audience.correction.corrected_scores import corrected_scores
from laughtrack.analytics.audience.correction.session_correction import (
    CURVE_BANDS,
    Correction,
    correction,
    with_corrected,
)
from laughtrack.analytics.audience.curve import headline
from laughtrack.analytics.audience.dial import Dial, with_dial
from laughtrack.analytics.audience.latencies import after_marks, latencies
from laughtrack.analytics.audience.marks import marks
from laughtrack.analytics.audience.peak_tests import with_certainty
from laughtrack.analytics.audience.peaks import peaks
from laughtrack.analytics.audience.quiet_stretches import quiet_stretches
from laughtrack.analytics.audience.scenes import fit, scenes_of
from laughtrack.analytics.audience.scores import scores, without_singles
from laughtrack.analytics.audience.synchrony import WINDOW_S, Synchrony, synchrony_of
from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.stats.bootstrap import draws
from laughtrack.analytics.stats.correlation import LEAST_STEPS
from laughtrack.analytics.stats.missingness import Missingness, missingness
from laughtrack.analytics.timelines.grid import Grid
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.step_sizes import curve_step, grid_step


class SessionAnalysis(NamedTuple):
    """A session's tables for the page.

    `length_s` seconds; `people` a row a viewer, `cover` when the camera looked, `seats` where each
    sat; `curve` as `curve_figure.audience_figure` takes it, with `few` (T,) where its figures are
    withheld; `moments` and `marked`; `main` the headline figures; `wide` the viewers by time as
    wide as the picture needs, None if nobody was seen; `synchrony`, None if nobody was; `scores`
    and `quiet`; `scenes` from `scenes.by_scene`, with what was cut of them in sentences, and
    `dial`, None where none were given; `missing`, whether viewers went missing with the curve;
    `after`, what followed each mark; `correction`, how shares were put right for the scorer's
    errors, in columns of their own; `withheld`, too few viewers were seen to speak of. Where
    figures of few are withheld, `people` and `seats` are of stand-ins and not to be shown.
    """

    length_s: float
    people: pd.DataFrame
    cover: pd.DataFrame
    seats: pd.DataFrame
    curve: pd.DataFrame
    few: pd.Series
    moments: pd.DataFrame
    marked: pd.DataFrame
    main: dict[str, float]
    wide: Grid | None
    synchrony: Synchrony | None
    scores: pd.DataFrame
    quiet: pd.DataFrame
    scenes: tuple[pd.DataFrame, list[str]] | None
    dial: Dial | None
    missing: Missingness
    after: pd.DataFrame
    correction: Correction
    withheld: bool


def analyze_session(
    tables: SessionTables,
    min_viewers: int = 1,
    scenes: pd.DataFrame | None = None,
    dial: pd.DataFrame | None = None,
) -> SessionAnalysis:
    """Work out all that a session's page shows.

    Parameters
    ----------
    tables : SessionTables
    min_viewers : int
        From 1; figures of fewer are withheld, as in `SessionTables`.
    scenes : DataFrame, optional
        The film's, from `scene_lists.read_scenes`.
    dial : DataFrame, optional
        From `dial_files.read_dial`.

    Returns
    -------
    SessionAnalysis

    Raises
    ------
    ValueError
        If the dials and the session have no time in common.
    """
    tables = tables.at_least(min_viewers)
    step_s = curve_step(tables.length_s)
    grid = tables.grid(step_s)
    audiences = draws(grid.share, tables.seats)
    right = correction(tables, audiences.lasting)
    curve = with_corrected(bands_of(tables, grid, audiences), right, "share", CURVE_BANDS)
    moments = with_certainty(peaks(tables), tables, audiences)
    moments = with_corrected(moments, right, "share_smiling")
    found_synchrony = _synchrony(tables, grid)
    dial_result = None if dial is None else with_dial(grid, dial, tables.offset_s)
    whole = None if found_synchrony is None else found_synchrony.whole
    people, main = tables.viewers, headline(tables, significant(moments))
    shown = not (people.empty or tables.withholds)
    found_scores = scores(tables, grid, audiences, whole)
    if tables.withholds:
        found_scores = without_singles(found_scores, main["reach"])
    return SessionAnalysis(
        length_s=tables.length_s,
        people=people,
        cover=tables.coverage,
        seats=tables.seats,
        curve=curve,
        few=(curve["judged"] > 0) & curve["share"].isna(),
        moments=moments,
        marked=marks(tables),
        main=main,
        wide=tables.grid(grid_step(tables.length_s, len(people))) if shown else None,
        synchrony=found_synchrony,
        scores=corrected_scores(found_scores, right, tables),
        quiet=quiet_stretches(grid, curve, audiences.lasting),
        scenes=None if scenes is None else _scenes(tables, scenes),
        dial=dial_result,
        missing=Missingness(0, np.nan, np.nan) if tables.withholds else missingness(grid),
        after=after_marks(latencies(tables)),
        withheld=main["viewers"] > 0 and people.empty,
        correction=right,
    )


def significant(moments: pd.DataFrame) -> pd.DataFrame:
    """Return the moments that chance would hardly give; all of them where none was tested."""
    if "p_value" not in moments or moments["p_value"].isna().all():
        return moments
    return moments[moments["p_value"] <= ALPHA].reset_index(drop=True)


def _scenes(tables: SessionTables, scenes: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    inside, remarks = fit(scenes, tables)
    return scenes_of(tables, inside), remarks


def _synchrony(tables: SessionTables, grid: Grid) -> Synchrony | None:
    """Return the synchrony of a grid, in windows of half a minute or as few steps as it needs."""
    if not len(grid.ids) or not len(grid.watched):
        return None
    least = LEAST_STEPS * grid.step_s
    return synchrony_of(tables, max(WINDOW_S, least), grid.step_s)
