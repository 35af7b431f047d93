"""Rows of what needs more than one session's readings: scenes, groups, dials, two sessions."""

from __future__ import annotations

from pydantic import Field

from laughtrack.analytics.web.api.rows import (
    End,
    Figure,
    FilmS,
    P,
    Row,
    SessionS,
    Share,
    ViewerId,
    Viewers,
)


class SynchronyRow(Row):
    """Whether the viewers smiled together: each one's correlation with the mean of the others."""

    viewers: Viewers
    left_out: int = Field(description="Viewers whose score never changed.")
    isc: Figure
    low: End
    high: End
    p: P


class SynchronyWindowRow(Row):
    """The same of a stretch of time."""

    start_s: SessionS
    end_s: SessionS
    viewers: Viewers
    isc: Figure
    low: End
    high: End
    p: P


class SynchronyViewerRow(Row):
    """The same of one viewer."""

    viewer_id: ViewerId
    isc: Figure


class SceneRow(Row):
    """A scene of the film, as `laughtrack scenes` shows it."""

    start_s: FilmS
    end_s: FilmS
    name: str
    watched_s: float = Field(description="Seconds.")
    judged: Viewers
    share_smiling: Share
    share_low: End
    share_high: End
    reach: Share
    reach_low: End
    reach_high: End
    mean_smile: Share
    smiles_per_min: Figure
    smiles_per_min_low: End
    smiles_per_min_high: End
    no_interval: str = Field(description="Why there is no interval; empty where there is one.")


class GroupRow(Row):
    """A group of viewers: means over them."""

    group: str
    viewers: Viewers
    share_smiling: Share
    reach: Share
    mean_smile: Share
    pairwise_isc: Figure = Field(description="Mean correlation of its pairs of viewers.")


class PairRow(Row):
    """Two groups compared in a score, as `laughtrack groups` shows it."""

    score: str
    group: str
    other: str
    difference: Figure = Field(description="Of the first less the other.")
    low: End
    high: End
    p: P
    p_holm: P = Field(description="Corrected for all rows.")


class DialRow(Row):
    """How well dials and smiles go together, as `laughtrack dial` shows it."""

    steps: int
    people: int
    viewers: Viewers
    r: Figure
    low: End
    high: End
    lag_s: Figure = Field(description="Seconds by which the dials follow the smiles.")
    p: P
    least_p: P = Field(description="The smallest that there could be.")
    r_no_lag: Figure


class DialCurveRow(Row):
    """Both curves, a second a row."""

    t_s: SessionS
    dial: Figure
    people: int
    share_smiling: Share
    judged: Viewers


class ComparedRow(Row):
    """Something that was compared of two sessions, as `laughtrack compare` writes it."""

    what: str = Field(description="`stretch`, `score`, `scene` or `findable`.")
    name: str
    a_start_s: Figure = Field(description="Seconds of A's film.")
    a_end_s: Figure
    b_start_s: Figure = Field(description="Seconds of B's film.")
    b_end_s: Figure
    a: Figure
    b: Figure
    difference: Figure = Field(description="A less B.")
    low: End
    high: End
    p: P
    least_difference: Figure = Field(description="Found in 80 of 100 such comparisons.")
