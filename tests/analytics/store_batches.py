"""Batches for tests of the store, what to hold of them, and a way to write from another process."""

import os
import subprocess
import sys
from pathlib import Path

from laughtrack.analytics.store import delta_table
from laughtrack.analytics.store.batches import append
from laughtrack.analytics.store.sessions import load
from laughtrack.edge.readings import Batch, Reading, columns

# For processes that must find the project from anywhere.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


def batch(seq, session="friday", device="cam", viewers=(1, 2), **changes):
    """Return a batch of 5 s with five readings, 1 s apart, of each viewer."""
    readings = [
        Reading(viewer, 5.0 * seq + k, (seq, k, seq + 40, k + 50), 0.9, 0.5, (seq % 10) / 10)
        for k in range(5)
        for viewer in viewers
    ]
    plain = Batch(
        schema=1,
        device=device,
        session=session,
        started_utc="2026-01-31T20:15:00Z",
        seq=seq,
        start_s=5.0 * seq,
        end_s=5.0 * seq + 5,
        frames=5,
        readings=columns(readings),
        info={"context": "screening"},
    )
    return plain._replace(**changes)


def writer(folder, session, device, numbers):
    """Start a process that appends these batches."""
    command = [sys.executable, __file__, folder, session, device, *map(str, numbers)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)


def assert_exact(folder, session, count, device="cam"):
    """Check that a session holds batches 0 to `count` - 1, each once and whole."""
    found = load(folder, session, device)
    assert found.spans["seq"].tolist() == list(range(count))
    wanted = [batch(seq, session).readings for seq in range(count)]
    for name in delta_table.READING:
        expected = [value for columns in wanted for value in columns[name]]
        assert found.readings[name].tolist() == expected, name


def files(folder, session):
    """Return the session's data files, live or not."""
    return sorted(Path(folder).glob(f"session={session.replace(' ', '%20')}/**/*.parquet"))


def main(folder, session, device, *numbers):
    """Append batches of these numbers; print each number that was stored, as soon as it is."""
    for seq in map(int, numbers):
        if append(folder, batch(seq, session, device), resume=f"after {seq}"):
            print(seq, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
