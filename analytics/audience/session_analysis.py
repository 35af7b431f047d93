"""Everything that the page shows of a session, measured once.

The readings of a long film are gathered once, in steps of 0.2 s; all that is wider is joined from
these.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.audience.bands import bands
from laughtrack.analytics.audience.curve import summary
from laughtrack.analytics.audience.dial import Dial, beside
from laughtrack.analytics.audience.latencies import after_marks, latencies
from laughtrack.analytics.audience.marks import marks_of
from laughtrack.analytics.audience.peak_tests import with_certainty
from laughtrack.analytics.audience.peaks import STEP_S, peaks_of
from laughtrack.analytics.audience.quiet_stretches import quiet
from laughtrack.analytics.audience.resolution import curve_step, grid_step
from laughtrack.analytics.audience.scenes import by_scene, fit
from laughtrack.analytics.audience.scores import scores
from laughtrack.analytics.audience.suppression import COUNTS
from laughtrack.analytics.audience.synchrony import WINDOW_S, Synchrony, synchrony
from laughtrack.analytics.defaults import ALPHA
from laughtrack.analytics.stats.bootstrap import draws
from laughtrack.analytics.stats.correlation import LEAST_STEPS
from laughtrack.analytics.stats.missingness import Together, with_the_curve
from laughtrack.analytics.timelines.bins import cells, coarser
from laughtrack.analytics.timelines.coverage import coverage
from laughtrack.analytics.timelines.grid import Grid, grid_of
from laughtrack.analytics.timelines.seating import seating
from laughtrack.analytics.timelines.session_time import length_s, offset_s
from laughtrack.analytics.timelines.smiles import timed
from laughtrack.analytics.timelines.viewers import viewers


class Measured(NamedTuple):
    """A session's tables for the page.

    `length_s` seconds; `people` a row a viewer, `cover` when the camera looked, `seats` where each
    sat; `curve` as `curve_figure.audience_figure` takes it, with `few` (T,) where its figures are
    withheld; `moments` and `marked`; `main` the headline figures; `wide` the viewers by time as
    wide as the picture needs, None if nobody was seen; `synchrony`, None if nobody was; `scores`
    and `quiet`; `scenes` from `scenes.by_scene`, with what was cut of them in sentences, and
    `dial`, None where none were given; `missing`, whether viewers went missing with the curve;
    `after`, what followed each mark; `withheld`, too few viewers were seen to speak of.
    """

    length_s: float
    people: pd.DataFrame
    cover: pd.DataFrame
    seats: pd.DataFrame
    curve: pd.DataFrame
    few: pd.Series
    moments: pd.DataFrame
    marked: pd.DataFrame
    main: dict
    wide: Grid | None
    synchrony: Synchrony | None
    scores: pd.DataFrame
    quiet: pd.DataFrame
    scenes: tuple | None
    dial: Dial | None
    missing: Together
    after: pd.DataFrame
    withheld: bool


def measure(session, min_viewers=1, scenes=None, dial=None):
    """Measure a session for its page.

    Parameters
    ----------
    session : Session
        Also one without viewers, spans or info.
    min_viewers : int
        From 1; where fewer could be judged, the curve's and the moments' figures are left out.
    scenes : DataFrame, optional
        The film's, from `scene_files.read_scenes`.
    dial : DataFrame, optional
        From `dial_files.read_dial`.

    Returns
    -------
    Measured

    Raises
    ------
    ValueError
        If the dials and the session have no time in common.
    """
    known, length = timed(session.readings), length_s(session)
    people, cover = viewers(session, known), coverage(session, known)
    fine, seats = cells(session.readings, STEP_S, known), seating(session)
    moments, marked = peaks_of(fine, min_viewers=min_viewers), marks_of(session, fine, min_viewers)
    step = curve_step(length)
    steps = grid_of(session, coarser(fine, round(step / STEP_S)), step)
    taken = draws(steps.share, seats)
    curve = bands(steps, taken)
    moments = with_certainty(moments, fine, seats, taken)
    together = _synchrony(steps)
    turned = None if dial is None else beside(steps, dial, offset_s(session))
    few = (curve["judged"] > 0) & (curve["judged"] < min_viewers)
    curve.loc[few, [name for name in curve if name not in COUNTS]] = np.nan
    # After it: the highest share is none of too few.
    said = scores(steps, curve, taken.effect, together and together.whole, offset_s(session))
    return Measured(
        length_s=length,
        people=people,
        cover=cover,
        seats=seats,
        curve=curve,
        few=few,
        moments=moments,
        marked=marked,
        main=summary(session, people, cover, sure(moments)),
        wide=None if people.empty else _wide(session, fine, length),
        synchrony=together,
        scores=said,
        quiet=quiet(steps, curve, taken.effect),
        scenes=None if scenes is None else _scenes(session, steps, (scenes, known.events), seats),
        dial=turned,
        missing=with_the_curve(steps),
        after=after_marks(latencies(session)),
        withheld=0 < len(people) < min_viewers,
    )


def sure(moments):
    """Return the moments that chance would hardly give; all of them where none was tested."""
    if "p_value" not in moments or moments["p_value"].isna().all():
        return moments
    return moments[moments["p_value"] <= ALPHA].reset_index(drop=True)


def _wide(session, fine, length):
    step = grid_step(length, fine["viewer_id"].nunique())
    return grid_of(session, coarser(fine, round(step / STEP_S)), step)


def _scenes(session, steps, given, seats):
    scenes, events = given
    inside, remarks = fit(scenes, session)
    return by_scene(steps, inside, events, offset_s(session), seats), remarks


def _synchrony(steps):
    """Return the synchrony of a grid, in windows of half a minute or as few steps as it needs."""
    if not len(steps.ids) or not len(steps.watched):
        return None
    least = LEAST_STEPS * steps.step_s
    return synchrony(steps, max(WINDOW_S, least))
