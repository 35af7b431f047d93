"""The bench of loops: its tables, what it says where fer is not, and that stages add up."""

import threading

import pytest

from laughtrack.tracker.mot.idf1 import score
from tests.bench import speed, speed_others
from tests.bench.speed import Row
from tests.bench.speed_stages import Spent, Stages, sum_of


def test_fer_without_its_environment_is_left_out(tmp_path, monkeypatch):
    """No film is needed to find out."""
    monkeypatch.setattr(speed_others, "FER_PYTHON", tmp_path / "python")
    assert speed_others.fer("film.mp4", tmp_path, 1) is None


def test_table(capsys):
    """Each loop's own part of the film counts; a loop that is not there says so."""
    none = score({}, {})
    rows = [
        Row("laughtrack, 10 a second", 20.0, Spent(8.0, 4.0), 200, none),
        Row("laughtrack, every frame", 20.0, Spent(18.0, 10.0), 600, none),
        Row("decoding alone", 20.0, Spent(3.0, 2.0), 600, None),
        Row("hackathon's, every frame", 3.0, Spent(54.0, 30.0), 90, none),
        ("fer, every frame", "left out: there is no .venv-fer (make fer-env)"),
    ]
    stages = {"laughtrack, every frame": {"storing": Spent(0.002, 0.001), "x": Spent(0.001, 0.0)}}
    speed.show(rows, stages)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1][-8:] == ["20", "200", "40.0", "20.0", "50.0", "5.00", "0.0000", "0"]
    assert lines[3] == ["decoding", "alone", "20", "600", "5.0", "3.3", "300.0", "10.00"]
    assert lines[4][-8:] == ["3", "90", "600.0", "333.3", "3.0", "0.10", "0.0000", "0"]
    assert " ".join(lines[5]) == "fer, every frame left out: there is no .venv-fer (make fer-env)"
    said = " ".join(lines[6])
    assert said.startswith("hackathon's, every frame: 20.0 times the processor time of laughtrack")
    assert ["storing", "2.00", "1.00"] in lines and lines[-1] == ["all", "of", "them", "3.00"]


def test_stages_add_up():
    """A part's time is not its whole's; what no stage has is somebody's: nothing is left over."""
    stages = Stages()
    stages.restart()
    before = Spent.now()

    def work():
        return sum(range(200_000))

    def outer():
        work()
        return stages.timed("finding faces: first look", work)()

    stages.timed("following viewers", outer)()
    beside = threading.Thread(target=stages.timed("scoring smiles", work))
    beside.start()
    beside.join()
    whole = Spent.now().less(before)
    found = stages.finish(whole)
    assert sum_of(found).processor_s == pytest.approx(whole.processor_s, abs=1e-6)
    parts = found["following viewers"], found["finding faces: first look"]
    assert all(each.processor_s > 0 for each in parts)
    assert found["beside: scoring smiles"].wall_s == 0
