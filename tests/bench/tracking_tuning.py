"""Tune the tracker's settings and say what that is worth: `python -m tests.bench.tracking_tuning`.

Every constant that may change (`TRIED`) is tried one after the other, the others as they are by
then. The choice is made on all films and rooms ("in sample"), and again with one film left out,
which alone is judged then ("left out"): the second is what to expect of a film that nobody tuned
on. Films of one video are left out together. Rooms of the seeds in `JUDGED` are never tuned on.
Nothing is written; a value that wins left out goes into `laughtrack.tracker.settings` by hand.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from laughtrack.tracker.boxes import overlap
from laughtrack.tracker.detections import Detections
from laughtrack.tracker.mot.trackeval_scores import combine, evaluate
from laughtrack.tracker.settings import DEFAULTS
from laughtrack.tracker.tracker import Tracker
from tests.bench.audiences import SCENES
from tests.bench.tables import say, table
from tests.bench.tracking_sequences import sequences

# What is tried, in this order; the value of today always is.
TRIED = {
    "sparse_s": (0.2, 0.5),
    "upward_share": (0.3, 0.5, 0.7, 1.0),
    "stays_std": (0.15, 0.2, 0.3),
    "young_stays": (0.0, 0.5, 0.8, 0.9),
    "still_stays": (0.0, 0.5, 0.9),
    "unmatched_cost": (1.0, 1.5, 2.5),
    "gone_s": (1.0, 4.0),
    "moving_drift": (4.0, 16.0),
    "measured_place_std": (0.05, 0.1),
    "max_coast_s": (2.5, 10.0),
}
# Faces in films and in rooms are what it is for.
WEIGHTS = {"faces": 2, "rooms": 2, "mot15": 1, "more": 1}
# Two names of one video each.
SAME_FILM = {"MOT17-02": "Venice-2", "MOT17-09": "ADL-Rundle-6"}
JUDGED = range(31, 41)
ROOMS = "walkers at 1 to 4 looks a second", "everything, 1 to 4 looks a second", "everything"
ROOM_S = 120.0
MISSED, JITTER, LEAST_VISIBLE = 0.1, 0.03, 0.3


class Film(NamedTuple):
    """Looks and truth of one film or room; `group` is what is left out together."""

    name: str
    kind: str
    group: str
    looks: list
    truth: dict
    partly_labelled: bool = False


def films(folder, seeds):
    """Everything to tune on: films of `folder`/faces, mot15 and more, and rooms of these seeds."""
    found = []
    for kind in ("faces", "mot15", "more"):
        for one in sequences(folder / kind):
            partly = kind == "more"  # its truth leaves people out
            found.append(Film(one.name, kind, one.name, one.looks, one.truth, partly))
    for path in sorted((folder / "more").glob("*/gt.txt")):
        if not path.with_name("det.txt").exists():
            found.append(drawn(path))
    return found + rooms(ROOMS, seeds, ROOM_S)


def rooms(scenes, seeds, seconds):
    """Pretend rooms as films, each left out with the others of its seed."""
    made = [
        (scene, seed, *SCENES[scene](seed, seconds=seconds)) for scene in scenes for seed in seeds
    ]
    return [Film(f"{scene} {seed}", "rooms", f"room {seed}", *of) for scene, seed, *of in made]


def drawn(path):
    """A film of which only the truth is there: detections are drawn from it, at uneven looks."""
    lines = np.loadtxt(path, delimiter=",")
    people = lines[(lines[:, 6] == 1) & (lines[:, 7] == 1) & (lines[:, 8] >= LEAST_VISIBLE)]
    rng, name, frame = np.random.default_rng(1), path.parent.name, int(people[:, 0].min())
    looks, truth = [], {}
    while frame <= people[:, 0].max():
        now = people[people[:, 0] == frame]
        boxes = np.concatenate([now[:, 2:4], now[:, 2:4] + now[:, 4:6]], axis=1)
        truth[len(looks)] = now[:, 1].astype(np.int64), boxes
        found = boxes[rng.random(len(boxes)) >= MISSED]
        off = rng.normal(0, JITTER, found.shape) * np.tile(found[:, 2:] - found[:, :2], 2)
        looks.append((frame / 30, found + off, rng.uniform(0.45, 0.8, len(found))))
        frame += int(rng.integers(2, 7))
    return Film(name, "more", SAME_FILM.get(name, name), looks, truth)


def follow(settings, film):
    """Run the tracker over a film; TrackEval's counts."""
    tracker, result = Tracker(settings=settings), {}
    for k, (t_s, boxes, scores) in enumerate(film.looks):
        seen = [track for track in tracker.update(t_s, Detections(boxes, scores)) if track.seen]
        ids = np.array([track.viewer_id for track in seen], dtype=np.int64)
        result[k] = ids, np.array([track.box for track in seen]).reshape(-1, 4)
        if film.partly_labelled:
            known = film.truth.get(k, (ids[:0], np.zeros((0, 4))))[1]
            meets = (overlap(result[k][1], known) >= 0.5).any(axis=1)
            result[k] = result[k][0][meets], result[k][1][meets]
    return evaluate(film.truth, result)


class Judge:
    """Counts of every film under every settings that were asked for, each worked out once."""

    def __init__(self, found, jobs):
        self._found, self._jobs, self._known = found, jobs, {}

    def counts(self, settings):
        """Film's name to counts."""
        if settings not in self._known:
            say(f"settings {len(self._known) + 1}")
            with ProcessPoolExecutor(self._jobs) as pool:
                done = pool.map(partial(follow, settings), self._found)
                self._known[settings] = dict(zip((f.name for f in self._found), done, strict=True))
        return self._known[settings]

    def worth(self, settings, without):
        """How good: HOTA and IDF1 alike, kinds as weighed; the group `without` does not count."""
        counts, total, weights = self.counts(settings), 0.0, 0.0
        for kind, weight in WEIGHTS.items():
            of = [f.name for f in self._found if f.kind == kind and f.group != without]
            if of:
                scores = combine([counts[name] for name in of])
                total, weights = total + weight * (scores.hota + scores.idf1), weights + weight
        return total / weights

    def choose(self, tried, without=None):
        """The best settings by trying one constant after the other."""
        best = DEFAULTS
        for name, values in tried.items():
            options = [best, *(best._replace(**{name: value}) for value in values)]
            best = max(options, key=lambda one: self.worth(one, without))
        return best


def report(found, judge, tried):
    """Print today's, in-sample and left-out scores of each film and kind, side by side."""
    groups = sorted({film.group for film in found})
    chosen = judge.choose(tried)
    apart = {group: judge.choose(tried, group) for group in groups}
    ways = (
        lambda film: DEFAULTS,
        lambda film: chosen,
        lambda film: apart[film.group],
    )
    lines = []
    for kind in WEIGHTS:
        of = [film for film in found if film.kind == kind]
        for title, some in [*((film.name, [film]) for film in of), (f"**{kind}**", of)]:
            if some:
                scores = [
                    combine([judge.counts(way(film))[film.name] for film in some]) for way in ways
                ]
                cells = [f"{100 * one.hota:.1f}" for one in scores]
                lines.append([title, *cells, *(f"{100 * one.idf1:.1f}" for one in scores)])
    heads = [
        f"{name}, {way}" for name in ("HOTA", "IDF1") for way in ("today", "in sample", "left out")
    ]
    print(table(["film", *heads], lines))
    for name in tried:
        others = sorted({getattr(one, name) for one in apart.values()})
        print(f"- `{name}`: {getattr(chosen, name)} in sample; left out {others}")


def main():
    """Tune, and print what it is worth."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    default = os.environ.get("LAUGHTRACK_DATA", "../shared/data")
    options.add_argument("--data", type=Path, default=default, help="folder with mot/")
    options.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="rooms (1 2 3)")
    options.add_argument("--only", nargs="+", choices=TRIED, help="try these constants alone")
    options.add_argument("--films", nargs="+", metavar="NAME", help="these alone")
    options.add_argument("--jobs", type=int, default=1, help="films at a time (1)")
    chosen = options.parse_args()
    if set(chosen.seeds) & set(JUDGED):
        options.error(f"argument --seeds: {JUDGED.start} to {JUDGED.stop - 1} are for judging only")
    found = films(chosen.data / "mot", chosen.seeds)
    if chosen.films:
        found = [film for film in found if film.name in chosen.films]
    tried = {name: TRIED[name] for name in chosen.only or TRIED}
    report(found, Judge(found, chosen.jobs), tried)


if __name__ == "__main__":
    main()
