"""The trackers compared: ours, and thin adapters to others.

Conventions
-----------
A tracker here is a function ``make(fps, setting)`` that returns ``prepare(k, look)``,
``update(prepared)`` and ``read(k, look, answer)``: only `update` is on the clock, so that nobody
pays for our way to write boxes. Looks are ``(t_s, boxes, scores)`` with boxes (N, 4)
``x1 y1 x2 y2`` float64 in pixels and scores (N,) in [0, 1]. `read` gives ``(ids, boxes)`` of the
faces found in this look; the boxes are the detector's own for all, since that is what most give.
"""

import time
import warnings

import numpy as np

from laughtrack.tracker.detections import Detections
from laughtrack.tracker.tracker import Tracker
from tests.bench.peer_settings import PUBLISHED

OURS = "laughtrack"


def run(make, looks, fps, setting=PUBLISHED):
    """Run a tracker over looks.

    Parameters
    ----------
    make : function
        One of `TRACKERS`.
    looks : list of (float, ndarray, ndarray)
        As the module says, times increasing.
    fps : float
        Looks a second when evenly spaced: the frame rate that peers are told.
    setting : Setting
        For peers; ours has none.

    Returns
    -------
    result : dict of int to (ndarray, ndarray)
        Look's number to ``(ids, boxes)``.
    took_s : float
        Seconds in the tracker's own calls.
    """
    prepare, update, read = make(fps, setting)
    result, took_s = {}, 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for k, look in enumerate(looks):
            given = prepare(k, look)
            began = time.perf_counter()
            answer = update(given)
            took_s += time.perf_counter() - began
            result[k] = read(k, look, answer)
    return result, took_s


def ours(fps, setting):
    """Our tracker as everybody gets it."""
    tracker = Tracker()

    def read(k, look, tracks):
        seen = [track for track in tracks if track.seen]
        ids = np.array([track.viewer_id for track in seen], dtype=np.int64)
        return ids, np.array([track.box for track in seen]).reshape(-1, 4)

    def prepare(k, look):
        t_s, boxes, scores = look
        return t_s, Detections(boxes, scores)

    return prepare, lambda given: tracker.update(*given), read


def roboflow(name, activation=True, high=True, **settings):
    """Make a maker of one of `trackers`' classes, with the thresholds that it has."""

    def make(fps, setting):
        import supervision
        import trackers

        given = dict(settings)
        if setting.timed:
            given["frame_rate"] = fps
        if setting.memory_s is not None:
            # It is in frames of a film of 30 a second, whatever the frame rate.
            given["lost_track_buffer"] = round(30 * setting.memory_s)
        if setting.least_score is not None:
            given.update({"track_activation_threshold": setting.least_score} if activation else {})
            given.update({"high_conf_det_threshold": setting.least_score} if high else {})
        if setting.hits is not None:
            given["minimum_consecutive_frames"] = setting.hits
        tracker = getattr(trackers, name)(**given)

        def prepare(k, look):
            t_s, boxes, scores = look
            confidence = scores if setting.scored else None
            number = {"number": np.arange(len(boxes))}
            found = supervision.Detections(xyxy=boxes, confidence=confidence, data=number)
            return found, t_s if setting.timed else None

        def read(k, look, answer):
            if not len(answer):
                return np.zeros(0, dtype=np.int64), np.zeros((0, 4))
            known = answer.tracker_id >= 0
            return answer.tracker_id[known], look[1][answer.data["number"][known]]

        return prepare, lambda given: tracker.update(given[0], timestamp=given[1]), read

    return make


def counted(fps, setting):
    """Make what norfair and similari are given of a look: sure boxes' rows, and frames since."""
    before_s = None

    def look_at(look):
        nonlocal before_s
        t_s, boxes, scores = look
        steps = 1
        if setting.timed and before_s is not None:
            steps = max(1, round((t_s - before_s) * fps))
        before_s = t_s
        if setting.scored and setting.least_score is not None:
            return np.flatnonzero(scores >= setting.least_score), steps
        return np.arange(len(boxes)), steps

    return look_at


def norfair(fps, setting):
    """norfair with boxes as points and IoU, at the distance of its own demo; matched ones only."""
    from norfair import Detection, Tracker

    most = 15 if setting.memory_s is None else max(15, round(setting.memory_s * fps))
    # Half of hit_counter_max by default; a longer memory must not make births later.
    delay = 7 if setting.hits is None else setting.hits
    tracker = Tracker("iou", 0.7, hit_counter_max=most, initialization_delay=delay)
    look_at = counted(fps, setting)

    def prepare(k, look):
        sure, steps = look_at(look)
        return [Detection(look[1][i].reshape(2, 2), data=(k, i)) for i in sure], steps

    def update(given):
        found, steps = given
        for _ in range(steps - 1):
            tracker.update()
        return tracker.update(found, period=steps)

    def read(k, look, answer):
        there = [one for one in answer if one.last_detection.data[0] == k]
        rows = [one.last_detection.data[1] for one in there]
        return np.array([one.id for one in there], dtype=np.int64), look[1][rows].reshape(-1, 4)

    return prepare, update, read


def similari(fps, setting):
    """similari's SORT in one thread, at the IoU of its own example."""
    from similari import BoundingBox, PositionalMetricType, Sort

    idle = 5 if setting.memory_s is None else max(5, round(setting.memory_s * fps))
    tracker = Sort(shards=1, max_idle_epochs=idle, method=PositionalMetricType.iou(threshold=0.3))
    look_at, known = counted(fps, setting), {}

    def prepare(k, look):
        sure, steps = look_at(look)
        found = [
            (BoundingBox(x1, y1, x2 - x1, y2 - y1).as_xyaah(), int(i))
            for i, (x1, y1, x2, y2) in zip(sure, look[1][sure].tolist(), strict=True)
        ]
        return found, steps, k

    def update(given):
        found, steps, k = given
        if steps > 1:
            tracker.skip_epochs(steps - 1)
        if k % 100 == 99:
            tracker.clear_wasted()
        return tracker.predict(found)

    def read(k, look, answer):
        # Its IDs are 64 random bits.
        ids = [known.setdefault(one.id, len(known) + 1) for one in answer]
        rows = [one.custom_object_id for one in answer]
        return np.array(ids, dtype=np.int64), look[1][rows].reshape(-1, 4)

    return prepare, update, read


TRACKERS = {
    OURS: ours,
    "SORT": roboflow("SORTTracker", high=False),
    "ByteTrack": roboflow("ByteTrackTracker"),
    "OC-SORT": roboflow("OCSORTTracker", activation=False),
    "C-BIoU": roboflow("CBIoUTracker"),
    "BoT-SORT": roboflow("BoTSORTTracker", enable_cmc=False),
    "norfair": norfair,
    "similari SORT": similari,
}
