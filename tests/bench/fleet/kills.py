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
    """Kill and repeat until all is done, and again; return by promise whether it was kept."""
    store, dice = made(folder, sessions), random.Random(seed)
    tables = Path(store) / "_tables" / "summaries"
    shutil.rmtree(tables, ignore_errors=True)
    calm, after = Path(folder) / "calm.parquet", Path(folder) / "after.parquet"
    cost("fleet", "summarize", "--store", store, "-o", calm, "--workers", 2)
    expected, killed = known(store), dict.fromkeys(VICTIMS, 0)
    cluster = Cluster(Path(folder))
    command = laughtrack("fleet", "summarize", "--store", store, "--scheduler", cluster.address)
    command += ["-o", str(after)]
    hung, rounds = 0, []
    try:
        shutil.rmtree(tables)
        while sum(killed.values()) < kills or rounds[-1:] == [None]:
            cluster.begin()
            if sum(killed.values()) < kills:
                what = VICTIMS[sum(killed.values()) % len(VICTIMS)]
                hung += _disturbed(cluster, command, what, dice)
                killed[what] += 1
                say(f"{what} killed, {len(known(store))} rows there")
            else:
                subprocess.run(command, timeout=PATIENCE_S, capture_output=True)
            rounds = [*filter(None.__ne__, rounds), None]
            if len(known(store)) == sessions:
                rounds[-1] = expected.equals(known(store)) and _same(command, calm, after)
                shutil.rmtree(tables)
    finally:
        cluster.end()
    print(", ".join(f"{what} {many} times" for what, many in killed.items()))
    print(f"{len(rounds)} times all was done in the end")
    return {"no command hung": not hung, "the same table and the same bytes": all(rounds)}


def _same(command, calm, after):
    """Return whether the command, given once more, writes what the undisturbed one wrote."""
    subprocess.run(command, timeout=PATIENCE_S, capture_output=True, check=True)
    return calm.read_bytes() == after.read_bytes()


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
