"""Finders side by side on the same pictures: ``python -m tests.bench.finders [--net FOLDER]``.

Prints Markdown tables for OpenCV's Haar cascade, FinderNet and YuNet. A face is found where a hit
overlaps its box by `matching.LEAST_OVERLAP` (intersection over union), one hit a face; any other
hit is false. Shares have 95 % intervals (Wilson). People, pictures and scenes are those that
FinderNet's training leaves out (`faces.LEFT_OUT`); photos, rooms and films are not trained on.
Pictures live in memory only; they are chosen and put together by one seed.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from laughtrack.edge.inference import ARTIFACTS
from tests.bench.finders import composed, engines, faces, films, matching
from tests.bench.finders.engines import Engine, YuNet
from tests.bench.finders.matching import Judged, recall_at, tally
from tests.bench.tables import say, table

SIZES = 8, 10, 12, 16, 24, 32, 48, 64
ROLLS = 0, 15, 30, 45
LEAST_PRECISION = 0.85
FRAMES = 50  # of a film, at most


class Chosen(NamedTuple):
    """What is measured: the data's folder, the finders, files of their weights, sample sizes."""

    data: Path
    finders: list[Engine]
    paths: dict[str, Path]
    teacher: YuNet
    people: int
    seed: int


def main() -> None:
    """Measure what is asked for; print the tables."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    data = os.environ.get("LAUGHTRACK_DATA", "../shared/data")
    options.add_argument("--data", type=Path, default=Path(data), help="folder (LAUGHTRACK_DATA)")
    options.add_argument("--finder", action="append", choices=engines.THRESHOLDS)
    options.add_argument("--net", type=Path, default=ARTIFACTS, help="folder of FinderNet's files")
    options.add_argument("--yunet", type=Path, default=engines.DEFAULT_YUNET, help="YuNet's")
    options.add_argument("--net-threshold", type=float, default=engines.THRESHOLDS["net"])
    options.add_argument("--yunet-threshold", type=float, default=engines.THRESHOLDS["yunet"])
    options.add_argument("--part", action="append", choices=PARTS, help="only these tables")
    options.add_argument("--people", type=int, default=200, help="of LFW and GENKI (200)")
    options.add_argument("--seed", type=int, default=1, help="of choices and noise (1)")
    given = options.parse_args()
    names = given.finder or list(engines.THRESHOLDS)
    paths = {"haar": Path(), "net": given.net, "yunet": given.yunet}
    thresholds = {"haar": 0.0, "net": given.net_threshold, "yunet": given.yunet_threshold}
    finders = [engines.engine(name, paths[name], thresholds[name]) for name in names]
    teacher = YuNet(given.yunet)
    chosen = Chosen(given.data, finders, paths, teacher, given.people, given.seed)
    sure = ", ".join(f"{each.name} {each.threshold:g}" for each in finders)
    print(f"A match is an overlap of {matching.LEAST_OVERLAP:g} or more. Thresholds: {sure}.\n")
    for name in given.part or PARTS:
        began = time.process_time()
        print(f"### {name.capitalize()}\n\n{PARTS[name](chosen)}", flush=True)
        say(f"{name}: {time.process_time() - began:.0f} s of processor time")


def _rows(chosen: Chosen, rows: Iterable[tuple[str, list[Judged]]]) -> str:
    """Table with recall, precision and false hits of each finder on rows of pictures."""
    lines = []
    for name, pictures in rows:
        for engine in chosen.finders:
            counted, hits = tally(engine, pictures)
            best = recall_at(hits, LEAST_PRECISION) if len(counted.found) else "-"
            words = counted.recall(), counted.precision(), counted.false_each(), best
            lines.append((name, engine.name, len(counted.found), counted.pictures, *words))
    heads = ("pictures", "finder", "faces", "of them", "recall", "precision", "false a picture")
    return table((*heads, f"recall at precision {LEAST_PRECISION}, threshold"), lines)


def photos(chosen: Chosen) -> str:
    """Group photos at full size, and shrunk."""
    rows = [("full size", films.photos(chosen.data, None))]
    for px in (16, 12, 10):
        rows.append((f"faces {px} px", films.photos(chosen.data, px)))
        if px < 16:
            rows.append((f"faces {px} px, doubled", films.photos(chosen.data, px, True)))
    return _rows(chosen, rows)


def groups(chosen: Chosen) -> str:
    """FairFace by race, sex and age, at two sizes; the spread between races, sexes and ages."""
    people, scenes = faces.fairface(chosen.data), faces.scenes(chosen.data)
    kinds = [sorted({face.labels[i] for face in people}) for i in range(3)]
    lines, spreads = [], []
    for px, gap in ((75, 0.0), (22, 0.0), (22, 1.5)):
        pictures = composed.placed(people, px, scenes, chosen.seed, gap)
        width = f"{px} px, apart" if gap else f"{px} px"
        tallies = [tally(engine, pictures)[0] for engine in chosen.finders]
        for label in (None, *chain(*kinds), "plain", "scene"):
            shares = [each.recall(label) for each in tallies]
            lines.append((width, label or "all", *shares))
        for kind, labels in zip(("race", "sex", "age"), kinds, strict=True):
            spreads.append((width, f"spread, {kind}", *(_spread(t, labels) for t in tallies)))
    heads = ("width", "group", *(engine.name for engine in chosen.finders))
    return table(heads, lines + spreads)


def _spread(counted: matching.Tally, labels: Sequence[str]) -> str:
    shares = [float(counted.recall(label).split()[0]) for label in labels]
    return f"{max(shares) - min(shares):.3f}"


def sizes(chosen: Chosen) -> str:
    """Faces with hair and surroundings, on plain grey and scenes, by their width."""
    people, scenes = _natural(chosen), faces.scenes(chosen.data)
    place = partial(composed.placed, people, scenes=scenes, seed=chosen.seed)
    return _rows(chosen, ((f"{px} px", place(px)) for px in SIZES))


def turns_and_light(chosen: Chosen) -> str:
    """The same people rolled, by yaw, in the dark, and with little contrast."""
    people, scenes = _natural(chosen), faces.scenes(chosen.data)

    def rows() -> Iterable[tuple[str, list[Judged]]]:
        for px in (48, 20):
            for degrees in ROLLS:
                turned = [
                    composed.rolled(face, degrees if i % 2 else -degrees)
                    for i, face in enumerate(people)
                ]
                pictures = composed.placed(turned, px, scenes, chosen.seed)
                yield f"rolled {degrees} degrees, {px} px", pictures
            for name, change in (("0.3 of the light", composed.dark), ("contrast", composed.flat)):
                name = name.replace("contrast", "0.3 of the contrast")
                yield (
                    f"{name}, {px} px",
                    composed.placed(people, px, scenes, chosen.seed, 0.0, change),
                )
            for label in ("under 10", "10 to 20", "20 or more"):
                some = [face for face in people if label in face.labels]
                pictures = composed.placed(some, px, scenes, chosen.seed)
                yield f"turned aside {label} degrees, {px} px", pictures

    return _rows(chosen, rows())


def _natural(chosen: Chosen) -> list[faces.Face]:
    return faces.natural(chosen.data, chosen.teacher, chosen.people, chosen.seed)


def rooms(chosen: Chosen) -> str:
    """Simulated audiences, whose truth is known."""
    return _rows(
        chosen,
        (
            (name, films.room(viewers, size, 6, chosen.seed + 40))
            for name, (viewers, size) in films.ROOMS.items()
        ),
    )


def empty(chosen: Chosen) -> str:
    """False faces where no face is: rooms, cartoons, scenes."""
    rows = [(name, films.empty(chosen.data / name, FRAMES)) for name in films.EMPTY]
    scenes = [Judged(grey, films.NOBODY, []) for grey in faces.scenes(chosen.data)]
    lines = []
    for name, pictures in [*rows, ("scenes", scenes)]:
        counts = [tally(engine, pictures)[0] for engine in chosen.finders]
        lines.append((name, len(pictures), *(each.false_each() for each in counts)))
    names = (f"false a frame, {engine.name}" for engine in chosen.finders)
    return table(("film", "frames", *names), lines)


def people(chosen: Chosen) -> str:
    """Films whose people are known: how many are found a frame, and how many are nobody."""
    lines = []
    for name, regions in films.PEOPLE.items():
        shown = [
            "{:.2f}, false {:.2f}".format(
                *films.at_people(chosen.data / name, regions, FRAMES, engine)
            )
            for engine in chosen.finders
        ]
        lines.append((name, len(regions), *shown))
    return table(("film", "people", *(engine.name for engine in chosen.finders)), lines)


def crowds(chosen: Chosen) -> str:
    """Share of YuNet's boxes in dense crowds of faces 10 to 20 px wide."""
    pictures = composed.crowds(_natural(chosen), chosen.teacher, 8, chosen.seed)
    return _rows(chosen, [("dense crowds", pictures)])


def cost(chosen: Chosen) -> str:
    """Processor time of a picture, one thread: reading excluded, boxes included."""
    grey = films.photos(chosen.data, None)[0].grey
    lines = []
    for size in ((640, 352), (1280, 720)):
        picture = np.ascontiguousarray(cv2.resize(grey, size))
        took = [
            engines.processor_ms(each.name, chosen.paths[each.name], picture)
            for each in chosen.finders
        ]
        lines.append((f"{size[0]} x {size[1]}", *(f"{ms:.1f}" for ms in took)))
    names = (f"{engine.name}, ms" for engine in chosen.finders)
    return table(("picture", *names), lines)


PARTS: dict[str, Callable[[Chosen], str]] = {
    "group photos": photos,
    "fairface": groups,
    "sizes": sizes,
    "turns and light": turns_and_light,
    "simulated rooms": rooms,
    "nobody there": empty,
    "people in films": people,
    "crowds": crowds,
    "cost": cost,
}


if __name__ == "__main__":
    main()
