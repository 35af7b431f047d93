"""What the device program's tests share: a film, a camera, the program, what it said and sent."""

import contextlib
import itertools
import json
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np

from laughtrack.edge.readings import from_json
from laughtrack.edge.simulate.simulate import simulate

ROOT = Path(__file__).parent.parent.parent
# For whatever comes within a second or two on an idle machine; a busy one takes long.
SOON_S = 120.0


def make_film(folder):
    """Film twenty seconds of three pretend viewers; return the path."""
    path = folder / "film.mp4"
    simulate(path, 3, 20, (400, 226), seed=4)
    return str(path)


class Camera:
    """A network camera that can be unplugged, and can hang."""

    def __init__(self):
        self.flows = threading.Event()
        self._plugged, self._server, self._port = False, None, 0
        picture = np.full((90, 120, 3), 99, np.uint8)
        jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        part, camera = head.encode() + jpeg + b"\r\n", self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                with contextlib.suppress(OSError):
                    while camera._plugged:
                        if camera.flows.wait(0.1):
                            self.wfile.write(part)
                            time.sleep(0.04)

            def log_message(self, *args):
                pass

        self._handler = Handler
        self.flows.set()
        self.plug()
        self.place = f"http://127.0.0.1:{self._port}/video.mjpg"

    def plug(self):
        """Give pictures at the same address as before."""
        self._plugged = True
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), self._handler)
        self._server.daemon_threads = True
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def unplug(self):
        """Hang up, and answer no more."""
        self._plugged = False
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def plugged():
    """A camera that gives pictures, gone afterwards."""
    camera = Camera()
    try:
        yield camera
    finally:
        if camera._plugged:
            camera.unplug()


def flags(folder, source, **more):
    """Return a device's settings as words."""
    given = {
        "source": source,
        "device": "cam",
        "context": "screening",
        "folder": str(folder / "device"),
        "publisher": "file",
        "file": str(folder / "batches.jsonl"),
        "batch_s": "1",
        "scorer": "openvino",
        "status_s": "0.2",
        **more,
    }
    return {name: str(value) for name, value in given.items()}


@contextlib.contextmanager
def process(folder, source, code=None, **more):
    """Run the device as a process of its own, which is gone afterwards."""
    words = [sys.executable, *(["-c", code] if code else ["-m", "laughtrack.edge"]), "run"]
    for name, value in flags(folder, source, **more).items():
        words += ["--" + name.replace("_", "-"), value]
    with open(folder / "log", "ab") as log:
        started = subprocess.Popen(words, cwd=ROOT, stderr=log)
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def until(wanted, what):
    """Wait until something is so; return it."""
    end_s = time.monotonic() + SOON_S
    while time.monotonic() < end_s:
        with contextlib.suppress(OSError, ValueError):
            found = wanted()
            if found:
                return found
        time.sleep(0.05)
    raise AssertionError(f"not in time: {what}")


def said(folder):
    """Return the status that lies in the device's folder."""
    return json.loads((folder / "device" / "status.json").read_text())


def sent(folder):
    """Return the batches sent, each once: one sent twice is the same both times."""
    found = {}
    for line in (folder / "batches.jsonl").read_text().splitlines():
        batch = from_json(line)
        assert found.setdefault((batch.session, batch.seq), batch) == batch
    return list(found.values())


def whole(batches):
    """Whether they are one session's, none missing, and no frame in two of them."""
    assert len({b.session for b in batches}) == 1
    assert [b.seq for b in batches] == list(range(len(batches)))
    assert all(a.end_s <= b.start_s for a, b in itertools.pairwise(batches))
    columns = ((b.readings["viewer_id"], b.readings["t_s"]) for b in batches)
    seen = [row for column in columns for row in zip(*column, strict=True)]
    return len(seen) == len(set(seen))
