"""What the quality of a face is fitted on, and how."""

import subprocess
import sys

import cv2
import numpy as np
import pytest

from laughtrack.edge.smile import quality, quality_coefficients, smilenet
from laughtrack.models.data import labels, load
from laughtrack.models.export import fit_quality, head_pose
from laughtrack.models.faces import degradations


def invented(count=4000, seed=2):
    """Return what speaks against invented faces, and whether their scores are right."""
    rng = np.random.default_rng(seed)
    columns = rng.exponential(1, (count, 3))
    chance = 1 / (1 + np.exp(-(3 - columns @ [1.0, 0.0, -0.5])))
    return columns, rng.random(count) < chance


def test_fit_finds_what_each_part_takes_off():
    """A part that harms gets its cost; one that seems to help gets none, not less."""
    columns, right = invented()
    best, costs = fit_quality.fit(columns[:, :2], right, np.ones(len(right)))
    assert costs == pytest.approx([1.0, 0.0], abs=0.12) and best == pytest.approx(3.4, abs=0.3)
    assert fit_quality.fit(columns, right, np.ones(len(right)))[1][2] == 0


def test_weights_count_faces_as_often():
    """A face of weight 2 counts as the same face twice."""
    columns, right = invented(500)
    weight = np.where(np.arange(500) < 200, 2.0, 1.0)
    twice = np.concatenate([np.arange(500), np.arange(200)])
    once = fit_quality.fit(columns, right, weight)
    assert once[1] == pytest.approx(fit_quality.fit(columns[twice], right[twice], np.ones(700))[1])


@pytest.mark.parametrize("right", [[True] * 9, [False] * 9, []])
def test_nothing_is_learnt_from_scores_that_are_all_alike(right):
    """Without a right and a wrong score there is no fit."""
    with pytest.raises(ValueError, match="scores that are all alike"):
        fit_quality.fit(np.ones((len(right), 2)), np.array(right, bool), np.ones(len(right)))


def heads(count, seed):
    """Return crops of ovals that lie where a head's turn brings them, and the turns in degrees."""
    rng = np.random.default_rng(seed)
    turns = rng.normal(0, 12, (count, 3))
    crops = np.full((count, 48, 48), 60, np.uint8)
    for crop, (yaw, pitch, roll) in zip(crops, turns, strict=True):
        middle = (round(24 + yaw / 4), round(24 + pitch / 4))
        cv2.ellipse(crop, middle, (10, 16), roll, 0, 360, 180, -1)
        crop += rng.integers(0, 30, (48, 48), dtype=np.uint8)
    return crops, turns


def test_turns_are_learnt_from_light_and_shade():
    """Yaw, pitch and roll of heads not seen before come out of their crops."""
    pose = head_pose.pose_reader(head_pose.learn(*heads(600, 1)))
    crops, turns = heads(200, 2)
    found = pose(quality.coarse_cells(crops))
    for axis in range(3):
        assert np.corrcoef(found[:, axis], turns[:, axis])[0, 1] > 0.8


def listed(folder, count=4):
    """Write pictures without any face; return them as labelled ones."""
    rng = np.random.default_rng(4)
    for i in range(count):
        coarse = rng.integers(0, 256, (6, 6), dtype=np.uint8)
        cv2.imwrite(str(folder / f"{i}.png"), cv2.resize(coarse, (150, 120)))
    names = [f"{i}.png" for i in range(count)]
    return [labels.Picture(folder / n, "own", n, "val", smile="1", strict="") for n in names]


def finder(image):
    """Say that there is a face in the middle of any picture."""
    return np.array([[0.0, 0.0, 20.0, 20.0], [40.0, 30.0, 100.0, 90.0]]), np.array([0.5, 0.8])


@pytest.mark.slow
def test_faces_are_degraded_the_same_way_each_time(tmp_path):
    """The first copy is the face as it is; the others are smaller, worse, and known by picture."""
    pictures = listed(tmp_path)
    found, again = (degradations.degraded_faces(pictures, 12, finder) for _ in range(2))
    assert all(np.array_equal(one, two) for one, two in zip(found, again, strict=True))
    first = np.searchsorted(found.picture_index, range(4))
    assert (found.boxes[first] == [40, 30, 100, 90]).all() and (
        found.confidence[first] == 0.8
    ).all()
    assert 4 + 4 < len(found.crops) == len(found.boxes) == len(found.picture_index)
    widths = found.boxes[:, 2] - found.boxes[:, 0]
    assert widths.min() < 20 and widths.max() < 75 and len(np.unique(found.crops, axis=0)) > 20


def test_broken_picture_is_named(tmp_path):
    """A picture that cannot be read ends the fit with its name."""
    pictures = listed(tmp_path)
    pictures[2].path.write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"2\.png"):
        degradations.degraded_faces(pictures, 2, finder)


def test_pictures_without_a_face_cannot_be_fitted_on(tmp_path):
    """The message says how many pictures were looked at."""
    with pytest.raises(ValueError, match="no face was found in 4 pictures"):
        degradations.degraded_faces(
            listed(tmp_path), 2, lambda image: (np.zeros((0, 4)), np.zeros(0))
        )


def numbers(path):
    """Run a file of numbers and return what it defines."""
    known = {}
    exec(path.read_text(), known)
    return known


def test_numbers_are_written_as_code(tmp_path):
    """What was fitted can be imported, in the project's own format, with nothing left beside it."""
    best, costs = 2.5, np.arange(len(quality.PARTS)) / 7
    turns = {name: np.full((8, 4), -0.123) for name in quality.MIRROR}
    path = tmp_path / "numbers.py"
    fitted = fit_quality.QualityFit(best, costs)
    fit_quality.write(path, "abc", fitted, head_pose.PoseModel(turns, 1.5))
    known = numbers(path)
    assert (known["MADE_FOR"], known["BEST"], known["LEVEL_PITCH"]) == ("abc", 2.5, 1.5)
    assert list(known["COSTS"].values()) == pytest.approx(costs, abs=1e-4)
    assert np.shape(known["TURN"]["roll"]) == (8, 4) and known["TURN"]["roll"][7][3] == -0.12
    assert [p.name for p in tmp_path.iterdir()] == ["numbers.py"]
    command = [sys.executable, "-m", "ruff", "format", "--line-length", "100", "--check", path]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_weights_that_no_face_could_be_scored_with_are_refused(tmp_path):
    """Numbers by which not even the best faces are scored are not written."""
    costs, turns = np.zeros(len(quality.PARTS)), dict.fromkeys(quality.MIRROR, np.zeros((8, 4)))
    with pytest.raises(ValueError, match="only 73 in 100 are scored right, so none would be"):
        fitted, pose = fit_quality.QualityFit(1.0, costs), head_pose.PoseModel(turns, 0.0)
        fit_quality.write(tmp_path / "numbers.py", "abc", fitted, pose)
    assert not list(tmp_path.iterdir())


def light(crops):
    """Call all but the darkest crops a smile."""
    grey = crops.mean(axis=(1, 2))
    return (grey > np.quantile(grey, 0.05)).astype(float)


@pytest.mark.slow
def test_command_fits_and_writes(tmp_path, monkeypatch):
    """From pictures with labels to numbers: turns stay as they were where no pose is labelled."""
    pictures = listed(tmp_path, 60)
    monkeypatch.setattr(load, "load_pictures", lambda data, sets: pictures)
    plain = degradations.degraded_faces
    monkeypatch.setattr(
        degradations, "degraded_faces", lambda listed, copies: plain(listed, copies, finder)
    )
    monkeypatch.setattr(smilenet, "load_scorer", lambda folder: light)
    assert fit_quality.main(["--out", str(tmp_path / "numbers.py")]) == 0
    known = numbers(tmp_path / "numbers.py")
    assert known["MADE_FOR"] == fit_quality.fingerprint(smilenet.ARTIFACTS)
    assert known["BEST"] > 2 and np.allclose(
        known["TURN"]["yaw"], quality_coefficients.TURN["yaw"], atol=0.005
    )


@pytest.mark.slow
def test_command_says_what_is_missing(tmp_path, capsys):
    """A folder without labels is one line and exit code 1."""
    assert fit_quality.main(["--data", str(tmp_path), "--out", str(tmp_path / "numbers.py")]) == 1
    assert "no labels under" in capsys.readouterr().err


def test_shipped_numbers_are_for_the_shipped_weights():
    """New weights need new numbers: run `models.export.fit_quality`."""
    assert fit_quality.fingerprint(smilenet.ARTIFACTS) == quality_coefficients.MADE_FOR
