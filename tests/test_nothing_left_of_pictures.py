"""Nothing that a run leaves anywhere is a picture, or can be made into one of the room.

A film is replayed and played to the device program; both are killed, carried on and ended; pages
and exports are made. Home, temporary and configuration folders are fresh. Every byte that is left
there, in the store with all its versions, in journal, outbox and quarantine is read: while the
programs are dead, and in the end. The film itself is left out by its name.
"""

import base64
import json
import os
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from plotly.offline import get_plotlyjs

from laughtrack.edge.simulate.simulate import simulate
from laughtrack.edge.sources.frames import Source
from tests.picture_scanner import Scanner

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
FOOTAGE = ("room.mp4",)
# All that is made of a session, in one process.
AFTERWARDS = """
import sys
from laughtrack.cli.app import main

for words in (
    "ingest sent.jsonl --store store --quarantine quarantine",
    "sessions --store store",
    "timelines room --format csv --store store -o timelines.csv",
    "report room --store store -o report.html",
    "export room --as openface -o openface --store store",
    "export room --as vtt -o peaks.vtt --store store",
):
    print(words, main(words.split()), flush=True)
"""


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Film five pretend viewers for twelve seconds; of fewer, black and white shows too little."""
    path = tmp_path_factory.mktemp("film") / FOOTAGE[0]
    simulate(path, 5, 12, (640, 360), seed=4)
    return path


@pytest.fixture(scope="module")
def frames(film):
    """Return four frames a second of the film, grey."""
    return [cv2.cvtColor(each.image, cv2.COLOR_BGR2GRAY) for each in Source(film, rate_hz=4)]


@pytest.fixture
def place(tmp_path, film):
    """Return a folder with the film, and the environment of a user who has nothing yet."""
    for name in ("home", "tmp", "cache", "config", "data", "state", "run"):
        (tmp_path / name).mkdir()
    os.link(film, tmp_path / film.name)
    homes = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("CACHE", "CONFIG")}
    homes |= {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("DATA", "STATE")}
    temporary = dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(tmp_path / "tmp"))
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    places = {"HOME": str(tmp_path / "home"), "XDG_RUNTIME_DIR": str(tmp_path / "run")}
    # Byte code of the project's own goes where it is.
    environment = {**kept, **homes, **temporary, **places, "PYTHONPATH": str(ROOT)}
    return tmp_path, environment


class Run:
    """A program in that folder; what it says goes into a file there."""

    def __init__(self, place, name, *words):
        self.folder, environment = place
        with open(self.folder / f"{name}.log", "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *map(str, words)],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.log = self.folder / f"{name}.log"

    def kill_when(self, is_so):
        """Kill it, as a power cut would, as soon as something is so."""
        until_s = time.monotonic() + 400
        while not is_so() and time.monotonic() < until_s and self.process.poll() is None:
            time.sleep(0.01)
        self.process.kill()
        assert self.process.wait() == -signal.SIGKILL and is_so(), self.log.read_text()

    def ends(self):
        """Wait for its end, which must be a good one."""
        assert self.process.wait(300) == 0, self.log.read_text()


def replay(place):
    """Begin the replay, or carry it on."""
    return Run(place, "replay", "-m", "laughtrack", "replay", *FOOTAGE, "--store", "store")


def device(place):
    """Begin the device program, or have it go on."""
    words = ["--device", "camera-1", "--folder", "device", "--source", *FOOTAGE, "--speed", "4"]
    words += [
        "--context",
        "screening",
        "--publisher",
        "file",
        "--file",
        "sent.jsonl",
        "--log-file",
        "device.txt",
    ]
    return Run(place, "device", "-m", "laughtrack.edge", "run", *words)


def lines(path):
    """How many whole lines a file has; 0 if it is not there."""
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_nothing_left_is_a_picture(place, frames):
    """Neither while the programs lie dead, nor when all is done."""
    # The page's library is that of its package.
    folder, scanner = place[0], Scanner(frames, get_plotlyjs().encode())
    journal, store = folder / "device" / "session.jsonl", folder / "store"
    replay(place).kill_when(lambda: list(store.glob("_delta_log/*2.json")))
    device(place).kill_when(lambda: lines(folder / "sent.jsonl") > 0 and lines(journal) > 9)
    assert scanner.scan_folder(folder, FOOTAGE) == []
    assert any("resume" in each for each in scanner.places) and "watcher" in journal.read_text()
    playing, recording = device(place), replay(place)
    playing.ends()
    recording.ends()
    batch = json.loads((folder / "sent.jsonl").read_text().splitlines()[0])
    with open(folder / "sent.jsonl", "a") as file:
        print(json.dumps({**batch, "frames": "many"}), file=file)
    after = Run(place, "after", "-c", AFTERWARDS)
    after.ends()
    assert scanner.scan_folder(folder, FOOTAGE) == []
    print(len(scanner.places), scanner.arrays, scanner.most)
    said = after.log.read_text()
    assert said.count(" 0\n") >= 5 and len(list((folder / "quarantine").iterdir())) > 0, said
    assert len(scanner.places) > 40 and scanner.arrays > 60


def test_a_crash_leaves_no_memory_image(place):
    """Whoever opens footage has no core dump written, whatever the limit was."""
    lines = "import resource", "from laughtrack.edge.sources.frames import Source"
    limit = "print(resource.getrlimit(resource.RLIMIT_CORE))"
    run = Run(place, "limit", "-c", "\n".join([*lines, f"Source('{FOOTAGE[0]}')", limit]))
    run.ends()
    assert run.log.read_text() == "(0, 0)\n"


def version_0_1(grey):
    """What version 0.1 kept of a picture: its cells, and a thumbnail without mean and spread."""
    cells = cv2.resize(grey, (48, 27), interpolation=cv2.INTER_AREA).astype(np.float64)
    thumbnail = cv2.resize(cells, (16, 9), interpolation=cv2.INTER_AREA)
    thumbnail = ((thumbnail - thumbnail.mean()) / thumbnail.std()).tolist()
    seen = zlib.compress(np.rint(4 * cells).astype("<u2").tobytes())
    return thumbnail, base64.b64encode(seen).decode()


def jpeg(grey):
    """A picture's file."""
    return cv2.imencode(".jpg", grey)[1].tobytes()


def hidden(grey):
    """Return bytes in which a picture is hidden, by how."""
    thumbnail, seen = version_0_1(grey)
    small = cv2.resize(grey, (40, 24), interpolation=cv2.INTER_AREA)
    table = pa.BufferOutputStream()
    state = json.dumps({"watcher": {"scans": {"seen": seen}}})
    pq.write_table(pa.table({"resume": [None, state], "seq": [1, 2]}), table)
    cells = pa.BufferOutputStream()
    pq.write_table(pa.table({"v": small.ravel(), "w": np.arange(small.size)}), cells)
    in_json = json.dumps({"a": [{"b": base64.b64encode(jpeg(grey)).decode()}]}).encode()
    edges = np.abs(cv2.Laplacian(cv2.blur(grey, (5, 5)), cv2.CV_32F))
    mask = cv2.resize(edges, (80, 48), interpolation=cv2.INTER_AREA)
    return {
        "old state's cells": json.dumps({"seen": seen}).encode(),
        "old state's thumbnail": json.dumps({"state": {"thumb": thumbnail}}).encode(),
        "lines of a journal": b"".join(b'{"thumb": %d}\n' % each for each in small.ravel()),
        "JPEG in base64 in JSON in zlib": zlib.compress(in_json),
        "JPEG in hex in a log": b"at 12.1 s: " + jpeg(grey).hex().encode() + b" end\n",
        "a Parquet cell": table.getvalue().to_pybytes(),
        "a Parquet column": cells.getvalue().to_pybytes(),
        "raw behind a header": bytes(64) + small.astype("<f4").tobytes(),
        "rows of text": "\n".join(" ".join(map(str, row)) for row in small).encode(),
        "colours": np.repeat(small.ravel(), 3).tobytes(),
        "summed up": json.dumps(np.cumsum(small.astype(int)).tolist()).encode(),
        "bits of edges": np.packbits(mask > np.median(mask)).tobytes(),
        "black and white": np.packbits(small > np.median(small)).tobytes(),
        "on its side": np.ascontiguousarray(small.T).tobytes(),
        **{
            name: b"some bytes before" + cv2.imencode(name, cv2.merge([grey] * 3))[1].tobytes()
            for name in (".png", ".bmp", ".webp", ".tiff", ".gif")
        },
    }


def test_what_is_hidden_is_found(frames):
    """In each way that something was or could be kept; of a moment between the frames known."""
    others, ways = [*frames[:20], *frames[21:]], hidden(frames[20])
    found = {how: Scanner(others).scan(data, how) for how, data in ways.items()}
    print({how: max((each.correlation for each in of), default=0) for how, of in found.items()})
    assert [how for how, of in found.items() if not of] == []


def test_what_is_no_picture_is_not_found(frames):
    """Noise of each kind and size, slopes, waves and counters come nowhere near the bound."""
    noise, scanner = np.random.default_rng(1), Scanner(frames)
    for count in (128, 144, 500, 1296, 5000):
        t = np.arange(count)
        made = noise.normal(size=count), noise.random(count) > 0.5
        for values in (t, t % 7, np.sin(t / 9), *made):
            assert scanner.compare(values, "made up") == []
        assert scanner.compare(np.cumsum(noise.normal(size=count)), "a walk") == []
        assert scanner.scan(noise.bytes(count), "noise") == []
    for _ in range(200):
        # Times of looks, once for each viewer seen then.
        looks = np.cumsum(noise.choice([1, 2, 3, 4, 6, 12], 120)) / 24
        times = np.repeat(looks, noise.integers(1, 6, 120))[:257]
        assert scanner.compare(times, "times") == []
        # Files of a store hold batches in any order.
        assert scanner.compare(np.roll(times, int(noise.integers(257))), "batches") == []
    print(scanner.arrays, scanner.most)
