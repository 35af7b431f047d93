"""What other trackers are told: their published defaults, and more, so that none is wronged."""

from typing import NamedTuple


class Setting(NamedTuple):
    """What a peer is told beside its published defaults; None leaves them as they are."""

    name: str
    memory_s: float | None = None  # how long a lost one is remembered
    least_score: float | None = None  # counts as a sure detection from here on
    scored: bool = True  # False: no scores are given, and every detection is taken as sure
    hits: int | None = None  # consecutive sights before an ID is given
    timed: bool = True  # False: no times and no frame rate are given; it counts looks


PUBLISHED = Setting("as published")
# Haar gives true faces 0.45 to 0.8: the published thresholds (0.6, 0.7) would throw half away.
HAAR = Setting("Haar scores", least_score=0.4)
LONG = (
    Setting("Haar scores, 60 s", 60.0, least_score=0.4),
    Setting("Haar scores, 1 hit, 60 s", 60.0, least_score=0.4, hits=1),
    Setting("Haar scores, 1 hit, 300 s", 300.0, least_score=0.4, hits=1),
    Setting("no scores, 1 hit, 60 s", 60.0, scored=False, hits=1),
    Setting("no scores, 1 hit, 300 s", 300.0, scored=False, hits=1),
)
SETTINGS = (
    PUBLISHED,
    Setting("counting looks", timed=False),
    HAAR,
    Setting("Haar scores, 10 s", 10.0, least_score=0.4),
    *LONG,
)
