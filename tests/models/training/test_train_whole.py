"""From drawn pictures to a scorer that tells their smiles, whatever comes between."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from laughtrack.cli import app
from laughtrack.edge.simulate.faces import draw_people, with_smile
from laughtrack.edge.smile import smilenet
from laughtrack.models.data import label_table, labels
from laughtrack.models.evaluation import metrics
from tests.tools import TRAIN_PYTHON

ROOT = Path(__file__).resolve().parents[3]
FACES, MARGIN_PX, WIDTH_PX = 260, 30, 70
FEW = 4  # epochs, where what was learnt does not matter
EPOCHS = 16  # after 12 some seeds have learnt nothing yet, and arithmetic differs by processor
# So few steps that the rate is still warming up at the end: it must rise steeply, and labels must
# count more beside movement and points.
SETTINGS = {"peak": 0.4, "movement": 0.02, "points": 0.002}


def picture(face, smiling):
    """Return a drawn face before a plain wall."""
    height, width = face.alpha.shape
    wall = np.full((height + 2 * MARGIN_PX, width + 2 * MARGIN_PX, 3), 120, np.uint8)
    there = wall[MARGIN_PX : MARGIN_PX + height, MARGIN_PX : MARGIN_PX + width]
    alpha = face.alpha[..., None]
    there[:] = alpha * with_smile(face, 0.999 if smiling else 0.001) + (1 - alpha) * there
    return wall


@pytest.fixture(scope="module")
def table(training, tmp_path_factory):
    """Label table of drawn faces in a folder a class, and of a wall with nobody before it."""
    folder = tmp_path_factory.mktemp("drawn")
    classes = [folder / "faces" / name for name in ("no_smile", "smile")]
    for place in classes:
        place.mkdir(parents=True)
    for i, face in enumerate(draw_people([WIDTH_PX] * FACES, seed=5)):
        cv2.imwrite(str(classes[i % 2] / f"{i}.png"), picture(face, i % 2))
    cv2.imwrite(str(classes[0] / "wall.png"), np.full((160, 160, 3), 120, np.uint8))
    words = ["dataset", "folders", str(folder / "faces"), "--out", str(folder / "faces.csv")]
    assert app.main(words) == 0
    (folder / "small.json").write_text(json.dumps(SETTINGS))
    return folder / "faces.csv"


def command(table, work, *words):
    """Return the command that trains on the drawn faces, and its environment."""
    settings = ("--settings", table.with_name("small.json"), "--epochs", EPOCHS)
    words = ("train", "--data", table, "--work", work, *settings, *words)
    environment = {**os.environ, "LAUGHTRACK_TRAIN_PYTHON": str(TRAIN_PYTHON)}
    return [sys.executable, "-m", "laughtrack", *map(str, words)], environment


def train(table, work, *words):
    """Train to the end; return what was said."""
    whole, environment = command(table, work, *words)
    done = subprocess.run(
        whole, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def train_until(table, work, place, epoch, *words):
    """Train until `place` holds so many epochs, then kill -9; return what was said."""
    whole, environment = command(table, work, *words)
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(whole, cwd=ROOT, env=environment, **pipes)
    while process.poll() is None and epochs_in(place) < epoch:
        time.sleep(0.02)
    time.sleep(0.1)  # into the next epoch
    process.kill()
    said = process.communicate(timeout=600)[1]  # to the end of the training, too
    assert process.returncode == -9, said
    return said


def epochs_in(place):
    """Return how many whole epochs a folder of checkpoints holds."""
    file = place / "progress.json"
    return json.loads(file.read_text())["epoch"] if file.is_file() else 0


def ends(work):
    """Return what a training ended with, as bytes."""
    return [(work / name).read_bytes() for name in ("best.params", "progress.json")]


def epochs_of(said):
    """Return the epochs that were trained, in order."""
    lines = [line for line in said.splitlines() if line.startswith("epoch ")]
    return [int(line.split()[1].rstrip(":")) for line in lines]


@pytest.fixture(scope="module")
def trained(table, tmp_path_factory):
    """Work folder of a training that nothing disturbed; `weights` in it is what was exported."""
    work = tmp_path_factory.mktemp("undisturbed")
    said = train(table, work, "--out", work / "weights")
    assert epochs_of(said) == [*range(1, EPOCHS + 1)]
    return work


@pytest.mark.slow
def test_scorer_tells_smiles_of_people_it_never_saw(trained):
    """It loads, passes its self-test, and is right about nearly all."""
    score = smilenet.load_scorer(trained / "weights")
    smiling = np.arange(80) % 2 == 1
    crops = []
    for face, smiles in zip(draw_people([WIDTH_PX] * 80, seed=99), smiling, strict=True):
        box = np.array([face.box]) + MARGIN_PX
        crops.append(smilenet.crop_faces(picture(face, smiles), box)[0])
    found = score(np.stack(crops))
    assert metrics.auc(found, smiling) > 0.95
    assert ((found >= 0.5) == smiling).mean() > 0.85


def test_people_of_the_test_split_stay_unseen(trained, table):
    """`trained.txt` names the others beside the weights, also the one whose face wasn't found."""
    listed = label_table.read(table)
    assert {p.split for p in listed} == set(labels.SPLITS)
    known = [p for p in listed if p.split != "test"]
    assert "wall" in [p.path.stem for p in known]
    lines = (trained / "weights" / "trained.txt").read_text().splitlines()
    assert lines == sorted(labels.person_key(picture) for picture in known)
    assert [f for f in (trained / "weights").iterdir() if f.is_dir()] == []


@pytest.mark.slow
def test_finished_training_is_not_done_again(trained, table):
    """The same command trains nothing, and the weights stay as they are."""
    before = (trained / "best.params").stat()
    said = train(table, trained)
    assert epochs_of(said) == [] and f"all {EPOCHS} epochs are done" in said
    after = (trained / "best.params").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.fixture(scope="module")
def short(trained, table, tmp_path_factory):
    """Work folder of `trained`, gone over by fewer epochs, undisturbed; and what was said."""
    work = shutil.copytree(trained, tmp_path_factory.mktemp("short") / "work")
    return work, train(table, work, "--epochs", FEW)


@pytest.mark.slow
def test_other_settings_start_again(trained, short):
    """Checkpoints of other settings are not carried on."""
    work, said = short
    assert f"another run's checkpoints in {work}: starting anew" in said
    assert epochs_of(said) == [*range(1, FEW + 1)]
    assert (work / "best.params").read_bytes() != (trained / "best.params").read_bytes()
    assert [file.name for file in work.glob("epoch*.params")] == [f"epoch{FEW}.params"]


@pytest.mark.slow
def test_killed_training_ends_with_the_same_weights(trained, short, table, tmp_path):
    """Killed within an epoch, it ends the same to the last bit."""
    for made in [*trained.glob("faces-*"), *trained.glob("landmarks-*")]:
        shutil.copy(made, tmp_path)
    train_until(table, tmp_path, tmp_path, 2, "--epochs", FEW)
    done = epochs_in(tmp_path)
    assert 0 < done < FEW
    assert epochs_of(train(table, tmp_path, "--epochs", FEW)) == [*range(done + 1, FEW + 1)]
    assert not list(tmp_path.rglob("*.part*"))
    if ends(tmp_path) != ends(short[0]):
        # MXNet itself: of some tens of undisturbed trainings one has ended otherwise. Not two.
        other = tmp_path / "undisturbed"
        other.mkdir()
        for made in [*trained.glob("faces-*"), *trained.glob("landmarks-*")]:
            shutil.copy(made, other)
        train(table, other, "--epochs", FEW)
        assert ends(tmp_path) == ends(other)
