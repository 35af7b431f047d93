"""What `laughtrack evaluate` measures, and what it says when it cannot."""

import json
import shutil
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from laughtrack.cli import app
from laughtrack.cli.commands.model.evaluate import Split
from laughtrack.edge.smile import smilenet
from laughtrack.models.data import labels, load
from laughtrack.models.data.labels import person_key
from laughtrack.models.evaluation import evaluate
from laughtrack.models.evaluation.evaluate import Plan, choose

SEEN = ["Ann", "Bob", "Cid", "Dee"]


def people(*names):
    """Return a picture of each."""
    return [labels.Picture(Path(n), "lfw", n, labels.split_of(n), "1") for n in names]


@pytest.fixture
def data(tmp_path):
    """Return a folder like GENKI-4K's, of 40 crops of noise."""
    files = tmp_path / "data" / "genki4k" / "files"
    files.mkdir(parents=True)
    rng = np.random.default_rng(1)
    lines = ["file,smile,yaw_rad,pitch_rad,roll_rad"]
    for n in range(40):
        coarse = rng.integers(0, 256, (9, 9), dtype=np.uint8)
        cv2.imwrite(str(files / f"{n}.png"), cv2.resize(coarse, (48, 48)))
        lines.append(f"{n}.png,{n % 2},0.1,0,0")
    (files.parent / "labels.csv").write_text("\n".join(lines) + "\n")
    return tmp_path / "data"


def run(data, tmp_path, *words):
    """Run the command on ready crops; return its exit code."""
    places = ["--data", str(data), "--out", str(tmp_path / "out")]
    return app.main(["evaluate", *places, "--crops", *words])


def test_parts_are_the_options():
    """The command's choices are the module's."""
    assert [each.value for each in Split] == list(evaluate.PARTS)


def test_new_people_are_those_not_trained_on(tmp_path):
    """By the list of keys beside the weights."""
    listed = people(*SEEN)
    keys = sorted(person_key(p) for p in listed[:2])
    assert all(len(key) == 12 for key in keys)
    (tmp_path / "trained.txt").write_text("\n".join(keys) + "\n")
    chosen, words, others = choose(listed, "new", tmp_path)
    assert [p.person for p in chosen] == SEEN[2:]
    assert "have not seen" in words and "trained or chose" in others


def test_key_is_of_set_and_person():
    """The first 12 hex digits of the SHA-256 of "lfw/Ann"; another set's Ann is another."""
    (ann,) = people("Ann")
    assert person_key(ann) == "d610e1575760"
    assert person_key(ann) != person_key(ann._replace(source="other"))


def test_without_a_list_new_is_the_test_split(tmp_path):
    """And the words say so."""
    listed = people(*(f"p{n}" for n in range(100)))
    chosen, words, others = choose(listed, "new", tmp_path)
    assert chosen == [p for p in listed if p.split == "test"] and len(chosen) > 3
    assert "'test'" in words and "trained.txt" in words and "other splits" in others


@pytest.mark.parametrize("part", ["train", "val", "test", "all"])
def test_other_parts_are_splits(tmp_path, part):
    """Whatever the list says."""
    listed = people(*(f"p{n}" for n in range(100)))
    (tmp_path / "trained.txt").write_text("".join(f"{person_key(p)}\n" for p in listed))
    chosen, *_ = choose(listed, part, tmp_path)
    assert chosen == [p for p in listed if part in ("all", p.split)]


def test_list_of_something_else_is_refused(tmp_path):
    """A name where a key should be."""
    (tmp_path / "trained.txt").write_text("George_W_Bush\n")
    with pytest.raises(ValueError, match=r"trained.txt: 'George_W_Bush' is no person's key"):
        choose(people("Ann"), "new", tmp_path)


@pytest.mark.slow
def test_command_writes_page_and_figures(data, tmp_path, capsys):
    """Every labelled picture is measured; the results are on standard output."""
    assert run(data, tmp_path, "--split", "all") == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[0].startswith("GENKI-4K: 40 faces; found 100.0")
    assert said.out.splitlines()[-1] == str(tmp_path / "out" / "evaluation.md")
    found = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert found["sets"]["genki4k"]["faces"] == 40
    assert found["measured"]["left_out"] == 0 and found["measured"]["ready_crops"]
    assert "no face was looked for" in (tmp_path / "out" / "evaluation.md").read_text()


@pytest.mark.slow
def test_broken_picture_is_told_at_the_end(data, tmp_path, capsys):
    """The rest is measured; the page counts it."""
    (data / "genki4k" / "files" / "7.png").write_bytes(b"oops")
    (data / "genki4k" / "files" / "8.png").unlink()
    assert run(data, tmp_path, "--split", "all") == 0
    said = capsys.readouterr()
    assert "7.png: " in said.err and "8.png: missing" in said.err
    assert "GENKI-4K: 38 faces" in said.out
    page = " ".join((tmp_path / "out" / "evaluation.md").read_text().split())
    assert "2 could not be read" in page


@pytest.mark.slow
def test_trained_on_is_left_out_and_counted(data, tmp_path, weights):
    """A copy of the weights with a list of ten people."""
    listed = load.load_pictures(data)
    (weights / "trained.txt").write_text("".join(f"{person_key(p)}\n" for p in listed[:10]))
    assert run(data, tmp_path, "--weights", str(weights), "--card") == 0
    found = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert (found["measured"]["left_out"], found["measured"]["pictures"]) == (10, 30)
    assert (
        "Left out: 10 (of people who trained or chose the weights)"
        in (weights / "README.md").read_text()
    )
    assert json.loads((weights / "figures.json").read_text())["sets"] == found["sets"]


@pytest.fixture
def weights(tmp_path):
    """Return a copy of the shipped weights."""
    for name in ("smilenet.json", "smilenet.onnx"):
        (tmp_path / "weights").mkdir(exist_ok=True)
        shutil.copy(smilenet.ARTIFACTS / name, tmp_path / "weights" / name)
    return tmp_path / "weights"


@pytest.mark.slow
def test_weights_of_another_size_are_refused(data, tmp_path, weights, capsys):
    """Before any picture is looked at."""
    settings = json.loads((weights / "smilenet.json").read_text()) | {"size": 48}
    (weights / "smilenet.json").write_text(json.dumps(settings))
    assert run(data, tmp_path, "--weights", str(weights)) == 1
    assert "made for size 48, crops have 64" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_all_pictures_broken_is_1(data, tmp_path, capsys):
    """The first is named."""
    for path in (data / "genki4k" / "files").iterdir():
        path.write_bytes(b"")
    assert run(data, tmp_path, "--split", "all") == 1
    assert "none of 40 pictures can be read: " in capsys.readouterr().err


@pytest.mark.slow
def test_nobody_left_is_1(data, tmp_path, weights, capsys):
    """All were trained on."""
    listed = load.load_pictures(data)
    (weights / "trained.txt").write_text("".join(f"{person_key(p)}\n" for p in listed))
    assert run(data, tmp_path, "--weights", str(weights)) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "no labelled picture left of 40 with --split new" in said


@pytest.mark.slow
def test_folder_without_labels_is_1(tmp_path, capsys):
    """And one that isn't there."""
    assert run(tmp_path, tmp_path) == 1
    assert f"no labels under {tmp_path}" in capsys.readouterr().err
    assert run(tmp_path / "gone", tmp_path) == 1
    assert f"no folder and no table {tmp_path / 'gone'}" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("split", ["all", "train", "val"])
def test_card_of_pictures_trained_on_is_wrong_usage(tmp_path, split, capsys):
    """A card tells of new people."""
    assert run(tmp_path, tmp_path, "--card", "--split", split) == 2
    assert "pictures not trained on" in " ".join(capsys.readouterr().err.split())


@pytest.mark.slow
def test_out_that_is_a_file_is_wrong_usage(data, tmp_path, capsys):
    """Said before anything is measured."""
    (tmp_path / "out").write_text("mine")
    assert run(data, tmp_path) == 2
    assert "is a file" in " ".join(capsys.readouterr().err.split())
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.slow
def test_interrupted_it_writes_nothing(data, tmp_path, capsys, monkeypatch):
    """One line, exit 1."""

    @contextmanager
    def counting(what, count):
        def step(done):
            raise KeyboardInterrupt

        yield step

    monkeypatch.setattr("laughtrack.cli.commands.model.evaluate.counting", counting)
    assert run(data, tmp_path, "--split", "all") == 1
    assert "stopped, nothing was written" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_whole_pictures_and_clips_go_through_the_finder(data, monkeypatch):
    """Finder and scorer passed in: every picture and every frame is asked for."""
    asked = []

    def finder(image):
        asked.append(image.shape)
        return np.array([[4.0, 4.0, 44.0, 44.0]]), np.ones(1)

    footage = data / "footage"
    footage.mkdir()
    writer = cv2.VideoWriter(str(footage / "a.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48))
    for n in range(6):
        writer.write(np.full((48, 64, 3), 40 * n, np.uint8))
    writer.release()
    (footage / "smile_intervals.csv").write_text(
        "clip,fps,person,first_frame,last_frame,label\na.avi,10,x,0,2,neutral\na.avi,10,x,3,5,smile\n"
    )
    monkeypatch.setattr(evaluate.wide_crops, "whole_picture_finder", lambda kind: finder)
    monkeypatch.setattr(
        evaluate.smilenet, "load_scorer", lambda _: lambda cut: cut.mean((1, 2)) / 255
    )

    @contextmanager
    def quiet(what, count):
        yield lambda done: None

    found = evaluate.evaluate(Plan(data, "all"), quiet)
    # Small pictures are enlarged for it.
    assert asked == [(192, 192, 3)] * 40 + [(48, 64, 3)] * 6
    assert found["video"]["clips"]["a.avi"]["auc"] == 1
    assert not found["measured"]["ready_crops"]
