"""Who keeps an ID across cuts: ``python -m tests.bench.clips.cuts [--finder NAME] [--proof]``.

Films are composed of single clips: alternating shots, shots that are mirrored, closer, darker or
lit from the side, calls whose tiles change places or sizes, and rooms without a cut whose light or
camera plays up. `TUNED` were looked at while the matching was made, `PROOF` were not. The columns:
people to be seen for a second or more, viewers of as long, IDs that go from one person to another.
The finder `truth` gives boxes by eye, off by some pixels.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from laughtrack.edge.faces.change_detection import ChangeDetector
from laughtrack.edge.faces.choice import finder_maker
from laughtrack.edge.pipeline.frame_pipeline import FramePipeline
from laughtrack.edge.sources.frames import Frame
from laughtrack.tracker.detections import Detections
from tests.bench.clips.truth import BOX_OF_FACE, Clip, clips
from tests.bench.tables import table

WIDTH, HEIGHT, RATE_HZ, FORGET_S = 640, 360, 10, 10.0
WHOLE = 0.0, 0.0, 1.0, 1.0
TUNED = ("banner_talk.mp4", "meeting_green.mp4", "masks_four.mp4", "ok_sign.mp4", "sofa_two.mp4")
PROOF = ("sofa_wide.mp4", "classroom.gif", "mask_laptop.mp4", "emoji_row.mp4", "sofa_poster.mp4")
LEAST_S, WITH_S = 1.0, 0.3

Light = Callable[[np.ndarray, float], np.ndarray]


class Tile(NamedTuple):
    """A clip in the picture: `part` of it is shown in `place` of the film, x1 y1 x2 y2 in shares.

    `light` gets a picture (0 to 255, float) and the film's time in seconds.
    """

    clip: str
    place: tuple[float, float, float, float] = WHOLE
    part: tuple[float, float, float, float] = WHOLE
    mirrored: bool = False
    light: Light | None = None


class Shot(NamedTuple):
    """So many seconds of tiles; each clip plays on from where it was in the film's time."""

    seconds: float
    tiles: tuple[Tile, ...]


class Moment(NamedTuple):
    """A frame, and who is where: names and boxes (N, 4) as the program's."""

    frame: Frame
    names: list[str]
    boxes: np.ndarray


def films(names: tuple[str, ...]) -> dict[str, list[Shot]]:
    """Return films of five clips, by what happens in them."""
    a, b, c, d, e = names
    whole = {name: (Tile(name),) for name in names}
    alternating = [Shot(2.0, whole[x]) for x in (a, b, a, b, a)]
    closer = (0.2, 0.0, 0.9, 0.7)
    corners = [(x / 2, y / 2, (x + 1) / 2, (y + 1) / 2) for y in (0, 1) for x in (0, 1)]
    ninths = [(x / 3, y / 3, (x + 1) / 3, (y + 1) / 3) for y in range(3) for x in range(3)]

    def grid(order: tuple[str, ...], places: list[tuple[float, float, float, float]]) -> Any:
        return tuple(Tile(name, place) for name, place in zip(order, places, strict=False))

    speaker = [(0, 0.1, 0.75, 0.85), (0.75, 0.05, 1, 0.3), (0.75, 0.35, 1, 0.6)]
    speaker.append((0.75, 0.65, 1, 0.9))
    side = (Tile(a, light=lambda p, _: p * np.linspace(0.4, 1.2, p.shape[1])[None, :, None]),)
    return {
        "alternating": alternating,
        "three cameras": [Shot(1.8, whole[x]) for x in (a, b, c, a, c, b)],
        "four people's shots": [Shot(1.5, whole[x]) for x in (b, d, e, c, d, b)],
        "mirrored is another": [Shot(3, whole[b]), Shot(3, (Tile(c, mirrored=True),))],
        "closer": [Shot(2.5, whole[a]), Shot(2.5, (Tile(a, part=closer),)), Shot(2.5, whole[a])],
        "darker": [Shot(2.5, whole[a]), Shot(2, whole[d]), Shot(2.5, (_lit(a, 0.4),))],
        "side light": [Shot(2.5, whole[a]), Shot(2, whole[e]), Shot(2.5, side)],
        "tiles change": [
            Shot(2.5, grid((a, b, d, e), corners)),
            Shot(2.5, grid((d, a, e, b), corners)),
            Shot(2.5, grid((a, d, e, b), corners)),
        ],
        "two of many tiles": [
            Shot(3, grid((a, b, c, d, e), ninths)),
            Shot(3, grid((a, b, d, c, e), ninths)),
        ],
        "speaker": [
            Shot(2.5, grid((a, b, d, e), corners)),
            Shot(2.5, grid((b, a, d, e), speaker)),
            Shot(2.5, grid((e, a, b, d), corners)),
        ],
        "all others": [Shot(2.5, grid((a, b), corners)), Shot(2.5, grid((c, d), corners))],
        "room": [Shot(9, whole[b])],
        "room, dark for a while": [
            Shot(3.5, whole[b]),
            Shot(1, (_lit(b, 0.02),)),
            Shot(4, whole[b]),
        ],
        "room, light flickers": [Shot(9, (Tile(b, light=_flicker),))],
        "room, camera bumped": [
            Shot(3, (Tile(b, part=(0.05, 0.05, 0.95, 0.95)),)),
            Shot(6, (Tile(b, part=(0.1, 0.0, 1.0, 0.9)),)),
        ],
        "long shots": [Shot(7, whole[x]) for x in (a, b, a)],
    }


def _lit(clip: str, gain: float) -> Tile:
    return Tile(clip, light=lambda picture, _: picture * gain)


def _flicker(picture: np.ndarray, t_s: float) -> np.ndarray:
    """Light from a film: brighter and darker, twice a second all at once from another side."""
    side = np.linspace(0.5, 1.5, picture.shape[1])[:: -1 if int(2 * t_s) % 2 else 1]
    return picture * (0.5 + 0.5 * (int(3 * t_s) % 3) / 2) * side[None, :, None]


class Clips:
    """Clips' pictures, `RATE_HZ` a second, and who is where in them."""

    def __init__(self, data: Path) -> None:
        self._known = {each.path.name: each for each in clips(data)}
        self._pictures: dict[str, tuple[float, list[np.ndarray]]] = {}

    def at(self, name: str, k: int) -> tuple[np.ndarray, float, Clip, float]:
        """Return the k-th picture, its scale, clip and time; to the end and back."""
        clip = self._known[name]
        if name not in self._pictures:
            self._pictures[name] = _read(clip.path)
        shrink, pictures = self._pictures[name]
        place = k % (2 * len(pictures) - 2)
        place = min(place, 2 * len(pictures) - 2 - place)
        return pictures[place], shrink, clip, place / RATE_HZ


def _read(path: Path, seconds: float = 12.0) -> tuple[float, list[np.ndarray]]:
    film, pictures = cv2.VideoCapture(str(path)), []
    rate = film.get(cv2.CAP_PROP_FPS)
    for i in range(round(seconds * rate)):
        good, picture = film.read()
        if not good:
            break
        if i >= len(pictures) * rate / RATE_HZ:
            pictures.append(_shrunk(picture))
    return WIDTH / film.get(cv2.CAP_PROP_FRAME_WIDTH), pictures


def _shrunk(picture: np.ndarray) -> np.ndarray:
    """Wide enough for the film."""
    size = WIDTH, round(picture.shape[0] * WIDTH / picture.shape[1])
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def compose(shots: list[Shot], sources: Clips) -> Iterator[Moment]:
    """Yield a film's frames."""
    index = 0
    for shot in shots:
        for _ in range(round(shot.seconds * RATE_HZ)):
            picture = np.full((HEIGHT, WIDTH, 3), 32, np.uint8)
            names: list[str] = []
            boxes: list[np.ndarray] = []
            for tile in shot.tiles:
                _draw(picture, tile, sources, index, names, boxes)
            frame = Frame(index, index / RATE_HZ, picture)
            yield Moment(frame, names, np.array(boxes).reshape(-1, 4))
            index += 1


def _draw(
    picture: np.ndarray,
    tile: Tile,
    sources: Clips,
    index: int,
    names: list[str],
    boxes: list[np.ndarray],
) -> None:
    """Draw a tile, and add who is to be seen in it."""
    source, shrink, clip, t_s = sources.at(tile.clip, index)
    height, width = source.shape[:2]
    px1, py1, px2, py2 = np.array(tile.part) * (width, height, width, height)
    tx1, ty1, tx2, ty2 = np.rint(np.array(tile.place) * (WIDTH, HEIGHT, WIDTH, HEIGHT)).astype(int)
    part = source[round(py1) : round(py2), round(px1) : round(px2)]
    shown = cv2.resize(part, (tx2 - tx1, ty2 - ty1), interpolation=cv2.INTER_AREA)
    if tile.mirrored:
        shown = shown[:, ::-1]
    if tile.light is not None:
        noise = np.random.default_rng(index).normal(0, 1.5, shown.shape)
        lit = tile.light(shown.astype(np.float32), index / RATE_HZ) + noise
        shown = np.clip(lit, 0, 255).astype(np.uint8)
    picture[ty1:ty2, tx1:tx2] = shown
    for each in clip.someone:
        place = each.at(t_s)
        if place is None or each.kind != "person":
            continue
        x, y, side = place * shrink
        x, y = (x - px1) / (px2 - px1), (y - py1) / (py2 - py1)
        if not (0.02 < x < 0.98 and 0.02 < y < 0.98):
            continue
        x = 1 - x if tile.mirrored else x
        half = side / BOX_OF_FACE / 2 * (tx2 - tx1) / (px2 - px1)
        middle = np.array([tx1 + x * (tx2 - tx1), ty1 + y * (ty2 - ty1)])
        names.append(f"{tile.clip} {each.name}{' mirrored' if tile.mirrored else ''}")
        boxes.append(np.concatenate([middle - half, middle + half]))


class TruthFinder:
    """Finds who is there by eye, off by some pixels; cuts as the program's finders do."""

    def __init__(self) -> None:
        self.boxes = np.zeros((0, 4))
        self._cuts = ChangeDetector((HEIGHT, WIDTH), 10)
        self._noise = np.random.default_rng(1)

    def find(self, grey: np.ndarray, _: np.ndarray, __: float) -> Detections:
        """Return the boxes, where there is light to see them by."""
        cut = self._cuts.observe(grey)
        seen = self.boxes[: len(self.boxes) if grey.mean() > 8 else 0]
        sides = (seen[:, 2] - seen[:, 0])[:, None]
        off = np.hstack([self._noise.normal(0, 0.05, (len(seen), 2))] * 2)
        grown = self._noise.normal(0, 0.04, (len(seen), 1)) * [-1, -1, 1, 1]
        return Detections(seen + sides * (off + grown), np.full(len(seen), 0.9), after_cut=cut)

    def forget(self) -> None:
        """Nothing to forget."""


def judge(shots: list[Shot], sources: Clips, finder: Any) -> tuple[int, int, list[str]]:
    """Return people, viewers, and what IDs went from whom to whom."""
    pipeline = FramePipeline(lambda crops: np.zeros(len(crops)), finder)
    seen: dict[str, int] = defaultdict(int)
    with_whom: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for moment in compose(shots, sources):
        if isinstance(finder, TruthFinder):
            finder.boxes = moment.boxes
        if moment.frame.t_s and moment.frame.t_s % FORGET_S < 1e-6:
            pipeline.forget()
        for name in moment.names:
            seen[name] += 1
        for reading in pipeline.process(moment.frame).readings:
            name = _nearest(moment, np.array(reading.box, dtype=np.float64))
            with_whom[reading.viewer_id][name] += 1
    people = sum(count >= LEAST_S * RATE_HZ for count in seen.values())
    viewers = {n: w for n, w in with_whom.items() if sum(w.values()) >= LEAST_S * RATE_HZ}
    mixed = []
    for number, names in with_whom.items():
        some = [name for name, count in names.items() if name and count >= WITH_S * RATE_HZ]
        if len(some) > 1:
            mixed.append(f"viewer {number}: {', '.join(some)}")
    return people, len(viewers), mixed


def _nearest(moment: Moment, box: np.ndarray) -> str:
    """Whose face a box is, '' where nobody is."""
    if not moment.names:
        return ""
    middle, side = (box[:2] + box[2:]) / 2, box[2] - box[0]
    off = np.hypot(*((moment.boxes[:, :2] + moment.boxes[:, 2:]) / 2 - middle).T) / side
    return moment.names[int(off.argmin())] if off.min() < 0.6 else ""


def main() -> None:
    """Compose, follow and judge what is asked for; print a table."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    data = os.environ.get("LAUGHTRACK_DATA", "../shared/data")
    options.add_argument("--data", type=Path, default=Path(data), help="folder (LAUGHTRACK_DATA)")
    options.add_argument("--finder", choices=("truth", "haar", "net", "both"), default="truth")
    options.add_argument("--proof", action="store_true", help="films that nothing was tuned on")
    options.add_argument("films", nargs="*", help="words of the films' names (all)")
    given = options.parse_args()
    make = TruthFinder if given.finder == "truth" else finder_maker(given.finder)
    sources, lines = Clips(given.data), []
    for name, shots in films(PROOF if given.proof else TUNED).items():
        if given.films and not any(word in name for word in given.films):
            continue
        people, viewers, mixed = judge(shots, sources, make())
        lines.append((name, people, viewers, len(mixed), "; ".join(mixed)))
    lines.append(("all", *(sum(line[k] for line in lines) for k in (1, 2, 3)), ""))
    print(table(("film", "people", "viewers", "mixed", "who"), lines))


if __name__ == "__main__":
    main()
