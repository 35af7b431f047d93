"""The annotated picture: a film file, a page on this machine's own address, or into a FIFO."""

from __future__ import annotations

import os
import stat
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Iterator, Union

import cv2
import numpy as np

from laughtrack.edge.preview.draw import draw
from laughtrack.edge.preview.fifo import PROJECT_STREAM, FifoPreview

if TYPE_CHECKING:
    from laughtrack.edge.readings import Reading
    from laughtrack.edge.sources.frames import Frame
    from laughtrack.tracker.tracks import Track

MAX_WIDTH = 1280


def open_preview(place: str, rate_hz: float, footage: str | None = None) -> Preview:
    """Open a preview.

    Parameters
    ----------
    place : str
        A file name ending in .mp4; or a port, 1 to 65535: the page is then
        http://127.0.0.1:PORT/; or ``fifo``, the DeepLens's project stream, or a FIFO's path. An
        older film of that name is replaced.
    rate_hz : float
        Looks a second, the film's frame rate.
    footage : str, optional
        Where the frames come from, as for `edge.sources.frames.Source`.

    Returns
    -------
    FilmPreview, PagePreview or FifoPreview
        With ``show(frame, tracks, readings)``, ``close()`` and, for a run that failed,
        ``discard()``; a page has its `address`.

    Raises
    ------
    ValueError
        If `place` is none of these, or is the footage itself.
    OSError
        If there is no such folder to write to, or the port is taken, or the FIFO is not ours.
    """
    if place.isascii() and place.isdigit():
        if not 1 <= int(place) <= 65535:
            raise ValueError(f"preview is {place!r}: expected a port from 1 to 65535")
        return PagePreview(int(place))
    path = PROJECT_STREAM if place == "fifo" else place
    if footage is not None and os.path.exists(footage) and _is_same_file(footage, path):
        raise ValueError(f"preview is {place!r}: it would overwrite the footage; name another")
    if place == "fifo" or (os.path.exists(place) and stat.S_ISFIFO(os.stat(place).st_mode)):
        return FifoPreview(path)
    if not place.lower().endswith(".mp4"):
        raise ValueError(
            f"preview is {place!r}: expected a file ending in .mp4, a port number, or fifo"
        )
    folder = os.path.dirname(place) or "."
    if not os.path.isdir(folder):
        raise OSError(f"cannot write the preview {place}: no folder {folder}")
    if os.path.isdir(place):
        raise OSError(f"cannot write the preview {place}: it is a folder")
    return FilmPreview(place, rate_hz)


def _is_same_file(first: str, second: str) -> bool:
    return os.path.exists(second) and os.path.samefile(first, second)


def check_film(path: str | Path, frames: int) -> None:
    """Check that a film just written can be opened and is whole.

    Parameters
    ----------
    path : str or Path
    frames : int
        How many were written.

    Raises
    ------
    OSError
        If it has another number of frames: OpenCV's writer says nothing when the disk is full.
    """
    video = cv2.VideoCapture(str(path))
    found = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    video.release()
    if found != frames:
        raise OSError(f"only {found} of {frames} frames were written (disk full?)")


class FilmPreview:
    """Writes an .mp4; under a name of its own until it is whole."""

    def __init__(self, path: str, rate_hz: float) -> None:
        self._path, self._rate_hz = path, rate_hz
        self._part = f"{path[: -len('.mp4')]}.{os.getpid()}.part.mp4"
        self._writer: cv2.VideoWriter | None = None
        self._size = (0, 0)
        self._shown = 0

    def show(self, frame: Frame, tracks: list[Track], readings: list[Reading]) -> None:
        """Append one annotated frame."""
        picture = _shrink(draw(frame.image, tracks, readings))
        if self._writer is None:
            self._size = (picture.shape[1], picture.shape[0])
            code = cv2.VideoWriter_fourcc(*"mp4v")  # type: ignore[attr-defined]  # not in its stubs
            self._writer = cv2.VideoWriter(self._part, code, self._rate_hz, self._size)
            if not self._writer.isOpened():
                raise OSError(f"cannot write the preview {self._path}: check the folder")
        # A stream may change the size of its pictures; a film has one.
        self._writer.write(cv2.resize(picture, self._size))
        self._shown += 1

    def close(self) -> None:
        """Finish the film and give it its name, unless no frame was shown.

        Raises
        ------
        OSError
            If the film is not whole; an older one of its name stays.
        """
        if self._writer is None:
            return
        self._release()
        try:
            check_film(self._part, self._shown)
            os.replace(self._part, self._path)
        except OSError as error:
            raise OSError(f"cannot write the preview {self._path}: {error}") from error
        finally:
            self.discard()

    def discard(self) -> None:
        """Remove what was written; a film of that name, whole before, stays."""
        self._release()
        if os.path.exists(self._part):
            os.remove(self._part)

    def _release(self) -> None:
        if self._writer is not None:
            self._writer.release()
        self._writer = None


class PagePreview:
    """Serves the newest annotated frame as Motion-JPEG to whoever looks, on the loopback only."""

    def __init__(self, port: int) -> None:
        self._new = threading.Condition()
        self._jpeg = b""
        self._open = True
        preview = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                try:
                    for jpeg in preview._frames():
                        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}"
                        self.wfile.write(head.encode() + b"\r\n\r\n" + jpeg + b"\r\n")
                except ConnectionError:
                    pass  # The viewer closed the page.

            def log_message(self, *args: object) -> None:
                pass

        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        except OSError as error:
            raise OSError(f"cannot show the preview at port {port}: {error}") from error
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _frames(self) -> Iterator[bytes]:
        while True:
            with self._new:
                self._new.wait()
                if not self._open:
                    return
                jpeg = self._jpeg
            yield jpeg

    def show(self, frame: Frame, tracks: list[Track], readings: list[Reading]) -> None:
        """Hand one annotated frame to those who look."""
        picture = _shrink(draw(frame.image, tracks, readings))
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])
        with self._new:
            self._jpeg = data.tobytes()
            self._new.notify_all()

    def close(self) -> None:
        """Stop serving."""
        with self._new:
            self._open = False
            self._new.notify_all()
        self._server.shutdown()
        self._server.server_close()

    def discard(self) -> None:
        """Stop serving; a page leaves nothing."""
        self.close()


def _shrink(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    scale = min(1.0, MAX_WIDTH / width)
    # Even sides, which the film's coding wants.
    size = (max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


Preview = Union[FilmPreview, PagePreview, FifoPreview]
