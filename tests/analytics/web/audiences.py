"""Small audiences in a store."""

import numpy as np

from laughtrack.analytics.store.batches import extend
from laughtrack.edge.pipeline.batching import Batcher, BatchHeader
from laughtrack.edge.readings import Reading

SECONDS = 12


def store_audience(store, session, title="", device="cam", viewers=4, complete=True):
    """Put an audience into a store: everybody smiles in the middle third."""
    started = "2026-01-31T20:15:00Z"
    batcher = Batcher(
        BatchHeader(device, session, started), {"title": title, "context": "screening"}
    )
    batches = []
    for t_s in (np.arange(4 * SECONDS) / 4).tolist():
        smile = 0.9 if SECONDS / 3 <= t_s < 2 * SECONDS / 3 else 0.1
        readings = [
            Reading(v + 1, t_s, (v * 120, 0, v * 120 + 60, 60), 0.9, smile, smile)
            for v in range(viewers)
        ]
        batches.append(batcher.add(t_s, readings))
    last = [batcher.close({"complete": True})] if complete else []
    extend(store, [*filter(None, batches), *last])
