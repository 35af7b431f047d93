"""How fast films are read: PyAV against OpenCV, in the same run.

``python -m tests.bench.reading [SECONDS]`` makes films of so many seconds (4), reads each three
times by both, in turn, and prints the medians: pictures a second, and processor time a picture.

decode: every picture is decoded, none is looked at. grey: each is made grey, by BGR as the pipeline
does; ``Y plane`` is what PyAV has without a conversion. seek: to a picture near the end. resume: a
`Source` that was stopped half way, until its next frame.
"""

import contextlib
import http.server
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import av
import cv2
import numpy as np

from laughtrack.edge.sources import open_source
from laughtrack.edge.sources.frames import Source
from tests.bench.film_kinds import FFMPEG
from tests.bench.tables import say, table

REPEATS = 3
MOVING = "testsrc2=s=1920x1080:r=25:d={seconds}"
NOISE = ",noise=alls=40:allf=t:all_seed=1"
X264 = ("-c:v", "libx264", "-preset", "fast")
KINDS = {
    "h264 1080p clean": ("", "mp4", X264),
    "h264 1080p noisy": (NOISE, "mp4", (*X264, "-b:v", "20M")),
    "hevc 1080p": (
        "",
        "mp4",
        ("-c:v", "libx265", "-preset", "fast", "-x265-params", "log-level=0"),
    ),
    "mjpeg 1080p over HTTP": ("", "mkv", ("-c:v", "mjpeg", "-q:v", "4", "-pix_fmt", "yuvj420p")),
}


def films(folder, seconds):
    """Make the films; return their paths by kind."""
    paths = {}
    for number, (kind, (effect, ending, coding)) in enumerate(KINDS.items()):
        path = Path(folder) / f"{number}.{ending}"
        picture = ["-f", "lavfi", "-i", MOVING.format(seconds=seconds) + effect]
        words = [FFMPEG, "-y", "-loglevel", "error", *picture, "-pix_fmt", "yuv420p", "-g", "50"]
        subprocess.run([*words, *coding, str(path)], check=True)
        paths[kind] = path
    return paths


@contextlib.contextmanager
def served(path):
    """Serve a film over HTTP; gives its address."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(path.parent))

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{path.name}"
        server.shutdown()


def by_opencv(place, look):
    """Read all by OpenCV; return how many pictures there were."""
    film, count = cv2.VideoCapture(place, cv2.CAP_FFMPEG), 0
    while film.grab():
        if look:
            cv2.cvtColor(film.retrieve()[1], cv2.COLOR_BGR2GRAY)
        count += 1
    film.release()
    return count


def by_av(place, look):
    """Read all by PyAV; look is "", "grey" or "y"; return how many pictures there were."""
    with av.open(place) as film:
        stream = film.streams.video[0]
        stream.thread_type = "AUTO"
        count = 0
        for frame in film.decode(stream):
            count += 1
            if look == "grey":
                cv2.cvtColor(frame.to_ndarray(format="bgr24"), cv2.COLOR_BGR2GRAY)
            elif look == "y":
                plane = frame.planes[0]
                np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, : frame.width].copy()
    return count


def seek_opencv(place, t_s):
    """Go to a time and decode the picture there."""
    film = cv2.VideoCapture(place, cv2.CAP_FFMPEG)
    film.set(cv2.CAP_PROP_POS_MSEC, 1000 * t_s)
    film.read()
    film.release()
    return 1


def seek_av(place, t_s):
    """Go to a time and decode the picture there."""
    with av.open(place) as film:
        stream = film.streams.video[0]
        stream.thread_type = "AUTO"
        film.seek(int(t_s * av.time_base))
        next(each for each in film.decode(stream) if each.time >= t_s).to_ndarray(format="bgr24")
    return 1


def resume(place, has_av, after):
    """Carry on after a picture, until the next one is there."""
    open_source._has_av = lambda: has_av
    frames = iter(Source(place, 25, after=after))
    next(frames)
    frames.close()
    return after + 1


def jobs(place, seconds):
    """Return what is done, by its name and who does it."""
    late_s, half = 0.9 * seconds, int(12.5 * seconds)
    reading = {
        ("decode", "OpenCV"): lambda: by_opencv(place, ""),
        ("decode", "PyAV"): lambda: by_av(place, ""),
        ("grey", "OpenCV"): lambda: by_opencv(place, "grey"),
        ("grey", "PyAV"): lambda: by_av(place, "grey"),
        ("Y plane", "PyAV"): lambda: by_av(place, "y"),
    }
    if "://" in place:  # The server knows no ranges.
        return reading
    return {
        **reading,
        ("seek", "OpenCV"): lambda: seek_opencv(place, late_s),
        ("seek", "PyAV"): lambda: seek_av(place, late_s),
        ("resume", "OpenCV"): lambda: resume(place, False, half),
        ("resume", "PyAV"): lambda: resume(place, True, half),
    }


def measured(place, seconds):
    """Return (pictures, seconds, processor seconds), medians, by job."""
    runs = {name: [] for name in jobs(place, seconds)}
    for _ in range(REPEATS):
        for name, job in jobs(place, seconds).items():
            wall_s, own_s = time.perf_counter(), time.process_time()
            count = job()
            took = time.perf_counter() - wall_s, time.process_time() - own_s
            runs[name].append((count, *took))
    return {
        name: tuple(statistics.median(each) for each in zip(*found, strict=True))
        for name, found in runs.items()
    }


def main(seconds=4):
    """Make, read, print."""
    heads, rows = ("film", "what", "by", "pictures/s", "ms a picture", "processor ms"), []
    with tempfile.TemporaryDirectory() as folder:
        for kind, path in films(folder, seconds).items():
            over_http = served(path) if "HTTP" in kind else contextlib.nullcontext(str(path))
            with over_http as place:
                say(kind)
                for (what, who), (count, wall_s, own_s) in measured(place, seconds).items():
                    each = f"{1000 * wall_s / count:.2f}", f"{1000 * own_s / count:.2f}"
                    rows.append((kind, what, who, f"{count / wall_s:.0f}", *each))
    print(table(heads, rows))


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
