"""Batches close on time, size or count, and lose nothing."""

import itertools
import math

import numpy as np
import pytest

from laughtrack.edge.pipeline.batching import UNIT_BYTES, Batcher, BatchHeader, BatchLimits
from laughtrack.edge.readings import MAX_BYTES, Reading, columns, to_json

HEAD = BatchHeader("camera-1", "show", "2026-01-31T20:15:00Z")
TOPIC = "laughtrack/hall/camera-1/timeline"


def look(t_s, viewers, rng):
    """Readings of one frame with scores of all lengths."""
    boxes = rng.integers(0, 1900, (viewers, 4)).tolist()
    scores = rng.random((viewers, 3)).tolist()
    return [Reading(i + 1, t_s, tuple(boxes[i]), *scores[i]) for i in range(viewers)]


def pack(viewers, seconds, limits, step_s=0.1, restore_each=None):
    """All batches of a session with so many viewers, and what went into them."""
    rng = np.random.default_rng(1)
    batcher = Batcher(HEAD, {"title": "x"}, limits)
    closed, given = [], []
    for k in range(round(seconds / step_s)):
        t_s = round(k * step_s, 3)
        readings = look(t_s, viewers, rng)
        given += readings
        closed.append(batcher.add(t_s, readings))
        if restore_each and k % restore_each == 0:
            state, batcher = batcher.state(), Batcher(HEAD, {}, limits)
            batcher.restore(state)
    closed.append(batcher.close({"complete": True}))
    return [batch for batch in closed if batch], given


def units(batches):
    """IoT Core's count of what was sent."""
    return sum(math.ceil((len(to_json(b)) + len(TOPIC)) / UNIT_BYTES) for b in batches)


@pytest.mark.slow
@pytest.mark.parametrize("viewers", [0, 1, 25, 120, 700, 1500])
def test_no_batch_is_too_large_and_none_is_lost(viewers):
    """Every size of audience, up to more than a batch holds, keeps below 120 KB and whole."""
    seconds = 12 if viewers < 500 else 4  # each frame of many is near a batch's limit
    batches, given = pack(viewers, seconds, BatchLimits(topic_bytes=len(TOPIC)))
    assert all(len(to_json(batch)) <= MAX_BYTES for batch in batches)
    assert [batch.seq for batch in batches] == list(range(len(batches)))
    packed = {
        name: [*itertools.chain(*(b.readings[name] for b in batches))] for name in columns([])
    }
    assert packed == columns(given)
    assert sum(batch.frames for batch in batches) == 10 * seconds


@pytest.mark.slow
@pytest.mark.parametrize("viewers", [3, 10, 25, 60])
def test_spans_meet_and_none_is_longer_than_the_batch_seconds(viewers):
    """Closing early leaves no hole that would read as a camera that was off."""
    batches, _ = pack(viewers, 30, BatchLimits(batch_s=4.0, topic_bytes=len(TOPIC)))
    for before, after in itertools.pairwise(batches):
        assert before.end_s == after.start_s
    assert all(batch.end_s - batch.start_s <= 4.0 + 1e-9 for batch in batches)


@pytest.mark.slow
@pytest.mark.parametrize("viewers, least", [(1, 1.0), (3, 1.3), (8, 1.1), (12, 1.1), (60, 1.0)])
def test_metering_is_never_dearer(viewers, least):
    """Just under a multiple of 5 KB the same readings cost no more units than by time alone."""
    seconds = min(150, 1500 // viewers)
    metered, _ = pack(viewers, seconds, BatchLimits(topic_bytes=len(TOPIC)))
    timed, _ = pack(viewers, seconds, BatchLimits())
    assert units(timed) >= least * units(metered)


def test_count_closes_too():
    """A batch has no more readings than asked for."""
    batches, _ = pack(7, 10, BatchLimits(max_readings=50))
    assert {len(batch.readings["t_s"]) for batch in batches[:-1]} == {49}


def test_by_time_alone_spans_are_whole_multiples():
    """A recording's batches are those of any other run of it."""
    batches, _ = pack(3, 12, BatchLimits())
    assert [(b.start_s, b.end_s) for b in batches] == [(0.0, 5.0), (5.0, 10.0), (10.0, 11.901)]


@pytest.mark.slow
def test_saved_and_restored_anywhere_gives_the_same():
    """Whoever goes on from a state closes the same batches."""
    limits = BatchLimits(topic_bytes=len(TOPIC))
    assert pack(30, 20, limits, restore_each=7)[0] == pack(30, 20, limits)[0]


def test_a_pause_is_no_part_of_a_batch():
    """After a pause the next batch begins with its first frame, not where the last one ended."""
    batcher = Batcher(HEAD, {})
    batcher.add(3.0, [])
    before = batcher.close()
    batcher.add(7.3, [])
    after = batcher.close()
    assert (before.start_s, before.end_s) == (0.0, 3.001)
    assert (after.start_s, after.end_s) == (7.3, 7.301)
    assert batcher.close() is None


def test_a_long_gap_between_frames_is_no_part_of_a_batch():
    """The batch before it ends with its own time."""
    batcher = Batcher(HEAD, {})
    batcher.add(1.0, [])
    before = batcher.add(33.0, [])
    assert (before.start_s, before.end_s) == (0.0, 5.0)
    assert batcher.close().start_s == 30.0


def test_notes_of_one_batch_are_its_own():
    """Marks are gathered in a list and not repeated in the next batch."""
    batcher = Batcher(HEAD, {"title": "x"})
    batcher.add(0.0, [])
    batcher.add_info({"marks": [{"t_s": 0.0, "text": "a"}]})
    batcher.add_info({"marks": [{"t_s": 0.1, "text": "b"}]})
    first = batcher.add(5.0, [])
    assert [mark["text"] for mark in first.info["marks"]] == ["a", "b"]
    assert batcher.close().info == {}


@pytest.mark.parametrize("begin_s", [2043.613, 4.035, 8.045, 0.1])
def test_a_batch_ends_at_its_time_to_the_millisecond(begin_s):
    """A frame exactly at the end belongs to the next batch, however floats round the sum."""
    rng = np.random.default_rng(1)
    batcher = Batcher(HEAD, {})
    batcher.add(begin_s - 0.05, look(begin_s - 0.05, 1, rng))
    batcher.close()
    batcher.add(begin_s, look(begin_s, 1, rng))
    end_s = round(begin_s + 5, 3)
    batch = batcher.add(end_s, look(end_s, 1, rng))
    assert (batch.start_s, batch.end_s, batch.frames) == (begin_s, end_s, 1)
    assert batcher.close().frames == 1
