"""`laughtrack live --events --commands -`: what another program sees of a session, and tells it."""

import json
import os
import subprocess
import sys
import threading

import pytest

from laughtrack.analytics.store.sessions import load
from laughtrack.cli import app
from laughtrack.cli.recordings import event_lines
from laughtrack.edge.simulate.simulate import simulate
from tests.brokers import until
from tests.tools import ROOT


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Six seconds of three pretend viewers."""
    path = tmp_path_factory.mktemp("film") / "room.mp4"
    simulate(path, 3, 6, (400, 226), seed=2)
    return path


def start(film, store, *words):
    """Start `live` on a film, with its events and commands as pipes."""
    command = [sys.executable, "-m", "laughtrack", "live", str(film), "--session", "x", *words]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([*command, "--store", store], env=environ, **pipes)


def rows(session):
    """Return a session's readings as the store has them."""
    names = ("t_s", "viewer_id", "x1", "y1", "x2", "y2", "smile", "raw", "quality")
    return session.readings[[*names]].astype(float).fillna(-1.0).to_numpy().tolist()


def told_rows(lines):
    """Return the readings of lines of events."""
    return [
        [line["t_s"], each["id"], *each["box"]]
        + [-1.0 if each[name] is None else each[name] for name in ("smile", "raw", "quality")]
        for line in lines
        if line["event"] == "look"
        for each in line["viewers"]
    ]


@pytest.mark.slow
def test_every_reading_is_told_once_as_it_is_stored(film, tmp_path):
    """Looks are the store's readings, a mark and a title are in it; stopped, it is complete."""
    store = str(tmp_path / "store")
    process = start(film, store, "--events", "-", "--commands", "-")
    lines = []

    def read():
        lines.extend(map(json.loads, iter(process.stdout.readline, b"")))

    reader = threading.Thread(target=read)
    reader.start()
    until(lambda: sum(line["event"] == "look" for line in lines) > 10)
    for told in ({"do": "mark", "text": "joke"}, {"do": "title", "text": "Bus"}, {"do": "start"}):
        process.stdin.write(json.dumps(told).encode() + b"\n")
    process.stdin.flush()
    until(lambda: any(line["event"] == "title" for line in lines))
    # Whoever began it is gone.
    process.stdin.close()
    assert process.wait(60) == 0
    reader.join()
    said = process.stderr.read().decode()
    process.stdout.close()
    process.stderr.close()
    session = load(store, "x")
    assert told_rows(lines) == rows(session) != []
    assert session.info["complete"] is True and session.info["title"] == "Bus"
    (mark,) = session.info["marks"]
    assert [line for line in lines if line["event"] == "mark"] == [{"event": "mark", **mark}]
    assert (lines[0]["event"], lines[-1]["event"]) == ("session", "end")
    assert lines[0]["session"] == "x" and "start is not for a camera" in said
    utc = [line["utc"] for line in lines if line["event"] == "look"]
    assert utc == sorted(utc) and utc[0].endswith("Z")


@pytest.mark.slow
def test_a_film_is_played_at_its_pace(film, tmp_path):
    """To a file; all of its six seconds take six."""
    path, store = tmp_path / "events.jsonl", str(tmp_path / "store")
    assert app.main(["live", str(film), "--store", store, "--events", str(path)]) == 0
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    looks = [line for line in lines if line["event"] == "look"]
    seconds = [float(line["utc"][17:-1]) for line in (looks[0], looks[-1])]
    assert (seconds[1] - seconds[0]) % 60 == pytest.approx(looks[-1]["t_s"] - looks[0]["t_s"], 0.1)
    assert looks[-1]["t_s"] > 5


def test_a_reader_that_hangs_holds_nothing_up(monkeypatch):
    """Lines it was too slow for are counted, and told with the next that it reads."""
    monkeypatch.setattr(event_lines, "MOST_WAITING", 10)
    reader, writer = os.pipe()
    lines = event_lines.EventLines(f"/dev/fd/{writer}")
    for _ in range(200):
        lines.write("look", text="x" * 4096)
    with open(reader, "rb") as pipe:
        found = [json.loads(pipe.readline()) for _ in range(10)]
        threading.Timer(0.2, lines.close).start()
        os.close(writer)
        found += map(json.loads, pipe)
    lost = [each["lines"] for each in found if each["event"] == "lost"]
    looks = sum(each["event"] == "look" for each in found)
    assert lost and sum(lost) + looks == 200


def test_it_is_of_single_viewers(tmp_path, capsys, monkeypatch):
    """With figures of few withheld there are no events; nothing is written."""
    monkeypatch.setenv("LAUGHTRACK_MIN_VIEWERS", "5")
    path = tmp_path / "events.jsonl"
    assert app.main(["live", "77", "--events", str(path)]) == 2
    assert "single viewers" in " ".join(capsys.readouterr().err.split()) and not path.exists()


def test_a_file_that_cannot_be_written_is_named(tmp_path, capsys):
    """Before the camera is opened."""
    path = tmp_path / "none" / "events.jsonl"
    assert app.main(["live", "77", "--events", str(path)]) == 1
    assert str(path) in " ".join(capsys.readouterr().err.split())
