"""Frames with times from any source: the only file that knows clocks.

A video's times come from its container, a camera's from the clock when the picture arrived. A
decoder runs ahead in a thread of its own behind a short queue. A recording waits for whoever reads
it; a camera or an endless stream does not, and its oldest pictures are dropped.
"""

from __future__ import annotations

import contextlib
import math
import os
import queue
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

QUEUE_FRAMES = 4
PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
# How long a URL may take to open and to give the next picture.
NETWORK_MS = 15_000
# A recording that ends this much before its container says is reported as cut short.
SHORT_S = 0.5
SHORT_SHARE = 0.02


class Frame(NamedTuple):
    """One picture and its time.

    `index` counts the source's own pictures from 0, `t_s` is seconds since the session began
    (strictly increasing), `image` is (H, W, 3) uint8 BGR.
    """

    index: int
    t_s: float
    image: np.ndarray


class SourceError(Exception):
    """A source that cannot be read, or that stopped; the message names it and the next step."""


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

    Attributes
    ----------
    started_utc : str
        When the recording was last changed, or now for a camera or URL.
    duration_s : float or None
        What the container says of the part wanted; None for cameras and endless streams.
    missing_s : float
        After reading: how much before `duration_s` the pictures ended; 0 when they did not.

    Raises
    ------
    SourceError
        The place does not exist, is no video, or (while reading) gives no frame or stops.
    ValueError
        A rate, start or end that makes no sense.
    """

    def __init__(self, place, rate_hz=10.0, from_s=0.0, to_s=None, after=-1):
        if not (math.isfinite(rate_hz) and rate_hz > 0):
            raise ValueError(f"rate is {rate_hz}: expected looks a second, above 0")
        if from_s < 0 or (to_s is not None and to_s <= from_s):
            raise ValueError(f"part is from {from_s} to {to_s}: expected 0 <= from < to, in s")
        self.place = str(place)
        self.rate_hz = rate_hz
        self._from_s, self._to_s, self._after = from_s, to_s, after
        self.missing_s = 0.0
        self._stop = threading.Event()
        self._raw, self.duration_s, self._live, changed_s = _open(self.place, rate_hz)
        if self.duration_s is not None:
            end_s = self.duration_s if to_s is None else min(to_s, self.duration_s)
            self.duration_s = max(0.0, end_s - from_s)
        moment = datetime.fromtimestamp(int(changed_s), timezone.utc)
        self.started_utc = moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def __iter__(self):
        waiting = queue.Queue(QUEUE_FRAMES)
        worker = threading.Thread(target=self._decode, args=(waiting,), daemon=True)
        worker.start()
        try:
            while True:
                item = waiting.get()
                if item is None:
                    return
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            self.stop()
            worker.join(NETWORK_MS / 1000)

    def stop(self):
        """End the iteration after the frames already read, as if the source ended there."""
        self._stop.set()

    def _decode(self, waiting):
        """Fill the queue until the source ends or nobody wants more; then None or the error."""
        try:
            for frame in self._chosen():
                self._put(waiting, frame)
            last = None
        except Exception as error:
            last = error
        self._put(waiting, last)

    def _put(self, waiting, item):
        """Queue an item; a live source, or one that was stopped, drops its oldest for it."""
        while True:
            try:
                return waiting.put(item, timeout=0.1)
            except queue.Full:
                if self._stop.is_set() or (self._live and isinstance(item, Frame)):
                    with contextlib.suppress(queue.Empty):
                        waiting.get_nowait()

    def _chosen(self):
        """Yield the wanted frames: in the part asked for, one for each step of the rate's clock."""
        wanted, last_s, due = 0, -math.inf, 0
        raw = self._raw()
        try:
            for index, clock_s, picture in raw:
                # A frame without a time of its own (broken containers repeat one) is no new look.
                if self._stop.is_set():
                    return
                if clock_s <= last_s:
                    continue
                last_s = clock_s
                # To the millisecond, as readings are: a frame and its readings share a batch.
                t_s = round(clock_s - self._from_s, 3)
                if self._to_s is not None and clock_s >= self._to_s:
                    break
                # Half a millisecond of grace: containers round their times.
                step = math.floor((clock_s - self._from_s + 0.0005) * self.rate_hz)
                if t_s < 0 or step < due:
                    continue
                wanted, due = wanted + 1, step + 1
                if index > self._after:
                    yield Frame(index, t_s, picture())
        finally:
            raw.close()
        self._check_end(wanted, last_s)

    def _check_end(self, wanted, last_s):
        if wanted == 0:
            part = f" from {self._from_s} s on" if self._from_s else ""
            raise SourceError(
                f"{self.place} gave no frame{part}: check that it holds pictures there"
            )
        if self.duration_s is not None and (self._to_s is None or last_s < self._to_s):
            missing_s = self.duration_s - (last_s - self._from_s)
            if missing_s > max(SHORT_S, SHORT_SHARE * self.duration_s):
                self.missing_s = missing_s


def _open(place, rate_hz):
    """Choose a reader: (pictures() -> (index, time, decode), duration or None, live, stamp)."""
    path = Path(place)
    camera = int(place) if place.isdigit() else place if place.startswith("/dev/") else None
    if camera is not None and not path.is_file():
        capture = cv2.VideoCapture(camera, cv2.CAP_V4L2)
        if not capture.isOpened():
            raise SourceError(f"no camera at {place}: check that it is plugged in and readable")
        return lambda: _by_clock(capture, place), None, True, time.time()
    if "://" in place:
        return _open_video(place, time.time())
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.suffix.lower() in PICTURES)
        if not files:
            raise SourceError(f"{place} holds no pictures: expected {' '.join(sorted(PICTURES))}")
        stamp = files[0].stat().st_mtime
        return lambda: _pictures(files, rate_hz), len(files) / rate_hz, False, stamp
    if not path.exists():
        raise SourceError(f"no file {place}: check the name")
    return _open_video(place, path.stat().st_mtime)


def _open_video(place, stamp):
    url = "://" in place
    timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, NETWORK_MS]
    timeouts += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, NETWORK_MS]
    capture = cv2.VideoCapture(place, cv2.CAP_FFMPEG, timeouts if url else [])
    if not capture.isOpened():
        what = "stream" if url else "video"
        raise SourceError(f"cannot read {place} as a {what}: it is damaged or of another kind")
    # Upright by the container's rotation flag; the default, but not in every release.
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    count, rate = capture.get(cv2.CAP_PROP_FRAME_COUNT), capture.get(cv2.CAP_PROP_FPS)
    known = count > 0 and 0 < rate < 1000
    duration_s = count / rate if known else None
    # Motion-JPEG over a network carries no times; FFmpeg would count pictures at 25 a second.
    if (
        url
        and not known
        and int(capture.get(cv2.CAP_PROP_FOURCC)) == cv2.VideoWriter_fourcc(*"MJPG")
    ):
        return lambda: _by_clock(capture, place), None, True, stamp
    return lambda: _by_container(capture), duration_s, url and not known, stamp


def _by_container(capture):
    """Yield every frame of a video with its container's time, the first frame's being 0."""
    index, first_s = 0, None
    try:
        while capture.grab():
            clock_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            first_s = clock_s if first_s is None else first_s
            yield index, clock_s - first_s, lambda: _retrieve(capture)
            index += 1
    finally:
        capture.release()


def _by_clock(capture, place):
    """Yield a camera's frames with the time of their arrival; an end is an error."""
    index, first_s = 0, None
    try:
        while capture.grab():
            now_s = time.monotonic()
            first_s = now_s if first_s is None else first_s
            yield index, now_s - first_s, lambda: _retrieve(capture)
            index += 1
    finally:
        capture.release()
    if index:
        raise SourceError(
            f"{place} stopped after {now_s - first_s:.1f} s: check its cable or power"
        )


def _retrieve(capture):
    ok, image = capture.retrieve()
    if not ok:
        raise SourceError("a frame was received but could not be decoded")
    return image


def _pictures(files, rate_hz):
    """Yield a folder's pictures one for each look, since they have no times of their own."""
    for index, path in enumerate(files):
        yield index, index / rate_hz, lambda path=path: _read_picture(path)


def _read_picture(path):
    image = cv2.imdecode(np.fromfile(os.fspath(path), np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise SourceError(f"cannot read {path} as a picture: remove it from the folder")
    return image
