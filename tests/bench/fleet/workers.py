"""How much faster two workers are than one, what a worker needs, and what follows for many."""

import shutil
import time
from pathlib import Path

from laughtrack.analytics.fleet.jobs import Job
from laughtrack.analytics.fleet.summaries import Kind, summarize
from tests.bench.fleet.cluster import Cluster
from tests.bench.fleet.commands import children, cost, resident_mb
from tests.bench.fleet.stores import ROOMS, Show, made
from tests.bench.tables import say, table

LEAST_RATIO, MOST_MB, MOST_AGAIN_S = 1.8, 1500, 3.0
# Sessions of half an hour: where one takes a tenth of a second, Dask's own work shows.
HALF_HOURS = Show((1800.0, 1800.0), (4.0, 6.0), (24, 48))
# As many sizes as rooms: each room's audience is drawn alone.
EVENINGS = Show((7200.0, 7200.0), (10.0, 10.0), (100,) * ROOMS)
MANY, ON = 10_000, 64


def measure(folder, sessions, evenings, runs):
    """Print the tables; return whether all promises are held."""
    store = made(Path(folder) / "half hours", sessions, show=HALF_HOURS)
    words = ("fleet", "summarize", "--store", store, "-o", Path(folder) / "s.csv")
    times, peak_mb = {1: [], 2: []}, 0.0
    # In turns, so that what else the machine does hits both alike.
    for count in [1, 2, 2, 1] * runs:
        shutil.rmtree(Path(store) / "_tables" / "summaries", ignore_errors=True)
        cluster = Cluster(Path(folder), count)
        try:
            found = cost(*words, "--scheduler", cluster.address)
            peaks = [resident_mb(child) for each in cluster.workers for child in children(each.pid)]
        finally:
            cluster.end()
        say(f"{count}: {found}, workers {max(peaks):.0f} MB")
        times[count].append(found.wall_s)
        peak_mb = max(peak_mb, *peaks)
    again = cost(*words)
    ratio = sum(times[1]) / sum(times[2])
    heads = ("workers", "s", "sessions a minute")
    lines = [
        (n, ", ".join(f"{each:.1f}" for each in s), f"{60 * sessions * len(s) / sum(s):.0f}")
        for n, s in times.items()
    ]
    print(table(heads, lines))
    print(f"ratio {ratio:.2f} (asked: >= {LEAST_RATIO}), a worker at most {peak_mb:.0f} MB")
    print(f"nothing new: {again.wall_s:.2f} s (asked: <= {MOST_AGAIN_S})")
    large_mb = _evenings(folder, evenings) if evenings else 0.0
    print(f"(asked: <= {MOST_MB} MB)")
    held = ratio >= LEAST_RATIO and max(peak_mb, large_mb) <= MOST_MB
    return held and again.wall_s <= MOST_AGAIN_S


def _evenings(folder, evenings):
    """Measure whole evenings, and say what very many would take; return a worker's MB."""
    store = made(Path(folder) / "evenings", evenings, show=EVENINGS)
    shutil.rmtree(Path(store) / "_tables", ignore_errors=True)
    job = Job(store, "film-000 room-00", "hall-00")
    began_s = time.process_time()
    summarize(job, Kind())
    each_s = time.process_time() - began_s
    words = ("fleet", "summarize", "--store", store, "-o", Path(folder) / "s.csv", "--workers", 1)
    found = cost(*words, watch=True)
    hours = MANY * each_s / ON / 3600
    print(f"an evening of 2 h x 100 viewers: {each_s:.1f} processor s, {found.child_mb:.0f} MB")
    print(
        f"{MANY:,} of them on {ON} workers: {hours:.2f} h, as each is a task of its own that reads "
        "one session's files and returns a row, and the driver takes about 3 ms a task"
    )
    return found.child_mb
