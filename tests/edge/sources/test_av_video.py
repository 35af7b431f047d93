"""Films from the world: read whole, as players show them, and what is lost is counted."""

import itertools
import subprocess
import time

import imageio_ffmpeg
import numpy as np
import pytest

from laughtrack.edge.sources import open_source
from laughtrack.edge.sources.films.film_clock import RisingClock, TimeStamps
from laughtrack.edge.sources.frames import Source, SourceError

SECONDS, RATE = 3, 25


def ffmpeg(*words):
    """Run a real ffmpeg."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", *map(str, words)]
    subprocess.run(command, check=True)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Three seconds of a moving pattern, a key picture every second."""
    path = tmp_path_factory.mktemp("av") / "film.mp4"
    moving = f"testsrc2=s=64x48:r={RATE}:d={SECONDS}"
    ffmpeg("-f", "lavfi", "-i", moving, "-pix_fmt", "yuv420p", "-g", RATE, path)
    return path


def read(path, **part):
    """Return the source that was read to its end, and all its frames."""
    source = Source(path, rate_hz=1000, **part)
    return source, list(source)


def assert_rising(frames):
    """Times rise, from 0."""
    times = [frame.t_s for frame in frames]
    assert times[0] == 0 and all(a < b for a, b in itertools.pairwise(times))


@pytest.mark.slow
def test_interlaced_film_is_seen(film, tmp_path):
    """Every picture, with its own content and no comb."""
    path = tmp_path / "film.ts"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=64x48:r=50:d=2", "-vf", "interlace"),
        *("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-q:v", 2, path),
    )
    source, frames = read(path)
    assert len(frames) == 50 and not source.notes.lines()
    assert_rising(frames)
    for frame in frames:
        assert frame.image.std() > 20
        grey = frame.image.mean(axis=2)
        comb = np.abs(grey[1:-1] * 2 - grey[:-2] - grey[2:]).mean()
        assert comb < 3 * np.abs(grey[2:] - grey[:-2]).mean()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["h264", "hevc"])
def test_film_without_times_is_counted_by_its_rate(film, tmp_path, kind):
    """Raw H.264 and HEVC."""
    path = tmp_path / f"film.{kind}"
    coding = (
        ["-c", "copy"] if kind == "h264" else ["-c:v", "libx265", "-x265-params", "log-level=0"]
    )
    ffmpeg("-i", film, *coding, path)
    _, frames = read(path)
    assert [frame.t_s for frame in frames] == [round(n / RATE, 3) for n in range(SECONDS * RATE)]


@pytest.mark.slow
def test_joined_streams_go_on(film, tmp_path):
    """A transport stream whose times begin anew twice is as long as its three parts."""
    part, joined = tmp_path / "part.ts", tmp_path / "joined.ts"
    ffmpeg("-i", film, "-c", "copy", part)
    joined.write_bytes(part.read_bytes() * 3)
    source, frames = read(joined)
    assert len(frames) == 3 * SECONDS * RATE
    assert_rising(frames)
    assert frames[-1].t_s == pytest.approx(3 * SECONDS - 1 / RATE, abs=0.1)
    assert source.missing_s == 0


@pytest.fixture(scope="module", params=["mp4", "mkv", "ts", "avi"])
def larger(request, tmp_path_factory):
    """A film large enough to be damaged in its pictures alone."""
    path = tmp_path_factory.mktemp("larger") / f"film.{request.param}"
    coding = ["-c:v", "mpeg4"] if request.param == "avi" else ["-pix_fmt", "yuv420p"]
    moving = f"testsrc2=s=320x240:r={RATE}:d={SECONDS}"
    # As many threads on every machine: what they write differs.
    coding += ["-threads", 1, "-g", RATE, "-movflags", "faststart"]
    ffmpeg("-f", "lavfi", "-i", moving, *coding, path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("where", [0.2, 0.5, 0.88])
def test_damage_is_read_over_and_counted(larger, tmp_path, where):
    """A stretch of zeros costs what lies there; the rest is read, and the loss is told."""
    path = tmp_path / larger.name
    path.write_bytes(larger.read_bytes())
    data = bytearray(path.read_bytes())
    start = int(len(data) * where)
    data[start : start + len(data) // 12] = bytes(len(data) // 12)
    path.write_bytes(data)
    source, frames = read(path)
    assert_rising(frames)
    whole = SECONDS * RATE
    assert len(frames) >= whole * 0.5
    assert source.notes.lines() or source.missing_s or source.remarks
    if larger.suffix == ".mp4":
        assert len(frames) + source.notes.lost == whole


@pytest.mark.slow
def test_a_second_that_is_gone_without_a_trace_is_told(film, tmp_path):
    """Matroska's reader looks for the next whole part and says nothing; a film of any rate is."""
    whole, gone, uneven = tmp_path / "film.mkv", tmp_path / "gone.mkv", tmp_path / "uneven.mkv"
    ffmpeg("-i", film, "-c", "copy", whole)
    keep = "select='not(between(n,25,44))',setpts=PTS"
    ffmpeg("-i", film, "-vf", keep, "-fps_mode", "passthrough", gone)
    rare = "select='lt(mod(n,7),3)',setpts=PTS"
    ffmpeg("-i", film, "-vf", rare, "-fps_mode", "passthrough", uneven)
    assert not read(whole)[0].notes.lines()
    assert read(gone)[0].notes.lines() == ["there are no pictures for 0.8 s"]
    assert not read(uneven)[0].notes.lines()


def test_transport_stream_that_was_not_written_to_its_end_is_told(film, tmp_path):
    """Its length is an estimate from its last time; a file set aside before is zeros there."""
    path = tmp_path / "film.ts"
    ffmpeg("-i", film, "-c", "copy", path)
    assert not read(path)[0].remarks
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 9 // 10] + bytes(len(data) // 10))
    assert "ends in zeros" in " ".join(read(path)[0].remarks)


def test_trimmed_film_is_whole(film, tmp_path):
    """An edit list, as phones and lossless cutters write it: what a player shows, and no more."""
    path = tmp_path / "trimmed.mp4"
    ffmpeg("-ss", 1.5, "-i", film, "-t", 1, "-c", "copy", path)
    source, frames = read(path)
    assert frames[-1].t_s < 1.2 and len(frames) < 1.2 * RATE
    assert source.missing_s == 0 and not source.notes.lines()


@pytest.mark.slow
@pytest.mark.parametrize(
    "flags, turned",
    [
        (["-display_rotation", 90], lambda image: np.rot90(image)),
        (["-display_rotation", 180], lambda image: np.rot90(image, 2)),
        (["-display_rotation", 270], lambda image: np.rot90(image, 3)),
        (["-display_hflip"], lambda image: image[:, ::-1]),
        (["-display_vflip"], lambda image: image[::-1]),
    ],
)
def test_pictures_are_upright(film, tmp_path, flags, turned):
    """By the container's flags, also mirrored, as front cameras write them."""
    path = tmp_path / "turned.mp4"
    ffmpeg(*flags, "-i", film, "-c", "copy", path)
    plain, found = (next(iter(Source(each))).image for each in (film, path))
    assert np.array_equal(found, turned(plain))


@pytest.mark.slow
def test_pictures_of_another_size_are_fitted(tmp_path):
    """Into the first one's, their shape kept; it is told once."""
    parts = []
    for number, size in enumerate(["64x48", "48x64", "128x96"]):
        parts.append(tmp_path / f"{number}.ts")
        moving = f"testsrc2=s={size}:r={RATE}:d=1"
        ffmpeg("-f", "lavfi", "-i", moving, "-pix_fmt", "yuv420p", parts[-1])
    path = tmp_path / "changing.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    source, frames = read(path)
    assert {frame.image.shape for frame in frames} == {(48, 64, 3)} and len(frames) > 2.9 * RATE
    told = [line for line in source.notes.lines() if "change their size" in line]
    assert len(told) == 1 and "from 64 x 48 to 48 x 64" in told[0]
    upright = frames[RATE + 5].image
    assert upright[:, :13].max() == 0 and upright[:, 15:47].std() > 20


@pytest.mark.slow
def test_one_of_two_films_in_a_file_is_told(film, tmp_path):
    """The one that is marked, or the larger; which it was, and how to get at the other."""
    small, path = tmp_path / "small.mp4", tmp_path / "two.mkv"
    ffmpeg("-i", film, "-vf", "scale=32:24", small)
    both = ["-i", small, "-i", film, "-map", "0:v", "-map", "1:v", "-c", "copy"]
    ffmpeg(*both, "-disposition:v", 0, path)
    source, frames = read(path)
    assert frames[0].image.shape == (48, 64, 3)
    (remark,) = source.remarks
    assert "2 films (32 x 24, 64 x 48)" in remark and "-map 0:v:N" in remark


@pytest.mark.slow
def test_cover_is_no_film(film, tmp_path):
    """Sound with a cover picture is refused, a film with one is read."""
    cover, song, both = tmp_path / "cover.png", tmp_path / "song.m4a", tmp_path / "both.mp4"
    ffmpeg("-i", film, "-frames:v", 1, cover)
    sound = ["-f", "lavfi", "-i", "sine=d=1"]
    marked = ["-c:v", "copy", "-disposition:v:0", "attached_pic"]
    ffmpeg(*sound, "-i", cover, "-map", "0:a", "-map", "1:v", *marked, song)
    with pytest.raises(SourceError, match=r"song\.m4a as a video: there is a cover picture and no"):
        Source(song)
    marked = ["-c", "copy", "-disposition:v:1", "attached_pic"]
    ffmpeg("-i", film, "-i", cover, "-map", "0:v", "-map", "1:v", *marked, both)
    source, frames = read(both)
    assert len(frames) == SECONDS * RATE and not source.remarks


def test_film_without_its_index_says_so(film, tmp_path):
    """As a camera leaves it whose power went."""
    path = tmp_path / "broken.mp4"
    data = film.read_bytes()
    path.write_bytes(data[: data.index(b"moov") - 4])
    with pytest.raises(SourceError, match=r"broken\.mp4 as a video: it has no index \(moov\)"):
        Source(path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a:b.mp4", "http:a.mp4", "50%.mp4", "shot%03d.mp4", "-x.mp4"])
def test_names_are_names(film, tmp_path, name):
    """Whatever FFmpeg could take them for."""
    path = tmp_path / name
    path.write_bytes(film.read_bytes())
    assert len(read(path)[1]) == SECONDS * RATE


@pytest.mark.slow
@pytest.mark.parametrize("reads", ["PyAV", "OpenCV"])
@pytest.mark.parametrize("value", [0, 128])
def test_film_of_one_value_is_an_error(tmp_path, monkeypatch, reads, value):
    """Whoever reads it: nothing can be seen, which is not that nobody is there."""
    monkeypatch.setattr(open_source, "_has_av", lambda: reads == "PyAV")
    path = tmp_path / "black.mp4"
    grey = f"color=s=64x48:r=25:d=1,geq=lum={value}:cb=128:cr=128"
    ffmpeg("-f", "lavfi", "-i", grey, "-pix_fmt", "yuv420p", path)
    with pytest.raises(SourceError, match=r"nothing can be seen, all 10 pictures .* of one value"):
        list(Source(path))


@pytest.mark.slow
def test_black_beginning_is_no_error(tmp_path):
    """A film that begins dark shows something later; also when it is carried on after that."""
    path = tmp_path / "fade.mp4"
    fade = f"testsrc2=s=64x48:r={RATE}:d=3,fade=in:st=1:d=1,fade=out:st=2:d=0.5"
    ffmpeg("-f", "lavfi", "-i", fade, "-pix_fmt", "yuv420p", path)
    _, frames = read(path)
    assert len(read(path, after=frames[-5].index)[1]) == 4
    with pytest.raises(SourceError, match="nothing can be seen"):
        read(path, to_s=0.9)


def test_opencv_counts_what_has_no_rising_time(film, tmp_path, monkeypatch):
    """On a device: nothing is skipped without a word."""
    monkeypatch.setattr(open_source, "_has_av", lambda: False)
    part, joined = tmp_path / "part.ts", tmp_path / "joined.ts"
    ffmpeg("-i", film, "-c", "copy", part)
    joined.write_bytes(part.read_bytes() * 2)
    _, frames = read(joined)
    assert_rising(frames)
    assert len(frames) == pytest.approx(2 * SECONDS * RATE, abs=3)
    assert frames[-1].t_s == pytest.approx(2 * SECONDS, abs=0.2)


@pytest.mark.parametrize(
    "times, found",
    [
        ([5, 6, 7], [0, 1, 2]),
        ([None, None, None], [0, 1, 2]),
        ([0, 0, 0, 0], [0, 0.5, 1.5, 2.5]),
        ([0, 0, 1, 1, 2, 2], [0, 0.5, 1, 1.5, 2, 2.5]),
        ([0, 50, 99, 0, 50, 99], [0, 50, 99, 100, 150, 199]),
        ([0, 1, 900, 901], [0, 1, 2, 3]),
        ([0, 1, 90, 91], [0, 1, 90, 91]),
        ([-3, -2, -1], [0, 1, 2]),
    ],
)
def test_times_rise(times, found):
    """Those of a stream whose clock may jump, counted in pictures of 25 a second."""
    clock = RisingClock(25.0, jumps=True)
    rising = [25 * clock(None if each is None else each / 25) for each in times]
    assert rising == pytest.approx(found)


def test_damaged_time_is_not_believed():
    """A leap to beyond the container's end."""
    clock = RisingClock(1.0, length_s=6.0)
    assert [clock(each) for each in (0, 1, 90_000, 3, 4)] == [0, 1, 2, 3, 4]


def test_times_are_those_of_decoding_where_the_others_do_not_rise():
    """As FFmpeg's own tools choose."""
    stamps = TimeStamps()
    given = [(1, 0), (4, 1), (3, 2), (2, 3), (5, 4)]
    assert [stamps.choose(*each) for each in given] == [1, 4, 2, 3, 4]


@pytest.mark.slow
@pytest.mark.parametrize("head", ["#EXTM3U\n", "\ufeff#EXTM3U\n", "ffconcat version 1.0\nfile "])
def test_what_names_other_places_is_refused_at_once(tmp_path, head):
    """Nothing is fetched from where a file says, and it is not waited for."""
    path = tmp_path / "film.mp4"
    path.write_text(f"{head}http://192.0.2.2/x.ts\n", encoding="utf-8")
    began_s = time.monotonic()
    with pytest.raises(SourceError, match=r"film\.mp4"):
        list(Source(str(path), 10))
    assert time.monotonic() - began_s < 10
