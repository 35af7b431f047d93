"""A server that runs, on a port of its own, and a camera that streams a pretend room to it."""

import asyncio
import http.server
import socket
import threading
import time
from contextlib import contextmanager, suppress

import cv2
import uvicorn

from laughtrack.analytics.web.app import create_app
from laughtrack.analytics.web.settings import ServeSettings
from tests.brokers import free_port, until


class Server:
    """A server in a thread.

    Attributes
    ----------
    app : FastAPI
    address : str
        Without a slash at its end.
    """

    def __init__(self, settings):
        self.app = create_app(settings)
        self.address = f"http://127.0.0.1:{settings.port}"
        self._loop = None
        config = uvicorn.Config(
            self.app, port=settings.port, log_level="warning", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        self._loop = asyncio.new_event_loop()
        self._loop.run_until_complete(self._server.serve())
        self._loop.close()

    def start(self):
        """Return once it answers."""
        self._thread.start()
        until(lambda: self._server.started)

    def stop(self):
        """End it tidily."""
        self._server.should_exit = True
        self._thread.join()

    def call(self, function, *values):
        """Return what a function or coroutine gives on the server's event loop."""

        async def run():
            found = function(*values)
            return await found if asyncio.iscoroutine(found) else found

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(120)


@contextmanager
def serving(folder, **settings):
    """Run a server whose store and state are below a folder."""
    store = settings.pop("store", str(folder / "store"))
    port = settings.pop("port", free_port())
    server = Server(ServeSettings(store, folder / "state", port=port, **settings))
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def camera(film, rate_hz=10.0):
    """Stream a film as Motion-JPEG, over and over; it ends once its `pulled_out` is set."""
    video = cv2.VideoCapture(str(film))
    step = max(1, round(video.get(cv2.CAP_PROP_FPS) / rate_hz))
    frames = []
    while True:
        for _ in range(step):
            ok, frame = video.read()
        if not ok:
            break
        frames.append(cv2.imencode(".jpg", frame)[1].tobytes())
    video.release()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            began_s, number = time.monotonic(), 0
            with suppress(ConnectionError):
                while not self.server.pulled_out.is_set():
                    data = frames[number % len(frames)]
                    head = f"Content-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                    self.wfile.write(f"--frame\r\n{head}".encode() + data + b"\r\n")
                    number += 1
                    time.sleep(max(0.0, began_s + number / rate_hz - time.monotonic()))

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads, server.pulled_out = True, threading.Event()
        server.address = f"http://127.0.0.1:{server.server_port}/room"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.pulled_out.set()
            server.shutdown()


class Line:
    """A line between a browser and a server that can be cut and mended, as a network's is.

    Attributes
    ----------
    address : str
        What the browser asks instead of the server's own.
    """

    def __init__(self, server_port):
        self._server_port, self._ends = server_port, []
        self.cut_now = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Break all connections, and let none through."""
        self.cut_now = True
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self):
        """Let connections through again."""
        self._ends, self.cut_now = [], False

    def close(self):
        """End it."""
        self.cut()
        self._listener.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self.cut_now:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._server_port))
                self._ends += [near, far]
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source, sink):
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()
