"""A container's packets into pictures with times, over whatever in it is damaged."""

from __future__ import annotations

import math
import time
from collections import deque
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Iterator

from laughtrack.edge.sources.cameras import NOTHING, FilmPicture, Picture, stopped
from laughtrack.edge.sources.errors import DamagedPicture
from laughtrack.edge.sources.films.av_picture import Canvas, Deinterlacer
from laughtrack.edge.sources.films.film_clock import RisingClock, TimeStamps

if TYPE_CHECKING:
    import numpy as np
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from laughtrack.edge.sources.cameras import Pictures
    from laughtrack.edge.sources.films.film_notes import FilmNotes

# Containers whose clock may jump; their length is an estimate from their first and last time.
JUMPING = ("mpegts", "mpeg")
# So much time without a picture is told; in those streams, where pictures come at a steady rate,
# already the time of two.
GAP_S = 1.0
# A file that cannot be read at so many places one after another is at its end.
MOST_ERRORS = 1000
# Codecs that give a picture for each packet, unless it is lost.
EACH_PACKET_A_PICTURE = ("h264", "hevc", "mpeg2video")
# No decoder keeps more pictures than these before it gives one out.
_MOST_KEPT = 128


def by_arrival(container: InputContainer, stream: VideoStream, place: str) -> Pictures:
    """Yield the pictures of Motion-JPEG with the time of their arrival.

    Only those that are looked at are decoded.

    Parameters
    ----------
    container : InputContainer
        Closed at the end.
    stream : VideoStream
    place : str
        As for `edge.sources.frames.Source`.

    Yields
    ------
    Picture
        Or `edge.sources.cameras.NOTHING`.

    Raises
    ------
    SourceError
        At the end: a camera has none.
    """
    # More threads would hold pictures back.
    stream.codec_context.thread_count = 1
    canvas, index, now_s = Canvas(), 0, 0.0
    first_s: float | None = None
    with container:
        for packet in _packets(container, stream):
            if packet is None:
                yield NOTHING
                continue
            now_s = time.monotonic()
            first_s = now_s if first_s is None else first_s
            yield Picture(index, now_s - first_s, partial(_decoded, packet, canvas))
            index += 1
    if first_s is not None:
        raise stopped(place, now_s - first_s)


def _decoded(packet: Packet, canvas: Canvas) -> np.ndarray:
    import av

    try:
        frames = packet.decode()
    except av.FFmpegError as error:
        raise DamagedPicture(error.strerror or "") from None
    if not frames:
        raise DamagedPicture("it holds no picture")
    canvas.admit(frames[-1], 0.0)
    return canvas.picture(frames[-1])


def by_container(
    container: InputContainer, stream: VideoStream, notes: FilmNotes, length_s: float | None
) -> Pictures:
    """Yield every picture of a film with its container's time, the first one's being 0.

    Parameters
    ----------
    container : InputContainer
        Closed at the end.
    stream : VideoStream
    notes : FilmNotes
        What was lost is noted there.
    length_s : float or None
        What the container states; None is a stream whose end nobody knows.

    Yields
    ------
    Picture
        Or `edge.sources.cameras.NOTHING` for what could not be decoded.
    """
    jumps = container.format.name.startswith(JUMPING)
    live = length_s is None and "://" in container.name
    rate_hz = float(stream.guessed_rate or stream.average_rate or 0)
    clock = RisingClock(rate_hz, jumps and not live, live, length_s or math.inf)
    canvas, index, ends_s = Canvas(), 0, math.inf
    starts_s = float((stream.start_time or 0) * (stream.time_base or 0))
    # Frames decoded at the same time are late by their number: a stream's are not.
    stream.thread_type = "SLICE" if live else "AUTO"
    with container:
        for frame in _frames(container, stream, notes):
            if frame is None:
                yield NOTHING
                continue
            clock_s = clock(frame.time)
            if index == 0:
                late_s = max(0.0, (frame.time or 0.0) - starts_s)
            gap_s = clock_s - ends_s
            if gap_s > min(GAP_S, 2 * clock.frame_s):
                notes.gap(gap_s, long=jumps or gap_s > GAP_S)
            stays_s = float(frame.duration * (frame.time_base or 0)) or clock.frame_s
            ends_s = clock_s + stays_s
            estimated = jumps or clock.restarts > 0
            notes.uncounted_s = math.inf if estimated else late_s + stays_s
            notes.damaged += frame.is_corrupt
            notes.pictures += 1
            _note_size(canvas, frame, clock_s, notes)
            picture, grey = partial(canvas.picture, frame), partial(canvas.grey, frame)
            yield FilmPicture(index, clock_s, picture, grey)
            index += 1


def _note_size(canvas: Canvas, frame: VideoFrame, clock_s: float, notes: FilmNotes) -> None:
    """Have the canvas know the frame's size, and note once that it changed."""
    before = canvas.changed
    canvas.admit(frame, clock_s)
    if canvas.changed and not before:
        notes.remarks.append(canvas.changed)


def _frames(
    container: InputContainer, stream: VideoStream, notes: FilmNotes
) -> Iterator[VideoFrame | None]:
    """Yield the whole pictures in the order of showing; None where one could not be decoded."""
    base = stream.time_base or Fraction(1, 90_000)
    stamps, whole, count = TimeStamps(), Deinterlacer(base), _Count(stream, base)

    def finished(frames: list[VideoFrame]) -> Iterator[VideoFrame]:
        for frame in frames:
            frame.time_base = base
            frame.pts = stamps.choose(frame.pts, frame.dts)
            count.given(frame)
            yield from whole(frame)

    told = 0  # who takes the pictures counts those that cannot be shown
    for packet in _packets(container, stream):
        frames = [] if packet is None else _decode(stream, packet, count)
        notes.lost, told = notes.lost + count.errors - told, count.errors
        if not frames:
            yield None
        yield from finished(frames)
    yield from finished(_decode(stream, None, count))
    yield from whole.rest()
    notes.lost += count.lost() - told


def _decode(stream: VideoStream, packet: Packet | None, count: _Count) -> list[VideoFrame]:
    """Give the decoder a packet and take what is ready; None asks for all that it kept."""
    import av

    if packet is not None:
        count.read(packet)
    try:
        return stream.codec_context.decode(packet)
    except av.FFmpegError:
        # One that fails while it gives out what it kept gives out no more.
        count.errors += packet is not None
        return []


class _Count:
    """How many pictures of a stream were read, and how many of them were not given out.

    Attributes
    ----------
    errors : int
        Times that the decoder said that it failed; it may leave out pictures and say nothing.
    """

    def __init__(self, stream: VideoStream, base: Fraction) -> None:
        self.errors = 0
        self._read, self._given = 0, 0
        self._each = stream.codec_context.name in EACH_PACKET_A_PICTURE
        self._latest: deque[int] = deque(maxlen=_MOST_KEPT)
        self._last = -math.inf
        self._step = 0.75 / float((stream.guessed_rate or 25) * base)

    def read(self, packet: Packet) -> None:
        """Count what goes into the decoder and is to be shown."""
        if not packet.is_discard:
            self._read += 1
            if packet.pts is not None:
                self._latest.append(packet.pts)

    def given(self, frame: VideoFrame) -> None:
        """Count what came out of it."""
        self._given += 1
        self._last = self._last if frame.pts is None else frame.pts
        # Half-pictures may come in packets of their own.
        self._each = self._each and not frame.interlaced_frame

    def lost(self) -> int:
        """Return how many were lost, at the end."""
        if self._each:
            return max(self.errors, self._read - self._given)
        return self.errors + sum(each > self._last + self._step for each in self._latest)


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet | None]:
    """Yield a stream's packets, over places that cannot be read; None for each of those."""
    import av

    errors = 0
    while errors < MOST_ERRORS:
        try:
            for packet in container.demux(stream):
                errors = 0
                # AVI has empty ones for pictures that were left out; PyAV ends with one.
                if packet.size and packet.stream_index == stream.index:
                    yield packet
            return
        # IndexError: damage looked like one more stream.
        except (av.FFmpegError, IndexError):
            # A network that failed does not come back to the same connection.
            errors += MOST_ERRORS if "://" in container.name else 1
            yield None
