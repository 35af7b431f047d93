"""A store, a session in it, and a way to run commands on them."""

import numpy as np
import pytest

from laughtrack.analytics.store.batches import extend
from laughtrack.cli import app
from laughtrack.edge.pipeline.batching import Batcher, BatchHeader
from laughtrack.edge.readings import Reading
from laughtrack.edge.smile.smoothing import Smoother


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Return an empty store, which the commands use too."""
    place = str(tmp_path / "store")
    monkeypatch.setenv("LAUGHTRACK_STORE", place)
    return place


@pytest.fixture
def night(store):
    """Return a store with "night": 40 s, six viewers, a laugh at 20 s; one face was never judged.

    Made as a camera's: the steadied score is the filter's.
    """
    rng, smoother = np.random.default_rng(2), Smoother()
    info = {"title": "The Night Bus", "media_offset_s": 10.0, "source": "hall.mp4"}
    batcher = Batcher(BatchHeader("cam", "night", "2026-01-31T20:15:00Z"), info)
    batches = []
    for t_s in np.round(np.arange(400) / 10, 3).tolist():
        laugh = 0.1 + 0.8 * max(np.cos(np.clip((t_s - 20) / 3, -0.5, 0.5) * np.pi), 0) ** 2
        readings = []
        for viewer in range(1, 7):
            raw = None if viewer == 6 else round(float(np.clip(rng.normal(laugh, 0.03), 0, 1)), 3)
            box = (60 * viewer, 10, 60 * viewer + 50, 60)
            smile = smoother.update(viewer, t_s, raw)
            readings.append(Reading(viewer, t_s, box, 0.9, raw, smile))
        batches.append(batcher.add(t_s, readings))
    extend(store, [*filter(None, batches), batcher.close({"complete": True})])
    return store


@pytest.fixture
def run():
    """Return the function that runs a command, which must do."""

    def run(*words):
        assert app.main([*map(str, words)]) == 0

    return run
