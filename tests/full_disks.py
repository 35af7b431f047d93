"""A small disk of its own, filled and given room again: run in a mount namespace, as root.

`unshare -m python -m tests.full_disks CASE FOLDER`: prints "ok", or fails.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from laughtrack.analytics.ingest.arrivals import Arrival
from laughtrack.analytics.ingest.batch_ingestor import BatchIngestor
from laughtrack.analytics.ingest.quarantine import Quarantine
from laughtrack.analytics.store.batches import append
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.delta_table import StoreError
from laughtrack.analytics.store.sessions import load
from laughtrack.edge.outbox.outbox import Outbox, OutboxError
from laughtrack.edge.readings import to_json
from laughtrack.edge.session.journal import Journal
from laughtrack.edge.session.session_names import SessionNames
from tests.bench.bit_flips import batch


def disk(folder, size):
    """Put a disk of so many KB, or give it that size."""
    folder.mkdir(exist_ok=True)
    what = "remount," if os.path.ismount(folder) else ""
    command = ["mount", "-t", "tmpfs", "-o", f"{what}size={size}k", "tmpfs", str(folder)]
    subprocess.run(command, check=True)


def fill(folder):
    """Leave no room, as another program's log does; return its file."""
    path = folder / "log"
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    return path


def device(folder):
    """Nothing of a device's is lost without being counted, also over a restart on the full disk."""
    disk(folder, 400)
    box, put, failed = Outbox(folder / "outbox", 1e9), 0, 0
    journal, names = Journal(folder), SessionNames(folder, "cam")
    names.begin("show")
    for seq in range(12):
        box.put(to_json(batch(seq)).encode())
        put += 1
    fill(folder)
    for seq in range(12, 60):
        try:
            box.put(to_json(batch(seq)).encode())
            put += 1
        except OutboxError:
            failed += 1
        with contextlib.suppress(OSError):
            journal.begin({"seq": seq})
    names.begin()
    assert box.dropped > 0
    again = Outbox(folder / "outbox", 1e9)
    assert (again.dropped, again.waiting) == (box.dropped, box.waiting)
    assert again.waiting + again.dropped == put
    assert SessionNames(folder, "cam").has("show")
    # With room again all goes on, and what waits comes out in order.
    disk(folder, 4000)
    again.put(b"last")
    found = []
    while item := again.first():
        found.append(item.payload)
        again.remove(item.key)
    assert found[-1] == b"last" and len(found) + again.dropped == put + 1


def store(folder):
    """A full store refuses, keeps what it had, and takes all once there is room."""
    disk(folder, 200)
    ingestor = BatchIngestor(str(folder / "store"), Quarantine(folder.parent / "aside"), print)
    arrivals = [Arrival(to_json(batch(seq)).encode(), "file") for seq in range(60)]
    taken = 0
    try:
        for arrival in arrivals:
            ingestor.ingest([arrival])
            taken += 1
    except (StoreError, OSError):
        assert 0 < taken < 60
    assert taken < 60
    assert list_sessions(str(folder / "store"))["batches"].sum() == taken
    disk(folder, 20_000)
    for arrival in arrivals:
        ingestor.ingest([arrival])
    session = load(str(folder / "store"), "show")
    assert len(session.spans) == 60 and len(session.readings) == 60 * 40


def quarantine(folder):
    """Junk that there is no room for holds up nothing; it is counted and said."""
    disk(folder, 40)
    fill(folder)
    remarks = []
    aside = Quarantine(folder / "aside")
    ingestor = BatchIngestor(str(folder.parent / "store"), aside, remarks.append)
    ingestor.ingest([Arrival(b"junk", "file"), Arrival(to_json(batch(0)).encode(), "file")])
    assert (ingestor.stored, ingestor.refused, aside.dropped) == (1, 1, 1)
    assert "No space left on device" in remarks[0] and "1 refused" in ingestor.summary()[0]


def home(folder):
    """No room for temporary files or in the home folder: batches are stored all the same."""
    disk(folder, 40)
    fill(folder)
    os.environ.update(HOME=str(folder), TMPDIR=str(folder), XDG_CACHE_HOME=str(folder))
    tempfile.tempdir = None
    place = folder.parent / "batches.jsonl"
    place.write_text("".join(to_json(batch(seq)) + "\n" for seq in range(5)))
    words = ["laughtrack", "ingest", str(place), "--store", str(folder.parent / "store")]
    words += ["--quarantine", str(folder.parent / "aside")]
    done = subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True)
    assert done.returncode == 0 and "5 batches stored" in done.stdout, done.stdout + done.stderr


def panics(folder):
    """Wherever the disk ends, the store's error is all there is to read; nothing is lost."""
    for free in (0, 4, 8, 16, 24, 40):
        disk(folder, 1000)
        place = str(folder / "store")
        append(place, batch(0))
        log = fill(folder)
        os.truncate(log, log.stat().st_size - free * 1024)
        stored = 1
        with contextlib.suppress(StoreError):
            while append(place, batch(stored)):
                stored += 1
        assert stored < 20 and list_sessions(place)["batches"].sum() == stored
        subprocess.run(["umount", str(folder)], check=True)


CASES = {each.__name__: each for each in (device, store, quarantine, home, panics)}

if __name__ == "__main__":
    CASES[sys.argv[1]](Path(sys.argv[2]))
    print("ok")
