"""The loop: frames in, readings out, packed into batches. Live and replay run this same code."""

import numpy as np

from laughtrack.edge.faces.finder import CASCADE, SCAN_S, Finder
from laughtrack.edge.pipeline.batching import BATCH_S, Batcher, BatchHeader
from laughtrack.edge.pipeline.round_robin import RoundRobin
from laughtrack.edge.readings import Reading
from laughtrack.edge.smile.crops import MIN_QUALITY, crop_faces, quality
from laughtrack.edge.smile.smilenet import Scorer
from laughtrack.edge.smile.smoothing import Smoother
from laughtrack.edge.sources.frames import SourceError
from laughtrack.tracker.tracker import Tracker

__all__ = ["BATCH_S", "BatchHeader", "FramePipeline", "batches"]


class FramePipeline:
    """One session's eyes and memory: finder, tracker, scorer and smoother.

    Parameters
    ----------
    score : function
        Crops, shape (N, S, S) uint8, to smile probabilities, shape (N,):
        `edge.smile.smilenet.Scorer`. It is given as many crops a frame as
        `edge.pipeline.round_robin` says, at most its `max_faces` if it is a `Scorer`; beyond,
        viewers take turns.
    cascade, min_face_px, scan_s
        As for `edge.faces.finder.Finder`.
    """

    def __init__(self, score, cascade=CASCADE, min_face_px=None, scan_s=SCAN_S):
        self._score = score
        self._finder = Finder(cascade, min_face_px, scan_s)
        self._tracker = Tracker()
        self._smoother = Smoother()
        max_faces = score.max_faces if isinstance(score, Scorer) else None
        self._round_robin = RoundRobin(max_faces)

    def process(self, frame):
        """Look at one frame.

        Parameters
        ----------
        frame : Frame
            Later than the one before.

        Returns
        -------
        readings : list of Reading
            One for each viewer whose face was found in this frame, in order of viewer ID.
        tracks : list of Track
            Those, and the viewers whose face is only predicted here.
        """
        expected = self._tracker.expected(frame.t_s)
        detections = self._finder.find(frame.image, expected, frame.t_s)
        tracks = self._tracker.update(frame.t_s, detections)
        return self._judge(frame, [track for track in tracks if track.seen]), tracks

    def _judge(self, frame, seen):
        boxes = np.array([track.box for track in seen]).reshape(-1, 4)
        crops = crop_faces(frame.image, boxes)
        confidence = np.array([track.score for track in seen])
        clear = quality(crops, boxes, confidence)
        judged = clear >= MIN_QUALITY
        judged &= self._round_robin.select([track.viewer_id for track in seen], judged, frame.t_s)
        raw = np.full(len(seen), np.nan)
        raw[judged] = self._score(crops[judged])
        readings = []
        for i, track in enumerate(seen):
            value = float(raw[i]) if judged[i] else None
            smoothed = self._smoother.update(track.viewer_id, frame.t_s, value)
            box = tuple(int(v) for v in np.rint(track.box))
            readings.append(
                Reading(track.viewer_id, frame.t_s, box, float(clear[i]), value, smoothed)
            )
        return readings

    def state(self):
        """Return all that `restore` needs to go on from here, as JSON types."""
        return {
            "finder": self._finder.state(),
            "tracker": self._tracker.state(),
            "smoother": self._smoother.state(),
            "turns": self._round_robin.state(),
        }

    def restore(self, state):
        """Go on from a `state`; the frames that follow give what they would have given then."""
        self._finder.restore(state["finder"])
        self._tracker.restore(state["tracker"])
        self._smoother.restore(state["smoother"])
        self._round_robin.restore(state["turns"])


def batches(pipeline, frames, head, first_info, resume=None, on_frame=None):
    """Watch frames to their end and pack the readings into batches.

    Parameters
    ----------
    pipeline : FramePipeline
    frames : iterable of Frame
    head : BatchHeader
    first_info : dict
        Facts of the session for the first batch.
    resume : dict, optional
        A state this function yielded, with the frames that follow it: goes on from there.
    on_frame : function, optional
        Called after each frame with the frame, its tracks and its readings.

    Yields
    ------
    batch : Batch
        Covering a whole multiple of `BATCH_S` seconds, or less where that would be too large; the
        last one ends with the frames and has ``"complete": true`` in its info. A stretch without
        frames has no batch.
    state : dict or None
        What `resume` needs to go on after this batch, as JSON types; None with the last one.

    Raises
    ------
    SourceError
        When the frames broke off, after the last batch, which says so as ``"broke"`` in its info.
    """
    batcher = Batcher(head, first_info)
    if resume is not None:
        pipeline.restore(resume["watcher"])
        batcher.restore(resume["packer"])
    looked, broken = resume is not None, None
    try:
        for frame in frames:
            readings, tracks = pipeline.process(frame)
            closed, looked = batcher.add(frame.t_s, readings), True
            if on_frame is not None:
                on_frame(frame, tracks, readings)
            if closed is not None:
                state = {
                    "last_index": frame.index,
                    "last_s": frame.t_s,
                    "watcher": pipeline.state(),
                    "packer": batcher.state(),
                }
                yield closed, state
    except SourceError as error:
        broken = error
    if looked:
        ending = {"complete": True} if broken is None else {"complete": True, "broke": str(broken)}
        yield batcher.close(ending), None
    if broken is not None:
        raise broken
