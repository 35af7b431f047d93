"""A clip through the program's own replay, into a store and out of it again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from laughtrack.analytics.session import Session
from laughtrack.analytics.store.batches import extend
from laughtrack.analytics.store.sessions import load, load_audience
from laughtrack.edge.faces import net
from laughtrack.edge.faces.choice import finder_maker
from laughtrack.edge.faces.net_finder import NetFinder
from laughtrack.edge.pipeline.batching import Batcher, BatchHeader
from laughtrack.edge.pipeline.frame_pipeline import FramePipeline
from laughtrack.edge.pipeline.session_pipeline import SessionPipeline, batches
from laughtrack.edge.smile import smilenet
from laughtrack.edge.sources.frames import Source
from tests.bench.finders import engines

EVERY = 1e6  # looks a second: each picture of any film


class Replayed(NamedTuple):
    """A session as stored, and as results are made from; the seconds a look stands for."""

    stored: Session
    audience: Session
    look_s: float
    length_s: float


class YuNet:
    """YuNet in FinderNet's place: what a better finder alone would give."""

    def __init__(self, path: Path, threshold: float) -> None:
        self._find, self._threshold = engines.YuNet(path), threshold

    def find(self, grey: np.ndarray, least_px: float | None = None) -> net.NetFaces:
        """Find as `FinderNet.find` does, without the points of a face."""
        hits = self._find(grey).above(self._threshold)
        points = np.zeros((len(hits.boxes), net.POINTS, 2))
        return net.NetFaces(hits.boxes, hits.scores.astype(np.float64), points)


def makers(
    yunet: Path, yunet_threshold: float, weights: Path | None, net_threshold: float
) -> dict[str, Callable[[], Any]]:
    """Return what makes a session's finder, by names of finders.

    Parameters
    ----------
    yunet, yunet_threshold
        YuNet's file, and from which confidence a hit counts.
    weights : path, optional
        Folder of a FinderNet in place of the one that ships, of `net_threshold`.
    net_threshold : float
    """

    def trained() -> Any:
        if weights is None:
            return finder_maker("net")()
        return NetFinder(engines.finder_net(weights, net_threshold))

    return {
        "haar": lambda: finder_maker("haar")(),
        "net": trained,
        "both": lambda: finder_maker("both")(),
        "yunet": lambda: NetFinder(YuNet(yunet, yunet_threshold)),  # type: ignore[arg-type]
    }


def replay(path: Path, finder: Any, rate_hz: float) -> Replayed:
    """Replay a film at so many looks a second, and load it as commands do."""
    source = Source(path, rate_hz)
    batcher = Batcher(BatchHeader("replay", "clip", source.started_utc), {})
    pipeline = SessionPipeline(FramePipeline(smilenet.load_scorer(), finder), batcher)
    times: list[float] = []
    closed = [
        each.batch
        for each in batches(pipeline, source, lambda result: times.append(result.frame.t_s))
    ]
    with tempfile.TemporaryDirectory() as store:
        extend(store, closed)
        stored, audience = load(store, "clip"), load_audience(store, "clip")
    look_s = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    return Replayed(stored, audience, look_s, times[-1] + look_s)
