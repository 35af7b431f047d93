"""What the API's tables hold, a class a table's row: names, types and units."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Missing = "null where there is no figure"
SessionS = Annotated[float, Field(description="Seconds since the session began.")]
FilmS = Annotated[float, Field(description="Seconds of the film.")]
Share = Annotated[float | None, Field(description=f"Of viewers, from 0 to 1; {Missing}.")]
End = Annotated[float | None, Field(description=f"End of a 95 % interval or band; {Missing}.")]
Figure = Annotated[float | None, Field(description=f"A number; {Missing}.")]
P = Annotated[float | None, Field(description=f"How often chance alone gives as much; {Missing}.")]
Viewers = Annotated[int, Field(description="A number of viewers.")]
ViewerId = Annotated[int, Field(description="From 1; means nothing outside its session.")]


class Row(BaseModel):
    """A row of a table: no column is left out, and there is no other."""

    model_config = ConfigDict(extra="forbid")


class SessionRow(Row):
    """A stored session, as `laughtrack sessions` lists it."""

    session: str
    device: str
    title: str = Field(description="Empty for none.")
    started_utc: str = Field(description="ISO 8601.")
    seconds: float
    viewers: Viewers
    readings: int
    batches: int
    missing_batches: int = Field(description="Numbers below the highest that have not arrived.")
    complete: bool = Field(description="Whether its last batch and all before it are there.")
    context: str = Field(description="What kind of event it was; empty where it is not said.")
    tags: str = Field(description="KEY=VALUE; KEY=VALUE, in order of the keys; empty for none.")


class ViewerRow(Row):
    """A viewer, as `laughtrack viewers` lists them."""

    viewer_id: ViewerId
    first_s: SessionS
    last_s: SessionS
    seen_s: float = Field(description="Seconds.")
    judged_s: float = Field(description="Seconds with a score.")
    unjudgeable_s: float = Field(description="Seconds in which the face could not be scored.")
    mean_smile: Share
    smiling_share: Share = Field(description="Of the judged time; null for who never was.")
    smiles_per_min: Figure
    longest_smile_s: Figure


class ReadingRow(Row):
    """What was read of a viewer's face at one moment, as `laughtrack timelines` lists it."""

    viewer_id: ViewerId
    t_s: SessionS
    smile: Figure = Field(description="The steadied score, from 0 to 1; null: not judged.")
    raw: Figure = Field(description="The score itself, from 0 to 1; null: not judged.")
    quality: Figure = Field(description="Of the face, from 0 to 1.")
    x1: int = Field(description="Pixels of the full frame.")
    y1: int
    x2: int
    y2: int
    smiling: bool = Field(description="Whether it lies in one of the viewer's smiles.")


class SmileRow(Row):
    """A smile of a viewer."""

    viewer_id: ViewerId
    start_s: SessionS
    end_s: SessionS
    peak_smile: Figure = Field(description="The highest steadied score in it, from 0 to 1.")


class CurveRow(Row):
    """A stretch of the audience's curve, as `laughtrack curve` shows it."""

    t_s: SessionS
    visible: Viewers
    judged: Viewers
    share_smiling: Share
    mean_smile: Share
    watched: bool = Field(description="Whether the camera looked.")
    share_low: End
    share_high: End
    share_all_low: End = Field(description="Of the band of all moments at once.")
    share_all_high: End
    degree_low: End
    degree_high: End
    degree_all_low: End
    degree_all_high: End
    worst: Share = Field(description="The share, were all missing viewers not smiling.")
    best: Share = Field(description="The share, were all missing viewers smiling.")
    corrected_share: Share = Field(description="Put right for the scorer's errors.")
    corrected_share_low: End
    corrected_share_high: End
    corrected_share_all_low: End
    corrected_share_all_high: End


class PeakRow(Row):
    """A moment at which the audience smiled more, as `laughtrack peaks` shows it."""

    t_s: SessionS
    start_s: SessionS
    end_s: SessionS
    mean_smile: Share
    share_smiling: Share
    viewers: Viewers
    rise: Figure = Field(description="In mean score above what is around it.")
    p_value: P
    least_share: Share = Field(description="Who had to begin smiling at once for p <= 0.05.")
    t_low_s: End
    t_high_s: End
    share_low: End
    share_high: End
    corrected_share: Share
    corrected_share_low: End
    corrected_share_high: End


class ScoreRow(Row):
    """A score of the session, as its page shows it."""

    score: str
    value: Figure
    low: End
    high: End
    unit: str = Field(description="`share`: from 0 to 1; empty for a plain number.")
    meaning: str
    corrected: Figure = Field(description="Put right for the scorer's errors.")
    corrected_low: End
    corrected_high: End
    not_corrected: str = Field(description="Why it is not put right; empty where it is.")


class MarkRow(Row):
    """A moment that somebody marked, and who smiled in the 5 s after it."""

    t_s: SessionS
    text: str
    share_smiling: Share
    viewers: Viewers


class CoverageRow(Row):
    """A stretch of time in which somebody was watched, nobody was there, or the camera was off."""

    start_s: SessionS
    end_s: SessionS
    state: str = Field(description="`watched`, `nobody` or `camera off`.")
