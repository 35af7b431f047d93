"""From a frame to readings: find faces, track them, score and smooth their smiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Sequence

import numpy as np

from laughtrack.edge.faces.finder import Finder
from laughtrack.edge.pipeline.judgements import Judgement, Judgements
from laughtrack.edge.pipeline.printed_faces import PrintedFaces
from laughtrack.edge.pipeline.round_robin import RoundRobin
from laughtrack.edge.pipeline.viewer_looks import ViewerLooks
from laughtrack.edge.readings import Reading
from laughtrack.edge.settings import SCORE_HZ
from laughtrack.edge.smile import mouth
from laughtrack.edge.smile.crops import MIN_QUALITY, crop_faces, quality
from laughtrack.edge.smile.smilenet import Scorer
from laughtrack.edge.smile.smoothing import Smoother
from laughtrack.tracker.tracker import Tracker

if TYPE_CHECKING:
    from laughtrack.edge.faces.choice import AnyFinder
    from laughtrack.edge.readings import Batch
    from laughtrack.edge.sources.frames import Frame
    from laughtrack.tracker.tracks import Correction, Track


class FrameResult(NamedTuple):
    """What one frame gave.

    `frame` has the session's time. `tracks` are the viewers whose face was found in it and those
    whose face is only predicted; `readings` has one for each found, in order of viewer ID.
    `closed` is the batch that the frame did not go into any more, if one was closed for it.
    `corrections` are what was learnt of earlier readings.
    """

    frame: Frame
    tracks: list[Track]
    readings: list[Reading]
    closed: Batch | None = None
    corrections: Sequence[Correction] = ()


class Followed(NamedTuple):
    """A frame in which viewers were found and followed, and none is scored yet.

    `grey` is its picture, (H, W) uint8; the others are as in `FrameResult`.
    """

    frame: Frame
    grey: np.ndarray
    tracks: list[Track]
    corrections: Sequence[Correction]


class FramePipeline:
    """One session's finder, tracker, scorer and smoother, with all they remember.

    Parameters
    ----------
    score : function
        Crops, shape (N, S, S) uint8, to smile probabilities, shape (N,):
        `edge.smile.smilenet.Scorer`. It is given as many crops a frame as
        `edge.pipeline.round_robin` says, at most its `max_faces` if it is a `Scorer`; beyond,
        viewers take turns.
    finder : what `edge.faces.choice.finder_maker` makes, optional
        That has seen nothing yet; by default the cascades.
    score_hz : float
        As for `edge.pipeline.judgements.Judgements`.
    """

    def __init__(
        self,
        score: Callable[[np.ndarray], np.ndarray],
        finder: AnyFinder | None = None,
        score_hz: float = SCORE_HZ,
    ) -> None:
        mouth.shipped()  # what is wrong with the weights is said now, not at the first face
        self._score = score
        self._finder: AnyFinder = Finder() if finder is None else finder
        self._tracker = Tracker()
        self._looks = ViewerLooks()
        self._printed = PrintedFaces()
        self._mouths = mouth.Mouths()
        self._smoother = Smoother()
        max_faces = score.max_faces if isinstance(score, Scorer) else None
        self._round_robin = RoundRobin(max_faces)
        self._judgements = Judgements(score_hz)

    def process(self, frame: Frame) -> FrameResult:
        """Process one frame.

        Parameters
        ----------
        frame : Frame
            Later than the one before.

        Returns
        -------
        FrameResult
        """
        return self.score(self.follow(frame))

    def follow(self, frame: Frame) -> Followed:
        """Find and follow the viewers of a frame, which `score` is given next.

        Nothing here depends on scores, nor on quality: a frame may be followed while the one before
        it is scored by another thread.

        Parameters
        ----------
        frame : Frame
            Later than the one before.

        Returns
        -------
        Followed
        """
        grey = frame.in_grey()
        expected = self._tracker.expected(frame.t_s)
        detections = self._finder.find(grey, expected, frame.t_s)
        appearance = self._looks.compare(grey, detections)
        tracks = self._tracker.update(frame.t_s, detections._replace(appearance=appearance))
        self._looks.observe(grey, tracks, frame.t_s)
        corrected = self._tracker.corrections
        seen = [track for track in tracks if track.seen]
        people = [track.box for track in seen]
        unjudged = self._tracker.unjudged()
        self._tracker.judge(self._printed.observe(grey, unjudged, people, frame.t_s))
        return Followed(frame, grey, tracks, corrected)

    def score(self, followed: Followed) -> FrameResult:
        """Score the viewers found in a frame, and smooth their scores.

        Parameters
        ----------
        followed : Followed
            What `follow` returned, of each frame once and in their order.

        Returns
        -------
        FrameResult
        """
        frame, tracks = followed.frame, followed.tracks
        seen = [track for track in tracks if track.seen]
        readings = self._readings(followed.grey, frame.t_s, seen)
        return FrameResult(frame, tracks, readings, corrections=followed.corrections)

    def _readings(self, grey: np.ndarray, t_s: float, seen: list[Track]) -> list[Reading]:
        due = self._judgements.due([track.viewer_id for track in seen], t_s)
        self._judge(grey, t_s, [track for track, now in zip(seen, due) if now])
        readings = []
        for track in seen:
            judged = self._judgements.last(track.viewer_id)
            assert judged is not None
            x1, y1, x2, y2 = (int(v) for v in np.rint(track.box))
            readings.append(Reading(track.viewer_id, t_s, (x1, y1, x2, y2), *judged))
        return readings

    def _judge(self, grey: np.ndarray, t_s: float, due: list[Track]) -> None:
        """Judge faces, and keep what comes of it."""
        boxes = np.array([track.box for track in due]).reshape(-1, 4)
        crops = crop_faces(grey, boxes)
        ids = [track.viewer_id for track in due]

        def hidden(rows: np.ndarray) -> np.ndarray:
            return self._mouths.hidden([ids[row] for row in rows], t_s, crops[rows])

        qualities = quality(crops, boxes, np.array([track.score for track in due]), hidden)
        could = qualities >= MIN_QUALITY
        scored = could.copy()
        if could.any():
            scored &= self._round_robin.select(ids, could, t_s)
        raw = np.full(len(due), np.nan)
        raw[scored] = self._score(crops[scored])
        for i, track in enumerate(due):
            value = float(raw[i]) if scored[i] else None
            smile = self._smoother.update(track.viewer_id, t_s, value)
            judged = Judgement(float(qualities[i]), value, smile)
            # Whose turn it was not is asked again in the next look.
            turn = bool(scored[i] or not could[i])
            self._judgements.keep(track.viewer_id, t_s, judged, final=turn)

    def forget(self) -> None:
        """Forget what the picture looked like, as a restart does: it is looked over anew."""
        self._finder.forget()
        self._looks.forget()
        self._printed.forget()

    def recall(self, frame: Frame) -> None:
        """Take in the frame before a stop again, after `restore`: a cut after it is told then."""
        self._finder.recall(frame.in_grey())

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs to go on from here, as JSON types: nothing of a picture."""
        return {
            "finder": self._finder.state(),
            "tracker": self._tracker.state(),
            "smoother": self._smoother.state(),
            "mouths": self._mouths.state(),
            "turns": {**self._round_robin.state(), "judged": self._judgements.state()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`; after `recall` the frames give what they do after `forget`."""
        self._looks.forget()
        self._printed.forget()
        self._finder.restore(state["finder"])
        self._tracker.restore(state["tracker"])
        self._smoother.restore(state["smoother"])
        # Nor of mouths: each is told by its next look.
        self._mouths.restore(state.get("mouths", []))
        self._round_robin.restore(state["turns"])
        # A version before knew none: every viewer is judged in its next look.
        self._judgements.restore(state["turns"].get("judged", []))
