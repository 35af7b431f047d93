"""The bench of loops: its table, and what it says where fer is not."""

from laughtrack.tracker.mot.idf1 import score
from tests.bench import speed, speed_others


def test_fer_without_its_environment_is_left_out(tmp_path, monkeypatch):
    """No film is needed to find out."""
    monkeypatch.setattr(speed_others, "FER_PYTHON", tmp_path / "python")
    assert speed_others.fer("film.mp4", tmp_path, 1) is None


def test_table(capsys):
    """Each loop's own part of the film counts; a loop that is not there says so."""
    none = score({}, {})
    rows = [
        ("laughtrack, 10 a second", 20.0, 4.0, 200, none),
        ("laughtrack, every frame", 20.0, 10.0, 600, none),
        ("hackathon's, every frame", 3.0, 30.0, 90, none),
        ("fer, every frame", "left out: there is no .venv-fer (make fer-env)"),
    ]
    speed.show(rows, 10.0, {"storing": 0.002})
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1][-6:] == ["20", "4.0", "5.00", "20.0", "0.0000", "0"]
    assert lines[3][-6:] == ["3", "30.0", "0.10", "333.3", "0.0000", "0"]
    assert " ".join(lines[4]) == "fer, every frame left out: there is no .venv-fer (make fer-env)"
    said = " ".join(lines[5])
    assert said == "laughtrack on every frame is 20.0 times as fast as hackathon's, every frame"
    assert lines[-1] == ["storing", "2.0"]
