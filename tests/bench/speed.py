"""How fast a replay is beside the loop this project grew out of: `python -m tests.bench.speed`.

That loop scanned the whole of every frame with a Haar cascade (alt, scale step 1.1, 5 neighbours),
scored one face a call and wrote one message a face. It kept no identities: for IDF1 its faces go
through our tracker, off the clock. It looked at every frame; a replay looks ten times a second
unless told otherwise, and is also timed at every frame. All take the same film in the same run,
from decoding to what each stored, and use the same network.
"""

import argparse
import json
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

import cv2
import numpy as np
import pandas as pd

from analytics import audit
from analytics.store import load
from cli import recorder
from edge import faces, frames, smile, watch
from edge.simulate import simulate
from tracker import mot
from tracker.tracker import Tracker


def main():
    """Make the film, run both, print the table."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--seconds", type=float, default=20, help="of film (20)")
    options.add_argument("--viewers", type=int, default=24, help="(24)")
    options.add_argument("--size", default="1920x1080", help="(1920x1080)")
    options.add_argument("--rate", type=float, default=10, help="looks a second (10)")
    chosen = options.parse_args()
    size = tuple(map(int, chosen.size.split("x")))
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        simulate(film, chosen.viewers, chosen.seconds, size, seed=7)
        truth = pd.read_csv(film.with_suffix(".truth.csv"))
        seen = mot.read_identities(film.with_suffix(".gt.txt"))
        every = float(1 / np.diff(np.unique(truth["t_s"])).mean())
        table = []
        for name, rate in ((f"{chosen.rate:g} a second", chosen.rate), ("every frame", every)):
            took_s, stages, session = replay(film, f"{folder}/{rate:g}", rate)
            wanted, found = audit.identities(session, truth, seen)
            table.append((f"laughtrack, {name}", took_s, len(wanted), mot.score(wanted, found)))
            if rate == chosen.rate:
                shown = stages, len(wanted)
        took_s, detections = hackathon(film, folder)
        score = mot.score(wanted, follow(detections))
        table.append(("hackathon's, every frame", took_s, len(wanted), score))
    print(f"{chosen.size}, {chosen.viewers} viewers, {chosen.seconds:g} s of film, decode to store")
    print(f"{'':26}{'took s':>8}{'as fast':>9}{'ms a look':>11}{'IDF1':>8}{'switches':>10}")
    for name, own_s, looks, score in table:
        times = f"{own_s:8.1f}{took_s / own_s:9.1f}{1000 * own_s / looks:11.1f}"
        print(f"{name:26}{times}{score.idf1:8.4f}{score.switches:10}")
    stages, looks = shown
    print(f"\nlaughtrack at {chosen.rate:g} a second, ms a look by stage")
    for name, stage_s in stages.items():
        print(f"  {name:24}{1000 * stage_s / looks:8.1f}")


def replay(film, store, rate):
    """Record the film as the command does; seconds in all and by stage, and the session."""
    stages = defaultdict(float)

    def timed(name, function):
        def call(*args):
            began = time.perf_counter()
            try:
                return function(*args)
            finally:
                stages[name] += time.perf_counter() - began

        return call

    def waiting(self, read=frames.Source.__iter__):
        source = read(self)
        while True:
            frame = timed("waiting for a frame", next)(source, None)
            if frame is None:
                return
            yield frame

    scorer = smile.load_scorer
    patches = [
        (frames.Source, "__iter__", waiting),
        (faces.Finder, "find", timed("finding faces", faces.Finder.find)),
        (Tracker, "expected", timed("following viewers", Tracker.expected)),
        (Tracker, "update", timed("following viewers", Tracker.update)),
        (watch, "crop_faces", timed("cropping", watch.crop_faces)),
        (watch, "quality", timed("judging quality", watch.quality)),
        (smile, "load_scorer", lambda: timed("scoring smiles", scorer())),
        (recorder.readings_store, "append", timed("storing", recorder.readings_store.append)),
        (recorder.readings_store, "finish", timed("storing", recorder.readings_store.finish)),
    ]
    plan = recorder.Plan(str(film), "film", rate, 0.0, None, False, {})
    with ExitStack() as stack:
        for where, name, instead in patches:
            stack.enter_context(mock.patch.object(where, name, instead))
        began = time.perf_counter()
        recorder.Recording(plan, store).run()
        took_s = time.perf_counter() - began
    stages["the rest"] = took_s - sum(stages.values())
    return took_s, stages, load(store, "film")


def hackathon(film, folder):
    """Run the old loop on every frame; seconds in all, and the boxes of each frame."""
    found = {}
    began = time.perf_counter()
    score = smile.load_scorer()
    cascade = cv2.CascadeClassifier(f"{cv2.data.haarcascades}haarcascade_frontalface_alt.xml")
    with open(f"{folder}/messages.jsonl", "w") as messages:
        for frame in frames.Source(film, rate_hz=1000):
            grey = cv2.cvtColor(frame.image, cv2.COLOR_BGR2GRAY)
            scan = np.array(cascade.detectMultiScale(grey, 1.1, 5), float).reshape(-1, 4)
            boxes = np.hstack([scan[:, :2], scan[:, :2] + scan[:, 2:]])
            for box in boxes:
                value = score(smile.crop_faces(frame.image, box[None]))[0]
                messages.write(json.dumps({"box": box.tolist(), "smile": float(value)}) + "\n")
            found[frame.index + 1] = frame.t_s, boxes
    return time.perf_counter() - began, found


def follow(detections):
    """Give the old loop's faces identities, with our tracker."""
    tracker, result = Tracker(), {}
    for number, (t_s, boxes) in detections.items():
        tracks = tracker.update(t_s, boxes, np.full(len(boxes), 0.7))
        there = [track for track in tracks if track.seen]
        ids = np.array([track.viewer_id for track in there], dtype=np.int64)
        result[number] = ids, np.array([track.box for track in there]).reshape(-1, 4)
    return result


if __name__ == "__main__":
    main()
