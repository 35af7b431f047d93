"""Amazon Rekognition's DetectFaces as it answers, and a stand-in for it on this machine."""

import base64
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np

from laughtrack.models.data import label_table, labels

ATTRIBUTES = ("Eyeglasses", "Sunglasses", "Beard", "Mustache", "EyesOpen", "MouthOpen")
LANDMARKS = ("eyeLeft", "eyeRight", "mouthLeft", "mouthRight", "nose", "chinBottom")
EMOTIONS = ("HAPPY", "CALM", "SURPRISED", "FEAR", "SAD", "CONFUSED", "DISGUSTED", "ANGRY")


def face(box=(0.3, 0.3, 0.4, 0.4), smile=True, sure=96.5, emotions=None):
    """Return one of FaceDetails, with every member that Attributes=["ALL"] brings.

    `box` is left, top, width, height as shares of the picture; confidences are 0-100.
    """
    emotions = emotions or dict(zip(EMOTIONS, (90.5, 5.25, 2, 1, 0.5, 0.4, 0.2, 0.15), strict=True))
    return {
        "BoundingBox": dict(zip(("Left", "Top", "Width", "Height"), box, strict=True)),
        "AgeRange": {"Low": 24, "High": 32},
        "Smile": {"Value": smile, "Confidence": sure},
        "Gender": {"Value": "Female", "Confidence": 99.7},
        **{name: {"Value": False, "Confidence": 97.5} for name in ATTRIBUTES},
        "Emotions": [{"Type": k, "Confidence": v} for k, v in emotions.items()],
        "Landmarks": [{"Type": name, "X": 0.5, "Y": 0.5} for name in LANDMARKS],
        "Pose": {"Roll": -1.5, "Yaw": 3.25, "Pitch": 0.5},
        "Quality": {"Brightness": 82.5, "Sharpness": 46.0},
        "Confidence": 99.99,
        "FaceOccluded": {"Value": False, "Confidence": 99.9},
        "EyeDirection": {"Yaw": 1.5, "Pitch": -4.0, "Confidence": 91.5},
    }


def response(*faces):
    """Return what DetectFaces answers about a picture with these faces."""
    return {"FaceDetails": list(faces)}


def write_table(folder, count, smile="1"):
    """Write a label table with so many pictures, each of one grey level of its own."""
    listed = []
    for n in range(count):
        path = folder / "pictures" / f"p{n}.png"
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), np.full((90, 100, 3), n, np.uint8))
        listed.append(labels.Picture(path, "own", f"p{n}", labels.split_of(f"p{n}"), smile))
    label_table.write(folder / "faces.csv", listed)
    return folder / "faces.csv"


class Cloud:
    """What the stand-in was asked, and what it answers.

    `asked` has a picture's grey level for each request. `answer` is a function from that and from
    how often it came before, to a response, or to the code of an error.
    """

    def __init__(self):
        self.asked, self.url = [], ""
        self.answer = lambda level, before: response(face())
        self._lock = threading.Lock()

    def reply(self, target, body):
        """Return status and JSON for a request."""
        assert target == "RekognitionService.DetectFaces" and body["Attributes"] == ["ALL"]
        data = np.frombuffer(base64.b64decode(body["Image"]["Bytes"]), np.uint8)
        level = int(cv2.imdecode(data, cv2.IMREAD_COLOR)[0, 0, 0])
        with self._lock:
            before = self.asked.count(level)
            self.asked.append(level)
        said = self.answer(level, before)
        if isinstance(said, str):
            return 400, {"__type": said, "message": "because"}
        return 200, said


@contextmanager
def stand_in(monkeypatch):
    """Stand in for Amazon Rekognition over HTTP; yield the Cloud."""
    cloud = Cloud()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, said = cloud.reply(self.headers["X-Amz-Target"], body)
            data = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_):
            """Say nothing of clients that were killed."""

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    cloud.url = f"http://127.0.0.1:{server.server_port}"
    sign_in(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", cloud.url)
    try:
        yield cloud
    finally:
        server.shutdown()
        server.server_close()


def sign_in(monkeypatch):
    """Set a region, credentials that open nothing, and none of this machine's own settings."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
