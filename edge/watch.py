"""The loop: frames in, readings out, packed into batches. Live and replay run this same code."""

import math
from typing import NamedTuple

import numpy as np

from edge.crops import JUDGED_FROM, crop_faces, quality
from edge.faces import CASCADE, Finder
from edge.frames import SourceError
from edge.readings import SCHEMA, Batch, Reading, columns, validate
from edge.smooth import Smoother
from tracker.tracker import Tracker

BATCH_S = 5.0


class Head(NamedTuple):
    """What all batches of a session share: see `edge.readings.Batch`."""

    device: str
    session: str
    started_utc: str


class Watcher:
    """One session's eyes and memory: finder, tracker, scorer and smoother.

    Parameters
    ----------
    score : function
        Crops, shape (N, S, S) uint8, to smile probabilities, shape (N,): `edge.smile.load_scorer`.
    cascade, min_face_px
        As for `edge.faces.Finder`.
    """

    def __init__(self, score, cascade=CASCADE, min_face_px=None):
        self._score = score
        self._finder = Finder(cascade, min_face_px)
        self._tracker = Tracker()
        self._smoother = Smoother()

    def look(self, frame):
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
        boxes, scores = self._finder.find(frame.image, expected, frame.t_s)
        tracks = self._tracker.update(frame.t_s, boxes, scores)
        return self._judge(frame, [track for track in tracks if track.seen]), tracks

    def _judge(self, frame, seen):
        boxes = np.array([track.box for track in seen]).reshape(-1, 4)
        crops = crop_faces(frame.image, boxes)
        confidence = np.array([track.score for track in seen])
        clear = quality(crops, boxes, confidence)
        judged = clear >= JUDGED_FROM
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
        }

    def restore(self, state):
        """Go on from a `state`; the frames that follow give what they would have given then."""
        self._finder.restore(state["finder"])
        self._tracker.restore(state["tracker"])
        self._smoother.restore(state["smoother"])


def batches(watcher, frames, head, first_info, resume=None, on_look=None):
    """Watch frames to their end and pack the readings into batches.

    Parameters
    ----------
    watcher : Watcher
    frames : iterable of Frame
    head : Head
    first_info : dict
        Facts of the session for the first batch.
    resume : dict, optional
        A state this function yielded, with the frames that follow it: goes on from there.
    on_look : function, optional
        Called after each frame with the frame, its tracks and its readings.

    Yields
    ------
    batch : Batch
        Covering a whole multiple of `BATCH_S` seconds, in order; the last one ends with the frames
        and has ``"complete": true`` in its info. A stretch without frames has no batch.
    state : dict or None
        What `resume` needs to go on after this batch, as JSON types; None with the last one.

    Raises
    ------
    SourceError
        When the frames broke off, after the last batch, which says so as ``"broke"`` in its info.
    """
    open_batch = _Open(head, seq=0, info=first_info)
    if resume is not None:
        watcher.restore(resume["watcher"])
        open_batch = _Open(head, seq=resume["seq"], info={})
    broken = None
    try:
        for frame in frames:
            if open_batch.frames and not open_batch.holds(frame.t_s):
                state = {
                    "seq": open_batch.seq + 1,
                    "last_index": open_batch.last.index,
                    "last_s": open_batch.last.t_s,
                    "watcher": watcher.state(),
                }
                yield open_batch.close(), state
                open_batch = _Open(head, seq=open_batch.seq + 1, info={})
            readings, tracks = watcher.look(frame)
            open_batch.add(frame, readings)
            if on_look is not None:
                on_look(frame, tracks, readings)
    except SourceError as error:
        broken = error
    if open_batch.frames:
        ending = {"complete": True} if broken is None else {"complete": True, "broke": str(broken)}
        yield open_batch.close(ending), None
    if broken is not None:
        raise broken


class _Open:
    """A batch being filled."""

    def __init__(self, head, seq, info):
        self.seq, self.frames, self.last = seq, 0, None
        self._head, self._info = head, dict(info)
        self._readings = []
        self._start_s = 0.0

    def holds(self, t_s):
        return t_s < self._start_s + BATCH_S

    def add(self, frame, readings):
        if self.frames == 0:
            self._start_s = math.floor(frame.t_s / BATCH_S) * BATCH_S
        self.frames += 1
        self.last = frame
        self._readings.extend(readings)

    def close(self, ending=None):
        end_s = self._start_s + BATCH_S
        if ending:
            # The last frame: half-open, so a millisecond beyond it.
            end_s = min(end_s, round(self.last.t_s + 0.001, 3))
            self._info.update(ending)
        return validate(
            Batch(
                schema=SCHEMA,
                device=self._head.device,
                session=self._head.session,
                started_utc=self._head.started_utc,
                seq=self.seq,
                start_s=self._start_s,
                end_s=end_s,
                frames=self.frames,
                readings=columns(self._readings),
                info=self._info,
            )
        )
