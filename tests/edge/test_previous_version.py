"""What the version before left is gone on with: a device's journal and a replay's resume point."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from laughtrack.edge.pipeline.batching import Batcher, BatchHeader
from laughtrack.edge.pipeline.frame_pipeline import FramePipeline
from laughtrack.edge.pipeline.session_pipeline import SessionPipeline, batches
from laughtrack.edge.readings import from_json
from laughtrack.edge.session import session as module
from laughtrack.edge.session.clock import SessionClock
from laughtrack.edge.sources.frames import Frame
from tests.edge.session_cases import mean_grey, restored, sent

# Written by version 0.1.0 from twelve seconds of three simulated viewers.
LEFT = Path(__file__).parent / "previous_version"


def empty_room(index, t_s):
    """A picture in which nobody is found."""
    return Frame(index, t_s, np.full((270, 480, 3), 99, np.uint8))


def expected(name):
    """The batches that the version before made of what it left and an empty room."""
    return [from_json(line) for line in (LEFT / name).read_text().splitlines()]


@pytest.mark.slow
def test_journal_is_gone_on_with(tmp_path, monkeypatch):
    """The last closed batch, the open one with a mark, and a frame after them."""
    clocks = {"mono": lambda: 1000.0, "wall": lambda: 1.8e9, "boot": lambda: "b"}
    monkeypatch.setattr(module, "SessionClock", lambda state: SessionClock(state, **clocks))
    shutil.copy(LEFT / "session.jsonl", tmp_path)
    session = restored(tmp_path, "film.mp4", batch_s=1.0)
    session.process(empty_room(50, 1.5))
    session.end()
    assert sent(tmp_path) == expected("session_batches.jsonl")


@pytest.mark.slow
def test_resume_point_is_gone_on_with():
    """The batch that was open, and a frame after it."""
    header = BatchHeader("replay", "film", "2026-01-31T20:15:00Z")
    pipeline = SessionPipeline(FramePipeline(mean_grey), Batcher(header, {}))
    pipeline.restore(json.loads((LEFT / "resume.json").read_text()))
    rest = [batch for batch, _ in batches(pipeline, [empty_room(200, 7.5)])]
    assert rest == expected("resume_batches.jsonl")
