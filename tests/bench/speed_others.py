"""Other loops over the same film: the one this project grew out of, and fer's.

Each gives what it spent and, by frame number from 1, time and boxes of the faces found.
"""

import json
import os
import subprocess
from pathlib import Path

import cv2
import numpy as np

from laughtrack.edge.smile import smilenet
from laughtrack.edge.sources import frames
from laughtrack.tracker.detections import Detections
from laughtrack.tracker.tracker import Tracker
from tests.bench.speed_stages import Spent

FER_PYTHON = Path(".venv-fer/bin/python")


def hackathon(film, folder, seconds):
    """Scan the whole of every frame, score one face a call, write a message a face."""
    found = {}
    score = smilenet.load_scorer()
    cascade = cv2.CascadeClassifier(f"{cv2.data.haarcascades}haarcascade_frontalface_alt.xml")
    before = Spent.now()
    with open(f"{folder}/messages.jsonl", "w") as messages:
        for frame in frames.Source(film, rate_hz=1000, to_s=seconds):
            grey = cv2.cvtColor(frame.image, cv2.COLOR_BGR2GRAY)
            scan = np.array(cascade.detectMultiScale(grey, 1.1, 5), float).reshape(-1, 4)
            boxes = np.hstack([scan[:, :2], scan[:, :2] + scan[:, 2:]])
            for box in boxes:
                value = score(smilenet.crop_faces(frame.image, box[None]))[0]
                messages.write(json.dumps({"box": box.tolist(), "smile": float(value)}) + "\n")
            found[frame.index + 1] = frame.t_s, boxes
    return Spent.now().less(before), found


def fer(film, folder, seconds):
    """Run fer's own loop in its own environment; None where that is not."""
    if not FER_PYTHON.exists():
        return None
    out = f"{folder}/fer.json"
    command = [FER_PYTHON, Path(__file__).with_name("fer_loop.py"), film, seconds, out]
    # TensorFlow talks a lot.
    quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([*map(str, command)], env=quiet, check=True, stderr=subprocess.DEVNULL)
    said = json.loads(Path(out).read_text())
    rate = cv2.VideoCapture(str(film)).get(cv2.CAP_PROP_FPS)
    found = {}
    for k, corners in enumerate(said["boxes"]):
        boxes = np.array(corners, float).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        found[k + 1] = k / rate, boxes
    return Spent(said["processor_s"], said["took_s"]), found


def follow(detections):
    """Give faces found identities, with our tracker: neither loop keeps any."""
    tracker, result = Tracker(), {}
    for number, (t_s, boxes) in detections.items():
        tracks = tracker.update(t_s, Detections(boxes, np.full(len(boxes), 0.7)))
        there = [track for track in tracks if track.seen]
        ids = np.array([track.viewer_id for track in there], dtype=np.int64)
        result[number] = ids, np.array([track.box for track in there]).reshape(-1, 4)
    return result
