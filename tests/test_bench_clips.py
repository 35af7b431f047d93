"""What the clips' table counts is what it says."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

pytest.importorskip("openvino")

from laughtrack.analytics.session import Session
from tests.bench.clips import cuts
from tests.bench.clips.judge import judge
from tests.bench.clips.replay import Replayed
from tests.bench.clips.truth import Clip, Someone


def someone(name, x, kind="person", gone_s=None):
    """Somebody who keeps still for ten seconds, 20 px wide."""
    times = [0.0, 10.0] if gone_s is None else [0.0, gone_s]
    places = np.array([[x, 50.0, 20.0]] * 2)
    return Someone(name, kind, np.array(times), places, np.array([False, gone_s is not None]))


def replayed(*viewers):
    """Readings at 10 looks a second: (viewer, x, first, last second)."""
    rows = [
        (one, t_s, x - 12, 38, x + 12, 62, 0.9, 0.7, 0.7)
        for one, x, first_s, last_s in viewers
        for t_s in np.arange(first_s, last_s, 0.1).round(3)
    ]
    names = ["viewer_id", "t_s", "x1", "y1", "x2", "y2", "quality", "raw", "smile"]
    session = Session(pd.DataFrame(rows, columns=names), pd.DataFrame(), {}, "clip", "replay")
    return Replayed(session, session, 0.1, 10.0)


def test_nobody_printed_and_never_found():
    """Phantoms, printed faces after their time, and who was missed."""
    there = [someone("a", 100), someone("b", 300), someone("poster", 200, "printed")]
    clip = Clip(Path("clip"), 2, there, [], {"a": [(1.0, 1.95)]})
    verdict = judge(clip, replayed((1, 102, 0, 10), (2, 200, 0, 4), (3, 400, 5, 5.5)))
    assert (verdict.people, verdict.viewers) == (2, 3)
    assert verdict.phantom_s == pytest.approx(0.5)
    assert verdict.printed_late_s == pytest.approx(0.9)
    assert verdict.never == ["b"]
    assert (verdict.masked, verdict.masked_scored, verdict.masked_smiling) == (10, 10, 10)


def test_an_id_of_two_people_at_a_cut_or_not():
    """Who goes from one to another is told, and whether a cut lies between."""
    there = [someone("a", 100), someone("b", 300)]
    swap = replayed((1, 100, 0, 4), (1, 300, 4, 10), (2, 300, 0, 4), (2, 100, 4, 10))
    verdict = judge(Clip(Path("clip"), 2, there, [], {}), swap)
    assert (verdict.mixed, verdict.mixed_at_cuts) == (2, 0)
    verdict = judge(Clip(Path("clip"), 2, there, [4.0], {}), swap)
    assert (verdict.mixed, verdict.mixed_at_cuts) == (0, 2)


def test_who_has_gone_is_nobody():
    """A place is somebody's only while they are to be seen."""
    clip = Clip(Path("clip"), 1, [someone("a", 100, gone_s=5.0)], [], {})
    assert judge(clip, replayed((1, 100, 0, 6))).phantom_s == pytest.approx(1.0)


class MadeUpClips:
    """Two clips of one person each, whose looks are random spots."""

    def at(self, name, k):
        """A picture of 320 x 180, not shrunk; somebody in its middle."""
        spots = np.random.default_rng(len(name)).uniform(0, 255, (18, 32, 3))
        picture = cv2.resize(spots, (320, 180), interpolation=cv2.INTER_CUBIC)
        place = np.array([[160.0, 90.0, 32.0]])
        someone = Someone(name, "person", np.zeros(1), place, np.zeros(1, bool))
        clip = Clip(Path(name), 1, [someone], [], {})
        return np.clip(picture, 0, 255).astype(np.uint8), 1.0, clip, 0.0


@pytest.mark.slow
def test_films_with_cuts_are_judged():
    """Two shots in turns: two people, who keep their IDs; mirrored, one is somebody else."""
    one, other = (cuts.Tile("a"),), (cuts.Tile("bb"),)
    shots = [cuts.Shot(1.2, one), cuts.Shot(1.2, other), cuts.Shot(1.2, one)]
    assert cuts.judge(shots, MadeUpClips(), cuts.TruthFinder()) == (2, 2, [])
    shots[2] = cuts.Shot(1.2, (cuts.Tile("a", mirrored=True),))
    assert cuts.judge(shots, MadeUpClips(), cuts.TruthFinder()) == (3, 3, [])
