"""How fast a replay is beside other loops: `python -m tests.bench.speed`.

The loop that this project grew out of scanned the whole of every frame with a Haar cascade (alt,
scale step 1.1, 5 neighbours), scored one face a call and wrote one message a face. fer (Haar mode)
runs in an environment of its own (`make fer-env`) and is left out, with a word, where that isn't.
Neither keeps identities: for IDF1 their faces go through our tracker, off the clock. They look at
every frame; a replay looks ten times a second unless told otherwise, and is also timed at every
frame. All take the same film in the same run, from decoding to what each stored; the first two use
the same network.
"""

import argparse
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd

from laughtrack.analytics import simulation_check
from laughtrack.analytics.store.sessions import load
from laughtrack.cli.recordings import recording
from laughtrack.edge.faces.net_finder import NetFinder
from laughtrack.edge.pipeline import frame_pipeline
from laughtrack.edge.simulate.simulate import simulate
from laughtrack.edge.smile import smilenet
from laughtrack.edge.sources import frames
from laughtrack.tracker.mot import files, idf1
from laughtrack.tracker.tracker import Tracker
from tests.bench import speed_others


def main():
    """Make the film, run all, print the table."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--seconds", type=float, default=20, help="of film (20)")
    options.add_argument("--viewers", type=int, default=24, help="(24)")
    options.add_argument("--size", default="1920x1080", help="(1920x1080)")
    options.add_argument("--rate", type=float, default=10, help="looks a second (10)")
    options.add_argument("--others", type=float, help="seconds of film for other loops (all)")
    chosen = options.parse_args()
    size = tuple(map(int, chosen.size.split("x")))
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        simulate(film, chosen.viewers, chosen.seconds, size, seed=7)
        rows, stages = measure(film, folder, chosen)
    print(f"{chosen.size}, {chosen.viewers} viewers, {chosen.seconds:g} s of film, decode to store")
    show(rows, chosen.rate, stages)


def measure(film, folder, chosen):
    """Run all loops; a row for each, and the seconds by stage of the replay at `--rate`.

    A row is name, seconds of film, seconds taken, looks, `idf1.IdentityScores`; name and a word
    instead where a loop isn't there.
    """
    truth = pd.read_csv(film.with_suffix(".truth.csv"))
    seen = files.read_identities(film.with_suffix(".gt.txt"))
    every = float(1 / np.diff(np.unique(truth["t_s"])).mean())
    rows, all_stages = [], []
    for name, rate in ((f"{chosen.rate:g} a second", chosen.rate), ("every frame", every)):
        took_s, stages, session = replay(film, f"{folder}/{rate:g}", rate)
        wanted, found = simulation_check.identities(session, truth, seen)
        score = idf1.score(wanted, found)
        rows.append((f"laughtrack, {name}", chosen.seconds, took_s, len(wanted), score))
        all_stages.append({stage: spent_s / len(wanted) for stage, spent_s in stages.items()})
    seconds = min(chosen.others or chosen.seconds, chosen.seconds)
    for name, loop in (("hackathon's", speed_others.hackathon), ("fer", speed_others.fer)):
        done = loop(film, folder, seconds)
        if done is None:
            rows.append((f"{name}, every frame", "left out: there is no .venv-fer (make fer-env)"))
            continue
        took_s, detections = done
        part = {number: wanted[number] for number in detections if number in wanted}
        score = idf1.score(part, speed_others.follow(detections))
        rows.append((f"{name}, every frame", seconds, took_s, len(detections), score))
    return rows, all_stages[0]


def show(rows, rate, stages):
    """Print the table, and the stages of a look."""
    heads = f"{'film s':>8}{'took s':>8}{'x real time':>13}{'ms a look':>11}{'IDF1':>8}"
    print(f"{'':26}{heads}{'switches':>10}")
    for name, *cells in rows:
        if len(cells) == 1:
            print(f"{name:26}  {cells[0]}")
            continue
        seconds, took_s, looks, score = cells
        speed = f"{seconds:8g}{took_s:8.1f}{seconds / took_s:13.2f}{1000 * took_s / looks:11.1f}"
        print(f"{name:26}{speed}{score.idf1:8.4f}{score.switches:10}")
    own = {name: cells[0] / cells[1] for name, *cells in rows if len(cells) > 1}
    every = own.pop("laughtrack, every frame")
    for name in list(own)[1:]:
        print(f"laughtrack on every frame is {every / own[name]:.1f} times as fast as {name}")
    print(f"\nlaughtrack at {rate:g} a second, ms a look by stage")
    for name, stage_s in stages.items():
        print(f"  {name:24}{1000 * stage_s:8.1f}")


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

    scorer = smilenet.load_scorer
    patches = [
        (frames.Source, "__iter__", waiting),
        (NetFinder, "find", timed("finding faces", NetFinder.find)),
        (Tracker, "expected", timed("following viewers", Tracker.expected)),
        (Tracker, "update", timed("following viewers", Tracker.update)),
        (frame_pipeline, "crop_faces", timed("cropping", frame_pipeline.crop_faces)),
        (frame_pipeline, "quality", timed("judging quality", frame_pipeline.quality)),
        (smilenet, "load_scorer", lambda: timed("scoring smiles", scorer())),
        (recording, "append", timed("storing", recording.append)),
        (recording, "finish", timed("storing", recording.finish)),
    ]
    plan = recording.Plan(str(film), "film", rate, 0.0, None, False, {})
    with ExitStack() as stack:
        for where, name, instead in patches:
            stack.enter_context(mock.patch.object(where, name, instead))
        began = time.perf_counter()
        recording.Recording(plan, recording.KnownSessions(store)).run()
        took_s = time.perf_counter() - began
    stages["the rest"] = took_s - sum(stages.values())
    return took_s, stages, load(store, "film")


if __name__ == "__main__":
    main()
