"""`laughtrack dataset ...`: what it says, what it leaves, how it ends."""

import os

import cv2
import numpy as np
import pytest

from laughtrack.cli import app, training_env
from laughtrack.edge import file_lock
from laughtrack.models.data import label_table
from laughtrack.models.faces import crop_cache


def photos(folder, *names):
    """Write smooth pictures, large enough for a face."""
    for n, name in enumerate(names):
        coarse = np.random.default_rng(n).integers(0, 256, (9, 9, 3), dtype=np.uint8)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image = cv2.resize(coarse, (250, 250), interpolation=cv2.INTER_CUBIC)
        path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())
    return folder


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Stand in an empty folder, with a finder of faces that takes the picture's middle."""

    def finder(image):
        return np.array([[70.0, 70, 180, 180]]), np.ones(1)

    monkeypatch.setattr("laughtrack.models.faces.wide_crops.whole_picture_finder", lambda: finder)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(line):
    """Run a command line."""
    return app.main(["dataset", *line.split()])


@pytest.mark.slow
def test_sets_gather_in_one_table(here, capsys):
    """Each adds its pictures; the same again adds none."""
    photos(here / "lfw", "Al_Bo/Al_Bo_0001.jpg", "Al_Bo/Al_Bo_0002.jpg")
    (here / "legend.csv").write_text("user.id,image,emotion\n1,Al_Bo_0001.jpg,Happiness\n")
    photos(here / "genki", "files/file0001.jpg")
    (here / "genki" / "labels.txt").write_text("0 0.1 0.2 0.3\n")
    photos(here / "mine", "smile/a.png", "no_smile/a.png")
    (here / "mine" / "l.csv").write_text("file,grins\nsmile/a.png,yes\n")
    assert run("lfw lfw") == 0
    assert run("genki genki") == 0
    assert run("folders mine") == 0
    assert run("csv mine/l.csv --picture file --smile grins") == 0
    assert run("lfw lfw --labels legend.csv") == 0
    assert capsys.readouterr().out.splitlines() == [
        "faces.csv: 2 pictures added; 2 in all: 0 smile, 0 don't, 2 not known",
        "faces.csv: 1 pictures added; 3 in all: 0 smile, 1 don't, 2 not known",
        "faces.csv: 2 pictures added; 5 in all: 1 smile, 2 don't, 2 not known",
        "faces.csv: 0 pictures added; 5 in all: 1 smile, 2 don't, 2 not known",
        "faces.csv: 0 pictures added, 1 known ones got labels; 5 in all: 2 smile, 2 don't, "
        "1 not known",
    ]
    assert {p.source for p in label_table.read("faces.csv")} == {"lfw", "genki4k", "mine"}


@pytest.mark.slow
def test_what_could_not_be_done_is_named_after_the_rest(here, capsys):
    """On the terminal; where it is much, all of it in a file, which goes when all is well."""
    photos(here, "a.png")
    lines = ["a.png,1", *(f"gone{n}.png,1" for n in range(60))]
    (here / "l.csv").write_text("\n".join(["picture,smile", *lines]))
    assert run("csv l.csv") == 1
    said = capsys.readouterr()
    assert "1 pictures added" in said.out
    assert "l.csv, line 3: gone0.png: missing" in said.err and "gone45.png" not in said.err
    assert "and 20 more: faces.left-out.txt names all" in said.err
    assert "60 could not be done" in said.err
    assert len((here / "faces.left-out.txt").read_text().splitlines()) == 60
    (here / "l.csv").write_text("picture,smile\na.png,1\n")
    assert run("csv l.csv") == 0 and not (here / "faces.left-out.txt").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("lfw nowhere", "is it LFW"),
        ("genki nowhere", "is it GENKI"),
        ("mtfl nowhere", "is it MTFL"),
        ("fairface nowhere", "is it FairFace"),
        ("ferplus nowhere", "is it FER+"),
        ("folders nowhere", "no folder nowhere"),
        ("csv nowhere.csv", "no file nowhere.csv"),
        ("pack nowhere.csv --out x", "no file nowhere.csv"),
        ("pack bad.csv --out x", "bad.csv has no column 'picture'"),
        ("pack none.csv --out x", "none of its 1 pictures has a label"),
        ("pack one.csv --out .", "faces.csv is a label table"),
    ],
)
def test_wrong_input_is_1(here, capsys, monkeypatch, line, says):
    """One line that names it; nothing is made."""
    monkeypatch.setattr("laughtrack.cli.training_env.training_python", lambda: "python")
    (here / "bad.csv").write_text("a,b\n")
    (here / "none.csv").write_text("picture,source,person,smile\na.png,own,a,\n")
    (here / "one.csv").write_text("picture,source,person,smile\na.png,own,a,1\n")
    (here / "faces.csv").write_text("picture,source,person,smile\na.png,own,a,1\n")
    before = {p: p.read_bytes() for p in here.iterdir()}
    assert run(line) == 1
    said = capsys.readouterr()
    assert said.out == "" and says in said.err and said.err.startswith("laughtrack: ")
    assert {p: p.read_bytes() for p in here.iterdir()} == before


@pytest.mark.slow
def test_packing_asks_for_the_training_environment_first(here, capsys, monkeypatch):
    """Not after an hour of cutting."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv(training_env.VARIABLE, str(here / "no-python"))
    assert run("pack faces.csv --out x") == 1
    assert "laughtrack train-env" in capsys.readouterr().err and not (here / "x").exists()


@pytest.mark.slow
def test_stopped_packing_is_carried_on(here, capsys, monkeypatch):
    """Ctrl-C says so; crops cut before it stay."""
    photos(here, "smile/a.png", "smile/b.png", "no_smile/c.png")
    monkeypatch.setattr("laughtrack.cli.training_env.training_python", lambda: "python")
    monkeypatch.setattr("laughtrack.cli.training_env.run_module", lambda module, words: 0)
    assert run("folders .") == 0
    real = crop_cache.face_crop

    def face(path, finder):
        if path.name == "b.png":
            raise KeyboardInterrupt
        return real(path, finder)

    monkeypatch.setattr(crop_cache, "face_crop", face)
    assert run("pack faces.csv --out x") == 1
    assert "stopped: the same command carries on from here" in capsys.readouterr().err
    assert {p.name for p in (here / "x").iterdir()} == {crop_cache.FILE}
    assert len(crop_cache.load_crops(here / "x" / crop_cache.FILE)) == 2
    monkeypatch.setattr(crop_cache, "face_crop", real)
    assert run("pack faces.csv --out x") == 0
    assert len(crop_cache.load_crops(here / "x" / crop_cache.FILE)) == 3


@pytest.mark.slow
def test_packing_nothing_leaves_what_was_packed(here, capsys, monkeypatch):
    """A table whose pictures moved away is an error, not an empty set."""
    monkeypatch.setattr("laughtrack.cli.training_env.training_python", lambda: "python")
    monkeypatch.setattr("laughtrack.cli.training_env.run_module", lambda module, words: 1 / 0)
    (here / "faces.csv").write_text("picture,source,person,smile\na.png,own,a,1\n")
    assert run("pack faces.csv --out x") == 1
    said = capsys.readouterr().err
    assert "a.png: missing" in said and "a face in none of its 1 pictures" in said


@pytest.mark.slow
def test_folder_in_use_is_left_alone(here, capsys, monkeypatch):
    """Two at work in one would spoil each other's."""
    monkeypatch.setattr("laughtrack.cli.training_env.training_python", lambda: "python")
    photos(here, "smile/a.png", "no_smile/c.png")
    assert run("folders .") == 0
    (here / "x").mkdir()
    lock = file_lock.lock_folder(str(here / "x"))
    try:
        assert run("pack faces.csv --out x") == 1
    finally:
        os.close(lock)
    assert "x is in use by another command" in capsys.readouterr().err


@pytest.mark.slow
def test_packing_that_is_stopped_says_how_to_go_on(here, capsys, monkeypatch):
    """Also after the cutting."""
    monkeypatch.setattr("laughtrack.cli.training_env.training_python", lambda: "python")
    monkeypatch.setattr(
        "laughtrack.cli.training_env.run_module", lambda module, words: training_env.INTERRUPTED
    )
    photos(here, "smile/a.png", "no_smile/c.png")
    assert run("folders .") == 0
    assert run("pack faces.csv --out x") == 1
    assert "stopped: the same command carries on from here" in capsys.readouterr().err
    assert (here / "x" / crop_cache.FILE).exists()


@pytest.mark.slow
def test_folder_that_cannot_be_written_is_named(here, capsys, monkeypatch):
    """It is not in use by anyone."""

    def full(lock, *_):
        raise OSError(28, "No space left on device", lock.lock_file)

    monkeypatch.setattr("laughtrack.cli.training_env.training_python", lambda: "python")
    monkeypatch.setattr("filelock.FileLock.acquire", full)
    photos(here, "smile/a.png", "no_smile/c.png")
    assert run("folders .") == 0
    assert run("pack faces.csv --out x") == 1
    assert "cannot write in x: No space left on device" in capsys.readouterr().err


@pytest.mark.train
def test_table_to_records_and_back(here, capfd):
    """What is missing or broken is named and the rest is packed; unpacked, it can be packed on."""
    photos(here, *(f"smile/a{n}.jpg" for n in range(6)), "no_smile/ü 1.png")
    assert run("folders .") == 0
    (here / "smile" / "a1.jpg").unlink()
    (here / "smile" / "a2.jpg").write_bytes(b"no picture")
    assert run("pack faces.csv --out packed") == 1
    said = capfd.readouterr()
    assert "a1.jpg: missing" in said.err and "a2.jpg: no picture, or a broken one" in said.err
    assert "left out: 2 missing or broken, 0 without a face found, 0 without a label" in said.err
    assert "packed: 5 faces packed" in said.out
    assert run("unpack packed --out crops") == 0
    assert "5 faces unpacked, crops/faces.csv names them" in capfd.readouterr().out
    crops = label_table.read("crops/faces.csv")
    assert [cv2.imread(str(p.path), -1).shape for p in crops] == [(64, 64)] * 5
    assert sorted(p.smile for p in crops) == ["0", "1", "1", "1", "1"]
    assert run("pack crops/faces.csv --out again --crops") == 0
    assert run("unpack again --out crops2") == 0
    both = (crops, label_table.read("crops2/faces.csv"))
    known = [{p.person: (p.split, p.smile, p.path.read_bytes()) for p in each} for each in both]
    assert known[0] == known[1]
