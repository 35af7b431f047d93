"""A replay is the same however often, live or recorded, interrupted or not."""

import contextlib
import http.server
import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from laughtrack.analytics.store.forget import forget
from laughtrack.analytics.store.sessions import load
from laughtrack.cli import app
from laughtrack.edge.pipeline.session_pipeline import batches
from laughtrack.edge.simulate.simulate import simulate
from tests.brokers import free_port

# What its fixtures make takes seconds.
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
# A wall that is lit from one side.
EMPTY_ROOM = np.tile(np.linspace(60, 160, 120).astype(np.uint8)[None, :, None], (90, 1, 3))


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Sixteen seconds of three pretend viewers."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    simulate(path, 3, 16, (400, 226), seed=2)
    return path


@pytest.fixture(scope="module")
def whole(film, tmp_path_factory):
    """Return a store with the film's replay, never stopped."""
    store = str(tmp_path_factory.mktemp("whole") / "store")
    assert app.main(["replay", str(film), "--store", store]) == 0
    return store


def readings_csv(store, session, capfdbinary):
    """Return the bytes of `timelines --format csv`."""
    capfdbinary.readouterr()
    assert app.main(["timelines", session, "--format", "csv", "--store", store]) == 0
    return capfdbinary.readouterr().out


@pytest.mark.slow
def test_twice_gives_the_same_bytes(film, whole, tmp_path, capfdbinary):
    """Another replay, into another store, the same timelines."""
    store = str(tmp_path / "store")
    assert app.main(["replay", str(film), "--store", store]) == 0
    first, second = (readings_csv(each, "film", capfdbinary) for each in (whole, store))
    assert first == second and first.count(b"\n") > 400


@pytest.mark.slow
def test_stopped_six_times_by_force_ends_the_same(film, whole, tmp_path, capfdbinary):
    """Killed at random moments, each time followed by the same command."""
    store = str(tmp_path / "store")
    command = [sys.executable, "-m", "laughtrack", "replay", str(film), "--store", store]
    moments = random.Random(5)
    for _ in range(6):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            # An early end means that it was done: then there is nothing left to stop.
            process.wait(timeout=moments.uniform(0.5, 3.0))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    done = app.main(["replay", str(film), "--store", store])
    first, second = load(whole, "film"), load(store, "film")
    # 1: the sixth had finished it already, and a complete session is refused.
    assert done in (0, 1) and second.info["complete"] is True
    assert readings_csv(whole, "film", capfdbinary) == readings_csv(store, "film", capfdbinary)
    assert first.spans.equals(second.spans) and first.info == second.info


@pytest.mark.slow
def test_live_gives_the_same_readings(film, whole, tmp_path, capfdbinary, monkeypatch):
    """The film as an endless stream over HTTP, through `live`."""
    # A busy machine may be late; that pictures are dropped then is tested with the source.
    monkeypatch.setattr("laughtrack.edge.sources.open_source.LATE_S", 60.0)
    stream = tmp_path / "film.mkv"
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", str(film), "-c", "copy"]
    subprocess.run([*ffmpeg, "-live", "1", str(stream)], check=True)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            # Neither a length nor ranges: nobody can tell where it ends.
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
        words = ["live", url, "--session", "stream", "--store", str(tmp_path / "store")]
        assert app.main(words) == 0
        server.shutdown()
    recorded = readings_csv(whole, "film", capfdbinary)
    assert readings_csv(str(tmp_path / "store"), "stream", capfdbinary) == recorded


def test_complete_session_is_refused(film, whole, capsys):
    """Nothing is replaced unless that is asked for."""
    assert app.main(["replay", str(film), "--store", whole]) == 1
    assert "--overwrite" in capsys.readouterr().err


@pytest.mark.slow
def test_overwriting_replaces_it(film, whole, tmp_path, capsys):
    """The old session is gone, the new one there."""
    store = str(tmp_path / "store")
    words = ["replay", str(film), "--session", "x", "--store", store, "--to", "6"]
    assert app.main([*words, "--rate", "5"]) == 0
    assert app.main([*words, "--rate", "10", "--overwrite"]) == 0
    assert load(store, "x").spans["frames"].sum() == 60


@pytest.mark.slow
def test_other_settings_do_not_carry_on(film, tmp_path, capsys, monkeypatch):
    """An unfinished session is carried on only as it was begun."""
    store = str(tmp_path / "store")
    with monkeypatch.context() as patch:
        patch.setattr("laughtrack.cli.recordings.recording.batches", first_batch_only)
        app.main(["replay", str(film), "--store", store])
    assert not load(store, "film").info.get("complete")
    assert app.main(["replay", str(film), "--store", store, "--rate", "5"]) == 1
    assert "begun otherwise (rate_hz 10.0 then and 5.0 now)" in capsys.readouterr().err


def first_batch_only(*args):
    """Pack one batch, as the loop does; then the user presses Ctrl-C."""
    yield next(batches(*args))
    raise KeyboardInterrupt


def stopped_after(count):
    """Return what packs so many batches, as the loop does; then the user presses Ctrl-C."""

    def some(*args):
        yield from itertools.islice(batches(*args), count)
        raise KeyboardInterrupt

    return some


@pytest.mark.slow
@pytest.mark.parametrize("stop", [(1, b"carried on from 0.0 s"), (3, b"carried on from 9.9 s")])
def test_interrupted_replay_says_how_to_go_on(
    film, whole, tmp_path, capfdbinary, monkeypatch, stop
):
    """Ctrl-C keeps what is stored, exits with 130, and the same command ends it, with the same."""
    store, (count, remark) = str(tmp_path / "store"), stop
    with monkeypatch.context() as patch:
        patch.setattr("laughtrack.cli.recordings.recording.batches", stopped_after(count))
        assert app.main(["replay", str(film), "--store", store]) == 130
    assert b"the same command carries on" in capfdbinary.readouterr().err
    assert app.main(["replay", str(film), "--store", store]) == 0
    assert remark in capfdbinary.readouterr().err
    assert readings_csv(whole, "film", capfdbinary) == readings_csv(store, "film", capfdbinary)


@pytest.mark.slow
def test_part_of_a_film_begins_at_nought(film, tmp_path):
    """--from and --to give a session that lasts as long as the part."""
    store = str(tmp_path / "store")
    words = ["replay", str(film), "--from", "10", "--to", "14", "--store", store]
    assert app.main(words) == 0
    spans = load(store, "film").spans
    assert spans["start_s"].iloc[0] == 0 and 3.8 < spans["end_s"].iloc[-1] <= 4


@pytest.mark.slow
def test_empty_room_is_a_result(tmp_path, capsys):
    """No face in the whole film: no viewers, and no error."""
    for number in range(12):
        cv2.imwrite(str(tmp_path / f"{number:02}.png"), EMPTY_ROOM)
    store = str(tmp_path / "store")
    assert app.main(["replay", str(tmp_path), "--session", "empty", "--store", store]) == 0
    assert "0 viewers" in capsys.readouterr().out
    for command in ("viewers", "timelines"):
        assert app.main([command, "empty", "--store", store]) == 0
    page = tmp_path / "page.html"
    assert app.main(["report", "empty", "-o", str(page), "--store", store]) == 0
    assert page.exists()


@pytest.mark.slow
def test_film_cut_short_is_kept(film, tmp_path, capsys):
    """A truncated film keeps what was read, and says how much is missing."""
    first, cut = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", str(film), "-c", "copy"]
    subprocess.run([*ffmpeg, "-movflags", "faststart", str(first)], check=True)
    cut.write_bytes(first.read_bytes()[: first.stat().st_size // 2])
    store = str(tmp_path / "store")
    assert app.main(["replay", str(cut), "--store", store]) == 0
    assert "is cut short: the last" in capsys.readouterr().err
    session = load(store, "cut")
    assert session.info["cut_short_s"] > 5 and len(session.readings) > 100


@pytest.mark.slow
def test_failed_overwrite_keeps_the_old_session(film, whole, capsys):
    """A source that cannot be read replaces nothing."""
    before = load(whole, "film")
    for words in (["gone.mp4"], [str(film), "--from", "99"]):
        words = ["replay", *words, "--session", "film", "--overwrite", "--store", whole]
        assert app.main(words) == 1
    assert load(whole, "film").readings.equals(before.readings)


@pytest.mark.slow
def test_another_film_of_that_name_does_not_carry_on(film, tmp_path, capsys, monkeypatch):
    """An unfinished session goes on with the film it was begun with, told by its size."""
    store, other = str(tmp_path / "store"), tmp_path / "film.mp4"
    with monkeypatch.context() as patch:
        patch.setattr("laughtrack.cli.recordings.recording.batches", first_batch_only)
        app.main(["replay", str(film), "--store", store])
    simulate(other, 1, 8, (320, 240), seed=9)
    assert app.main(["replay", str(other), "--store", store]) == 1
    assert "was begun otherwise (bytes" in capsys.readouterr().err


@pytest.mark.slow
def test_footage_that_was_mended_is_carried_on(tmp_path, capsys):
    """A damaged picture stops the replay; once mended, the same command ends it."""
    for number in range(120):
        cv2.imwrite(str(tmp_path / f"{number:03}.png"), EMPTY_ROOM)
    broken = tmp_path / "070.png"
    good = broken.read_bytes()
    broken.write_bytes(bytes(len(good)))
    store = str(tmp_path / "store")
    words = ["replay", str(tmp_path), "--session", "x", "--store", store]
    assert app.main(words) == 1
    assert "070.png" in capsys.readouterr().err
    assert load(store, "x").spans["frames"].sum() == 50
    broken.write_bytes(good)
    assert app.main(words) == 0
    assert load(store, "x").spans["frames"].sum() == 120


@pytest.mark.slow
def test_session_forgotten_while_recorded_is_not_whole(film, tmp_path, capsys, monkeypatch):
    """What comes after is no session: exit 1, and how to clean up."""
    store = str(tmp_path / "store")

    def forgotten_between(*args):
        for number, packed in enumerate(batches(*args)):
            yield packed
            if number == 1:
                forget(store, "film")

    with monkeypatch.context() as patch:
        patch.setattr("laughtrack.cli.recordings.recording.batches", forgotten_between)
        assert app.main(["replay", str(film), "--store", store]) == 1
    assert "lost its beginning" in capsys.readouterr().err


class Pictures(http.server.BaseHTTPRequestHandler):
    """Sends the same picture ten times a second, for as long as anybody looks."""

    jpeg = cv2.imencode(".jpg", np.full((90, 120, 3), 99, np.uint8))[1].tobytes()

    def do_GET(self):
        """Answer with Motion-JPEG."""
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(self.jpeg)}\r\n\r\n"
        with contextlib.suppress(ConnectionError):
            for _ in range(self.server.pictures):
                self.wfile.write(head.encode() + self.jpeg + b"\r\n")
                time.sleep(0.1)

    def log_message(self, *args):
        """Be quiet."""


@pytest.fixture
def camera():
    """Return a camera's address on the loopback, with a user and a password; 600 pictures."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pictures) as server:
        server.pictures, server.daemon_threads = 600, True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server, f"http://user:pw7f3q@127.0.0.1:{server.server_port}/?token=tk9x2z"
        server.shutdown()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_live_ends_tidily_when_told_to(camera, tmp_path, number):
    """Ctrl-C or a service manager's SIGTERM: the session is complete, exit 130 or 143."""
    store = str(tmp_path / "store")
    words = ["live", camera[1], "--session", "x", "--store", store, "--preview", "0.mp4"]
    command = [sys.executable, "-m", "laughtrack", *words]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=tmp_path, env=environment())
    while not list(tmp_path.glob("*.part.mp4")):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)
    time.sleep(0.5)
    process.send_signal(number)
    assert process.wait(timeout=600) == 128 + number, process.stderr.read()
    process.stderr.close()
    assert load(store, "x").info["complete"] is True and (tmp_path / "0.mp4").exists()


def test_address_of_the_picture_is_told(film, tmp_path, capsys):
    """Whole, with its key, on standard error alone; and nowhere in the store."""
    port, store = free_port(), tmp_path / "store"
    words = ["--to", "1", "--store", str(store), "--preview", str(port)]
    assert app.main(["replay", str(film), *words]) == 0
    said = capsys.readouterr()
    (key,) = re.findall(rf"http://127\.0\.0\.1:{port}/([\w-]{{32}})/\n", said.err)
    assert key not in said.out
    assert not [p for p in store.rglob("*") if p.is_file() and key.encode() in p.read_bytes()]


def environment():
    """Return the environment with the project on the path, wherever a test runs it."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.mark.slow
def test_password_of_a_stream_is_nowhere(camera, tmp_path, capsys):
    """Neither in the store nor in the report nor in what is said, also when the stream ends."""
    server, address = camera
    server.pictures = 60
    store, page = str(tmp_path / "store"), tmp_path / "page.html"
    assert app.main(["live", address, "--session", "x", "--store", store]) == 1
    assert app.main(["report", "x", "-o", str(page), "--store", store]) == 0
    said = capsys.readouterr()
    texts = [said.out, said.err, page.read_text(), json.dumps(load(store, "x").info)]
    assert load(store, "x").spans["frames"].sum() > 5
    assert not [text for text in texts if "pw7f3q" in text or "tk9x2z" in text]
