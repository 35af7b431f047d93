"""Fits how the net's boxes become squares like the cascades': `python -m tests.bench.net_boxes`.

Over the pictures of LFW and GENKI-4K in which both find the same face, least squares of the side
and the middle, each set counting alike; fitted on the people of the splits train and val, proved on
those of the split test. Printed are the numbers for `edge/faces/net_boxes.py`, how well the squares
overlap the cascades' own, and what SmileNet makes of both: area under the curve on the same faces.
With `--yunet FILE` another net stands in for FinderNet: OpenCV's YuNet, whose boxes it was taught.
"""

import argparse
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import cv2
import numpy as np

from laughtrack.edge.faces import net_boxes
from laughtrack.edge.faces.finder import Finder
from laughtrack.edge.faces.net_weights import load_finder_net
from laughtrack.edge.smile import smilenet
from laughtrack.models.data import image_files, load
from laughtrack.models.evaluation.metrics import auc
from laughtrack.models.faces.wide_crops import main_face
from laughtrack.tracker.boxes import overlap
from tests.tools import DATA

# Another face than the cascades': the middles are farther apart than this, in sides.
FARTHEST = 0.5


class Pairs(NamedTuple):
    """The same faces by both: boxes (N, 4), which set and split, smiling or not, both scores."""

    ours: np.ndarray
    theirs: np.ndarray
    source: np.ndarray
    proof: np.ndarray
    smile: np.ndarray
    crops: list


def main():
    """Find, fit, prove."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--data", type=Path, default=DATA)
    options.add_argument("--most", type=int, default=3000, help="pictures of each set (3000)")
    options.add_argument("--yunet", type=Path, help="an ONNX file in FinderNet's place")
    chosen = options.parse_args()
    pairs = find(chosen, by_yunet(chosen.yunet) if chosen.yunet else by_finder_net())
    numbers = fit(pairs, ~pairs.proof)
    print("SIDE_OF_WIDTH, SIDE_OF_HEIGHT, DOWN = {:.3f}, {:.3f}, {:.3f}".format(*numbers))
    squares, score = to_squares(pairs.ours, numbers), smilenet.load_scorer()
    print("set        faces  overlap  side/Haar's   AUC by Haar   AUC by the net")
    for source in np.unique(pairs.source):
        for part, rows in (("fitted", ~pairs.proof), ("proved", pairs.proof)):
            rows = np.flatnonzero(rows & (pairs.source == source))
            if len(rows):
                print(f"{source:9}{part:7}", *line(pairs, squares, rows, score))


def line(pairs, squares, rows, score):
    """Return the figures of some faces, as text."""
    theirs, ours = pairs.theirs[rows], squares[rows]
    same = np.diag(overlap(ours, theirs))
    ratio = (ours[:, 2] - ours[:, 0]) / (theirs[:, 2] - theirs[:, 0])
    labelled = np.flatnonzero(np.char.str_len(pairs.smile[rows]) > 0)
    scores = np.array(
        [
            score(smilenet.crop_faces(pairs.crops[rows[i]], np.stack([theirs[i], ours[i]])))
            for i in labelled
        ]
    )
    smiles = pairs.smile[rows][labelled] == "1"
    areas = [float(auc(scores[:, k], smiles)) for k in (0, 1)]
    return [
        f"{len(rows):5d}  {same.mean():.3f}  {np.median(ratio):.3f}",
        *(f"{a:.4f}" for a in areas),
    ]


def by_finder_net():
    """Return FinderNet as a function from a grey picture to boxes and scores."""
    net = load_finder_net()
    return lambda image: net.find(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))[:2]


def by_yunet(path):
    """Return YuNet as such a function."""
    net = cv2.FaceDetectorYN.create(str(path), "", (320, 320), 0.5, 0.4)

    def find_faces(image):
        net.setInputSize(image.shape[1::-1])
        found = net.detect(image)[1]
        found = np.zeros((0, 15)) if found is None else found.astype(np.float64)
        return np.hstack([found[:, :2], found[:, :2] + found[:, 2:4]]), found[:, 14]

    return find_faces


def find(chosen, net):
    """Return the faces that both find."""
    haar, kept = Finder(), []
    pictures = load.load_pictures(chosen.data)
    for source in sorted({picture.source for picture in pictures}):
        own = [picture for picture in pictures if picture.source == source]
        some = np.random.default_rng(1).permutation(len(own))[: chosen.most]
        for picture in (own[i] for i in sorted(some)):
            image = image_files.read(picture.path)
            theirs = main_face(*haar.scan(image), image.shape)
            ours = main_face(*net(image), image.shape)
            if theirs is None or ours is None:
                continue
            apart = (ours[:2] + ours[2:] - theirs[:2] - theirs[2:]) / 2
            if np.hypot(*apart) < FARTHEST * (theirs[2] - theirs[0]):
                grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
                proof = picture.split == "test"
                kept.append((ours, theirs, source, proof, picture.smile, grey))
    *columns, crops = zip(*kept, strict=True)
    return Pairs(*map(np.array, columns), crops)


def fit(pairs, rows):
    """Return the side in widths and heights, and how far the middle lies below, in heights."""
    ours, theirs = pairs.ours[rows], pairs.theirs[rows]
    counts = dict(zip(*np.unique(pairs.source[rows], return_counts=True), strict=True))
    weight = np.array([1 / counts[source] for source in pairs.source[rows]])
    sizes, side = ours[:, 2:] - ours[:, :2], theirs[:, 2] - theirs[:, 0]
    scale = np.sqrt(weight) / np.sqrt(sizes.prod(axis=1))
    shares = np.linalg.lstsq(sizes * scale[:, None], side * scale, rcond=None)[0]
    down = (theirs[:, 1] + theirs[:, 3] - ours[:, 1] - ours[:, 3]) / 2 / sizes[:, 1]
    return [*shares, np.average(down, weights=weight)]


def to_squares(boxes, numbers):
    """Return the squares, as `edge.faces.net_boxes.haar_like` does by its own numbers."""
    names = ("SIDE_OF_WIDTH", "SIDE_OF_HEIGHT", "DOWN")
    with mock.patch.multiple(net_boxes, **dict(zip(names, numbers, strict=True))):
        return net_boxes.haar_like(boxes)


if __name__ == "__main__":
    main()
