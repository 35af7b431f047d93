"""Other programs' files come into the store by the command, once and whole."""

from pathlib import Path

import pandas as pd
import pytest

from laughtrack.analytics.report.session_page import report
from laughtrack.analytics.store.batches import extend
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.sessions import load
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.cli import app
from tests.analytics.faces_text import FACET, OPENFACE_1, OPENFACE_2, PYFEAT, SESSION

FILES = {
    "openface": (OPENFACE_2, []),
    "pyfeat": (PYFEAT, ["--fps", "25"]),
    "affectiva": (SESSION, []),
    "imotions": (FACET, []),
}


def write(folder, form):
    """Write a small file as another program does; return it, and the options it needs."""
    text, options = FILES[form]
    path = folder / f"{form}.txt"
    path.write_text(text)
    return path, ["--as", form, *options]


@pytest.mark.slow
@pytest.mark.parametrize("form", FILES)
def test_other_programs_files_give_a_page(run, form, store, tmp_path, capsys):
    """Imported, there is a report of it."""
    path, options = write(tmp_path, form)
    run("import", path, *options, "--title", "A test", "--session", "other")
    assert "other:" in capsys.readouterr().out
    found = load(store, "other")
    page = report(found)
    assert page.startswith("<!DOCTYPE html>") and "A test" in page
    assert "SmileNet" not in str(found.info) and found.info["complete"] is True
    # Not all files say where in the picture the faces were.
    assert ("Where they sat" in page) == (form in ("pyfeat", "imotions"))


@pytest.mark.slow
@pytest.mark.parametrize("form", FILES)
def test_imported_twice_counts_once(run, form, store, tmp_path, capsys):
    """The second time it is said that nothing is new."""
    path, options = write(tmp_path, form)
    run("import", path, *options)
    before = list_sessions(store)
    run("import", path, *options)
    assert "nothing is new" in capsys.readouterr().err
    pd.testing.assert_frame_equal(list_sessions(store), before)


@pytest.mark.slow
@pytest.mark.parametrize("form", sorted({*FILES} - {"imotions"}))
def test_out_and_in_again_is_the_same_session(run, form, night, tmp_path):
    """Every degree, steadied or not, and what the page says of it."""
    path = tmp_path / ("night.json" if form == "affectiva" else "night.csv")
    options = ["--fps", "30"] if form == "pyfeat" else []
    run("export", "night", "--as", form, "-o", path, *options)
    run("import", path, "--as", form, "--session", "again", *options)
    old, new = (load(night, name) for name in ("night", "again"))
    columns = ["viewer_id", "t_s", "quality", "raw", "smile"]
    # The steadied score is made again from scores of three decimals, and rounded to three.
    pd.testing.assert_frame_equal(old.readings[columns], new.readings[columns], atol=0.0011, rtol=0)
    assert (old.readings["raw"].fillna(-1) == new.readings["raw"].fillna(-1)).all()
    pd.testing.assert_frame_equal(SessionTables(old).coverage, SessionTables(new).coverage)


@pytest.mark.slow
def test_interrupted_import_is_carried_on(run, store, tmp_path, night, monkeypatch):
    """Killed after some batches, the same command stores the rest, each once."""
    path = tmp_path / "night.csv"
    run("export", "night", "--as", "openface", "-o", path)
    words = ["import", path, "--as", "openface", "--session", "again"]
    calls = []

    def stops(store, batches):
        if calls:
            raise KeyboardInterrupt
        calls.append(len(batches))
        return extend(store, batches)

    monkeypatch.setattr("laughtrack.cli.commands.import_.BATCHES_A_COMMIT", 3)
    monkeypatch.setattr("laughtrack.analytics.store.batches.extend", stops)
    assert app.main([*map(str, words)]) != 0
    known = list_sessions(store).set_index("session")
    assert known.loc["again", "batches"] == 3 and not known.loc["again", "complete"]
    monkeypatch.setattr("laughtrack.analytics.store.batches.extend", extend)
    run(*words)
    known = list_sessions(store).set_index("session")
    assert known.loc["again", "complete"]
    assert known.loc["again", "readings"] == known.loc["night", "readings"]


@pytest.mark.slow
def test_other_contents_under_a_name_are_refused(run, store, tmp_path, capsys):
    """The file was changed; --overwrite replaces what is there."""
    path, options = write(tmp_path, "openface")
    run("import", path, *options)
    path.write_text(OPENFACE_2.replace("4.00", "3.00"))
    assert app.main(["import", str(path), *options]) == 1
    assert "--overwrite to replace it" in capsys.readouterr().err
    run("import", path, *options, "--overwrite")
    assert load(store, "openface").readings["raw"].max() == 0.6
    # It would store again who asked not to be measured.
    run("correct", "openface", "opt-out", "0", "0", "50", "50")
    path.write_text(OPENFACE_2.replace("4.00", "2.00"))
    assert app.main(["import", str(path), *options, "--overwrite"]) == 1
    assert "1 seats that opted out" in capsys.readouterr().err
    run("correct", "openface", "undo")
    run("import", path, *options, "--overwrite")


@pytest.mark.slow
def test_a_recorded_session_is_not_mixed_with_a_file(night, tmp_path, capsys):
    """Under a name that a camera has there are two sessions then, and the user is told."""
    path, options = write(tmp_path, "openface")
    before = load(night, "night").readings
    assert app.main(["import", str(path), *options, "--session", "night", "--overwrite"]) == 0
    assert "cam has a session 'night', too: name ours" in capsys.readouterr().err
    assert sorted(list_sessions(night)["device"]) == ["cam", "openface"]
    assert load(night, "night", "cam").readings.equals(before)


@pytest.mark.slow
def test_files_of_one_recording_are_one_session(run, store, tmp_path):
    """A file a viewer, as from a camera at each seat."""
    paths = [tmp_path / "left.csv", tmp_path / "right.csv"]
    for path in paths:
        path.write_text(OPENFACE_1)
    run("import", *paths, "--as", "openface", "--session", "two")
    rows = load(store, "two").readings
    assert rows["viewer_id"].tolist() == [1, 2] * 3


@pytest.mark.slow
def test_hours_without_faces_are_hours_of_nobody(run, store, tmp_path):
    """The camera is not said to have been off."""
    path = tmp_path / "long.csv"
    path.write_text(OPENFACE_2.replace("3.300", "63.300"))
    run("import", path, "--as", "openface")
    states = SessionTables(load(store, "long")).coverage
    assert states["state"].tolist()[:2] == ["watched", "nobody"]
    assert "camera off" not in states["state"].tolist()


@pytest.mark.slow
@pytest.mark.parametrize(
    "words, says",
    [
        (["--as", "openface", "--context", "workplace"], "AI Act"),
        (["--as", "openface", "--session", "a/b"], "session is 'a/b'"),
        (["--as", "pyfeat"], "give --fps"),
        (["--as", "affectiva", "--fps", "25"], "--fps"),
        (["--as", "imotions", "--fps", "25"], "--fps"),
        (["--as", "openface", "--fps", "fast"], "no frame rate"),
        (["--as", "noldus"], "noldus"),
        ([], "--as"),
    ],
)
def test_import_misused_is_2(words, says, store, tmp_path, capsys):
    """What was typed wrong is named; nothing is stored."""
    path, _ = write(tmp_path, "openface")
    assert app.main(["import", str(path), *words]) == 2
    assert says in " ".join(capsys.readouterr().err.split())
    assert not Path(store).exists()


def test_a_file_that_is_not_there_is_named(store, capsys):
    """One line, and exit 1."""
    assert app.main(["import", "missing.csv", "--as", "openface"]) == 1
    assert "no file missing.csv" in capsys.readouterr().err


@pytest.mark.slow
def test_a_broken_file_leaves_no_session(store, tmp_path, capsys):
    """Line and value are named before anything is stored."""
    path = tmp_path / "broken.csv"
    path.write_text(OPENFACE_2.replace("100,0,3.300", "100,0,0.010"))
    assert app.main(["import", str(path), "--as", "openface"]) == 1
    assert "line 5: time is 0.01 s after 0.033 s" in capsys.readouterr().err
    assert not Path(store).exists()
