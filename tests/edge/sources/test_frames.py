"""Frames come with the container's times, from any source, and errors name what is wrong."""

import contextlib
import http.server
import socket
import subprocess
import threading

import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from laughtrack.edge.sources.errors import without_credentials
from laughtrack.edge.sources.frames import Source, SourceError


def ffmpeg(*words):
    """Run a real ffmpeg."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", *map(str, words)]
    subprocess.run(command, check=True)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Six seconds at 30 frames a second: a clip whose every frame is a lighter grey."""
    path = tmp_path_factory.mktemp("frames") / "film.mp4"
    grey = "geq=lum=N+20:cb=128:cr=128"
    ffmpeg("-f", "lavfi", "-i", f"color=s=64x48:r=30:d=6,{grey}", "-pix_fmt", "yuv420p", path)
    return path


def times(source):
    """Return the times of all frames."""
    return [frame.t_s for frame in source]


@pytest.mark.slow
def test_every_frame_has_the_containers_time(film):
    """At the film's own rate no frame is left out and none is counted."""
    assert times(Source(film, rate_hz=30)) == [round(n / 30, 3) for n in range(180)]


@pytest.mark.slow
@pytest.mark.parametrize("rate, step", [(10, 3), (30, 1), (60, 1), (7.5, 4)])
def test_rate_takes_the_first_frame_of_each_step(film, rate, step):
    """A rate above the film's takes every frame once."""
    indices = [frame.index for frame in Source(film, rate_hz=rate)]
    assert indices == list(range(0, 180, step))


def test_pictures_are_those_of_their_index(film):
    """The picture handed out is the one that the index and time speak of."""
    for frame in Source(film, rate_hz=5):
        assert abs(frame.image.mean() - frame.image[0, 0, 0]) < 3
        grey = (frame.index + 20 - 16) * 255 / 219
        assert abs(frame.image.mean() - min(max(grey, 0), 255)) < 4


@pytest.mark.slow
def test_variable_frame_rate_keeps_uneven_times(film, tmp_path):
    """Frames dropped unevenly leave the others at their own times."""
    path = tmp_path / "uneven.mp4"
    keep = "select='not(between(n,30,89))*not(eq(mod(n,7),3))'"
    ffmpeg("-i", film, "-vf", keep, "-fps_mode", "passthrough", path)
    kept = [n / 30 for n in range(180) if not 30 <= n <= 89 and n % 7 != 3]
    assert times(Source(path, rate_hz=60)) == pytest.approx(kept, abs=0.002)


@pytest.mark.slow
def test_first_time_is_taken_off(film, tmp_path):
    """A transport stream begins at 1.4 s or so; the session begins at 0."""
    path = tmp_path / "late.ts"
    ffmpeg("-i", film, "-output_ts_offset", "100", path)
    found = times(Source(path, rate_hz=10))
    assert found == pytest.approx([n / 10 for n in range(60)], abs=0.002)


def test_rotation_flag_is_obeyed(film, tmp_path):
    """A film held upright by its container comes upright."""
    path = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", "90", "-i", film, "-c", "copy", path)
    assert next(iter(Source(path))).image.shape == (64, 48, 3)


def test_animated_gif_has_its_own_times(tmp_path):
    """Each picture of a gif stays as long as the gif says."""
    path = tmp_path / "moving.gif"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=1", path)
    assert times(Source(path, rate_hz=20)) == pytest.approx([n / 10 for n in range(10)])


def test_folder_gives_a_picture_a_look(tmp_path):
    """Pictures have no times: they follow one another in order of name at the rate."""
    for name, grey in (("b.png", 40), ("a.jpg", 30), ("c.PNG", 20)):
        cv2.imwrite(str(tmp_path / name), np.full((16, 16, 3), grey, np.uint8))
    (tmp_path / "notes.txt").write_text("no picture")
    found = [(f.index, f.t_s, f.image[0, 0, 0]) for f in Source(tmp_path, rate_hz=4)]
    assert found == [(0, 0.0, 30), (1, 0.25, 40), (2, 0.5, 20)]


def test_folder_of_several_sizes_is_refused(tmp_path):
    """The first picture that differs from the folder's first is named, wherever reading began."""
    for name, (width, height) in (("a", (40, 30)), ("b", (40, 30)), ("c", (30, 40))):
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.zeros((height, width, 3), np.uint8))
    says = r"c\.png has 30 x 40 pixels, the folder's first picture 40 x 30: .*take the others out"
    found = []
    with pytest.raises(SourceError, match=says):
        found.extend(frame.index for frame in Source(tmp_path))
    assert found == [0, 1]
    with pytest.raises(SourceError, match=says):
        list(Source(tmp_path, after=1))


def test_part_begins_at_nought(film):
    """A session's time begins where the part does; its end is left out."""
    found = [(f.index, f.t_s) for f in Source(film, rate_hz=10, from_s=2.0, to_s=2.5)]
    assert found == [(60, 0.0), (63, 0.1), (66, 0.2), (69, 0.3), (72, 0.4)]


@pytest.mark.slow
def test_carrying_on_gives_what_was_left(film):
    """Frames up to the last one seen are skipped; the rest are as before."""
    whole = [(f.index, f.t_s) for f in Source(film)]
    rest = [(f.index, f.t_s) for f in Source(film, after=whole[20][0])]
    assert rest == whole[21:]


def test_whole_film_misses_nothing(film):
    """A film that ends where its container says is not cut short."""
    source = Source(film)
    assert times(source)[-1] == 5.9
    assert source.missing_s == 0 and source.duration_s == pytest.approx(6)


def test_truncated_film_says_where_it_ended(film, tmp_path):
    """What is there is read, and the seconds missing are told."""
    whole, cut = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    ffmpeg("-i", film, "-c", "copy", "-movflags", "faststart", whole)
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    source = Source(cut)
    found = times(source)
    assert found[-1] < 5
    assert source.missing_s == pytest.approx(6 - found[-1], abs=0.2)


tells_first_time = pytest.mark.skipif(
    not hasattr(cv2, "CAP_PROP_PTS"), reason="this OpenCV cannot tell the first frame's own time"
)


@pytest.mark.slow
@tells_first_time
@pytest.mark.parametrize("kind", ["mkv", "webm", "ts", "mp4"])
@pytest.mark.parametrize("start_s", [2, 1000])
def test_first_time_makes_no_film_short(film, tmp_path, kind, start_s):
    """A whole film that begins late misses nothing and is as long as its pictures."""
    path = tmp_path / f"late.{kind}"
    coding = ["-c", "copy"] if kind != "webm" else []
    ffmpeg("-i", film, *coding, "-output_ts_offset", start_s, path)
    source = Source(path)
    assert times(source)[-1] == 5.9
    assert source.missing_s == 0 and source.duration_s == pytest.approx(6, abs=0.1)


@pytest.mark.slow
@tells_first_time
def test_truncated_film_that_begins_late_is_short(film, tmp_path):
    """Its first time is not taken for missing seconds, and does not hide them."""
    whole, cut = tmp_path / "whole.mkv", tmp_path / "cut.mkv"
    ffmpeg("-i", film, "-c", "copy", "-output_ts_offset", "1000", whole)
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    source = Source(cut)
    found = times(source)
    assert found[-1] < 5
    assert source.missing_s == pytest.approx(6 - found[-1], abs=0.2)


@pytest.mark.parametrize(
    "name, content, says",
    [
        ("missing.mp4", None, "no file .*missing.mp4"),
        ("text.mp4", b"this is no film", "cannot read .*text.mp4 as a video"),
        ("empty.mp4", b"", "cannot read .*empty.mp4 as a video"),
        ("77", None, "no camera at 77"),
        ("٣", None, "no file .*٣"),
        ("²", None, "no file .*²"),
        ("77777777777", None, "no file .*77777777777"),
        ("/dev/video77", None, "no camera at /dev/video77"),
        (
            "http://me:secret@127.0.0.1:9/film.mp4?token=secret",
            None,
            "cannot open http://127.0.0.1:9/film.mp4: check the address, the network, user and",
        ),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, name, content, says):
    """The error says which source, what is wrong, what to check."""
    path = name if "/" in name or name.isdigit() else tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=says):
        list(Source(path))


def test_folder_without_pictures_is_an_error(tmp_path):
    """An empty folder yields no frame, and says so."""
    with pytest.raises(SourceError, match="holds no pictures"):
        Source(tmp_path)


def test_broken_picture_is_named(tmp_path):
    """A file that is no picture, whatever its ending."""
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(SourceError, match=r"cannot read .*a\.png"):
        list(Source(tmp_path))


def test_beginning_after_the_end_is_an_error(film):
    """No frame is not an empty film."""
    with pytest.raises(SourceError, match=r"no frame from 9\.0 s on"):
        list(Source(film, from_s=9.0))


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"rate_hz": 0}, "rate is 0"),
        ({"from_s": -1}, "from -1"),
        ({"from_s": 2, "to_s": 2}, "from 2 to 2"),
        ({"from_s": float("nan")}, "from nan"),
        ({"from_s": float("inf")}, "from inf"),
        ({"to_s": float("nan")}, "to nan"),
        ({"to_s": float("inf")}, "to inf"),
    ],
)
def test_senseless_parts_are_refused(film, wrong, says):
    """Rates and parts that no film could have, named by their value."""
    with pytest.raises(ValueError, match=says + ".*expected"):
        Source(film, **wrong)


@pytest.mark.parametrize(
    "place, shown",
    [
        ("rtsp://me:secret@cam.local:554/live", "rtsp://cam.local:554/live"),
        ("http://cam/live.mjpg?user=me&pwd=secret#x", "http://cam/live.mjpg"),
        ("http://cam?pwd=secret", "http://cam"),
        ("http://me:se@cret@cam/live", "http://cam/live"),
        ("async:http://me:secret@[::1]:80/live", "async:http://[::1]:80/live"),
        # What stands before the last @ may be a password with a mark of its own.
        ("rtsp://me:sec/ret@cam/live", "rtsp://..."),
        ("rtsp://me:sec#ret@cam/live", "rtsp://..."),
        ("rtsp://me:1234?secret@cam/live", "rtsp://..."),
        ("http://cam/live?mail=me@here", "http://..."),
        # No URL.
        ("films/me@home?#1.mp4", "films/me@home?#1.mp4"),
        ("0", "0"),
        ("", ""),
    ],
)
def test_shown_places_hold_no_secret(place, shown):
    """User, password and query go, whatever marks they hold; what is no URL stays."""
    assert without_credentials(place) == shown


def test_leaving_early_ends_the_decoder(film):
    """Whoever stops reading leaves no thread behind."""
    before = threading.active_count()
    frames = iter(Source(film, rate_hz=30))
    next(frames)
    frames.close()
    assert threading.active_count() == before


def test_leaving_may_be_interrupted(film, monkeypatch):
    """A second Ctrl-C while the decoder ends changes nothing."""
    frames = iter(Source(film, rate_hz=30))
    next(frames)

    def interrupted(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "join", interrupted)
        frames.close()


@contextlib.contextmanager
def served(folder):
    """Serve a folder's files over HTTP, without ranges; gives the address."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(folder))

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.slow
def test_film_over_http_is_read_whole(film):
    """A recording at a URL waits for its reader like a file: same frames, same times."""
    with served(film.parent) as address:
        source = Source(f"http://me:secret@{address}/{film.name}?token=secret")
        assert source.place == f"http://{address}/{film.name}"
        assert times(source) == times(Source(film))
    assert not source.endless and source.missing_s == 0


@pytest.mark.slow
def test_index_at_the_end_without_ranges_is_explained(film, tmp_path):
    """A film longer than what is read ahead, whose server cannot jump to its index."""
    noise = "noise=alls=100:allf=t:all_seed=1"
    ffmpeg(
        "-i",
        film,
        "-vf",
        f"scale=640:480,{noise}",
        "-q:v",
        "2",
        "-c:v",
        "mpeg4",
        tmp_path / "n.mp4",
    )
    says = r"n\.mp4 gave no frame: .*index at the beginning .*range requests"
    with served(tmp_path) as address, pytest.raises(SourceError, match=says):
        list(Source(f"http://{address}/n.mp4"))


@pytest.mark.slow
def test_stream_without_known_end_says_so(film, tmp_path):
    """Whether a transport stream from a socket is over or broke off, nobody can tell."""
    path = tmp_path / "stream.ts"
    ffmpeg("-i", film, "-c", "copy", path)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)

        def send():
            with server.accept()[0] as viewer:
                viewer.sendall(path.read_bytes())

        threading.Thread(target=send, daemon=True).start()
        source = Source(f"tcp://127.0.0.1:{server.getsockname()[1]}")
        found = times(source)
    assert source.endless and source.duration_s is None
    assert found[-1] > 5 and source.missing_s == 0
    assert not Source(film).endless


@pytest.mark.slow
def test_motion_jpeg_is_timed_on_arrival():
    """Pictures sent unevenly over HTTP come with the clock's times, not counted ones."""
    jpeg = cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))[1].tobytes()
    never = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            for _ in range(30):
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                self.wfile.write(head.encode() + jpeg + b"\r\n")
                never.wait(0.1)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        source = Source(f"http://me:secret@127.0.0.1:{server.server_port}/live?key=1", rate_hz=100)
        found = []
        says = r"^the stream http://127[^@?]*/live stopped after .*sender and the network.*is kept"
        with pytest.raises(SourceError, match=says):
            found.extend(frame.t_s for frame in source)
        server.shutdown()
    assert not source.endless
    # Counted at 25 a second, thirty pictures would last 1.2 s.
    assert source.duration_s is None and found[-1] > 2
