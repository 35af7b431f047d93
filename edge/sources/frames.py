"""Frames with times from any source.

A video's times come from its container, a camera's from the clock when the picture arrived. A
decoder runs ahead in a thread of its own behind a short queue. A recording waits for whoever reads
it; a camera does not, and an endless stream only as long as it is not late: then the oldest
pictures are dropped.
"""

from __future__ import annotations

import contextlib
import math
import queue
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Iterator, NamedTuple

import cv2
import numpy as np

from laughtrack.edge.console import READER
from laughtrack.edge.sources.errors import DamagedPicture, SourceError, without_credentials
from laughtrack.edge.sources.films.film_notes import FilmNotes, OneValue
from laughtrack.edge.sources.open_source import open_source

__all__ = ["Frame", "Source", "SourceError"]

QUEUE_FRAMES = 4
# A recording that ends this much before its container says is reported as cut short.
SHORT_S = 0.5
SHORT_SHARE = 0.02
# How long to wait for a decoder that is no longer wanted; stuck in a network it ends on its own.
LEAVE_S = 1.0


class Frame(NamedTuple):
    """One picture and its time.

    `index` counts the source's own pictures from 0, `t_s` is seconds since the session began
    (strictly increasing), `image` is (H, W, 3) uint8 BGR, or (H, W) where nobody wants colour.
    `grey` is the same picture, (H, W), where the source has it at hand: all that is computed is
    computed from `in_grey`, whether or not there is colour to be shown.
    """

    index: int  # type: ignore[assignment]  # hides tuple.index, which no frame needs
    t_s: float
    image: np.ndarray
    grey: np.ndarray | None = None

    def in_grey(self) -> np.ndarray:
        """Return the picture in grey, shape (H, W), uint8."""
        if self.grey is not None:
            return self.grey
        return self.image if self.image.ndim == 2 else cv2.cvtColor(self.image, cv2.COLOR_BGR2GRAY)


if TYPE_CHECKING:
    _Item = Frame | Exception | None
    _Queue = queue.Queue[_Item]


class Source:
    """A source of frames: iterate over it once.

    Parameters
    ----------
    place : str
        A video file, an animated gif, a folder of pictures (taken in order of name, one for each
        look), a camera's index or device path, or a URL.
    rate_hz : float
        Frames wanted a second; the first frame at or after each step of this clock is taken.
    from_s, to_s : float
        The part of a recording wanted, in its own seconds; the session's time begins at `from_s`.
    after : int
        Index of the last frame already seen by an earlier run; frames up to it are skipped.
    colour : bool
        Pictures are wanted in colour; without, those that are at hand in grey have none.

    Attributes
    ----------
    place : str
        The place as it may be shown and stored, without a URL's user, password and query.
    started_utc : str
        When the recording was last changed, or now for a camera or URL.
    duration_s : float or None
        What the container says of the part wanted; None for cameras and endless streams.
    endless : bool
        A stream whose end nobody knows: its last frame may be its end, or the sender's or the
        network's failure. A camera's end is a `SourceError` instead.
    remarks : list of str
        What is to be told of the source, a line each: what of it is not read.
    missing_s : float
        After reading: how much before `duration_s` the pictures ended; 0 when they did not.
    notes : FilmNotes
        While reading: what could not be decoded, and what else is to be told of a film.
    began_utc_s : float
        While reading: seconds since 1970 when the session's time was 0, by when the first picture
        arrived; of a recording, when it was begun to be read.

    Raises
    ------
    SourceError
        The place does not exist, is no video, or (while reading) gives no frame or stops, or is a
        recording whose pictures are all one value.
    ValueError
        A rate, start or end that makes no sense.
    """

    def __init__(
        self,
        place: str | Path,
        rate_hz: float = 10.0,
        from_s: float = 0.0,
        to_s: float | None = None,
        after: int = -1,
        colour: bool = True,
    ) -> None:
        if not (math.isfinite(rate_hz) and rate_hz > 0):
            raise ValueError(f"rate is {rate_hz}: expected looks a second, above 0")
        if not (0 <= from_s < math.inf and (to_s is None or from_s < to_s < math.inf)):
            raise ValueError(f"part is from {from_s} to {to_s}: expected 0 <= from < to, in s")
        self.place = without_credentials(str(place))
        self.rate_hz = rate_hz
        self._from_s, self._to_s, self._after, self._colour = from_s, to_s, after, colour
        self.missing_s = 0.0
        self._stop = threading.Event()
        self._failure = ""
        try:
            opened = open_source(str(place), rate_hz)
        except (OSError, cv2.error) as error:
            raise self._unreadable(error) from None
        self.remarks = list(opened.remarks)
        self._raw, self.duration_s, self._late_s = opened.pictures, opened.duration_s, opened.late_s
        self.notes = opened.notes or FilmNotes()
        self._one_value = OneValue()
        # Of those that drop pictures, a camera may not be late at all.
        self.endless = bool(self._late_s)
        self._started_s: float | None = None
        self.began_utc_s = 0.0
        if self.duration_s is not None:
            end_s = self.duration_s if to_s is None else min(to_s, self.duration_s)
            self.duration_s = max(0.0, end_s - from_s)
        moment = datetime.fromtimestamp(int(opened.changed_s), timezone.utc)
        self.started_utc = moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def blank(self) -> bool:
        """Whether nothing was to be seen so far: all pictures looked at are one value."""
        return self._one_value.holds

    def __iter__(self) -> Iterator[Frame]:
        """Yield `Frame`s until the source ends or is stopped."""
        waiting: _Queue = queue.Queue(QUEUE_FRAMES)
        worker = threading.Thread(target=self._decode, args=(waiting,), name=READER, daemon=True)
        worker.start()
        try:
            while True:
                try:
                    item = waiting.get(timeout=LEAVE_S)
                except queue.Empty:
                    if self._failure:
                        raise SourceError(f"{self.place}: {self._failure}") from None
                    if self._stop.is_set():
                        return  # Whoever decodes hangs, and nobody wants more.
                    continue
                if item is None:
                    return
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            self.stop()
            # Whoever interrupts this wait is leaving already.
            with contextlib.suppress(KeyboardInterrupt):
                worker.join(LEAVE_S)

    def stop(self) -> None:
        """End the iteration after the frames already read, as if the source ended there."""
        self._stop.set()

    def give_up(self, reason: str) -> None:
        """End the iteration with a `SourceError` if no frame comes: whoever decodes hangs."""
        self._failure = reason
        self.stop()

    def _decode(self, waiting: _Queue) -> None:
        """Fill the queue until the source ends or nobody wants more; then None or the error."""
        try:
            for frame in self._chosen():
                self._put(waiting, frame)
            last: Exception | None = None
        except (OSError, cv2.error) as error:
            last = self._unreadable(error)
        except Exception as error:
            last = error
        self._put(waiting, last)

    def _unreadable(self, error: Exception) -> SourceError:
        return SourceError(f"cannot read {self.place}: {getattr(error, 'strerror', '') or error}")

    def _put(self, waiting: _Queue, item: _Item) -> None:
        """Queue an item; a source that is late or was stopped drops its oldest for it."""
        while True:
            try:
                waiting.put(item, timeout=0.1)
                return
            except queue.Full:
                if self._stop.is_set() or (isinstance(item, Frame) and self._late(item)):
                    with contextlib.suppress(queue.Empty):
                        waiting.get_nowait()

    def _late(self, frame: Frame) -> bool:
        if self._late_s is None or self._started_s is None:
            return False
        return time.monotonic() - self._started_s - frame.t_s > self._late_s

    def _chosen(self) -> Iterator[Frame]:
        """Yield the wanted frames: in the part asked for, one for each step of the rate's clock."""
        wanted, last_s, due = 0, -math.inf, 0
        raw = self._raw()
        try:
            for index, clock_s, decode, *grey in raw:
                if self._stop.is_set():
                    return
                if index < 0:  # Nothing yet.
                    continue
                last_s = clock_s
                if self._started_s is None:
                    self._started_s = time.monotonic()
                    self.began_utc_s = time.time() - (clock_s - self._from_s)
                # To the millisecond, as readings are: a frame and its readings share a batch.
                t_s = round(clock_s - self._from_s, 3)
                if self._to_s is not None and clock_s >= self._to_s:
                    break
                # Half a millisecond of grace: containers round their times.
                step = math.floor((clock_s - self._from_s + 0.0005) * self.rate_hz)
                if t_s < 0 or step < due:
                    continue
                # Of what an earlier run saw, only whether there was something to be seen.
                if index > self._after or self.blank:
                    frame = self._frame(index, t_s, decode, *grey)
                    if frame is None:
                        continue
                    if index > self._after:
                        yield frame
                wanted, due = wanted + 1, step + 1
        finally:
            raw.close()
        self._check_end(wanted, last_s)

    def _frame(
        self,
        index: int,
        t_s: float,
        decode: Callable[[], np.ndarray],
        decode_grey: Callable[[], np.ndarray] | None = None,
    ) -> Frame | None:
        """Decode a picture; None if it is damaged: the next one is looked at for it."""
        try:
            grey = decode_grey() if decode_grey is not None else None
            # Whether there is anything to be seen, colour may tell alone.
            wanted = self._colour or grey is None or self.blank
            image = decode() if wanted else None
        except DamagedPicture:
            self.notes.lost += 1
            return None
        if image is not None and self.blank:
            self._one_value.look(image)
        if image is None or not (self._colour or grey is None):
            image = grey
        assert image is not None
        return Frame(index, t_s, image, grey)

    def _check_end(self, wanted: int, last_s: float) -> None:
        if wanted == 0:
            part = f" from {self._from_s} s on" if self._from_s else ""
            check = "check that it holds pictures there"
            if "://" in self.place:
                check += ", with its index at the beginning (faststart) unless the server answers"
                check += " range requests"
            lost = f" ({self.notes.lost} could not be decoded)" if self.notes.lost else ""
            raise SourceError(f"{self.place} gave no frame{part}{lost}: {check}")
        if self.blank and self._late_s is None:
            raise SourceError(
                f"{self.place}: nothing can be seen, all {wanted} pictures looked at are of one "
                f"value, red, green and blue {self._one_value.colour()}: look at it in a player; "
                "if it shows more there, convert it (ffmpeg -i FILE -pix_fmt yuv420p NEW.mp4)"
            )
        if self.duration_s is not None and (self._to_s is None or last_s < self._to_s):
            missing_s = self.duration_s - (last_s - self._from_s) - self.notes.uncounted_s
            if missing_s > max(SHORT_S, SHORT_SHARE * self.duration_s):
                self.missing_s = missing_s
