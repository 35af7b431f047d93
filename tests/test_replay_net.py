"""With FinderNet, too: a replay is the same live or recorded, stopped or not, and known by it."""

import contextlib
import http.server
import itertools
import subprocess
import threading

import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from laughtrack.analytics.store.sessions import load
from laughtrack.cli import app
from laughtrack.edge.pipeline.session_pipeline import batches
from tests.standins import findernet

# What its fixtures make takes seconds.
pytestmark = pytest.mark.slow

SECONDS, RATE = 13, 4
BOTH_ENDS = [(64, 48), (320, 104)]


@pytest.fixture(scope="module", autouse=True)
def lent(tmp_path_factory):
    """Find bright squares, not faces."""
    with pytest.MonkeyPatch.context() as patch:
        findernet.lend(patch, tmp_path_factory.mktemp("lent") / "artifacts")
        yield


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Film thirteen seconds of three squares, one of which moves."""
    folder = tmp_path_factory.mktemp("film")
    writer = cv2.VideoWriter(
        str(folder / "film.mp4"), cv2.VideoWriter_fourcc(*"mp4v"), RATE, (480, 270)
    )
    for number in range(SECONDS * RATE):
        grey = findernet.room([*BOTH_ENDS, (100 + 2 * number, 200)])
        writer.write(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))
    writer.release()
    return folder / "film.mp4"


def replay(film, store, *words):
    """Replay a film with the net."""
    return app.main(["replay", str(film), "--finder", "net", "--store", str(store), *words])


@pytest.fixture(scope="module")
def whole(film, tmp_path_factory):
    """Return a store with the film's replay, never stopped."""
    store = tmp_path_factory.mktemp("whole") / "store"
    assert replay(film, store) == 0
    return store


def readings(store, session="film"):
    """Return a session's readings, each told by its time and viewer."""
    return load(str(store), session).readings


def test_all_squares_are_followed(whole):
    """Three viewers all through, in squares like the cascades'; who found them is kept."""
    session, found = load(str(whole), "film"), readings(whole)
    assert found["viewer_id"].nunique() == 3
    sides = np.column_stack([found["x2"] - found["x1"], found["y2"] - found["y1"]])
    assert (abs(sides[:, 0] - sides[:, 1]) <= 1).all() and (sides > 15).all()
    assert session.info["settings"]["finder"] == "net"
    assert session.info["model"]["finder"].startswith("FinderNet ")


@pytest.mark.parametrize("count", [1, 2])
def test_stopped_and_carried_on(film, whole, tmp_path, monkeypatch, capsys, count):
    """From its beginning, and from the moment that was kept: the same readings."""

    def some(*args):
        yield from itertools.islice(batches(*args), count)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("laughtrack.cli.recordings.recording.batches", some)
        assert replay(film, tmp_path) == 130
    # As the cascades see it, it is another recording.
    assert app.main(["replay", str(film), "--finder", "both", "--store", str(tmp_path)]) == 1
    assert "begun otherwise (finder net then and both now)" in capsys.readouterr().err
    assert replay(film, tmp_path) == 0
    assert readings(tmp_path).equals(readings(whole))


def test_complete_with_another_finder_is_refused(film, whole, capsys):
    """What is there is not replaced by what others find unless that is asked for."""
    assert app.main(["replay", str(film), "--finder", "haar", "--store", str(whole)]) == 1
    assert "--overwrite to replace it" in capsys.readouterr().err


def test_live_gives_the_same_readings(film, whole, tmp_path, monkeypatch):
    """The film as an endless stream over HTTP, through `live`."""
    # A busy machine may be late; that pictures are dropped then is tested with the source.
    monkeypatch.setattr("laughtrack.edge.sources.open_source.LATE_S", 60.0)
    stream, store = tmp_path / "film.mkv", str(tmp_path / "store")
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", str(film), "-c", "copy"]
    subprocess.run([*ffmpeg, "-live", "1", str(stream)], check=True)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "video/x-matroska")
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(stream.read_bytes())

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/room"
        words = ["live", url, "--finder", "net", "--session", "film", "--store", store]
        assert app.main(words) == 0
        server.shutdown()
    assert readings(store).equals(readings(whole))


def test_faces_of_a_picture(tmp_path, capsys):
    """`faces` takes it, too, and both find what either does."""
    cv2.imwrite(str(tmp_path / "room.png"), findernet.room(BOTH_ENDS))
    for finder in ("net", "both"):
        words = ["faces", str(tmp_path / "room.png"), "--finder", finder, "--format", "csv"]
        assert app.main(words) == 0
        assert len(capsys.readouterr().out.splitlines()) == 1 + len(BOTH_ENDS)


@pytest.mark.parametrize("command", ["replay", "faces"])
def test_missing_weights_are_said(film, tmp_path, monkeypatch, capsys, command):
    """Nothing is stored, the cascades are not used in silence, and what to do is said."""
    monkeypatch.setattr("laughtrack.edge.inference.ARTIFACTS", tmp_path)
    picture = str(tmp_path / "room.png")
    cv2.imwrite(picture, findernet.room(BOTH_ENDS))
    words = ["--store", str(tmp_path / "store")] if command == "replay" else []
    place = str(film) if command == "replay" else picture
    assert app.main([command, place, "--finder", "net", *words]) == 1
    said = capsys.readouterr().err
    assert "findernet.json" in said and "choose haar as the finder" in said
    assert not (tmp_path / "store").exists()


def test_room_footage_is_known_by_the_same_finder(film, whole, tmp_path, capsys):
    """A copy of the room is refused as the film that was shown, though Haar sees nobody in it."""
    copy = tmp_path / "show.mkv"
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", str(film)]
    subprocess.run([*ffmpeg, "-c:v", "libx264", "-pix_fmt", "yuv420p", str(copy)], check=True)
    page = str(tmp_path / "page.html")
    words = ["report", "film", "--store", str(whole), "-o", page, "--media", str(copy)]
    assert app.main(words) == 1
    assert "by the faces in it" in " ".join(capsys.readouterr().err.split())
