"""A session goes on after a kill: in a picture this small, as if there had been none."""

import errno
import os
import shutil

import pytest

from laughtrack.edge.session.journal import Journal
from laughtrack.edge.session.session import Session
from laughtrack.edge.simulate.simulate import simulate
from laughtrack.edge.sources.frames import Source
from tests.edge.session_cases import grey, restored, same, sent, services


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Thirteen seconds of three pretend viewers."""
    path = tmp_path_factory.mktemp("session") / "film.mp4"
    simulate(path, 3, 13, (400, 226), seed=4)
    return str(path)


@pytest.fixture(scope="module")
def frames(film):
    """Its frames."""
    return list(Source(film))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, film, frames):
    """Batches of the film without a break."""
    folder = tmp_path_factory.mktemp("undisturbed")
    session = Session(services(folder, film), "show")
    for frame in frames:
        session.process(frame)
    session.end()
    return sent(folder)


@pytest.mark.slow
def test_film_is_read(undisturbed):
    """Three viewers, in batches one after another, the last one complete."""
    assert {v for b in undisturbed for v in b.readings["viewer_id"]} == {1, 2, 3}
    assert [b.seq for b in undisturbed] == list(range(len(undisturbed)))
    assert undisturbed[-1].info["complete"] and sum(b.frames for b in undisturbed) == 130


@pytest.mark.slow
@pytest.mark.parametrize("kills", [[0, 49, 50, 51, 129], [1, 30, 31, 32, 99, 100]])
def test_killed_anywhere_goes_on_the_same(tmp_path, film, frames, undisturbed, kills):
    """The frames that follow give the batches of a run without a break.

    All of so small a picture is scanned at each look: see `tests/edge/pipeline` for a larger one.
    """
    session = Session(services(tmp_path, film), "show")
    for k, frame in enumerate(frames):
        session.process(frame)
        if k in kills:
            session = restored(tmp_path, film)
            assert session.last_index == frame.index
    session.end()
    assert same(sent(tmp_path), undisturbed)


@pytest.mark.slow
def test_killed_at_every_write_goes_on_the_same(tmp_path, film, frames, monkeypatch):
    """Whatever is on the disk while a batch is closed, nothing is lost and no number used twice."""
    copies, folder = [], tmp_path / "first"
    folder.mkdir()

    def before(function):
        def copy_first(*words, **named):
            copies.append(tmp_path / f"copy{len(copies)}")
            shutil.copytree(folder, copies[-1])
            return function(*words, **named)

        return copy_first

    session = Session(services(folder, film, batch_s=1.0), "show")
    for k, frame in enumerate(frames[:30]):
        with monkeypatch.context() as patch:
            for name in ("fsync", "replace", "unlink", "write") if 18 <= k < 22 else ():
                patch.setattr(os, name, before(getattr(os, name)))
            session.process(frame)
    session.pause()
    undisturbed = sent(folder)
    assert len(undisturbed) == 3 and len(copies) > 9
    for copy in copies:
        session = restored(copy, film, batch_s=1.0)
        assert session.last_index < frames[22].index
        for frame in frames[:30]:
            if frame.index > session.last_index:
                session.process(frame)
        session.pause()
        assert same(sent(copy), undisturbed)


@pytest.mark.slow
def test_over_is_over_though_killed_at_the_end(tmp_path, monkeypatch):
    """A session that was closed, but whose journal stayed, is not gone on with."""
    left = services(tmp_path)
    session = Session(left, "show")
    session.process(grey(0, 0.0))
    monkeypatch.setattr(left.journal, "end", lambda: None)
    session.end()
    again = restored(tmp_path)
    assert again.over and Journal(tmp_path).read() is None
    assert [b.info.get("complete") for b in sent(tmp_path)] == [True]


@pytest.mark.slow
def test_shorter_batches_after_an_update_lose_nothing(tmp_path, film, frames):
    """What was looked at under other settings is packed by the new ones."""
    session = Session(services(tmp_path, film), "show")
    # So few that they fill no unit of what the cloud counts in, however long their numbers are.
    for frame in frames[:20]:
        session.process(frame)
    assert sent(tmp_path) == []
    session = restored(tmp_path, film, batch_s=1.0)
    for frame in frames[20:]:
        session.process(frame)
    session.end()
    found = sent(tmp_path)
    assert [b.seq for b in found] == list(range(len(found))) and len(found) > 10
    assert sum(b.frames for b in found) == 130


# what may be wrong with what an earlier run left
LEFT = [
    lambda head: {**head, "format": 1},
    lambda head: {**head, "device": "other"},
    lambda head: {k: v for k, v in head.items() if k != "clock"},
    lambda head: {**head, "watcher": {}},
    lambda head: {**head, "packer": None},
    lambda head: {**head, "closed": {"schema": 1}},
]


@pytest.mark.slow
@pytest.mark.parametrize("spoil", LEFT)
def test_what_cannot_be_gone_on_with_is_said(tmp_path, spoil):
    """As an error, for whoever calls to begin anew."""
    left = services(tmp_path)
    Session(left, "show")
    head, _ = left.journal.read()
    with pytest.raises((ValueError, KeyError, TypeError)):
        Session(left, "", (spoil(head), []))


def full(*_):
    """Fail as a full disk does."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.slow
def test_full_disk_loses_nothing_while_the_program_runs(
    tmp_path, film, frames, undisturbed, monkeypatch
):
    """Batches wait in memory; with room again, all are there and a restart goes on."""
    session = Session(services(tmp_path, film), "show")
    for k, frame in enumerate(frames):
        with monkeypatch.context() as patch:
            if 30 < k < 75:
                patch.setattr(os, "fsync", full)
            session.process(frame)
        if k == 120:
            session = restored(tmp_path, film)
    session.end()
    assert same(sent(tmp_path), undisturbed)
