"""Commands as a user gives them, with the time, processor time and memory that each takes."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple


class Cost(NamedTuple):
    """What a command took: seconds, of processors, MB at most of itself, and of its largest child
    process."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    child_mb: float = 0.0


def laughtrack(*words):
    """Return a command line of ours."""
    return [sys.executable, "-m", "laughtrack", *map(str, words)]


def cost(*words, watch=False):
    """Run a command of ours, and return its cost; with `watch` that of its child processes, too."""
    began_s = time.monotonic()
    process = subprocess.Popen(
        laughtrack(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    said = []
    reader = threading.Thread(target=lambda: said.append(process.stderr.read()))
    drain = threading.Thread(target=process.stdout.read)
    reader.start()
    drain.start()
    largest, ended = [0.0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, largest, ended))
    if watch:
        watcher.start()
    _, status, used = os.wait4(process.pid, 0)
    wall_s = time.monotonic() - began_s
    ended.set()
    reader.join()
    drain.join()
    if watch:
        watcher.join()
    if status:
        raise SystemExit(f"{' '.join(map(str, words))}: {said[0].decode()}")
    return Cost(wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, largest[0])


def _watch(parent, largest, ended):
    """Note the largest resident size of a process's children, MB."""
    while not ended.wait(0.1):
        for child in children(parent):
            largest[0] = max(largest[0], resident_mb(child))


def children(parent):
    """Return the process IDs of a process's children and theirs."""
    found = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        try:
            for child in map(int, task.read_text().split()):
                found += [child, *children(child)]
        except OSError:
            continue
    return found


def resident_mb(process):
    """Return the most that a process ever had in memory, MB; 0 where it is gone."""
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    peak = [line.split()[1] for line in text.splitlines() if line.startswith("VmHWM")]
    return int(peak[0]) / 1024 if peak else 0.0
