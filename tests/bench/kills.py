"""Killed at once: `python -m tests.bench.kills` kills writers of one store at random.

Four devices publish to a real Mosquitto and `ingest` stores, joining small files as it goes;
two films are replayed, and sessions of last week are forgotten, all in the same store; beside them
a device on this machine is updated. Each program is killed with `kill -9` at random moments and
started again with the same command until it is done. Then the store must hold each batch once and
whole, each frame of the films once, nothing of what was forgotten, and what nobody touched,
untouched; and the device must run a whole release.
"""

import argparse
import itertools
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from laughtrack.analytics.store.batches import extend
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.sessions import load
from laughtrack.edge.readings import COLUMNS
from laughtrack.edge.simulate.simulate import simulate
from laughtrack.edge.sources.frames import Source
from tests.analytics.ingest_devices import batches, message, publish, shuffled
from tests.bench.update_kills import LIMIT_S, Device, disturb
from tests.brokers import Broker

FILM_S, RATE_HZ = 40.0, 10.0
FILMS = ("first film", "second film")
DEVICES = 4
# Such that the devices publish for as long as the others are at work.
BATCHES, PAUSE_S = 60, 0.4
PATIENCE_S = 600.0


# Of all kills, each program's share; the rest are ingest's, which is at work all the time.
SHARES = {"replay": 0.35, "forget": 0.2, "update": 0.15}


class Victims:
    """Kills programs, `kills` times in all; the moments are of one seed."""

    def __init__(self, kills, seed):
        self.killed = dict.fromkeys([*SHARES, "ingest"], 0)
        self._left = {name: round(kills * share) for name, share in SHARES.items()}
        self._left["ingest"] = kills - sum(self._left.values())
        self._dice, self._lock = random.Random(seed), threading.Lock()

    def moment_s(self, name):
        """Return when to kill a program that is being started; None where it is to go on."""
        with self._lock:
            # Counted when planned, and back when the program was done before.
            self._left[name] -= 1
            return self._dice.uniform(0.3, 6.0) if self._left[name] >= 0 else None

    def run(self, name, words, log):
        """Run a command, killed and repeated while kills are left; return its last exit code."""
        while True:
            with log.open("ab") as file:
                process = subprocess.Popen(words, stdout=file, stderr=file)
            moment_s = self.moment_s(name)
            try:
                code = process.wait(PATIENCE_S if moment_s is None else moment_s)
            except subprocess.TimeoutExpired:
                if moment_s is None:
                    raise
                process.send_signal(signal.SIGKILL)
                process.wait()
                with self._lock:
                    self.killed[name] += 1
                continue
            with self._lock:
                self._left[name] += moment_s is not None
            return code


def laughtrack(*words):
    """Return a command line of ours."""
    return [sys.executable, "-m", "laughtrack", *map(str, words)]


def last_week(count):
    """Return sessions of one device, `count` of them, each of eight batches."""
    return [batches("camera-0", 8, session=f"last week {n}") for n in range(count)]


def forget_all(victims, folder, names):
    """Forget sessions one after the other, each as often as it is killed; return exit codes."""
    store = folder / "store"
    return {
        name: victims.run(
            "forget", laughtrack("forget", name, "--store", store), folder / "forget.log"
        )
        for name in names
    }


def replay(victims, folder, film, name, codes):
    """Replay a film as often as it is killed."""
    words = laughtrack("replay", film, "--session", name, "--store", folder / "store")
    codes[name] = victims.run("replay", words, folder / f"{name}.log")


def ingest_all(victims, folder, port, made):
    """Publish batches in disorder, and ingest them, killed and started again; return when idle."""
    messages = shuffled([message(one) for one in made], seed=len(made))

    def devices():
        for first in range(0, len(messages), 4):
            publish(port, messages[first : first + 4])
            time.sleep(PAUSE_S)

    words = ["ingest", "--broker", f"mqtt://127.0.0.1:{port}", "--store", folder / "store"]
    words += ["--quarantine", folder / "quarantine"]
    # The first tells the broker who will listen: what nobody asked for is not kept.
    subprocess.run(laughtrack(*words, "--until-idle", 1), check=True, capture_output=True)
    publisher = threading.Thread(target=devices)
    publisher.start()
    while publisher.is_alive():
        victims.run("ingest", laughtrack(*words, "--until-idle", 3), folder / "ingest.log")
    victims.run("ingest", laughtrack(*words, "--until-idle", 3), folder / "ingest.log")


def update(victims, device):
    """Update a device again and again, the installer killed each time, and once undisturbed."""
    names = itertools.cycle(("two", "dying", "one"))
    while (moment_s := victims.moment_s("update")) is not None:
        disturb(device, next(names), signal.SIGKILL, moment_s, in_switch=False)
        victims.killed["update"] += 1
    device.update("two")


def compare(folder, made, kept, forgotten, film):
    """Return by promise whether it holds."""
    store = str(folder / "store")
    known = list_sessions(store)
    found = {*zip(known["session"], known["device"], strict=True)}
    wanted = {(one.session, one.device) for one in [*made, *kept]}
    wanted |= {(name, "replay") for name in FILMS}
    times = [frame.t_s for frame in Source(str(film), RATE_HZ)]
    checks = {
        "what was forgotten is gone, and nothing else": found == wanted,
        "no file of it is left": not any(
            path.is_file()
            for name in forgotten
            for path in Path(store).glob(f"session={quoted(name)}/**/*")
        ),
        "every batch once and whole": all_whole(store, [*made, *kept]),
        "nothing refused": not any((folder / "quarantine").glob("*")),
    }
    for name in FILMS:
        session = load(store, name)
        seqs, readings = session.spans["seq"], session.readings
        checks[f"{name}: each frame once"] = (
            sorted(seqs) == list(range(len(seqs)))
            and session.spans["frames"].sum() == len(times)
            and not readings.duplicated(["viewer_id", "t_s"]).any()
            and set(readings["t_s"]) <= set(np.round(times, 3))
            and session.info["complete"] is True
        )
    return checks


def quoted(name):
    """Return a session's name as its folder writes it."""
    return name.replace(" ", "%20")


def all_whole(store, made):
    """Whether the store holds these batches, each once, reading for reading."""
    by_pair = {}
    for batch in made:
        by_pair.setdefault((batch.session, batch.device), []).append(batch)
    for (session, device), several in by_pair.items():
        several = sorted(several, key=lambda batch: batch.seq)
        one = load(store, session, device)
        if one.spans["seq"].tolist() != [batch.seq for batch in several]:
            return False
        for name in COLUMNS:
            wanted = np.concatenate([batch.readings[name] for batch in several])
            if not np.array_equal(one.readings[name], wanted):
                return False
    return True


def run(folder, kills, seed):
    """Let all work at once and be killed; return kills by program and promises kept."""
    film = folder / "film.mp4"
    (folder / "machine").mkdir()
    simulate(film, 4, FILM_S, (640, 360), seed=seed)
    old = last_week(12)
    extend(str(folder / "store"), [batch for session in old for batch in session])
    made = [one for n in range(DEVICES) for one in batches(f"camera-{n + 1}", BATCHES)]
    forgotten = [session[0].session for session in old[::2]]
    kept = [batch for session in old[1::2] for batch in session]
    victims, codes = Victims(kills, seed), {}
    with Broker(folder / "broker", "max_queued_messages 0") as broker:
        jobs = [
            threading.Thread(target=replay, args=(victims, folder, film, name, codes))
            for name in FILMS
        ]
        jobs.append(threading.Thread(target=forget_all, args=(victims, folder, forgotten)))
        device = Device(folder / "machine")
        device.update("one")
        device.watch()
        jobs.append(threading.Thread(target=update, args=(victims, device)))
        for job in jobs:
            job.start()
        ingest_all(victims, folder, broker.port, made)
        for job in jobs:
            job.join()
    checks = compare(folder, made, kept, forgotten, film)
    checks["the device runs the release that it was updated to"] = device.runs() == "two"
    checks[f"something ran within {LIMIT_S:.0f} s, always"] = device.worst_s < LIMIT_S
    device.end()
    return victims.killed, checks


def main(words=None):
    """Run the campaign and print what held; exit with 1 if something did not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        killed, checks = run(Path(folder), asked.kills, asked.seed)
    for name, count in sorted(killed.items()):
        print(f"killed {name:10} {count:4} times")
    for name, held in checks.items():
        print(f"{'ok    ' if held else 'BROKEN'} {name}")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
