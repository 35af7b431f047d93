"""`laughtrack faces`: the faces of single pictures, and nothing kept of them."""

import csv
import os

import cv2
import numpy as np
import pytest

import laughtrack
from laughtrack.cli import app
from laughtrack.edge.simulate.simulate import simulate
from laughtrack.edge.sources.frames import Source


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """Return a picture of two pretend people."""
    folder = tmp_path_factory.mktemp("room")
    simulate(folder / "film.mp4", 2, 0.2, (480, 270), seed=3)
    image = next(iter(Source(folder / "film.mp4"))).image
    cv2.imwrite(str(folder / "room.png"), image)
    return folder / "room.png"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_each_face_has_its_box_score_and_quality(room, here, capfd):
    """In a file that a spreadsheet opens; the same in Python; nothing else is written."""
    assert app.main(["faces", str(room), "-o", "faces.csv"]) == 0
    rows = list(csv.DictReader((here / "faces.csv").read_text().splitlines()))
    assert [row["face"] for row in rows] == ["1", "2"]
    size = cv2.imread(str(room)).shape
    for row in rows:
        assert row["file"] == str(room)
        x, y, width, height = (int(row[name]) for name in ("x", "y", "width", "height"))
        assert 0 <= x < x + width <= size[1] and 0 <= y < y + height <= size[0] and width > 20
        assert 0 <= float(row["smile"]) <= 1 and 0 < float(row["quality"]) <= 1
    assert os.listdir(here) == ["faces.csv"]
    table = laughtrack.faces(room, cv2.imread(str(room)))
    assert list(table["file"]) == [str(room)] * 2 + ["2", "2"]
    assert list(table["smile"].round(6)) == [float(row["smile"]) for row in rows] * 2
    assert len(laughtrack.faces(room, finder="net")) == 2
    with pytest.raises(ValueError, match="finder 'hog': expected one of haar, net, both"):
        laughtrack.faces(room, finder="hog")


@pytest.mark.slow
def test_pictures_without_a_face_and_unreadable_ones_are_named(room, here, capfd):
    """The rest is done, and the exit code says that something was not."""
    (here / "broken.jpg").write_bytes(b"no picture")
    cv2.imwrite("wall.jpg", np.full((90, 120), 99, np.uint8))
    words = ["wall.jpg", str(room), "broken.jpg", "missing.jpg"]
    assert app.main(["faces", *words, "--format", "csv"]) == 1
    said = capfd.readouterr()
    assert len(said.out.splitlines()) == 3
    for line in ("no face found in wall.jpg", "broken.jpg: no picture", "missing.jpg: missing"):
        assert line in said.err
    with pytest.raises(ValueError, match=r"broken\.jpg: no picture"):
        laughtrack.faces("broken.jpg")


@pytest.mark.slow
def test_folder_is_its_pictures(room, here, capfd):
    """In order; what else is in it is counted."""
    (here / "room").mkdir()
    for name in ("10.png", "9.png", "._9.png"):
        (here / "room" / name).write_bytes(room.read_bytes())
    assert app.main(["faces", "room", "--format", "csv"]) == 0
    said = capfd.readouterr()
    assert [line.split(",")[0] for line in said.out.splitlines()[1:]] == [
        *["room/9.png"] * 2,
        *["room/10.png"] * 2,
    ]
    assert "1 hidden" in said.err


@pytest.mark.slow
def test_work_and_few_viewers_are_refused(here, monkeypatch, capfd):
    """A score is a single person's; and a picture of staff is refused as a film of them is."""
    cv2.imwrite("wall.jpg", np.full((90, 120), 99, np.uint8))
    assert app.main(["faces", "wall.jpg", "--context", "workplace"]) == 2
    monkeypatch.setenv("LAUGHTRACK_MIN_VIEWERS", "3")
    assert app.main(["faces", "wall.jpg"]) == 2
    with pytest.raises(ValueError, match="single viewers"):
        laughtrack.faces("wall.jpg")
    assert capfd.readouterr().out == ""
