"""`laughtrack replay --progress`: how far it is, for another program."""

import json
import os
import subprocess
import sys

import pytest

from laughtrack.analytics.store.sessions import load
from laughtrack.cli import app
from laughtrack.edge.simulate.simulate import simulate
from tests.tools import ROOT


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Six seconds of three pretend viewers."""
    path = tmp_path_factory.mktemp("film") / "room.mp4"
    simulate(path, 3, 6, (400, 226), seed=2)
    return path


@pytest.mark.slow
def test_lines_say_session_and_progress(film, tmp_path):
    """First the session's name, then seconds of seconds and who is in view; nothing of anyone."""
    lines, store = tmp_path / "lines", str(tmp_path / "store")
    assert app.main(["replay", str(film), "--store", store, "--progress", str(lines)]) == 0
    first, *rest = map(json.loads, lines.read_text().splitlines())
    assert first == {"event": "session", "session": "room", "device": "replay"}
    assert rest
    for each in rest:
        assert [*each] == ["event", "done_s", "all_s", "viewers"]
        assert 0 <= each["done_s"] <= each["all_s"] and 5.5 < each["all_s"] < 6.5


@pytest.mark.slow
def test_replay_stops_once_nobody_reads_its_lines(film, tmp_path):
    """And carries on with the same command: nothing twice, nothing missing."""
    store = str(tmp_path / "store")
    words = [sys.executable, "-m", "laughtrack", "replay", str(film), "--store", store]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.run(
        [*words, "--progress", "-"], stdout=writing, stderr=subprocess.PIPE, env=environ
    )
    os.close(writing)
    assert process.returncode == 130 and b"carries on" in process.stderr
    assert app.main(words[3:]) == 0
    whole = str(tmp_path / "whole")
    assert app.main(["replay", str(film), "--store", whole]) == 0
    then, now = (load(each, "room").readings for each in (whole, store))
    assert then.equals(now)


def test_a_place_that_cannot_be_written_is_told(film, tmp_path, capsys):
    """Before anything is stored."""
    place = str(tmp_path / "no" / "lines")
    words = ["replay", str(film), "--store", str(tmp_path / "s"), "--progress", place]
    assert app.main(words) == 1
    assert f"cannot write {place}" in capsys.readouterr().err
    assert not (tmp_path / "s").exists()


def test_many_films_have_no_one_progress(tmp_path, capsys):
    """It is of one film."""
    films = [str(tmp_path / "a.mp4"), str(tmp_path / "b.mp4")]
    assert app.main(["replay", *films, "--progress", "-"]) == 2
    assert "--progress -: for one film alone" in capsys.readouterr().err
