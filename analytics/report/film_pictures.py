"""Pictures of a film at moments of it, as players show them: turned, interlaced or damaged."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

# FFmpeg and OpenCV are imported where a film is opened: most pages have none.


def length_s(path: str | Path) -> float:
    """Return a film's length in seconds, NaN where the file does not say, -1 if it is no film."""
    import av

    try:
        with av.open(f"file:{path}", metadata_errors="replace") as film:
            stream = _film_in(film)
            next(_frames(film, stream))
            if stream.duration and stream.time_base:
                return float(stream.duration * stream.time_base)
            return film.duration / 1e6 if film.duration else math.nan
    except (av.FFmpegError, ValueError, OSError, StopIteration):
        return -1.0


def pictures_at(path: str | Path, times: Iterable[float]) -> Iterator[tuple[float, np.ndarray]]:
    """Yield the pictures of a film at some times.

    Parameters
    ----------
    path : str or Path
    times : iterable of float
        In seconds from the film's first picture on.

    Yields
    ------
    (float, ndarray)
        The time that was asked for and the picture, shape (H, W, 3), uint8, BGR; of times before
        the film's beginning, after its end or that cannot be decoded, nothing.
    """
    import av

    try:
        with av.open(f"file:{path}", metadata_errors="replace") as film:
            stream = _film_in(film)
            stream.thread_type = "AUTO"
            starts_s = float((stream.start_time or 0) * (stream.time_base or 0))
            for t_s in times:
                try:
                    film.seek(int((starts_s + t_s) * av.time_base))
                except av.FFmpegError:
                    continue
                for frame in _frames(film, stream):
                    if (frame.time or 0.0) - starts_s >= t_s - 0.5 / (stream.guessed_rate or 25):
                        yield t_s, _picture(frame)
                        break
    except (av.FFmpegError, ValueError, OSError):
        return


def _film_in(film: InputContainer) -> VideoStream:
    from av.video.stream import VideoStream

    stream = film.streams.best("video")
    if not isinstance(stream, VideoStream):
        raise ValueError("there is no film in it")
    return stream


def _frames(film: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Yield the frames from here on, over those that are damaged."""
    import av

    for packet in film.demux(stream):
        try:
            yield from packet.decode()
        except av.FFmpegError:
            continue


def _picture(frame: VideoFrame) -> np.ndarray:
    image: np.ndarray = frame.to_ndarray(format="bgr24", threads=1)
    if frame.interlaced_frame:
        import cv2

        # Of the two moments in it, the first: every other line.
        image = cv2.resize(image[::2], image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(np.rot90(image, round(frame.rotation / 90) % 4))
