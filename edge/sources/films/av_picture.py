"""From FFmpeg's decoded frame to a picture as everything here takes it: whole, upright, one size.

FFmpeg is PyAV's; a device has none, so that nothing here is imported before a film is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from laughtrack.edge.sources.errors import DamagedPicture

if TYPE_CHECKING:
    from fractions import Fraction

    from av.filter import Graph
    from av.video.frame import VideoFrame


# Formats of which the first plane is the light, in eight bits: of a film as a camera compresses it,
# 16 is black in it and 235 white; of others, and where a film says so, it has all values.
_LIMITED = ("yuv420p", "yuv422p", "yuv444p", "yuv440p", "yuv411p", "yuv410p", "nv12", "nv21")
_FULL = ("gray", "yuvj420p", "yuvj422p", "yuvj444p", "yuvj440p", "yuvj411p")
_FULL_RANGE = 2  # FFmpeg's AVCOL_RANGE_JPEG


class Orientation(NamedTuple):
    """How a stored picture becomes upright: sides exchanged first, then mirrored."""

    exchanged: bool = False
    left_right: bool = False
    upside_down: bool = False

    @classmethod
    def of(cls, frame: VideoFrame) -> Orientation:
        """Read it from a frame; what is turned by no whole quarter is as the nearest one."""
        try:
            data = bytes(frame.side_data["DISPLAYMATRIX"])  # type: ignore[typeddict-item]
        except KeyError:
            return cls()
        a, b, _, c, d = np.frombuffer(data, np.int32)[:5].astype(float)
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(True, c < 0, b < 0)
        return cls(False, a < 0, d < 0)


class Canvas:
    """Makes pictures of a film's frames, all of the first one's size.

    Attributes
    ----------
    changed : str
        Of which other sizes there were, or "".
    """

    def __init__(self) -> None:
        self.changed = ""
        self._size: tuple[int, int] | None = None
        self._stored: tuple[int, int] | None = None

    def admit(self, frame: VideoFrame, clock_s: float) -> None:
        """Take in a decoded frame, in order, whether or not a picture is made of it."""
        stored = frame.width, frame.height
        if stored == self._stored:
            return
        self._stored = stored
        size = stored[::-1] if Orientation.of(frame).exchanged else stored
        if self._size is None:
            self._size = size
        elif size != self._size and not self.changed:
            (wide, high), (width, height) = size, self._size
            self.changed = (
                f"the pictures change their size at {clock_s:.1f} s, from {width} x {height} to "
                f"{wide} x {high}: they are shown in the first one's"
            )

    def picture(self, frame: VideoFrame) -> np.ndarray:
        """Make a picture of an admitted frame.

        Parameters
        ----------
        frame : VideoFrame

        Returns
        -------
        ndarray
            Shape (H, W, 3), uint8, BGR; of another size it is fitted into the first one's, its
            shape kept, with black beside it.

        Raises
        ------
        DamagedPicture
            FFmpeg can make none of it.
        """
        return self._upright(_converted(frame), frame)

    def grey(self, frame: VideoFrame) -> np.ndarray:
        """Make a grey picture of an admitted frame, as `picture` but for its shape (H, W).

        Of most films it is the light as it is stored, brought to 0 for black and 255 for white;
        others are converted.
        """
        light = _light(frame)
        if light is None:
            return cv2.cvtColor(self.picture(frame), cv2.COLOR_BGR2GRAY)
        return self._upright(light, frame)

    def _upright(self, image: np.ndarray, frame: VideoFrame) -> np.ndarray:
        exchanged, left_right, upside_down = Orientation.of(frame)
        image = image.swapaxes(0, 1) if exchanged else image
        image = image[:: -1 if upside_down else 1, :: -1 if left_right else 1]
        return self._fitted(np.ascontiguousarray(image))

    def _fitted(self, image: np.ndarray) -> np.ndarray:
        height, width = image.shape[:2]
        wide, high = self._size or (width, height)
        if (width, height) == (wide, high):
            return image
        scale = min(wide / width, high / height)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        left, top = (wide - size[0]) // 2, (high - size[1]) // 2
        fitted = np.zeros((high, wide, *image.shape[2:]), np.uint8)
        fitted[top : top + size[1], left : left + size[0]] = cv2.resize(
            image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        )
        return fitted


class Deinterlacer:
    """Makes whole pictures of frames that hold two half-pictures of different moments.

    What is not interlaced passes as it is. One picture for each frame.

    Parameters
    ----------
    time_base : Fraction
        The stream's.
    """

    def __init__(self, time_base: Fraction) -> None:
        self._time_base = time_base
        self._graph: Graph | None = None
        self._kind: tuple[int, int, str] | None = None

    def __call__(self, frame: VideoFrame) -> list[VideoFrame]:
        """Take a frame, and return those that are ready: one comes when the next was given."""
        kind = frame.width, frame.height, frame.format.name
        if self._graph is None and not frame.interlaced_frame:
            return [frame]
        ready: list[VideoFrame] = []
        if kind != self._kind:
            ready = self.rest()
            if not frame.interlaced_frame:
                return [*ready, frame]
            self._begin(frame, kind)
        return ready + self._through(frame)

    def rest(self) -> list[VideoFrame]:
        """Return what is left at the end."""
        ready = self._through(None) if self._graph is not None else []
        self._graph = self._kind = None
        return ready

    def _begin(self, frame: VideoFrame, kind: tuple[int, int, str]) -> None:
        self._graph, self._kind = _graph(frame, self._time_base), kind

    def _through(self, frame: VideoFrame | None) -> list[VideoFrame]:
        if self._graph is None:
            return []
        self._graph.vpush(frame)
        return _ready(self._graph)


def _converted(frame: VideoFrame) -> np.ndarray:
    import av

    try:
        # On one thread: swscale's own, begun and ended for each picture, cost more than they save.
        return frame.to_ndarray(format="bgr24", threads=1)
    except (av.FFmpegError, ValueError, AssertionError) as error:
        raise DamagedPicture(str(getattr(error, "strerror", error))) from None


def _light(frame: VideoFrame) -> np.ndarray | None:
    """Return the light of a frame, (H, W) uint8 from black 0 to white 255; None: it has no such."""
    if frame.format.name not in _LIMITED + _FULL:
        return None
    full = frame.format.name in _FULL or frame.color_range == _FULL_RANGE
    plane = frame.planes[0]
    # PyAV's stubs do not tell that a plane is a buffer.
    rows: np.ndarray = np.frombuffer(plane, np.uint8)  # type: ignore[call-overload]
    rows = rows.reshape(-1, plane.line_size)
    light = rows[: frame.height, : frame.width]
    # The frame's memory is its decoder's.
    return light.copy() if full else _stretched(light)


def _stretched(light: np.ndarray) -> np.ndarray:
    """Bring light from 16 for black and 235 for white to 0 and 255, as a conversion to BGR does."""
    # Below black there is nothing: convertScaleAbs would turn it to light.
    return cv2.convertScaleAbs(np.maximum(light, 16), alpha=255 / 219, beta=-16 * 255 / 219)


def _graph(frame: VideoFrame, time_base: Fraction) -> Graph:
    """Return what makes whole pictures of frames such as this one."""
    from av.filter import Graph

    graph = Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=time_base
    )
    filtered = graph.add("bwdif", "mode=send_frame:deint=interlaced")
    graph.link_nodes(source, filtered, graph.add("buffersink")).configure()
    return graph


def _ready(graph: Graph) -> list[VideoFrame]:
    import av

    ready: list[VideoFrame] = []
    while True:
        try:
            ready.append(graph.vpull())
        except (av.BlockingIOError, av.EOFError):
            return ready
