"""How much faster two workers are than one, what a worker needs, and what follows for many."""

import shutil
import statistics
import threading
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
    folder, ratios, peak_mb, lines = Path(folder), [], 0.0, []
    for _ in range(runs):
        one, two, found_mb = _side_by_side(folder, sessions)
        ratios.append(2 * one / two)
        peak_mb = max(peak_mb, found_mb)
        for count, wall_s in ((1, one), (2, two)):
            rate = 60 * count * sessions / wall_s
            lines.append((count, count * sessions, f"{wall_s:.1f}", f"{rate:.0f}"))
    print(table(("workers", "sessions", "s", "sessions a minute"), lines))
    ratio = statistics.median(ratios)
    words = _words(folder, made(folder / "half hours", sessions, show=HALF_HOURS))
    again = min(cost(*words).wall_s for _ in range(3))
    print(f"ratio {ratio:.2f} (asked: >= {LEAST_RATIO}), a worker at most {peak_mb:.0f} MB")
    print(f"nothing new: {again:.2f} s (asked: <= {MOST_AGAIN_S})")
    large_mb = _evenings(folder, evenings) if evenings else 0.0
    print(f"(asked: <= {MOST_MB} MB)")
    held = ratio >= LEAST_RATIO and max(peak_mb, large_mb) <= MOST_MB
    return held and again <= MOST_AGAIN_S


def _side_by_side(folder, sessions):
    """Give one worker so many sessions and two workers twice as many, at the same time.

    Where the machine does other things meanwhile, these hit both alike: at best both are done at
    once. Returns the seconds that each took, and the most that a worker had in memory, MB.
    """
    wall_s, peaks, threads = {}, [], []

    def work(count):
        store = made(folder / "half hours", count * sessions, show=HALF_HOURS)
        shutil.rmtree(Path(store) / "_tables" / "summaries", ignore_errors=True)
        place = folder / f"workers {count}"
        place.mkdir(exist_ok=True)
        cluster = Cluster(place, count)
        try:
            ready.wait()
            wall_s[count] = cost(*_words(place, store), "--scheduler", cluster.address).wall_s
            peaks.extend(resident_mb(c) for each in cluster.workers for c in children(each.pid))
        finally:
            cluster.end()

    ready = threading.Barrier(2)
    for count in (1, 2):
        made(folder / "half hours", count * sessions, show=HALF_HOURS)
        threads.append(threading.Thread(target=work, args=(count,)))
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    say(f"{wall_s}")
    return wall_s[1], wall_s[2], max(peaks)


def _words(folder, store):
    return "fleet", "summarize", "--store", store, "-o", folder / "s.csv"


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
