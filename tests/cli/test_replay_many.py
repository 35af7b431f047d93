"""Many films, and what is no film: `laughtrack replay` says what it takes and what became of it."""

import os
import shutil
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.sessions import load
from laughtrack.cli import app
from laughtrack.cli.recordings import recording
from laughtrack.cli.recordings.session_names import earlier_name, session_name
from laughtrack.edge.simulate.simulate import simulate
from tests.bench.film_kinds import ffmpeg

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Return a film of half a second with one viewer."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    simulate(path, 1, 0.5, (320, 240), seed=2)
    return path


@pytest.fixture
def here(tmp_path, monkeypatch, store):
    """Work in an empty folder, with an empty store elsewhere."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def stored(store):
    """Return the sessions in a store that are whole."""
    known = list_sessions(store)
    return sorted(known.loc[known["complete"], "session"])


def test_films_of_a_folder_are_a_session_each(film, here, store, capfd):
    """In a person's order, with progress; one that fails stops none and is in the summary."""
    for name in ("film10.mp4", "film2.mp4", "film 3.MP4", "._film2.mp4"):
        shutil.copy(film, here / name)
    (here / "film1.mp4").write_bytes(b"no film")
    (here / "notes.txt").write_text("mine")
    (here / "more").mkdir()
    assert app.main(["replay", ".", "--title", "Show"]) == 1
    said = capfd.readouterr()
    assert stored(store) == ["film-3", "film10", "film2"]
    order = [said.err.index(f"film {n} of 4: ") for n in (1, 2, 3, 4)]
    assert order == sorted(order) and "film 4 of 4: film 3.MP4" in said.err
    assert "1 hidden" in said.err and "1 folder: more" in said.err and "notes.txt" in said.err
    summary = said.err[said.err.index("3 of 4 films replayed, 1 failed") :]
    assert "failed: film1.mp4: cannot read film1.mp4" in summary
    assert load(store, "film2").info["title"] == "Show"
    # The same command again: what is whole is left as it is, and is no failure.
    os.remove("film1.mp4")
    assert app.main(["replay", "film2.mp4", "film 3.MP4", "film10.mp4"]) == 0
    assert "3 were there already, 0 failed" in capfd.readouterr().err


def test_films_of_one_name_are_told_apart(film, here, store, capfd):
    """By numbers, which is said; the same films have the same names in any order."""
    for place in ("a", "b"):
        (here / place).mkdir()
        shutil.copy(film, here / place / "show.mp4")
    ffmpeg("-i", film, "-c", "copy", here / "a" / "show.mkv")
    films = ["a/show.mp4", "b/show.mp4", "a/show.mkv"]
    assert app.main(["replay", *films]) == 0
    assert stored(store) == ["show", "show-2", "show-3"]
    assert "b/show.mp4 is session 'show-2'" in capfd.readouterr().err
    assert app.main(["replay", *reversed(films)]) == 0
    assert stored(store) == ["show", "show-2", "show-3"]
    assert "3 were there already" in capfd.readouterr().err


def test_names_that_lose_letters_do_not_clash(film, here, store):
    """Two films in Chinese are two sessions, with names that can be typed."""
    for name in ("电影.mp4", "音乐.mp4", "???.mp4", "-x.mp4", "a\tb.mp4"):
        shutil.copy(film, here / name)
    assert app.main(["replay", "."]) == 0
    names = stored(store)
    assert len(names) == 5
    assert all(name.isascii() and not set(name) - set(TYPED) for name in names)


TYPED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"


def test_earlier_version_s_name_is_carried_on(film, here, store, capfd, monkeypatch):
    """A replay that an earlier version began under a name with blanks ends under that name."""
    name = "my film (1).mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=160x120:r=4:d=12", here / name)
    assert earlier_name(name) == "my film _1" and session_name(name) == "my-film-1"
    with monkeypatch.context() as patch:
        patch.setattr(recording, "batches", _stopped)
        assert app.main(["replay", name, "--session", earlier_name(name)]) == 130
    assert stored(store) == []
    assert app.main(["replay", name]) == 0
    assert stored(store) == [earlier_name(name)]
    # Whole, it is found there, and not recorded once more under the new name.
    assert app.main(["replay", name]) == 1
    assert "'my film _1' is in" in capfd.readouterr().err
    # Another film of that name is another session.
    shutil.copy(film, here / name)
    assert app.main(["replay", name]) == 0
    assert stored(store) == ["my film _1", "my-film-1"]


def _stopped(*args):
    """Pack one batch, as the loop does; then the user presses Ctrl-C."""
    yield next(_batches(*args))
    raise KeyboardInterrupt


_batches = recording.batches


@pytest.mark.parametrize(
    "more", [["--session", "x"], ["--from", "1"], ["--to", "3"], ["--media-offset", "2"],
             ["--preview", "p.mp4"]],
)  # fmt: skip
def test_options_of_one_film_are_refused_with_several(film, here, store, more, capfd):
    """And nothing is done."""
    shutil.copy(film, here / "a.mp4")
    shutil.copy(film, here / "b.mp4")
    assert app.main(["replay", "a.mp4", "b.mp4", *more]) == 2
    assert more[0] in capfd.readouterr().err and stored(store) == []
    # A folder of one film is that film.
    (here / "one").mkdir()
    shutil.copy(film, here / "one" / "only.mp4")
    if more[0] == "--session":
        assert app.main(["replay", "one", *more]) == 0 and stored(store) == ["x"]


def test_folder_of_pictures_and_films_says_what_is_taken(film, here, capfd):
    """The pictures, as before; the films are counted and one is named."""
    shutil.copy(film, here / "clip.mp4")
    for number in range(3):
        cv2.imwrite(f"{number}.png", np.full((90, 120), 40 * number, np.uint8))
    assert app.main(["replay", ".", "--session", "x"]) == 0
    said = capfd.readouterr().err
    assert "taken for a camera's pictures (3); 1 films in it are left out, clip.mp4" in said


@pytest.mark.parametrize(
    "names, says",
    [
        (["a.jpg"], "a.jpg is a picture, and replay needs a film or a folder"),
        (["a.jpg", "b.jpg", "c.png"], "a.jpg and 2 others are pictures"),
        (["still.gif"], "still.gif is a picture"),
        (["0"], "0 is a camera, which has no end: laughtrack live 0"),
        (["/dev/video0"], "laughtrack live /dev/video0"),
        (["awscam"], "laughtrack live awscam"),
        (["pipe"], "laughtrack live pipe"),
        (["empty"], "empty is empty"),
        (["folders"], "folders holds neither films nor pictures that are read here (1 folders)"),
    ],
)
def test_what_is_no_footage_says_what_is_needed(here, names, says, capfd):
    """With the command that it is for, and exit code 1; nothing is stored."""
    for name in ("a.jpg", "b.jpg", "c.png", "still.gif"):
        cv2.imwrite(name, np.full((90, 120, 3), 99, np.uint8))
    os.mkfifo("pipe")
    (here / "empty").mkdir()
    (here / "folders" / "x").mkdir(parents=True)
    assert app.main(["replay", *names]) == 1
    said = capfd.readouterr()
    assert says in said.err and said.out == ""
    assert "is a picture" not in says or "laughtrack faces PICTURE" in said.err


def test_moving_gif_is_a_film(film, here, store):
    """By itself and in a folder of films."""
    ffmpeg("-i", film, here / "moving.gif")
    shutil.copy(film, here / "b.mp4")
    assert app.main(["replay", "."]) == 0
    assert stored(store) == ["b", "moving"]


@pytest.mark.usefixtures("night")
def test_command_in_another_thread_has_no_signals():
    """A notebook's or a server's thread may run a command: only the main one has handlers."""
    codes = []
    thread = threading.Thread(target=lambda: codes.append(app.main(["sessions"])))
    thread.start()
    thread.join()
    assert codes == [0]


def test_a_film_costs_what_it_is_and_not_what_the_store_holds(film, here, store, capfd):
    """Of the other sessions nothing is opened."""
    shutil.copy(film, here / "film1.mp4")
    assert app.main(["replay", "film1.mp4", "--tag", "film=Bus", "--tag", "cut=2"]) == 0
    assert load(store, "film1").info["tags"] == {"cut": "2", "film": "Bus"}
    assert app.main(["replay", "film1.mp4", "--tag", "film"]) == 2
    for path in Path(store).glob("session=film1/**/*.parquet"):
        path.write_bytes(b"not to be read")
    for name in ("film2.mp4", "film3.mp4"):
        shutil.copy(film, here / name)
    assert app.main(["replay", "film2.mp4", "film3.mp4"]) == 0
    assert "2 of 2 films replayed" in capfd.readouterr().err
