"""How fast a replay is beside other loops: `python -m tests.bench.speed`.

The loop that this project grew out of scanned the whole of every frame with a Haar cascade (alt,
scale step 1.1, 5 neighbours), scored one face a call and wrote one message a face. fer (Haar mode)
runs in an environment of its own (`make fer-env`) and is left out, with a word, where that isn't.
Neither keeps identities: for IDF1 their faces go through our tracker, off the clock. They look at
every frame; a replay looks ten times a second unless told otherwise, and is also timed at every
frame. All take the same film in the same run, from decoding to what each stored; the first two use
the same network. Processor time comes first: it is what a machine pays, and what others who use it
at the same time change least. A replay's first look, for which nets are compiled, isn't counted.
"""

import argparse
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics import simulation_check
from laughtrack.analytics.store.sessions import load
from laughtrack.cli.recordings import recording
from laughtrack.edge.settings import FINDERS, HOST_FINDER, HOST_SCORER, PRECISIONS
from laughtrack.edge.simulate.simulate import simulate
from laughtrack.edge.sources.frames import Source
from laughtrack.tracker.mot import files, idf1
from tests.bench import speed_others, speed_stages
from tests.bench.speed_stages import Spent


class Row(NamedTuple):
    """A loop: its name, seconds of film, what it spent on how many looks, `idf1.IdentityScores`."""

    name: str
    film_s: float
    spent: Spent
    looks: int
    score: idf1.IdentityScores | None


def main():
    """Make the film, run all, print the tables."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--seconds", type=float, default=20, help="of film (20)")
    options.add_argument("--viewers", type=int, default=24, help="(24)")
    options.add_argument("--size", default="1920x1080", help="(1920x1080)")
    options.add_argument("--rate", type=float, default=10, help="looks a second (10)")
    options.add_argument("--finder", default=HOST_FINDER, choices=FINDERS)
    options.add_argument("--scorer", default=HOST_SCORER, choices=PRECISIONS)
    options.add_argument("--others", type=float, help="seconds of film for other loops (all)")
    chosen = options.parse_args()
    size = tuple(map(int, chosen.size.split("x")))
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        simulate(film, chosen.viewers, chosen.seconds, size, seed=7)
        rows, stages = measure(film, folder, chosen)
    print(f"{chosen.size}, {chosen.viewers} viewers, {chosen.seconds:g} s of film, decode to store")
    show(rows, stages)


def measure(film, folder, chosen):
    """Run all loops; a `Row` for each, and of the replays by name what each stage spent a look.

    Of a loop that isn't there, name and a word instead.
    """
    truth = pd.read_csv(film.with_suffix(".truth.csv"))
    seen = files.read_identities(film.with_suffix(".gt.txt"))
    every = float(1 / np.diff(np.unique(truth["t_s"])).mean())
    rows, stages = [], {}
    for name, rate in ((f"{chosen.rate:g} a second", chosen.rate), ("every frame", every)):
        spent, own, looks, session = replay(film, f"{folder}/{rate:g}", rate, chosen)
        wanted, found = simulation_check.identities(session, truth, seen)
        score = idf1.score(wanted, found)
        rows.append(Row(f"laughtrack, {name}", looks / rate, spent, looks, score))
        stages[rows[-1].name] = {each: times.per(looks) for each, times in own.items()}
    rows.append(decoding(film, chosen.seconds))
    seconds = min(chosen.others or chosen.seconds, chosen.seconds)
    for name, loop in (("hackathon's", speed_others.hackathon), ("fer", speed_others.fer)):
        done = loop(film, folder, seconds)
        if done is None:
            rows.append((f"{name}, every frame", "left out: there is no .venv-fer (make fer-env)"))
            continue
        spent, detections = done
        part = {number: wanted[number] for number in detections if number in wanted}
        score = idf1.score(part, speed_others.follow(detections))
        rows.append(Row(f"{name}, every frame", seconds, spent, len(detections), score))
    return rows, stages


def decoding(film, seconds):
    """Read the film's every frame in grey, and do nothing with it: no loop can be faster."""
    before = Spent.now()
    looks = sum(1 for _ in Source(film, rate_hz=1000, colour=False))
    return Row("decoding alone", seconds, Spent.now().less(before), looks, None)


def show(rows, stages):
    """Print the table, and the stages of a look."""
    heads = f"{'':26}{'film s':>8}{'looks':>7}{'processor ms':>14}{'wall ms':>9}{'looks a s':>11}"
    print(f"{heads}{'x real time':>13}{'IDF1':>8}{'switches':>10}")
    loops = {}
    for row in rows:
        if not isinstance(row, Row):
            print(f"{row[0]:26}  {row[1]}")
            continue
        loops[row.name] = each = row.spent.per(row.looks)
        times = f"{1000 * each.processor_s:14.1f}{1000 * each.wall_s:9.1f}{1 / each.wall_s:11.1f}"
        speed = f"{row.film_s:8.3g}{row.looks:7}{times}{row.film_s / row.spent.wall_s:13.2f}"
        judged = "" if row.score is None else f"{row.score.idf1:8.4f}{row.score.switches:10}"
        print(f"{row.name:26}{speed}{judged}")
    every = loops.get("laughtrack, every frame")
    for name, each in loops.items():
        if every and not name.startswith(("laughtrack", "decoding")):
            by, wall = each.processor_s / every.processor_s, each.wall_s / every.wall_s
            print(f"{name}: {by:.1f} times the processor time of laughtrack, {wall:.1f} the wall's")
    for name, own in stages.items():
        print(f"\n{name}, ms a look by stage{'processor':>25}{'wall':>9}")
        for stage, each in own.items():
            print(f"  {stage:44}{1000 * each.processor_s:9.2f}{1000 * each.wall_s:9.2f}")
        whole = sum(each.processor_s for each in own.values())
        print(f"  {'all of them':44}{1000 * whole:9.2f}")


def replay(film, store, rate, chosen):
    """Record the film as the command does.

    Returns what it spent after the first look, that by stage, the looks counted, and the session.
    """
    plan = recording.Plan(
        str(film), "film", rate, 0.0, None, False, {}, chosen.finder, chosen.scorer
    )
    with speed_stages.measured() as stages:
        whole = recording.Recording(plan, store)
        looks, begun = defaultdict(int), []

        def looked(t_s, seen):
            if not begun:
                stages.restart()
                begun.append(Spent.now())
            else:
                looks["counted"] += 1

        whole.run(looked)
        spent = Spent.now().less(begun[0])
        own = stages.finish(spent)
    return spent, own, looks["counted"], load(store, "film")


if __name__ == "__main__":
    main()
