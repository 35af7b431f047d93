"""Every kind of film, made by a real ffmpeg out of one small room, and what is read of it.

``python -m tests.bench.film_corpus [WORD ...]`` makes them all (or those with a WORD in the name)
and prints a row a kind: the seconds and pictures that ffmpeg decodes, those that a `Source` looks
at, and the viewers that ``laughtrack replay`` finds. ``?`` stands where fewer than 99 % are looked
at and nothing says so.
"""

import contextlib
import io
import math
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from laughtrack.edge.simulate.simulate import simulate
from laughtrack.edge.sources.frames import Source, SourceError
from tests.bench.film_faults import BROKEN, FAULTS, FILM, NONE, make_fault
from tests.bench.film_kinds import FFMPEG, KINDS, make_kind
from tests.bench.tables import say, table

# Looks a second: above any film's rate, so that each picture is looked at, also one that has
# another's time.
EVERY = 1e6
LEAST = 0.99
NAMES = [*KINDS, *FAULTS]


class Length(NamedTuple):
    """Pictures, and seconds from the first one's time to the last one's."""

    pictures: int
    seconds: float


class Read(NamedTuple):
    """What was read of a film; `said` is what the program says of it, an error included."""

    length: Length
    said: str
    error: bool


def room_film(folder):
    """Make the room: three viewers, three seconds, 320 x 240."""
    path = Path(folder) / "room.mp4"
    simulate(path, 3, 3, (320, 240), seed=2)
    return path


def make(name, room, folder):
    """Make a film of a kind, and return its path."""
    return (make_kind if name in KINDS else make_fault)(name, room, folder)


def sort_of(name):
    """Return what a kind is: a film, a broken one, or no film."""
    return FILM if name in KINDS else FAULTS[name][0]


def ffmpegs(path):
    """Return what ffmpeg itself decodes of the stream that it would play."""
    command = [FFMPEG, "-nostdin", "-hide_banner", "-i", str(path), "-an", "-sn", "-dn"]
    command += ["-vf", "showinfo=checksum=0", "-fps_mode", "passthrough", "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True)
    log = done.stderr.decode(errors="replace")
    if "attached pic" in log and len(re.findall(r"Stream #0:\d+.*: Video:", log)) == 2:
        return Length(0, 0.0)  # The one stream and its output: a cover is no film.
    shown = re.findall(r"\] n: *\d+ pts: *\S+ pts_time:(\S+)", log)
    times = [float(each) for each in shown if each != "NOPTS"]
    return Length(len(shown), max(times) - min(times) if times else 0.0)


def ours(path):
    """Return what a `Source` looks at, and all that it says of losses."""
    try:
        source = Source(path, EVERY)
        times = [frame.t_s for frame in source]
    except SourceError as error:
        return Read(Length(0, 0.0), str(error), True)
    said = [*source.remarks, *source.notes.lines()]
    said += [f"cut short by {source.missing_s:.1f} s"] if source.missing_s else []
    return Read(Length(len(times), times[-1] - times[0]), "; ".join(said), False)


def complete(truth, read):
    """Whether nothing is missing of what ffmpeg decodes: 99 % of pictures and of time."""
    frame_s = truth.seconds / max(truth.pictures - 1, 1)
    enough = read.pictures >= math.floor(LEAST * truth.pictures)
    return enough and abs(read.seconds - truth.seconds) <= max(0.01 * truth.seconds, frame_s)


class Replay(NamedTuple):
    """What ``laughtrack replay`` came to: exit code, viewers found (None: no session), words."""

    code: int
    viewers: int | None
    said: str


def replayed(path, store, session):
    """Run ``laughtrack replay``."""
    from laughtrack.cli import app

    out, err = io.TextIOWrapper(io.BytesIO()), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = app.main(["replay", str(path), "--session", session, "--store", store])
    out.seek(0)
    said = " ".join((err.getvalue() + " " + out.read()).split())
    found = re.search(r"(\d+) viewers, \d+ readings", said)
    return Replay(code, int(found[1]) if found else None, said[-200:])


TOLD = re.compile("cut short|damaged|could not be decoded|no pictures for|cannot read|no index")


def judge(name, truth, read, replay, plain):
    """Return "" for a kind that is right, what is said of a loss, or ``?`` and what is wrong."""
    said = replay.said
    told = bool(TOLD.search(said))
    if truth.pictures == 0 or sort_of(name) == NONE or name == "black":
        return "refused" if replay.code == 1 and read.error else f"? taken for a film: {said}"
    if not complete(truth, read.length):
        return f"said: {said}" if told else f"? pictures or seconds are missing: {said}"
    if replay.viewers is None:
        return f"? {said}"
    if sort_of(name) == FILM and told:
        return f"? whole, but: {said}"
    if sort_of(name) != BROKEN and replay.viewers != plain:
        return f"viewers: {plain} in the plain film"
    return ""


def main(words):
    """Make, read and print them all; exit with 1 if something is lost without a word."""
    names = [name for name in NAMES if not words or any(word in name for word in words)]
    lines, bad = [], 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        room, store = room_film(folder), str(folder / "store")
        plain = replayed(room, store, "plain").viewers
        for name in names:
            path = make(name, room, folder)
            truth, read = ffmpegs(path), ours(path)
            replay = replayed(path, store, f"s{len(lines)}")
            verdict = judge(name, truth, read, replay, plain)
            bad += verdict.startswith("?")
            say(f"{name}  {verdict}")
            lines.append((name, sort_of(name), truth.pictures, f"{truth.seconds:.2f}",
                          read.length.pictures, f"{read.length.seconds:.2f}",
                          "-" if replay.viewers is None else replay.viewers, verdict))  # fmt: skip
    print(table(("kind", "what", "ffmpeg", "s", "looked at", "s", "viewers", ""), lines))
    print(
        f"{len(lines)} kinds, {bad} with a loss that nobody says; the plain film: {plain} viewers"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
