"""The statistics' commands: their tables, what is said beside them, and what is refused."""

import json
from pathlib import Path

import pytest

from laughtrack.analytics.store.batches import extend
from laughtrack.cli import app
from laughtrack.edge.pipeline.batching import Batcher, BatchHeader
from laughtrack.edge.readings import Reading
from tests.analytics import pretend


def put(store, session, offset_s=0.0):
    """Put a pretend session into the store, as a camera would."""
    info = {"media_offset_s": offset_s}
    batcher = Batcher(BatchHeader("cam", session.name, "2026-01-31T20:15:00Z"), info)
    batches = []
    names = ("viewer_id", "t_s", "x1", "y1", "x2", "y2", "quality", "raw", "smile")
    for t_s, rows in session.readings.groupby("t_s"):
        readings = [
            Reading(int(v), float(t), tuple(map(int, box)), q, raw, smile)
            for v, t, *box, q, raw, smile in rows[[*names]].itertuples(index=False)
        ]
        batches.append(batcher.add(float(t_s), readings))
    extend(store, [*filter(None, batches), batcher.close({"complete": True})])


@pytest.fixture
def hall(store):
    """Return a store with "hall": 20 viewers in two rows, 40 s from 100 s of the film on."""
    room = pretend.Room(viewers=20, seconds=40.0, jokes=((10, 0.8), (30, 0.5)))
    put(store, pretend.session(room, rate_hz=2.0, name="hall"), 100.0)
    return store


def rows(run, capfd, *words):
    """Return what a command writes as JSON, and what it says beside it."""
    capfd.readouterr()
    run(*words, "--format", "json")
    said = capfd.readouterr()
    return json.loads(said.out), said.err


@pytest.mark.slow
def test_scenes(run, hall, tmp_path, capfd):
    """A line a scene in film time; what the session does not show is said on standard error."""
    path = tmp_path / "scenes.csv"
    path.write_text("start,end,name\n0,90,Titles\n105,115,Joke\n115,170,Rest\n")
    found, said = rows(run, capfd, "scenes", "hall", path)
    assert [(row["start_s"], row["end_s"], row["name"]) for row in found] == [
        (105, 115, "Joke"),
        (115, 139.501, "Rest"),
    ]
    assert found[0]["share_smiling"] > found[1]["share_smiling"]
    assert found[0]["share_low"] < found[0]["share_smiling"] < found[0]["share_high"]
    assert "'Rest' (1:55 to 2:50) is cut to 1:55 to 2:20" in said
    assert "'Titles' (0:00 to 1:30) is left out" in said


@pytest.mark.slow
def test_scenes_from_marker_to_marker(run, hall, tmp_path, capfd):
    """The last one lasts until the session's end; where the film is taken to begin is said."""
    path = tmp_path / "marks.edl"
    marks = [("01:01:45:00 01:01:45:01", "Joke"), ("01:02:00:00 01:02:00:01", "Rest")]
    lines = [f"001 001 V C {at} {at}\n |C:ResolveColorBlue |M:{name} |D:1" for at, name in marks]
    path.write_text("\n\n".join(lines), "utf-16")
    found, said = rows(run, capfd, "scenes", "hall", path)
    assert [(row["start_s"], row["end_s"], row["name"]) for row in found] == [
        (105, 120, "Joke"),
        (120, 139.501, "Rest"),
    ]
    assert f"{path}: 2 markers: the film is taken to begin at time code 01:00:00:00" in said
    assert "is cut to" not in said


@pytest.mark.slow
def test_figures_of_few_are_withheld(run, hall, tmp_path, capfd):
    """With --min-viewers above who was there, the rows are there and their figures are not."""
    path = tmp_path / "scenes.csv"
    path.write_text("start,end\n105,115\n")
    found, _ = rows(run, capfd, "scenes", "hall", path, "--min-viewers", "21")
    assert found[0]["judged"] == 20 and found[0]["share_smiling"] is found[0]["share_low"] is None
    found, _ = rows(run, capfd, "synchrony", "hall", "--min-viewers", "21", "--null", "phase")
    assert found[0]["viewers"] == 20 and found[0]["isc"] is found[0]["p"] is None


@pytest.mark.slow
def test_groups(run, hall, capfd):
    """Rows are compared on three scores and pair by pair, or shown by themselves."""
    found, _ = rows(run, capfd, "groups", "hall", "--by", "row")
    assert [(row["score"], row["group"], row["other"]) for row in found] == [
        ("share_smiling", "row 1", "row 2"),
        ("reach", "row 1", "row 2"),
        ("mean_smile", "row 1", "row 2"),
        ("pairwise_isc", "row 1", "row 2"),
    ]
    found, _ = rows(run, capfd, "groups", "hall", "--by", "row", "--means")
    assert [(row["group"], row["viewers"]) for row in found] == [("row 1", 10), ("row 2", 10)]


@pytest.mark.slow
def test_groups_of_a_file(run, hall, tmp_path, capfd):
    """A column of the file is named after a colon; small groups are left out aloud."""
    path = tmp_path / "people.csv"
    lines = [f"{v},{'half' if v < 9 else 'full' if v < 18 else 'free'},x" for v in range(1, 21)]
    path.write_text("\n".join(["viewer_id,ticket,age", *lines]) + "\n")
    found, said = rows(run, capfd, "groups", "hall", "--by", f"{path}:ticket", "--means")
    assert [(row["group"], row["viewers"]) for row in found] == [("full", 9), ("half", 8)]
    assert said == "Group 'free' is left out: 3 judged, fewer than 5.\n"


@pytest.mark.slow
def test_norms(run, hall, capfd):
    """A line a score; with few others their values and no percentile."""
    put(hall, pretend.session(pretend.Room(viewers=3, seconds=5.0), 2.0, name="other"))
    found, said = rows(run, capfd, "norms", "hall")
    assert found[0]["score"] == "share_smiling" and found[0]["others"] == 1
    assert found[0]["percentile"] is None and found[0]["lowest"] is not None
    assert "fewer than 6 others: no percentile says anything yet" in said


@pytest.mark.slow
def test_dial(run, hall, tmp_path, capfd):
    """One line of how they go together, or both curves."""
    path = tmp_path / "dial.csv"
    path.write_text("t_s,a,b\n" + "".join(f"{t},{t % 9},{t % 7}\n" for t in range(90, 150)))
    found, _ = rows(run, capfd, "dial", "hall", path, "--max-lag", "2")
    assert found[0]["people"] == 2 and found[0]["viewers"] == 20 and found[0]["steps"] == 40
    curve, said = rows(run, capfd, "dial", "hall", path, "--curve")
    assert said == "--max-lag 10 can't be significant in a session of 40 s; --max-lag 0 can\n"
    assert len(curve) == 40 and curve[0]["dial"] == (100 % 9 + 100 % 7) / 2


@pytest.mark.slow
def test_synchrony(run, hall, capfd):
    """The session in one line, its stretches, or a line a viewer."""
    (whole,), _ = rows(run, capfd, "synchrony", "hall")
    assert whole["low"] < whole["isc"] < whole["high"] and whole["p"] < 0.05
    windows, _ = rows(run, capfd, "synchrony", "hall", "--of", "windows", "--window", "20")
    assert [row["end_s"] for row in windows] == [20, 40]
    viewers, _ = rows(run, capfd, "synchrony", "hall", "--of", "viewers")
    assert [row["viewer_id"] for row in viewers] == [*range(1, 21)]


@pytest.mark.slow
def test_small_p_is_shown(run, hall, capfd):
    """In a table for people p has three decimals."""
    capfd.readouterr()
    run("synchrony", "hall")
    assert capfd.readouterr().out.split()[-1] == "0.001"


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [["synchrony", "empty"], ["synchrony", "empty", "--of", "windows"], ["norms", "empty"]],
)
def test_an_empty_room_is_a_result(run, store, words, capfd):
    """Nobody there is no error."""
    put_empty = Batcher(BatchHeader("cam", "empty", "2026-01-31T20:15:00Z"), {})
    batches = [put_empty.add(t / 2, []) for t in range(8)]
    extend(store, [*filter(None, batches), put_empty.close({"complete": True})])
    assert rows(run, capfd, *words)[0]


@pytest.mark.slow
@pytest.mark.usefixtures("hall")
@pytest.mark.parametrize(
    "words, code, says",
    [
        (["scenes", "hall", "a.txt"], 1, "expected a name ending in .csv"),
        (["scenes", "hall", "none.csv"], 1, "none.csv"),
        (["scenes", "hall", "overlap.csv"], 1, "line 2 (100 to 110 s) and line 3 (105 to 120 s)"),
        (["scenes", "nowhere", "overlap.csv"], 1, "no session 'nowhere'"),
        (["groups", "hall", "--by", "hat"], 2, "--by hat: expected row, side, named, FILE.csv"),
        (["groups", "hall", "--by", "row", "--min-group", "1"], 2, "min-group"),
        (["groups", "hall", "--by", "row", "--min-group", "11"], 1, "fewer than two groups"),
        (["groups", "hall", "--by", "none.csv:age"], 1, "none.csv"),
        (["norms", "nowhere"], 1, "no session 'nowhere'"),
        (["dial", "hall", "overlap.csv"], 1, "overlap.csv: no column 't_s'"),
        (["dial", "hall", "early.csv"], 1, "early.csv: the dials run from -100 to -98 s"),
        (["synchrony", "hall", "--window", "12.5"], 2, "--window 12.5: expected whole seconds"),
    ],
)
def test_refused(words, code, says, tmp_path, monkeypatch, capfd):
    """One line names what was wrong, and nothing is on standard output."""
    monkeypatch.chdir(tmp_path)
    Path("overlap.csv").write_text("start,end\n100,110\n105,120\n")
    Path("early.csv").write_text("t_s,a\n0,1\n1,2\n2,1\n")
    assert app.main(words) == code
    said = capfd.readouterr()
    assert said.out == "" and says in " ".join(said.err.split())
