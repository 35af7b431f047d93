"""Killed at random moments, then the same command: the same table as undisturbed."""

import random
import shutil
import subprocess
import time
from pathlib import Path

from laughtrack.analytics.fleet.summaries import known
from tests.bench.fleet.cluster import Cluster
from tests.bench.fleet.commands import cost, laughtrack
from tests.bench.fleet.stores import made
from tests.bench.tables import say

VICTIMS = ("driver", "scheduler", "worker", "nanny")
PATIENCE_S = 300


def campaign(folder, sessions, kills, seed):
    """Kill and repeat; return by promise whether it was kept."""
    store, dice = made(folder, sessions), random.Random(seed)
    tables = Path(store) / "_tables"
    shutil.rmtree(tables, ignore_errors=True)
    calm, after = Path(folder) / "calm.parquet", Path(folder) / "after.parquet"
    cost("fleet", "summarize", "--store", store, "-o", calm, "--workers", 2)
    expected = known(store)
    killed = dict.fromkeys(VICTIMS, 0)
    cluster = Cluster(Path(folder))
    words = ["fleet", "summarize", "--store", store, "--scheduler", cluster.address, "-o", after]
    hung = 0
    try:
        shutil.rmtree(tables)
        for n in range(kills):
            what = VICTIMS[n % len(VICTIMS)]
            cluster.begin()
            hung += _disturbed(cluster, laughtrack(*words), what, dice)
            killed[what] += 1
            say(f"{n + 1} of {kills}: {what} killed, {len(known(store))} rows there")
        cluster.begin()
        done = subprocess.run(laughtrack(*words), timeout=PATIENCE_S, capture_output=True)
    finally:
        cluster.end()
    print(", ".join(f"{what} {many} times" for what, many in killed.items()))
    return {
        "no command hung": not hung,
        "the last one was done": done.returncode == 0,
        "the same bytes": calm.read_bytes() == after.read_bytes(),
        "the same table": expected.equals(known(store)),
    }


def _disturbed(cluster, command, what, dice):
    """Run a command and kill somebody while it works; return whether it hung."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    # It says who works, and begins.
    said = process.stderr.readline()
    time.sleep(dice.uniform(0.0, 8.0))
    if what == "driver":
        process.kill()
    else:
        cluster.kill(what, dice.randrange(len(cluster.workers)))
    if what == "nanny":
        cluster.begin()
    try:
        _, rest = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return True
    lines = (said + rest).decode().splitlines()
    say(f"    exit code {process.returncode}: {lines[-1:]}")
    return False
