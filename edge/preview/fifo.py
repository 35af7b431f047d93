"""The annotated picture as Motion-JPEG into a FIFO, where the DeepLens's viewer looks for it.

A FIFO is for its owner alone, or for a group that the owner names: the DeepLens's viewer is another
user. In /tmp anybody may have made one of that name before us, so it is taken only from its owner.

Whoever watches the audience must never wait for whoever looks at the picture: a thread draws and
writes the newest frame, and others are dropped. Nobody need be looking.
"""

from __future__ import annotations

import logging
import os
import select
import stat
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from laughtrack.edge.preview.draw import draw

if TYPE_CHECKING:
    from laughtrack.edge.readings import Reading
    from laughtrack.edge.sources.frames import Frame
    from laughtrack.tracker.tracks import Track

log = logging.getLogger("laughtrack.preview")

# Where the DeepLens's project stream is looked for, its width and height, and how often.
PROJECT_STREAM = "/tmp/results.mjpeg"
SIZE = (858, 480)
RATE_HZ = 15.0
# How often a reader is looked for.
RETRY_S = 1.0
# When the preview is closed, how long its reader has to take the rest of a picture.
CLOSE_S = 0.5
QUALITY = 80


class Annotated(NamedTuple):
    """A frame's image and what is drawn on it."""

    image: np.ndarray
    tracks: list[Track]
    readings: list[Reading]


class FifoPreview:
    """Writes the newest annotated frame to a FIFO while somebody reads it.

    Parameters
    ----------
    path : str
        A FIFO of ours or of root's, or a name that is free.
    group : str
        Whose users may read it, too; empty for none.

    Raises
    ------
    ValueError
        If something else has that name, or there is no such group.
    OSError
        If the FIFO cannot be made or written, or is another user's.
    """

    def __init__(self, path: str = PROJECT_STREAM, group: str = "") -> None:
        self._path = path
        _make_fifo(path, group)
        self._new = threading.Condition()
        self._waiting: Annotated | None = None
        self._ending = threading.Event()
        self._watched = False
        self._thread = threading.Thread(target=self._serve, name="preview", daemon=True)
        self._thread.start()

    def show(self, frame: Frame, tracks: list[Track], readings: list[Reading]) -> None:
        """Hand over one frame; takes no time, and is forgotten if a newer one comes first."""
        if not self._watched:
            return
        with self._new:
            self._waiting = Annotated(frame.image, list(tracks), list(readings))
            self._new.notify()

    def close(self) -> None:
        """Finish the picture being written and hang up; the FIFO stays for its reader."""
        self._ending.set()
        with self._new:
            self._new.notify()
        self._thread.join(CLOSE_S + RETRY_S)

    def discard(self) -> None:
        """Hang up; a stream leaves nothing."""
        self.close()

    def _serve(self) -> None:
        while not self._ending.is_set():
            fd = _open(self._path)
            if fd is None:
                self._ending.wait(RETRY_S)
                continue
            self._watched = True
            try:
                self._feed(fd)
            except OSError:
                pass  # The reader left.
            finally:
                self._watched, self._waiting = False, None
                os.close(fd)

    def _feed(self, fd: int) -> None:
        """Write frames until the end or an OSError."""
        while True:
            with self._new:
                # A reader who leaves is noticed without a frame, too.
                while self._waiting is None and not self._ending.is_set():
                    self._new.wait(RETRY_S)
                    if _reader_left(fd):
                        return
                if self._ending.is_set():
                    return
                waiting, self._waiting = self._waiting, None
            if waiting is None:
                continue
            began_s = time.monotonic()
            self._write(fd, encode(*waiting))
            self._ending.wait(max(0.0, began_s + 1 / RATE_HZ - time.monotonic()))

    def _write(self, fd: int, jpeg: bytes) -> None:
        """Write the whole of a picture, however slow its reader: a pipe holds only 64 KB of it."""
        rest = memoryview(jpeg)
        ending_s: float | None = None
        while rest:
            try:
                # Python ignores SIGPIPE: a reader who left is a BrokenPipeError.
                rest = rest[os.write(fd, rest) :]
            except BlockingIOError:
                _poll(fd, 0.1)
            if self._ending.is_set():
                ending_s = ending_s or time.monotonic()
                if time.monotonic() - ending_s > CLOSE_S:
                    return


def encode(image: np.ndarray, tracks: list[Track], readings: list[Reading]) -> bytes:
    """Draw the viewers on a frame, at the size that the stream's viewer shows.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), uint8, BGR
    tracks, readings
        As for `edge.preview.draw.draw`.

    Returns
    -------
    bytes
        A JPEG of `SIZE`; what the frame's shape leaves over is black.
    """
    height, width = image.shape[:2]
    scale = min(SIZE[0] / width, SIZE[1] / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    # Drawn after it was made small, lines and letters keep their thickness.
    tracks = [track._replace(box=track.box * scale) for track in tracks]
    picture = draw(small, tracks, readings)
    left, top = (SIZE[0] - size[0]) // 2, (SIZE[1] - size[1]) // 2
    right, bottom = SIZE[0] - size[0] - left, SIZE[1] - size[1] - top
    picture = cv2.copyMakeBorder(picture, top, bottom, left, right, cv2.BORDER_CONSTANT)
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()


def _make_fifo(path: str, group: str) -> None:
    """Make the FIFO, or check that what is there is one of ours, and let the right users read."""
    gid = _group_id(group) if group else -1
    try:
        os.mkfifo(path, 0o600)
    except FileExistsError:
        _check_fifo(path)
    except OSError as error:
        raise OSError(f"cannot make the preview's FIFO {path}: {error.strerror}") from error
    if os.lstat(path).st_uid != os.geteuid():
        return  # Root's, and ours to write: who reads it is root's to say.
    try:
        os.chown(path, -1, gid)
        os.chmod(path, 0o640 if group else 0o600)
    except OSError as error:
        raise OSError(
            f"cannot give the preview {path} to the group {group}: {error.strerror}; the program's "
            "user must be in it"
        ) from error


def _group_id(name: str) -> int:
    import grp  # Not on Windows, which reads this module all the same.

    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise ValueError(f"preview is 'fifo:{name}': there is no group {name} here") from None


def _check_fifo(path: str) -> None:
    """Raise where something is no FIFO, or another user's: that one could read it."""
    # Not what a link points to: /tmp is everybody's.
    status = os.lstat(path)
    if not stat.S_ISFIFO(status.st_mode):
        raise ValueError(
            f"preview is {path!r}: that is no FIFO; remove it, so that one can be made"
        )
    if not _is_ours(status) or not os.access(path, os.W_OK):
        raise OSError(
            f"cannot write the preview {path}: it belongs to another user; remove it, so that "
            "one of ours can be made"
        )


def _is_ours(status: os.stat_result) -> bool:
    return stat.S_ISFIFO(status.st_mode) and status.st_uid in (0, os.geteuid())


def _open(path: str) -> int | None:
    """Return the FIFO opened for writing, or None while nobody reads it."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:  # ENXIO: no reader; or it was removed, and may come back.
        return None
    if _is_ours(os.fstat(fd)):
        return fd
    os.close(fd)
    log.warning("the preview %s is another user's now, and gets no picture: remove it", path)
    return None


def _poll(fd: int, wait_s: float) -> list[tuple[int, int]]:
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    return poll.poll(1000 * wait_s)


def _reader_left(fd: int) -> bool:
    return any(events & select.POLLERR for _, events in _poll(fd, 0))
