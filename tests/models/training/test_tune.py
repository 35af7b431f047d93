"""The search of settings, with a quick training: it ends, stops, carries on and refuses."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from laughtrack.models.training import search, train, tune
from laughtrack.models.training.settings import Settings, read_settings
from tests.tools import TRAIN_PYTHON

ROOT = Path(__file__).resolve().parents[3]

# Trains in no time: the loss is a bowl whose bottom is at 0.7 of every range. It goes on after the
# last whole epoch as the real one does, and says each epoch. $STOP is "FOLDER EPOCH WAY".
QUICK = """
import math, os, sys, time
from laughtrack.models.data import load
from laughtrack.models.training import search
from laughtrack.models.training import train
from laughtrack.models.training import tune

def quick(data, work, settings, on_epoch=None):
    (faces,) = work.glob("faces-*.npz")
    assert faces.is_file()
    off = 0
    for name, (low, high, log) in search.SPACE.items():
        low, high, value = (math.log(v) if log else v for v in (low, high, getattr(settings, name)))
        off += ((value - low) / (high - low) - 0.7) ** 2
    done = work / "done"
    while (epoch := int(done.read_text() if done.is_file() else 0)) < settings.epochs:
        epoch += 1
        print("epoch", work.name, epoch, flush=True)
        folder, at, way = os.environ.get("STOP", "- 0 -").split()
        if folder in (work.name, "any") and int(at) == epoch:
            if way == "nan":
                on_epoch(epoch, math.nan)
            if way == "raise":
                raise ValueError("no pictures")
            if way == "sleep":
                time.sleep(60)
            os.kill(os.getpid(), 9)
        done.write_text(str(epoch))
        on_epoch(epoch, off + 1 / epoch)
    return off + 1 / settings.epochs

train.train = quick
load.load_pictures = lambda data: []
sys.exit(tune.main(sys.argv[1:]))
"""


def words(work, trials, *more):
    """Return the command that searches in a folder."""
    return [TRAIN_PYTHON, "-c", QUICK, "--work", work, "--trials", str(trials), *more]


def run(work, trials, *more, stop="- 0 -"):
    """Search to the end, 3 epochs a trial; return exit code, the epochs run, best, and the talk."""
    done = subprocess.run(
        list(map(str, words(work, trials, "--epochs", "3", *more))),
        env={**os.environ, "STOP": stop, "PYTHONWARNINGS": "error::FutureWarning"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    epochs = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("epoch")]
    found = done.stdout[done.stdout.find("{") :] if "{" in done.stdout else "null"
    return done.returncode, epochs, json.loads(found), done.stderr


@pytest.fixture(scope="module")
def whole(training, tmp_path_factory):
    """A search of nine trials without a stop: its folder, and what `run` returned."""
    work = tmp_path_factory.mktemp("whole")
    return work, run(work, 9)


@pytest.mark.slow
def test_search_finds_something_better_than_the_usual(whole):
    """The best is what the file says, lies in every range, and isn't the first trial's."""
    work, (code, epochs, best, _) = whole
    assert code == 0 and len({folder for folder, _ in epochs}) == 9
    settings = read_settings(work / tune.BEST)
    assert settings._asdict() == best and settings.epochs == 3
    for name, (low, high, _) in search.SPACE.items():
        assert low <= best[name] <= high
    usual = Settings()
    assert any(getattr(usual, name) != best[name] for name in search.SPACE)


def test_bad_trials_are_given_up(whole):
    """Of nine some ran fewer epochs than three; their folders are gone."""
    work, (_, epochs, _, _) = whole
    ran = [folder for folder, _ in epochs]
    short = {folder for folder in ran if ran.count(folder) < 3}
    assert short and not any((work / folder).exists() for folder in short)
    assert len(list(work.glob("trial*"))) == 9 - len(short)


@pytest.mark.slow
def test_killed_search_finds_the_same(whole, tmp_path):
    """Killed in a trial, it takes that trial up where it was, and ends as if nothing had been."""
    _, (_, epochs, best, _) = whole
    assert run(tmp_path, 9, stop="trial0003 2 kill")[0] == -signal.SIGKILL
    code, after, found, _ = run(tmp_path, 9)
    assert code == 0 and found == best
    assert after[0] == ["trial0003", "2"]
    # The first epoch isn't run again: all others after the kill are those of the whole search.
    rest = epochs[epochs.index(["trial0003", "1"]) + 1 :]
    assert [epoch for _, epoch in after] == [epoch for _, epoch in rest]


@pytest.mark.train
def test_more_trials_add_to_those_there_are(tmp_path):
    """The number is of all: two more, then none."""
    assert len(run(tmp_path, 2)[1]) == 6
    assert len(run(tmp_path, 4)[1]) == 6
    code, epochs, best, _ = run(tmp_path, 4)
    assert (code, epochs) == (0, []) and best["epochs"] == 3


@pytest.mark.train
def test_training_that_runs_away_is_given_up(tmp_path):
    """A loss that is no number ends that trial, not the search."""
    code, epochs, best, _ = run(tmp_path, 2, stop="trial0000 1 nan")
    assert code == 0 and best
    assert epochs == [["trial0000", "1"], *(["trial0001", str(n)] for n in (1, 2, 3))]


@pytest.mark.train
def test_search_without_any_loss_is_1(tmp_path):
    """Nothing is called the best."""
    code, _, best, said = run(tmp_path, 1, stop="any 1 nan")
    assert (code, best) == (1, None) and "none came to a loss" in said


@pytest.mark.train
def test_training_that_cannot_be_done_is_1(tmp_path):
    """Its own words come through, and the search doesn't go round and round."""
    code, epochs, _, said = run(tmp_path, 3, stop="any 1 raise")
    assert (
        code == 1
        and len(epochs) == 1
        and said.endswith("laughtrack.models.training.tune: no pictures\n")
    )


@pytest.mark.train
def test_ctrl_c_says_how_to_go_on(tmp_path):
    """Exit code 1 and one line."""
    first = subprocess.Popen(
        list(map(str, words(tmp_path, 3))),
        env={**os.environ, "STOP": "any 2 sleep"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with first:
        while first.stdout.readline() != "epoch trial0000 2\n":
            assert first.poll() is None
        code, _, _, said = run(tmp_path, 3)
        assert code == 1 and f"another training or search is at work in {tmp_path}" in said
        first.send_signal(signal.SIGINT)
        said = first.communicate(timeout=600)[1]
    assert first.returncode == 1 and "Traceback" not in said
    assert said.endswith(
        "laughtrack.models.training.tune: stopped: the same command carries on from here\n"
    )


@pytest.mark.slow
def test_study_of_something_else_is_refused(whole):
    """Another number of epochs isn't comparable: the message names both, and the cure."""
    work, _ = whole
    code, epochs, _, said = run(work, 9, "--epochs", "4")
    assert (code, epochs) == (1, [])
    assert "of epochs 3, not 4: give another --work, or delete" in said


@pytest.mark.train
def test_broken_study_is_named(tmp_path):
    """A file that is no study is neither read nor overwritten."""
    (tmp_path / tune.STUDY).write_text("not a study" * 100)
    code, _, _, said = run(tmp_path, 1)
    assert code == 1 and str(tmp_path / tune.STUDY) in said and "Traceback" not in said
    assert (tmp_path / tune.STUDY).read_text().startswith("not a study")


@pytest.mark.parametrize(
    "text, says",
    [
        ("{", "cannot read settings"),
        ("[1]", "expected a JSON object"),
        ('{"peek": 1}', "no setting 'peek'; there are .*epochs"),
        ('{"epochs": 2.5}', "epochs is 2.5, expected a whole number"),
        ('{"epochs": true}', "epochs is True"),
        ('{"%s": NaN}', "is nan, expected a number"),
        ('{"%s": "much"}', "is 'much', expected a number"),
        ('{"epochs": 0}', "epochs is 0, expected 1 or more"),
        ('{"seed": -1}', "seed is -1, expected 0 or more"),
        ('{"peak": 0}', "peak is 0, expected more than 0"),
        ('{"decay": -0.1}', "decay is -0.1, expected 0 or more"),
    ],
)
def test_wrong_settings_are_named(text, says, tmp_path):
    """The file, the name, the value and what was expected."""
    path = tmp_path / "settings.json"
    path.write_text(text.replace("%s", next(iter(search.SPACE))))
    with pytest.raises(ValueError, match=says) as error:
        read_settings(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("module", [train, tune])
def test_epochs_out_of_range_are_refused_before_anything_is_done(module, tmp_path, capsys):
    """Exit code 1 and one line; no work folder is made."""
    work = tmp_path / "work"
    assert module.main(["--epochs", "0", "--work", str(work), "--data", str(tmp_path)]) == 1
    assert "epochs is 0, expected 1 or more" in capsys.readouterr().err
    assert not work.exists()


def test_settings_left_out_keep_their_default(tmp_path):
    """A file may name only some."""
    (tmp_path / "some.json").write_text('{"epochs": 2}')
    assert read_settings(tmp_path / "some.json") == Settings()._replace(epochs=2)


def test_usual_settings_lie_in_the_ranges():
    """The search begins with them."""
    for name, (low, high, _) in search.SPACE.items():
        assert low <= getattr(Settings(), name) <= high


@pytest.mark.slow
def test_tune_imports_without_optuna():
    """The command line may import it where Optuna is not."""
    code = "import sys; sys.modules['optuna'] = None; import laughtrack.models.training.tune"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
