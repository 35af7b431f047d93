"""A session's frames into batches: replay, live and the device all run this code."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator, NamedTuple, Sequence

from laughtrack.edge.sources.errors import SourceError

if TYPE_CHECKING:
    from laughtrack.edge.pipeline.batching import Batcher
    from laughtrack.edge.pipeline.frame_pipeline import Followed, FramePipeline, FrameResult
    from laughtrack.edge.readings import Batch, Reading
    from laughtrack.edge.sources.frames import Frame


# Every so many seconds the picture is looked over anew, as after a restart. A stopped replay
# carries on from such a moment with the readings that it would have had, though nothing of the
# picture was kept. Where scanning is dear (1080p) that replaces the scans of what did not change.
ANEW_S = 10.0


class ClosedBatch(NamedTuple):
    """A batch, and a state to go on from should the batches after it be lost, as JSON types.

    The state may lie before the batch's end, or even its beginning: the same batches follow once
    more then. None where there is none yet, or no newer one than with an earlier batch.
    """

    batch: Batch
    state: dict[str, Any] | None


class SessionPipeline:
    """What a session needs to get from a frame to a batch, and to go on after a restart.

    Parameters
    ----------
    frame_pipeline : FramePipeline
    batcher : Batcher

    Attributes
    ----------
    last_index : int
        The last frame's index at its source; -1 before the first.
    last_s : float
        The last frame's time.
    """

    def __init__(self, frame_pipeline: FramePipeline, batcher: Batcher) -> None:
        self._frame_pipeline, self._batcher = frame_pipeline, batcher
        self.last_index, self.last_s = -1, 0.0
        self._followed_s: float | None = None
        self._state_to_go_on: dict[str, Any] | None = None

    def process(self, frame: Frame) -> FrameResult:
        """Process one frame.

        Parameters
        ----------
        frame : Frame
            With the session's time, later than the one before.

        Returns
        -------
        FrameResult
            With the batch that was closed for it, if one was.
        """
        return self.add_result(self.score(self.follow(frame)))

    def is_anew(self, frame: Frame) -> bool:
        """Whether the picture is looked over anew for the frame that is followed next."""
        last_s = self._followed_s
        return last_s is not None and frame.t_s // ANEW_S > last_s // ANEW_S

    def follow(self, frame: Frame) -> Followed:
        """Take the first step of `process`: as `edge.pipeline.frame_pipeline.FramePipeline.follow`.

        Where `is_anew`, all frames before must have gone through all steps.
        """
        if self.is_anew(frame):
            self._frame_pipeline.forget()
            self._state_to_go_on = self.state()
        self._followed_s = frame.t_s
        return self._frame_pipeline.follow(frame)

    def score(self, followed: Followed) -> FrameResult:
        """Take the second step, which another thread may while the next frame is followed."""
        return self._frame_pipeline.score(followed)

    def add_result(self, result: FrameResult) -> FrameResult:
        """Take the last step; return the result with the batch that was closed for it."""
        frame = result.frame
        closed = self.add(frame.index, frame.t_s, result.readings, result.corrections)
        return result._replace(closed=closed)

    def add(
        self,
        index: int,
        t_s: float,
        readings: list[Reading],
        corrected: Sequence[Sequence[Any]] = (),
    ) -> Batch | None:
        """Put a frame's readings into the open batch.

        Parameters
        ----------
        index : int
            The frame's.
        t_s : float
            The frame's.
        readings : list of Reading
        corrected : sequence of tuple
            As `edge.readings.Correction`.

        Returns
        -------
        Batch or None
            The batch that was closed for it, if one was.
        """
        self.last_index, self.last_s = index, t_s
        # Frames of an earlier run were followed there.
        self._followed_s = t_s if self._followed_s is None else max(self._followed_s, t_s)
        return self._batcher.add(t_s, readings, corrected)

    def frame_state(self) -> dict[str, Any]:
        """Return the part of `state` that does not hold the open batch."""
        return self._frame_pipeline.state()

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs to go on from here, as JSON types."""
        return {
            "last_index": self.last_index,
            "last_s": self.last_s,
            "watcher": self._frame_pipeline.state(),
            "packer": self._batcher.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`: the picture is looked over anew."""
        self._frame_pipeline.restore(state["watcher"])
        self._batcher.restore(state["packer"])
        self.last_index, self.last_s = state["last_index"], state["last_s"]
        self._followed_s = self.last_s if self.last_index >= 0 else None

    def recall(self, frame: Frame) -> None:
        """Take in the frame before a stop again, after `restore`: a cut after it is told then."""
        self._frame_pipeline.recall(frame)

    def take_state(self) -> dict[str, Any] | None:
        """Return the `state` of when the picture was last looked over anew, once; else None."""
        state, self._state_to_go_on = self._state_to_go_on, None
        return state

    def close(self, ending: dict[str, Any]) -> Batch | None:
        """Close the open batch with facts of the session's end; None if there was no frame."""
        return self._batcher.close(ending) if self.last_index >= 0 else None


def batches(
    pipeline: SessionPipeline,
    frames: Iterable[Frame],
    on_frame: Callable[[FrameResult], object] | None = None,
) -> Iterator[ClosedBatch]:
    """Process a source's frames to their end.

    Parameters
    ----------
    pipeline : SessionPipeline
        A new one, or one that was restored.
    frames : iterable of Frame
        From the beginning; or what follows, with the frame before. With a state from here the
        batches are those that follow without a stop, to the last number.
    on_frame : function, optional
        Called after each frame.

    Yields
    ------
    ClosedBatch
        At most one look later than it could be, since another thread scores a look while the next
        is searched; what comes of it is the same. It covers
        a whole multiple of the batch seconds, or less where that would be too large; the
        last one ends with the frames and has ``"complete": true`` in its info. A stretch without
        frames has no batch.

    Raises
    ------
    SourceError
        When the frames broke off, after the last batch, which says so as ``"broke"`` in its info.
    """
    broken = None
    try:
        for result in _results(pipeline, frames):
            if on_frame is not None:
                on_frame(result)
            if result.closed is not None:
                yield ClosedBatch(result.closed, pipeline.take_state())
    except SourceError as error:
        broken = error
    last = pipeline.close({"complete": True, **({"broke": str(broken)} if broken else {})})
    if last is not None:
        yield ClosedBatch(last, None)
    if broken is not None:
        raise broken


def _results(pipeline: SessionPipeline, frames: Iterable[Frame]) -> Iterator[FrameResult]:
    """Yield what each frame gave: one is scored beside, while the next is found and followed."""
    scored: Future[FrameResult] | None = None
    with ThreadPoolExecutor(1, "laughtrack-scorer") as beside:
        try:
            for frame in frames:
                if frame.index <= pipeline.last_index:
                    pipeline.recall(frame)
                    continue
                # A state to go on from holds all that came before.
                if scored is not None and pipeline.is_anew(frame):
                    yield pipeline.add_result(scored.result())
                    scored = None
                followed = pipeline.follow(frame)
                if scored is not None:
                    yield pipeline.add_result(scored.result())
                scored = beside.submit(pipeline.score, followed)
        except SourceError:
            if scored is not None:
                yield pipeline.add_result(scored.result())
            raise
        if scored is not None:
            yield pipeline.add_result(scored.result())
