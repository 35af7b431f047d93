"""One session from a source into the store: begun, carried on after a stop, or refused."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from laughtrack.analytics.store.batches import append
from laughtrack.analytics.store.catalogue.session_list import session_rows
from laughtrack.analytics.store.compaction import finish
from laughtrack.analytics.store.delta_table import StoreError
from laughtrack.analytics.store.forget import forget
from laughtrack.analytics.store.sessions import devices_with, load
from laughtrack.cli.recordings.footage import endless
from laughtrack.cli.recordings.starting_point import (
    Plan,
    SessionExists,
    differences,
    settings_of,
    starting_point,
)
from laughtrack.cli.terminal import Stopped, progress, say, stopping
from laughtrack.edge.faces.choice import finder_maker
from laughtrack.edge.pipeline.batching import Batcher, BatchHeader
from laughtrack.edge.pipeline.frame_pipeline import FramePipeline, FrameResult
from laughtrack.edge.pipeline.session_pipeline import SessionPipeline, batches
from laughtrack.edge.preview.preview import open_preview
from laughtrack.edge.smile import smilenet
from laughtrack.edge.sources.errors import SourceError
from laughtrack.edge.sources.frames import Source
from laughtrack.edge.sources.recordings import losses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from laughtrack.cli.recordings.live_feed import LiveFeed
    from laughtrack.cli.recordings.progress_lines import ProgressLines
    from laughtrack.edge.readings import Batch
    from laughtrack.edge.sources.frames import Frame


class Recording:
    """One session on its way into the store; an unfinished replay of the same plan is carried on.

    Parameters
    ----------
    plan : Plan
    store : str
    overwrite : bool
        Replace our session of that name that is complete or was begun with another plan; it is
        forgotten when the first batch of this one is there. Other devices' are left alone.
    preview : str, optional
        As for `edge.preview.preview.open_preview`.
    feed : LiveFeed or ProgressLines, optional
        Of a live source, or of a replay: has its frames, is told of each look, and is closed at
        the end.

    Attributes
    ----------
    source : Source
    preview_address : str or None
        Where a preview that is a page is to be seen.

    Raises
    ------
    SessionExists
        It is there already, and `overwrite` is off.
    SourceError, StoreError, ValueError, OSError
        What the source, the store or the options refuse.
    """

    def __init__(
        self,
        plan: Plan,
        store: str,
        overwrite: bool = False,
        preview: str | None = None,
        feed: LiveFeed | ProgressLines | None = None,
    ) -> None:
        self._plan, self._store = plan, store
        self._key = plan.session, plan.device
        self._settings = settings_of(plan)
        begin = starting_point(plan, store, overwrite)
        self._replaces, self._resumed_s = begin.replaces, None
        # With the last frame that was looked at: see `edge.pipeline.session_pipeline.batches`.
        after = begin.state["last_index"] - 1 if begin.state else -1
        part = plan.from_s, plan.to_s
        self.source = Source(plan.place, plan.rate_hz, *part, after, colour=preview is not None)
        if "://" in plan.place and self.source.duration_s is None and not plan.live:
            raise endless(plan.place)
        # A film in a camera's place is seen now.
        now_utc = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        started_utc = begin.started_utc or (now_utc if plan.live else self.source.started_utc)
        header = BatchHeader(plan.device, plan.session, started_utc)
        batcher = Batcher(header, {**plan.metadata, "settings": self._settings})
        self._feed = feed
        self._frames: Iterable[Frame] = self.source
        if feed:
            self._frames = feed.frames(self.source, plan, batcher)
        score = smilenet.load_scorer(precision=plan.scorer)
        looks = FramePipeline(score, finder_maker(plan.finder)(), plan.score_hz)
        self._pipeline = SessionPipeline(looks, batcher)
        if begin.state:
            self._pipeline.restore(begin.state)
        if begin.started_utc:
            self._resumed_s = self._pipeline.last_s
        self._preview = open_preview(preview, plan.rate_hz, plan.place) if preview else None
        self.preview_address: str | None = getattr(self._preview, "address", None)
        self._stored, self._last_s, self._complete = 0, 0.0, False
        self._held: list[tuple[Batch, dict[str, Any] | None]] = []

    def run(self, on_frame: Callable[[float, int], object] | None = None) -> None:
        """Record to the source's end.

        Parameters
        ----------
        on_frame : function, optional
            Called after each frame with its time in seconds and the number of viewers seen.

        Raises
        ------
        SourceError, StoreError, SessionExists
            The source stopped, the store failed, or another process records otherwise under the
            same name. What was stored by then is kept.
        """

        def show(result: FrameResult) -> None:
            self._show(result)
            if on_frame:
                on_frame(result.frame.t_s, len(result.readings))

        try:
            for batch, state in batches(self._pipeline, self._frames, show):
                # A recording that broke can be mended, and the replay then carried on.
                if self._plan.live or "broke" not in batch.info:
                    self._held.append((batch, state))
                # A recording in which nothing was to be seen so far may be no audience at all.
                if self._plan.live or not self.source.blank:
                    self._keep_held()
        finally:
            self._close()
        if not self._stored:
            raise SourceError(f"{self.source.place} gave no frame: nothing is stored")
        self._check_whole()

    def remarks(self) -> list[str]:
        """Return what is to be told of a recording that ended, a line each."""
        lines: list[str] = []
        place, missing_s = self.source.place, self.source.missing_s
        if self._resumed_s is not None:
            lines.append(f"carried on from {self._resumed_s:.1f} s")
            if self._preview:
                lines.append("the preview shows what came after that")
        if missing_s:
            lines.append(f"{place} is cut short: the last {missing_s:.1f} s are missing")
        lines += [f"{place}: {each}" for each in self.source.notes.lines()]
        if self.source.blank:
            what = "nothing could be seen, every picture was of one value"
            lines.append(f"{place}: {what}: is the lens covered?")
        if self.source.endless:
            lines.append(f"{place} ended after {self._last_s:.1f} s")
        return lines

    def _show(self, result: FrameResult) -> None:
        if self._preview:
            self._preview.show(result.frame, result.tracks, result.readings)
        if self._feed:
            self._feed.looked(result)

    def _close(self) -> None:
        if self._preview:
            (self._preview.close if self._complete else self._preview.discard)()
        if self._complete:
            finish(self._store, *self._key)
        if self._feed:
            self._feed.close()

    def _keep_held(self) -> None:
        for batch, state in self._held:
            self._keep(batch, state)
        self._held.clear()

    def _keep(self, batch: Batch, state: dict[str, Any] | None) -> None:
        if batch.info.get("complete"):
            batch.info.update(losses(self.source))
        if self._replaces:
            forget(self._store, *self._key)
            self._replaces = False
        resume = json.dumps(state) if state and not self._plan.live else None
        if not append(self._store, batch, resume):
            self._check_same(batch)
        self._stored += 1
        self._last_s = batch.end_s
        self._complete = batch.info.get("complete") is True

    def _check_same(self, batch: Batch) -> None:
        """Refuse to go on where the batch that was there already is another recording's."""
        there = load(self._store, *self._key)
        other = differences(there.info.get("settings", {}), self._settings)
        stored = there.spans.set_index("seq").loc[batch.seq]
        if not other and (stored["end_s"], stored["frames"]) != (batch.end_s, batch.frames):
            other = f"batch {batch.seq} to {stored['end_s']} s then and {batch.end_s} s now"
        if other:
            raise SessionExists(
                f"session {self._plan.session!r} is being recorded otherwise by another process "
                f"({other}): choose another --session name"
            )

    def _check_whole(self) -> None:
        if not session_rows(self._store, [self._key])["complete"].any():
            raise StoreError(
                f"session {self._plan.session!r} lost its beginning while it was recorded: was it "
                f"forgotten, or removed from {self._store}? Forget it and record it again"
            )


def record(
    plan: Plan,
    store: str,
    overwrite: bool = False,
    preview: str | None = None,
    which: str = "",
    feed: LiveFeed | ProgressLines | None = None,
) -> str:
    """Record with a progress bar, stopped by Ctrl-C.

    Parameters
    ----------
    plan, store, overwrite, preview, feed
        As for `Recording`.
    which : str
        Which of many it is, in words.

    Returns
    -------
    str
        What is in the store then, in one line.

    Raises
    ------
    Stopped
        The user stopped a replay.
    """
    recording = Recording(plan, store, overwrite, preview, feed)
    for remark in recording.source.remarks:
        say(remark)
    if recording.preview_address:
        say(f"the picture, for who has this address alone: {recording.preview_address}")
    with progress(f"{which}: {plan.session}" if which else plan.session) as step:

        def looked(t_s: float, seen: int) -> None:
            step(t_s, recording.source.duration_s, f"{seen} viewers now")

        def stop() -> None:
            # A live session ends there; a replay is left for the same command to carry on.
            if not plan.live:
                raise KeyboardInterrupt
            recording.source.stop()

        try:
            with stopping(stop):
                recording.run(looked)
        except KeyboardInterrupt:
            rest = "" if plan.live else ": the same command carries on from here"
            raise Stopped(f"stopped{rest}") from None
        for remark in recording.remarks():
            say(remark)
    row = session_rows(store, [(plan.session, plan.device)]).iloc[0]
    say_shared(store, plan.session, row.device)
    return f"{row.session}: {row.seconds:.1f} s, {row.viewers} viewers, {row.readings} readings"


def say_shared(store: str, session: str, device: str) -> None:
    """Say so where other devices have a session of our session's name."""
    others = devices_with(store, session)
    if len(others) > 1:
        named = " and ".join(each for each in others if each != device)
        say(f"{named} has a session {session!r}, too: name ours with --device {device}")
