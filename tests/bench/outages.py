"""Nothing lost: `python -m tests.bench.outages` kills broker, device and ingest at random.

A simulated film is played to the device program as a camera would show it; it publishes to a real
Mosquitto, and ingest stores. Each of the three is killed (`kill -9`) several times. When all has
come through, the table is compared with a replay of the film that looked the picture over anew
where the device program was started again, less the frames during which it was dead.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.sessions import load
from laughtrack.edge.pipeline.batching import Batcher, BatchHeader
from laughtrack.edge.pipeline.frame_pipeline import FramePipeline
from laughtrack.edge.pipeline.session_pipeline import SessionPipeline, batches
from laughtrack.edge.readings import COLUMNS
from laughtrack.edge.simulate.simulate import simulate
from laughtrack.edge.smile.smilenet import load_scorer
from laughtrack.edge.sources.frames import Source
from tests.brokers import free_port
from tests.tools import MOSQUITTO

RATE_HZ = 10.0
DRAIN_S = 180.0
# The device program, which notes each frame that it has looked at, beside its own work: which
# frames a slow machine left out cannot be told from the readings.
NOTING_DEVICE = """
import os, sys
from laughtrack.edge.__main__ import main
from laughtrack.edge.pipeline.session_pipeline import SessionPipeline

notes, process = open(sys.argv.pop(1), "a", buffering=1), SessionPipeline.process

def noting(self, frame):
    result = process(self, frame)
    print(os.getpid(), repr(frame.t_s), file=notes)
    return result

SessionPipeline.process = noting
sys.exit(main())
"""


class Program:
    """A program that is killed and started again."""

    def __init__(self, name, command, log):
        self.name, self._command, self._log = name, [str(word) for word in command], log
        self._process = None

    def start(self):
        """Start it, or start it again."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)

    def kill(self):
        """End it as a power cut would; return whether it was running."""
        running = self._process.poll() is None
        self._process.kill()
        self._process.wait()
        return running

    def ended(self):
        """Return its exit code, or None while it runs."""
        return self._process.poll()

    def stop(self):
        """End it tidily."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)


def programs(folder, film, speed):
    """Return the broker, the device and ingest, and a device that only sends what waits."""
    port, python = free_port(), [sys.executable, "-m"]
    address = f"mqtt://127.0.0.1:{port}"
    (folder / "broker").mkdir()
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\npersistence true\n"
        f"persistence_location {folder}/broker/\nautosave_interval 10\nmax_queued_messages 0\n"
    )
    device = [sys.executable, "-c", NOTING_DEVICE, folder / "frames", "run"]
    device += ["--context", "screening", "--device", "camera-1", "--folder", folder / "device"]
    device += ["--source", film, "--speed", speed, "--broker", address, "--drain-hz", 50]
    ingest = [*python, "laughtrack", "ingest", "--broker", address, "--store", folder / "store"]
    ingest += ["--quarantine", folder / "quarantine"]
    broker = [MOSQUITTO, "-c", config]
    return [
        Program(name, command, folder / f"{name}.log")
        for name, command in (
            ("broker", broker),
            ("device", device),
            ("ingest", ingest),
            ("sender", [*device, "--session", "command"]),
        )
    ]


def disturb(folder, film, film_s, speed, kills, seed):
    """Play the film with each program killed so many times; return how often it was.

    Parameters
    ----------
    folder : Path
        Everything goes here; the store into ``store``.
    film : Path
    film_s, speed : float
        The film's length, and how many times as fast as its clock it is played.
    kills, seed : int
    """
    dice = random.Random(seed)
    broker, device, ingest, sender = programs(folder, film, speed)
    events = []
    for program in (broker, device, ingest):
        for _ in range(kills):
            at_s = dice.uniform(0.05, 0.9) * film_s / speed
            events.append((at_s, program, dice.uniform(0.1, 3.0)))
    events.sort(key=lambda event: event[0])
    killed = {program.name: 0 for program in (broker, device, ingest)}
    for program in (broker, ingest, device):
        program.start()
    began_s = time.monotonic()
    for at_s, program, dead_s in events:
        time.sleep(max(0.0, began_s + at_s - time.monotonic()))
        killed[program.name] += program.kill()
        time.sleep(dead_s)
        program.start()
    while device.ended() is None:
        time.sleep(0.2)
    if device.ended() != 0:
        raise RuntimeError(f"the device ended with {device.ended()}: {folder}/device.log")
    sender.start()
    _drain(folder)
    for program in (sender, ingest, broker):
        program.stop()
    return killed


def _drain(folder):
    until_s = time.monotonic() + DRAIN_S
    while time.monotonic() < until_s:
        known = list_sessions(str(folder / "store"))
        if len(known) and known["complete"].all():
            return
        time.sleep(0.5)
    raise RuntimeError(f"not all came through in {DRAIN_S:.0f} s: see the logs in {folder}")


def looked_at(notes, spans):
    """Return the frames that the batches stored were made of: by time, the process.

    A batch counts its frames. Of those noted in its time, it lacks the last ones that
    a killed process looked at: these had not come into its journal yet.

    Parameters
    ----------
    notes : Path
        What the device's processes noted: a process and a time a line.
    spans : DataFrame
        The batches stored.
    """
    lines = [line.split() for line in notes.read_text().splitlines()]
    noted = [(process, float(t_s)) for process, t_s in lines]
    kept = {}
    for span in spans.itertuples():
        inside = {}
        for process, t_s in noted:
            if span.start_s <= t_s < span.end_s:
                inside.setdefault(process, []).append(t_s)
        left = span.frames
        for process, times in reversed(inside.items()):
            kept.update(dict.fromkeys(times[:left], process))
            left -= min(left, len(times))
    return kept


def watch(film, kept=None):
    """Replay a film in this process; return its readings, by column.

    Parameters
    ----------
    film : Path
    kept : dict, optional
        By time, the process that looked at each frame; others are left out. Where another process
        began, the picture is looked over anew.
    """
    frames = (f for f in Source(str(film), RATE_HZ) if kept is None or f.t_s in kept)
    head = BatchHeader("camera-1", "undisturbed", "2026-01-01T00:00:00Z")
    found = {name: [] for name in COLUMNS}
    looks = FramePipeline(load_scorer())
    pipeline = SessionPipeline(looks, Batcher(head, {}))

    def restarting(frames):
        process = None
        for frame in frames:
            if kept and process not in (None, kept[frame.t_s]):
                looks.forget()
            process = kept and kept[frame.t_s]
            yield frame

    for batch, _ in batches(pipeline, restarting(frames)):
        for name in COLUMNS:
            found[name] += batch.readings[name]
    return found


def rows(table):
    """Return readings, by column, as a set of tuples."""
    values = [np.asarray(table[name], object) for name in COLUMNS]
    return {tuple(None if v != v else v for v in row) for row in zip(*values, strict=True)}


def compare(folder, film):
    """Compare the table with an undisturbed replay.

    Returns
    -------
    dict
        By name, the figures; ``failures`` holds a sentence for each promise that was broken.
    """
    known = list_sessions(str(folder / "store"))
    session = load(str(folder / "store"), known["session"].iloc[0])
    table, spans = session.readings, session.spans
    calm = watch(film)
    every = [f.t_s for f in Source(str(film), RATE_HZ)]
    kept = looked_at(folder / "frames", spans)
    dead = set(every) - set(kept)
    same = watch(film, kept)
    ours, theirs = rows(table), rows(same)
    smiles = dict(zip(zip(calm["t_s"], calm["viewer_id"], strict=True), calm["smile"], strict=True))
    off = [
        abs(row.smile - smiles[row.t_s, row.viewer_id])
        for row in table.itertuples()
        if row.smile == row.smile and smiles.get((row.t_s, row.viewer_id)) is not None
    ]
    checks = {
        "one session only": len(known) == 1,
        "no gap in seq, none twice": sorted(spans["seq"]) == list(range(len(spans))),
        "no reading twice": not table.duplicated(["viewer_id", "t_s"]).any(),
        "as many frames as were looked at": spans["frames"].sum() == len(kept),
        "as a run over the frames looked at": ours == theirs,
        "nothing refused": not any((folder / "quarantine").glob("*")),
    }
    return {
        "batches": len(spans),
        "readings": len(table),
        "frames": len(every),
        "frames while the device was dead": len(dead),
        "viewers": len(set(table["viewer_id"])),
        "viewers of an undisturbed run": len(set(calm["viewer_id"])),
        "readings that differ from a run over the frames looked at": len(ours ^ theirs),
        "mean difference of the smile to the undisturbed run": float(np.mean(off)) if off else 0.0,
        "failures": [name for name, held in checks.items() if not held],
        "checks": checks,
    }


def main():
    """Make the film, play it with outages, and print what was kept."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--minutes", type=float, default=20, help="of film (20)")
    options.add_argument("--speed", type=float, default=1, help="times its clock (1)")
    options.add_argument("--kills", type=int, default=5, help="of each program (5)")
    options.add_argument("--viewers", type=int, default=4, help="(4)")
    options.add_argument("--seed", type=int, default=1, help="(1)")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder, film = Path(made), Path(made) / "film.mp4"
        seconds = 60 * chosen.minutes
        simulate(film, chosen.viewers, seconds, (640, 360), seed=chosen.seed, fps=RATE_HZ)
        killed = disturb(folder, film, seconds, chosen.speed, chosen.kills, chosen.seed)
        found = compare(folder, film)
    for name, times in killed.items():
        print(f"{name} killed {times} times")
    for name, value in found.items():
        if name not in ("failures", "checks"):
            print(f"{value:10g}  {name}" if isinstance(value, float) else f"{value:10d}  {name}")
    for name, held in found["checks"].items():
        print(f"{'ok' if held else 'NOT OK':8}{name}")
    return 1 if found["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
