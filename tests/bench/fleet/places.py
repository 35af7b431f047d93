"""The same bytes wherever it is worked out, and wherever the store lies."""

from pathlib import Path

import pytest

from tests.analytics.buckets import bucket
from tests.bench.fleet.cluster import Cluster
from tests.bench.fleet.commands import cost
from tests.bench.fleet.stores import Show, make

SHOW = Show(seconds=(60.0, 90.0))


def compare(folder, sessions):
    """Summarize stores of the same sessions in four ways; return by way whether it is the same."""
    folder, found = Path(folder), {}
    for way in ("one worker", "two workers", "a cluster", "a cluster, on S3"):
        with pytest.MonkeyPatch.context() as patch:
            if "S3" in way:
                with bucket(patch) as store:
                    found[way] = _summaries(folder, store, way, sessions)
            else:
                found[way] = _summaries(folder, str(folder / way), way, sessions)
    return {way: each == found["one worker"] for way, each in found.items()}


def _summaries(folder, store, way, sessions):
    make(store, sessions, show=SHOW)
    path = folder / "summaries.parquet"
    words = ["fleet", "summarize", "--store", store, "-o", path]
    if "cluster" not in way:
        cost(*words, "--workers", 1 if "one" in way else 2)
        return path.read_bytes()
    cluster = Cluster(folder)
    try:
        cost(*words, "--scheduler", cluster.address)
    finally:
        cluster.end()
    return path.read_bytes()
