"""The annotated picture as a page for whoever was told its address, and for nobody else.

A port of this machine is open to all its users, and to every page in a browser on it. So the
address holds a key that is made anew at each start, and a request must name this machine as its
host: a page from elsewhere whose name was turned to this machine's address names another.
"""

from __future__ import annotations

import hmac
import io
import re
import secrets
import select
import socket
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, Any, Callable, Iterator

import cv2

from laughtrack.edge.preview.draw import draw, shrink

if TYPE_CHECKING:
    from laughtrack.edge.readings import Reading
    from laughtrack.edge.sources.frames import Frame
    from laughtrack.tracker.tracks import Track

# How many may look at the same time, and how many may be about to say what they want.
READERS, ASKING = 4, 16
# A request's longest time and size.
REQUEST_S, REQUEST_BYTES = 5.0, 16_384
# How long a reader may take for a picture, and how much of it the system holds for a slow one.
SEND_S, SEND_BYTES = 10.0, 1 << 18
# While there is no new picture, how often a reader who left is noticed.
LEFT_S = 1.0
KEY_BYTES = 24
QUALITY = 80
# Any port: a tunnel to this one may begin at another.
_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class PagePreview:
    """Serves the newest annotated frame as Motion-JPEG, on the loopback only.

    Parameters
    ----------
    port : int
        0 for one that is free.

    Attributes
    ----------
    address : str
        Whoever has it sees the picture: for the owner alone.

    Raises
    ------
    OSError
        The port is taken.
    """

    def __init__(self, port: int) -> None:
        self._new = threading.Condition()
        self._jpeg, self._number, self._readers = b"", 0, 0
        self._open = True
        self.path = f"/{secrets.token_urlsafe(KEY_BYTES)}/"
        try:
            self._server = _Server(port, self)
        except OSError as error:
            raise OSError(f"cannot show the preview at port {port}: {error}") from error
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}{self.path}"
        threading.Thread(target=self._server.serve_forever, name="preview", daemon=True).start()

    def show(self, frame: Frame, tracks: list[Track], readings: list[Reading]) -> None:
        """Hand one annotated frame to those who look; without any it costs nothing."""
        if not self._readers:
            return
        picture = shrink(draw(frame.image, tracks, readings))
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        with self._new:
            self._jpeg = data.tobytes()
            self._number += 1
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

    def admit(self) -> bool:
        """Count one more reader in, unless there are enough; who was let in is to `leave`."""
        with self._new:
            if self._readers >= READERS:
                return False
            self._readers += 1
            return True

    def leave(self) -> None:
        """Count a reader out."""
        with self._new:
            self._readers -= 1
            if not self._readers:
                self._jpeg = b""

    def pictures(self, has_left: Callable[[], bool]) -> Iterator[bytes]:
        """Yield the newest picture whenever there is one, until the end or until `has_left`.

        A slow reader misses those between: one picture is kept, however many read.
        """
        seen = self._number
        while True:
            with self._new:
                while self._open and self._number == seen:
                    if not self._new.wait(LEFT_S) and has_left():
                        return
                if not self._open:
                    return
                seen, jpeg = self._number, self._jpeg
            yield jpeg


# Not http.server's own: that one asks the network's name service for this machine's name.
class _Server(ThreadingMixIn, TCPServer):
    """A thread a connection, and so many at most: others are hung up on."""

    allow_reuse_address = True
    request_queue_size = READERS + ASKING
    daemon_threads = True

    def __init__(self, port: int, preview: PagePreview) -> None:
        self.preview = preview
        self._free = threading.BoundedSemaphore(READERS + ASKING)
        super().__init__(("127.0.0.1", port), _Handler)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return self._free.acquire(blocking=False)

    def process_request(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: standard error may be a log that others read, and the request has a key."""


class _Handler(BaseHTTPRequestHandler):
    """One request; its connection is closed after it."""

    server: _Server

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
        self.rfile.close()
        self.rfile = io.BytesIO(_read_head(self.connection))
        self.connection.settimeout(SEND_S)

    def do_GET(self) -> None:
        preview = self.server.preview
        hosts = self.headers.get_all("Host") or []
        if len(hosts) != 1 or not _HOST.fullmatch(hosts[0].strip()):
            self._refuse(HTTPStatus.FORBIDDEN, "this is another host")
        elif not hmac.compare_digest(self.path.encode("latin-1"), preview.path.encode()):
            self.send_error(HTTPStatus.NOT_FOUND)
        elif not preview.admit():
            words = f"{READERS} are looking at the preview already: close one of them"
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, words)
        else:
            try:
                self._stream(preview)
            except OSError:
                pass  # The reader closed the page, or is too slow.
            finally:
                preview.leave()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Say no, without a word of what was asked."""
        self._refuse(HTTPStatus(code), HTTPStatus(code).phrase)

    def version_string(self) -> str:
        return "laughtrack"

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: requests have the key in them."""

    def _stream(self, preview: PagePreview) -> None:
        self._begin(HTTPStatus.OK, "multipart/x-mixed-replace; boundary=frame")
        for jpeg in preview.pictures(self._has_left):
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            self.wfile.write(head.encode() + jpeg + b"\r\n")

    def _refuse(self, status: HTTPStatus, words: str) -> None:
        self._begin(status, "text/plain; charset=utf-8")
        self.wfile.write(f"{words}\n".encode())

    def _begin(self, status: HTTPStatus, content_type: str) -> None:
        self.close_connection = True
        self.send_response(status)
        for name, value in {"Content-Type": content_type, **HEADERS}.items():
            self.send_header(name, value)
        self.end_headers()

    def _has_left(self) -> bool:
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        return bool(poll.poll(0)) and not self.connection.recv(1, socket.MSG_PEEK)


def _read_head(connection: socket.socket) -> bytes:
    """Return a request's head, or nothing where it is too long or takes too long as a whole."""
    until_s, head = time.monotonic() + REQUEST_S, b""
    while b"\r\n\r\n" not in head:
        left_s = until_s - time.monotonic()
        if left_s <= 0 or len(head) > REQUEST_BYTES:
            return b""
        connection.settimeout(left_s)
        try:
            data = connection.recv(REQUEST_BYTES)
        except OSError:
            return b""
        if not data:
            return b""
        head += data
    return head
