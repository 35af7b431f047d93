"""`laughtrack train` runs the right modules with the words that were given."""

import pytest

from laughtrack.cli import app, training_env


@pytest.fixture
def codes():
    """Return the exit codes of modules; 0 for those not in it."""
    return {}


@pytest.fixture
def ran(codes, monkeypatch):
    """Return what was run, as (module, words)."""
    ran = []

    def run_module(module, words):
        ran.append((module, [str(word) for word in words]))
        return codes.get(module, 0)

    monkeypatch.setattr(training_env, "run_module", run_module)
    return ran


@pytest.mark.slow
@pytest.mark.parametrize(
    "words, expected",
    [
        # Nothing given: the module's own defaults.
        ([], [("laughtrack.models.training.train", [])]),
        (
            ["--data", "d", "--seed", "0", "--settings", "best.json"],
            [
                (
                    "laughtrack.models.training.train",
                    ["--data=d", "--seed=0", "--settings=best.json"],
                )
            ],
        ),
        # Exporting takes no word of training.
        (
            ["--data", "d", "--work", "w", "--epochs", "3", "--out", "o"],
            [
                ("laughtrack.models.training.train", ["--data=d", "--work=w", "--epochs=3"]),
                ("laughtrack.models.export.export", ["--data=d", "--work=w", "--out=o"]),
            ],
        ),
        # A name may begin like an option.
        (["--data=-d"], [("laughtrack.models.training.train", ["--data=-d"])]),
        (
            ["--work", "w", "--tune", "5"],
            [("laughtrack.models.training.tune", ["--work=w", "--trials=5"])],
        ),
    ],
)
def test_words_reach_their_module(words, expected, ran):
    """Each module gets what it knows."""
    assert app.main(["train", *words]) == 0
    assert ran == expected


@pytest.mark.slow
@pytest.mark.parametrize("code, ours", [(1, 1), (2, 2), (-9, 1), (130, 1)])
def test_failed_training_exports_nothing(code, ours, ran, codes):
    """Its exit code comes through as one of ours."""
    codes["laughtrack.models.training.train"] = code
    assert app.main(["train", "--out", "o"]) == ours
    assert len(ran) == 1


@pytest.mark.slow
@pytest.mark.parametrize("code, why", [(-9, "signal 9"), (training_env.INTERRUPTED, "stopped")])
def test_training_cut_short_says_how_to_go_on(code, why, ran, codes, capsys):
    """It could not say it itself."""
    codes["laughtrack.models.training.train"] = code
    app.main(["train"])
    assert f"{why}: the same command carries on from here\n" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("words", [["--out", "o"], ["--settings", "s.json"]])
def test_search_takes_no_other_job(words, ran, capsys):
    """Searching and then exporting some net would surprise."""
    assert app.main(["train", "--tune", "3", *words]) == 2
    assert words[0] in capsys.readouterr().err and not ran


@pytest.mark.slow
def test_missing_environment_is_named(capsys, monkeypatch, tmp_path):
    """One line with the cure, and exit code 1."""
    monkeypatch.setattr(training_env.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(training_env, "PROJECT", tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("LAUGHTRACK_TRAIN_PYTHON", raising=False)
    assert app.main(["train"]) == 1
    assert "laughtrack train-env" in capsys.readouterr().err


@pytest.mark.slow
def test_folder_that_cannot_be_written_is_told_before_training(ran, capsys, monkeypatch, tmp_path):
    """Not after hours of it."""
    (tmp_path / "file").write_text("")
    assert app.main(["train", "--out", str(tmp_path / "file")]) == 2
    assert app.main(["train", "--out", str(tmp_path / "file" / "x")]) == 1
    assert f"cannot write in {tmp_path / 'file'}" in capsys.readouterr().err
    monkeypatch.setattr("os.access", lambda path, how: False)
    assert app.main(["train", "--out", str(tmp_path / "new" / "x")]) == 1
    assert f"cannot write in {tmp_path};" in capsys.readouterr().err and not ran
