"""Batches for tests of the store, and a way to write some from another process."""

import sys

from analytics import store
from edge.readings import Batch, Reading, columns


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
        info={},
    )
    return plain._replace(**changes)


def main(folder, session, device, *numbers):
    """Append batches of these numbers; print each number that was stored, as soon as it is."""
    for seq in map(int, numbers):
        if store.append(folder, batch(seq, session, device), resume=f"after {seq}"):
            print(seq, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
