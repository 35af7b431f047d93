"""What the tests of sessions share: services, a session that was left, what was sent."""

import numpy as np

from laughtrack.edge.outbox.memory_buffer import MemoryBuffer
from laughtrack.edge.outbox.outbox import Outbox
from laughtrack.edge.readings import from_json
from laughtrack.edge.session.journal import Journal
from laughtrack.edge.session.services import SessionServices, SessionSettings
from laughtrack.edge.session.session import Session
from laughtrack.edge.settings import Settings
from laughtrack.edge.sources.frames import Frame


def mean_grey(crops):
    """Stand in for SmileNet: the mean brightness."""
    return crops.mean(axis=(1, 2)) / 255


def services(folder, source="0", **changes):
    """What sessions share, in a folder."""
    settings = Settings(device="cam", source=source, folder=str(folder))._replace(**changes)
    buffer = MemoryBuffer(Outbox(folder / "outbox", 1e8))
    return SessionServices(SessionSettings.of(settings), mean_grey, buffer.put, Journal(folder))


def sent(folder):
    """Batches in the outbox: each once, though it may be there twice, the same both times."""
    found = {}
    for path in sorted((folder / "outbox").glob("*.json")):
        if path.name != "counts.json":
            batch = from_json(path.read_text())
            assert found.setdefault((batch.session, batch.seq), batch) == batch
    return list(found.values())


def restored(folder, source="0", **changes):
    """The session that a killed process left."""
    again = services(folder, source, **changes)
    return Session(again, "", again.journal.read())


def grey(index, t_s):
    """A picture of an empty room."""
    return Frame(index, t_s, np.full((90, 120, 3), 99, np.uint8))


def same(found, expected):
    """The same batches, but for the moment at which the session began."""
    began = {"started_utc": ""}
    return [b._replace(**began) for b in found] == [b._replace(**began) for b in expected]
