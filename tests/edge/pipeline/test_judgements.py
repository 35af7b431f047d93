"""Viewers are judged ten times a second at most; between, the last judgement holds."""

import itertools
import json

import numpy as np
import pytest

from laughtrack.edge.pipeline.batching import Batcher, BatchHeader
from laughtrack.edge.pipeline.frame_pipeline import FramePipeline
from laughtrack.edge.pipeline.judgements import Judgement, Judgements
from laughtrack.edge.pipeline.session_pipeline import SessionPipeline, batches
from laughtrack.edge.simulate.simulate import simulate
from laughtrack.edge.sources.frames import Source


def judged_in(times, score_hz=10.0):
    """At which times one viewer, seen at all, is judged."""
    known, found = Judgements(score_hz), []
    for t_s in times:
        if known.due([7], t_s)[0]:
            found.append(t_s)
            known.keep(7, t_s, Judgement(0.9, 0.5, 0.5))
    return found


@pytest.mark.parametrize("rate", [12, 23.976, 25, 29.97, 30, 50, 59.94, 120])
@pytest.mark.parametrize("score_hz", [1, 5, 10, 20])
def test_at_most_so_many_a_second(rate, score_hz):
    """At any rate of looks, and as often as there are steps and looks."""
    times = [round(k / rate, 3) for k in range(round(20 * rate))]
    found = judged_in(times, score_hz)
    per_s = np.bincount(np.floor(found).astype(int), minlength=20)
    assert per_s.max() <= score_hz and len(found) >= 0.98 * min(20 * score_hz, len(times))


@pytest.mark.parametrize("rate", [15, 23.976, 25, 29.97, 59.94])
@pytest.mark.parametrize("looks", [2, 7, 10])
def test_looks_at_ten_a_second_or_fewer_are_all_judged(rate, looks):
    """As `Source` takes them from any film: the first picture at or after each step."""
    times = [round(k / rate, 3) for k in range(round(30 * rate))]
    steps = [int((t + 0.0005) * looks) for t in times]
    taken = [t for t, step, last in zip(times, steps, [-1, *steps], strict=False) if step > last]
    assert judged_in(taken) == taken


def test_whose_turn_it_was_not_is_due_again():
    """And who was not seen in a look is judged in the next."""
    known = Judgements()
    known.keep(1, 0.0, Judgement(0.9, None, None), final=False)
    known.keep(2, 0.0, Judgement(0.9, 0.3, 0.3))
    assert known.due([1, 2, 3], 0.04).tolist() == [True, False, True]
    assert known.due([2], 0.05).tolist() == [False] and known.last(1) is None
    assert known.due([1, 2], 0.06).tolist() == [True, False]
    assert known.last(2) == Judgement(0.9, 0.3, 0.3)


def test_state_goes_through_json():
    """A restart judges nobody sooner, nor later."""
    known = Judgements()
    known.keep(1, 0.1, Judgement(0.2, None, None))
    known.keep(2, 0.1, Judgement(0.9, 0.3, 0.4))
    again = Judgements()
    again.restore(json.loads(json.dumps(known.state())))
    assert again.due([1, 2], 0.14).tolist() == [False, False]
    assert [again.last(v) for v in (1, 2)] == [known.last(v) for v in (1, 2)]


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf")])
def test_a_rate_that_makes_no_sense_is_told(rate):
    """It names the value."""
    with pytest.raises(ValueError, match=f"score rate is {rate}"):
        Judgements(rate)


@pytest.mark.slow
def test_dense_looks_have_all_readings_and_ten_scores_a_second(tmp_path):
    """Every look reads every viewer; scores are of ten looks a second, and hold in between."""
    film, asked = tmp_path / "film.mp4", []
    simulate(film, 3, 4, (400, 226), seed=4)

    def score(crops):
        asked.append(len(crops))
        return crops.mean(axis=(1, 2)) / 255

    def readings(rate, rescore=None):
        begun = SessionPipeline(
            FramePipeline(score, **({} if rescore is None else {"score_hz": rescore})),
            Batcher(BatchHeader("test", "film", "2026-01-31T20:15:00Z"), {}),
        )
        return next(iter(batches(begun, Source(film, rate_hz=rate)))).batch.readings

    dense = readings(1000)
    calls, asked[:] = sum(asked), []
    every = readings(1000, 1000.0)
    assert [dense[name] for name in ("viewer_id", "t_s", "x1")] == [
        every[name] for name in ("viewer_id", "t_s", "x1")
    ]
    assert sum(asked) > 2 * calls
    rows = sorted(zip(*(dense[name] for name in ("viewer_id", "t_s", "raw")), strict=True))
    for _, own in itertools.groupby(rows, key=lambda row: row[0]):
        changes = [t for (_, t, raw), (_, _, before) in itertools.pairwise(own) if raw != before]
        assert len(changes) <= 41
    means = [np.nanmean(np.array(each["smile"], float)) for each in (dense, every)]
    assert abs(means[0] - means[1]) < 0.01
