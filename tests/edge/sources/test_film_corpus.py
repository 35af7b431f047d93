"""Kinds of film from the world are read as ffmpeg reads them, or what is lost is said.

All kinds, and the viewers found in each, are in the table of ``python -m tests.bench.film_corpus``;
these are one or two of each root, made of a real ffmpeg.
"""

import pytest

from tests.bench import film_corpus
from tests.bench.film_faults import BROKEN, FAULTS, NONE
from tests.bench.film_kinds import KINDS

pytestmark = pytest.mark.slow
# Quick to make, so that the gate need not wait for slow encoders.
MADE = [
    "h264 mp4", "h264 flv", "h264 b-frames ts", "hevc mkv 10 bit", "mpeg2 mpg", "mpeg2 mxf",
    "mpeg4 packed b-frames avi", "mjpeg avi", "av1 mp4", "qtrle alpha mov", "ffv1 16 bit grey mkv",
    "raw bgr avi", "y4m 10 bit", "theora ogv", "wmv2 wmv", "h263 3gp", "gif", "raw h264",
    "raw h264 b-frames", "raw m2v", "interlaced h264 tff mts", "interlaced mpeg2 bff mxf",
    "interlaced hevc fields ts", "telecined mpeg2", "odd size 321x241", "palette avi",
    "rate 1", "rate 120", "variable rate mp4", "late start mkv", "ts about to wrap",
    "repeated times", "fragmented mp4", "live mkv without length",
    "rotated 90", "edit list mp4", "edit list delay", "joined ts", "joined mpg", "joined raw h264",
    "joined backwards ts", "resized ts", "negative times ts", "no key frame at the start",
    "damaged head mp4", "damaged middle ts", "damaged middle avi", "damaged middle raw h264",
    "damaged tail ts", "truncated mkv", "truncated fragment", "avi without index",
    "mkv without cues", "mp4 without moov", "two streams small first", "cover mp4", "song m4a",
    "sound longer", "timecode beside", "text as mp4", "empty", "wrong ending",
]  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a folder with the small room, of which the others are made."""
    folder = tmp_path_factory.mktemp("corpus")
    return film_corpus.room_film(folder), folder


@pytest.mark.parametrize("name", MADE)
def test_all_that_ffmpeg_decodes_is_looked_at(name, made):
    """99 % of pictures and seconds, or what is missing is said; no film is an error."""
    path = film_corpus.make(name, *made)
    truth, read = film_corpus.ffmpegs(path), film_corpus.ours(path)
    if film_corpus.sort_of(name) == NONE:
        assert truth.pictures == 0 and read.error and str(path) in read.said
        return
    told = film_corpus.TOLD.search(read.said)
    assert truth.pictures > 0 and not read.error
    assert film_corpus.complete(truth, read.length) or told, (truth, read)
    # A whole film is not called broken.
    assert film_corpus.sort_of(name) == BROKEN or not told, read.said


def test_enough_kinds_are_known():
    """Sixty and more, none by two names; what is tested here is among them."""
    assert len(KINDS) + len(FAULTS) == len(film_corpus.NAMES) >= 60
    assert len({*film_corpus.NAMES}) == len(film_corpus.NAMES) and {*MADE} <= {*film_corpus.NAMES}


def test_viewers_are_those_of_the_plain_film(made, tmp_path):
    """Nobody is lost or found twice for how the film is packed."""
    room, _ = made
    for name in ("plain", "interlaced h264 tff mts", "rotated 270"):
        (tmp_path / name).mkdir()
        path = room if name == "plain" else film_corpus.make(name, room, tmp_path / name)
        assert film_corpus.replayed(path, str(tmp_path / "store"), name[:5]).viewers == 3
