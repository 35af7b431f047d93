"""The loop packs what it sees into batches, and goes on after a stop without keeping a picture."""

import itertools
import json
import threading
import time

import cv2
import numpy as np
import pytest

from laughtrack.edge.pipeline.batching import Batcher, BatchHeader
from laughtrack.edge.pipeline.frame_pipeline import FramePipeline
from laughtrack.edge.pipeline.session_pipeline import SessionPipeline, batches
from laughtrack.edge.readings import from_json, to_json
from laughtrack.edge.simulate.simulate import simulate
from laughtrack.edge.smile.smilenet import Scorer
from laughtrack.edge.sources.frames import Frame, Source, SourceError

HEAD = BatchHeader("test", "film", "2026-01-31T20:15:00Z")


def mean_grey(crops):
    """Stand in for SmileNet: the mean brightness."""
    return crops.mean(axis=(1, 2)) / 255


def blank(times):
    """Yield frames of an empty room."""
    for index, t_s in enumerate(times):
        yield Frame(index, t_s, np.full((90, 120, 3), 99, np.uint8))


def pipeline(scorer=mean_grey):
    """What a session of this film begins with."""
    return SessionPipeline(FramePipeline(scorer), Batcher(HEAD, {"title": "x"}))


def packed(frames, scorer=mean_grey, resume=None, **options):
    """Return all batches of frames."""
    begun = pipeline(scorer)
    if resume is not None:
        begun.restore(resume)
    return [batch for batch, _ in batches(begun, frames, **options)]


@pytest.fixture(scope="module")
def large_film(tmp_path_factory):
    """Twenty-one seconds of pretend viewers, too large a picture to be scanned at each look."""
    path = tmp_path_factory.mktemp("large") / "film.mp4"
    simulate(path, 6, 21.5, (854, 480), seed=4)
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Eleven seconds of three pretend viewers."""
    path = tmp_path_factory.mktemp("watch") / "film.mp4"
    simulate(path, 3, 11, (400, 226), seed=4)
    return path


@pytest.fixture(scope="module")
def looked_at(film):
    """Its batches, and what the preview was shown of each frame."""
    shown = []
    return packed(Source(film), on_frame=shown.append), shown


@pytest.mark.slow
def test_spans_are_whole_multiples():
    """Batches end at every fifth second; the last one ends with the frames."""
    found = packed(blank(np.arange(0, 12, 0.5)))
    assert [(b.seq, b.start_s, b.end_s, b.frames) for b in found] == [
        (0, 0.0, 5.0, 10),
        (1, 5.0, 10.0, 10),
        (2, 10.0, 11.501, 4),
    ]


def test_camera_off_leaves_no_batch():
    """A stretch without frames has no span; numbers go on without a gap."""
    found = packed(blank([0.0, 1.0, 17.0]))
    assert [(b.seq, b.start_s, b.frames) for b in found] == [(0, 0.0, 2), (1, 15.0, 1)]


def test_first_batch_tells_of_the_session():
    """The facts come once, the end once."""
    assert [b.info for b in packed(blank(range(0, 15, 3)))] == [
        {"title": "x"},
        {},
        {"complete": True},
    ]


def test_one_batch_is_first_as_well_as_last():
    """A short film has both in one."""
    assert [b.info for b in packed(blank([0.0]))] == [{"title": "x", "complete": True}]


def test_no_frames_no_batches():
    """Empty in, empty out."""
    assert packed(blank([])) == []


def test_broken_source_keeps_what_was_seen():
    """A camera that vanishes: the open batch is kept, says why, and the error is passed on."""

    def frames():
        yield from blank([0.0, 1.0])
        raise SourceError("the camera is gone")

    kept = []
    with pytest.raises(SourceError, match="is gone"):
        for batch, _ in batches(pipeline(), frames()):
            kept.append(batch)
    assert [(b.frames, b.info["broke"]) for b in kept] == [(2, "the camera is gone")]


@pytest.mark.slow
def test_pretend_viewers_are_read(looked_at):
    """Three viewers, each with readings that pass through JSON unchanged."""
    found = looked_at[0]
    assert {v for b in found for v in b.readings["viewer_id"]} == {1, 2, 3}
    assert [from_json(to_json(b)) for b in found] == found


@pytest.mark.slow
def test_carrying_on_gives_the_same_batches(large_film):
    """From any state, through JSON, what follows is the same to the last number."""
    whole = list(batches(pipeline(), Source(large_film)))
    states = [(k, state) for k, (_, state) in enumerate(whole) if state]
    assert [k for k, _ in states] == [1, 3]
    for _, state in states:
        state = json.loads(json.dumps(state))
        frames = Source(large_film, after=state["last_index"] - 1)
        rest = packed(frames, resume=state)
        assert rest == [batch for batch, _ in whole if batch.seq >= state["packer"]["seq"]]
        assert len(rest) >= 2


@pytest.mark.slow
def test_scoring_beside_the_next_frame_changes_nothing(film):
    """Batches, states and corrections are those of one frame after another, to the last byte."""
    begun, alone = pipeline(), []
    for frame in Source(film):
        result = begun.process(frame)
        if result.closed is not None:
            alone.append((to_json(result.closed), json.dumps(begun.take_state())))
    alone.append((to_json(begun.close({"complete": True})), "null"))
    threads = set()

    def slow_score(crops):
        threads.add(threading.current_thread().name)
        time.sleep(0.002)
        return mean_grey(crops)

    beside = batches(pipeline(slow_score), Source(film))
    assert [(to_json(batch), json.dumps(state)) for batch, state in beside] == alone
    assert len(threads) == 1 and threading.current_thread().name not in threads


def test_a_frame_waits_for_the_next_alone():
    """Each is handed on when the one after it came, and the last at the end, or at a failure."""
    given, shown = [], []

    def frames():
        for frame in blank([0.0, 0.1, 0.2]):
            given.append(frame.index)
            assert len(shown) >= len(given) - 2
            yield frame
        raise SourceError("the camera is gone")

    with pytest.raises(SourceError, match="is gone"):
        list(batches(pipeline(), frames(), shown.append))
    assert [result.frame.index for result in shown] == given == [0, 1, 2]


def readings_of(frames, stop=None, stops=()):
    """Readings of each frame; before those of `stops`, `stop` gives the pipeline to go on with."""
    begun, found = pipeline(), []
    for k, frame in enumerate(frames):
        if k in stops:
            begun = stop(begun)
        found.append(begun.process(frame).readings)
    return found


def restarted(begun):
    """What a restart makes of a pipeline."""
    again = pipeline()
    again.restore(json.loads(json.dumps(begun.state())))
    return again


def forgetful(begun):
    """The same pipeline, which has forgotten what the picture looked like."""
    begun._frame_pipeline.forget()
    return begun


@pytest.mark.slow
def test_stopped_anywhere_goes_on_as_if_it_had_looked_over_the_picture_anew(large_film):
    """The same to the last number; and as without a stop but for boxes that are found anew."""
    frames, stops = list(Source(large_film, to_s=13)), (7, 66, 67)
    calm = readings_of(frames)
    found = readings_of(frames, restarted, stops)
    assert found == readings_of(frames, forgetful, stops) and found[:7] == calm[:7]
    runs = itertools.chain(*found), itertools.chain(*calm)
    ours, theirs = ({(r.viewer_id, r.t_s): r for r in run} for run in runs)
    both = ours.keys() & theirs.keys()
    assert {viewer for viewer, _ in ours} == {viewer for viewer, _ in theirs}
    assert len(both) > 0.99 * len(ours.keys() | theirs.keys())
    pairs = [(ours[key], theirs[key]) for key in both]
    # In widths of the face.
    boxes = np.array([(a.box, b.box) for a, b in pairs], float)
    moved = np.abs(boxes[:, 0] - boxes[:, 1]).max(axis=1) / (boxes[:, 1, 2] - boxes[:, 1, 0])
    assert moved.max() < 0.4 and np.percentile(moved, 95) < 0.15
    smiles = np.array([(a.smile, b.smile) for a, b in pairs if None not in (a.smile, b.smile)])
    assert np.abs(smiles[:, 0] - smiles[:, 1]).mean() < 0.02


@pytest.mark.slow
def test_each_frame_is_shown(looked_at):
    """The preview is called for each frame looked at, with readings of the faces seen."""
    shown = looked_at[1]
    assert len(shown) == 110
    for each in shown:
        seen = [track.viewer_id for track in each.tracks if track.seen]
        assert seen == [reading.viewer_id for reading in each.readings]


@pytest.mark.slow
def test_unjudged_face_is_present(film):
    """A blurred face is read as there, with neither score."""

    def blurred():
        for frame in Source(film, to_s=8):
            late = frame.t_s > 5
            image = cv2.blur(frame.image, (9, 9)) if late else frame.image
            yield frame._replace(image=image, grey=None)

    last = packed(blurred())[1].readings
    unjudged = [smile for smile in last["smile"] if smile is None]
    assert unjudged and [r is None for r in last["raw"]] == [s is None for s in last["smile"]]


@pytest.mark.slow
def test_a_scorer_with_a_limit_is_given_no_more_faces(film):
    """Viewers take turns where the scorer has time for one face a frame."""
    asked = []

    def logits_of(crops):
        asked.append(len(crops))
        return np.zeros((len(crops), 2))

    packed(Source(film, to_s=6), scorer=Scorer(logits_of, {"temperature": 1.0, "bias": 0.0}, 1))
    assert max(asked) == 1 and sum(asked) > 50
