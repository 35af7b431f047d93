"""`laughtrack track`: a detection file's viewers, their scores, and what is wrong with a file."""

import builtins

import pytest

from laughtrack.cli import app

# Two faces that sit still, and their IDs.
SEEN = [(frame, who, 100 * who) for frame in range(1, 61) for who in (1, 2)]
DET = "".join(f"{frame},-1,{x},50,40,40,0.9,-1,-1,-1\n" for frame, _, x in SEEN)
GT = "".join(f"{frame},{who},{x},50,40,40,1,-1,-1,-1\n" for frame, who, x in SEEN)
TWO = "2 0 100 50 40 40 1 0.9 1 200 50 40 40 1 0.9"
FACES = "60\n" + "".join(
    f"{k} {TWO}\n" if k % 9 else f"{k} {TWO.replace('2', '3', 1)} 7 5 5 9 9 0 0.3\n"
    for k in range(60)
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder with the files, which is the current one."""
    for name, text in (("det.txt", DET), ("gt.txt", GT), ("faces.txt", FACES)):
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_detections_alone(folder, capsys):
    """How many viewers there were, and how fast it was; no scores."""
    assert app.main(["track", "det.txt"]) == 0
    said = capsys.readouterr()
    count, speed = said.out.splitlines()
    assert count == "60 frames, 120 faces: 2 viewers"
    assert "frames/s" in speed and "faces/s" in speed and speed.endswith("ms a frame")
    assert said.err == ""


@pytest.mark.slow
@pytest.mark.parametrize("words", [["det.txt", "--gt", "gt.txt"], ["faces.txt"]])
def test_scores(folder, capsys, words):
    """Two IDs of two, no switch; a face sequence brings its truth."""
    pytest.importorskip("trackeval")
    capsys.readouterr()  # it talks when it is imported
    assert app.main(["track", *words]) == 0
    shares, counts = capsys.readouterr().out.splitlines()[2:]
    names = shares.split()
    assert names[::2] == ["HOTA", "AssA", "DetA", "IDF1", "MOTA"]
    assert all(float(share) > 90 for share in names[1::2])
    assert counts == "0 switches, 0 fragments, 2 IDs given to 2 people"


@pytest.mark.slow
def test_output_is_motchallenge_text(folder, capsys):
    """A line for each viewer and frame, frames numbered as they were; it scores as it did."""
    assert app.main(["track", "det.txt", "-o", "out.txt", "--fps", "10"]) == 0
    lines = (folder / "out.txt").read_text().splitlines()
    assert lines[-1] == "60,2,200.00,50.00,40.00,40.00,1,-1,-1,-1"
    assert 110 <= len(lines) <= 120
    assert [int(line.split(",")[0]) for line in lines] == sorted(
        int(line.split(",")[0]) for line in lines
    )


@pytest.mark.slow
def test_order_of_lines_makes_no_difference(folder, capsys):
    """Frames that go back in time are put in order first."""
    (folder / "back.txt").write_text("".join(reversed(DET.splitlines(keepends=True))))
    for name in ("det", "back"):
        assert app.main(["track", f"{name}.txt", "-o", f"{name}.out.txt"]) == 0
    assert (folder / "det.out.txt").read_text() == (folder / "back.out.txt").read_text()


@pytest.mark.slow
def test_broken_boxes_are_left_out_and_said(folder, capsys):
    """NaN and boxes without size are no faces."""
    (folder / "det.txt").write_text(DET + "5,-1,nan,1,40,40,0.9\n5,-1,300,1,0,40,0.9\n")
    assert app.main(["track", "det.txt"]) == 0
    said = capsys.readouterr()
    assert said.err == "det.txt: 2 detections left out: no box, or no confidence\n"
    assert said.out.startswith("60 frames, 120 faces: 2 viewers\n")


def test_an_empty_room_is_a_result(folder, capsys):
    """Frames without faces: nobody, and nothing to score."""
    (folder / "faces.txt").write_text("2\n0 0\n1 0\n")
    assert app.main(["track", "faces.txt"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("2 frames, 0 faces: 0 viewers\n")
    assert said.err == "faces.txt: nobody in it, so there is nothing to score\n"


@pytest.mark.slow
def test_truth_of_another_film(folder, capsys):
    """It is scored, and said."""
    pytest.importorskip("trackeval")
    (folder / "gt.txt").write_text("900,1,100,50,40,40,1\n")
    assert app.main(["track", "det.txt", "--gt", "gt.txt"]) == 0
    assert "gt.txt: not one frame of it is in the detections" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    "text, says",
    [
        (None, "cannot read x.txt: No such file or directory; expected a text file of boxes"),
        ("", "x.txt: nothing in it; expected a line for each detection"),
        ("12\n", "x.txt: no frames in it; expected a line for each frame"),
        ("# hello\n", "x.txt, line 1: expected frame,id,x,y,w,h,confidence (MOTChallenge)"),
        ("1,-1,2,3\n", "x.txt, line 1: expected frame,id,x,y,w,h,confidence"),
        ("1,-1,2,3,4,5,high\n", "x.txt, line 1: 'high' is no number"),
        ("-4,-1,2,3,4,5,1\n", "x.txt, line 1: expected a frame number from 0"),
        ("9\n0 1 4 10 20\n", "x.txt, line 2: expected 9 words, got 5"),
    ],
)
def test_what_it_cannot_read(folder, capsys, text, says):
    """Exit 1, with the file, the line and what was expected."""
    if text is not None:
        (folder / "x.txt").write_text(text)
    assert app.main(["track", "x.txt"]) == 1
    said = capsys.readouterr()
    assert said.out == "" and f"laughtrack: {says}" in said.err


@pytest.mark.slow
@pytest.mark.parametrize(
    "words, says",
    [
        ([], "DET.txt"),
        (["det.txt", "--fps", "0"], "--fps"),
        (["det.txt", "--fps", "-5"], "--fps"),
        (["det.txt", "--fps", "nan"], "--fps"),
        (["det.txt", "-o", "det.txt"], "--output det.txt: that is det.txt, which is read"),
        (["det.txt", "--gt", "gt.txt", "-o", "./gt.txt"], "that is gt.txt, which is read"),
        (["faces.txt", "--gt", "gt.txt"], "--gt gt.txt: faces.txt is a face sequence"),
    ],
)
def test_usage(folder, capsys, words, says):
    """Exit 2, and nothing written."""
    assert app.main(["track", *words]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert says in said
    assert (folder / "det.txt").read_text() == DET and (folder / "gt.txt").read_text() == GT


@pytest.mark.slow
def test_cannot_write(folder, capsys):
    """The file is named."""
    assert app.main(["track", "det.txt", "-o", "nowhere/out.txt"]) == 1
    assert "cannot write nowhere/out.txt" in capsys.readouterr().err


@pytest.mark.slow
def test_without_trackeval(folder, capsys, monkeypatch):
    """What needs no scoring is still said; then exit 1, with the way to install it."""

    def without(name, *rest, real=builtins.__import__):
        if name.startswith("trackeval"):
            raise ModuleNotFoundError("No module named 'trackeval'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert app.main(["track", "det.txt", "--gt", "gt.txt"]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("60 frames, 120 faces: 2 viewers\n")
    assert "pip install --no-deps 'trackeval>=1.3,<2'" in said.err
