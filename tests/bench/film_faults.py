"""Kinds of film that take more than one call of ffmpeg: joined, trimmed, damaged, of two streams.

Each function makes one film in a folder and returns its path.
"""

import random

from tests.bench.film_kinds import MPEG2, VP9, X264, X265, ffmpeg

H264 = X264.split()


def _base(room, folder, ending, *words):
    path = folder / f"base.{ending}"
    ffmpeg("-i", room, "-an", *(words or (*H264, "-g", "12")), path)
    return path


def _damaged(path, first, last, share=0.02, seed=1):
    """Overwrite bytes in a part of a file (from `first` to `last`, shares of its length)."""
    data = bytearray(path.read_bytes())
    rng = random.Random(seed)
    lo, hi = int(first * len(data)), int(last * len(data))
    for _ in range(max(1, int(share * (hi - lo) / 16))):
        at = rng.randrange(lo, max(lo + 1, hi - 16))
        data[at : at + 16] = rng.randbytes(16)
    path.write_bytes(data)
    return path


def _cut(path, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def rotated(room, folder, degrees):
    """Turned by the container's flag."""
    path = folder / "turned.mp4"
    ffmpeg("-display_rotation", degrees, "-i", _turned(room, folder, degrees), "-c", "copy", path)
    return path


def _turned(room, folder, degrees):
    turn = {90: "transpose=1", 180: "hflip,vflip", 270: "transpose=2"}[degrees]
    path = folder / "before.mp4"
    ffmpeg("-i", room, "-an", "-vf", turn, *H264, path)
    return path


def trimmed(room, folder, ending):
    """Cut without being encoded anew: an edit list says where it begins."""
    path = folder / f"trimmed.{ending}"
    base = _base(room, folder, "mp4", *H264, "-g", "25", "-bf", "2")
    ffmpeg("-ss", "0.7", "-i", base, "-t", "1.6", "-c", "copy", path)
    return path


def edit_list_delay(room, folder):
    """With an empty edit in front: the film begins a second after the sound."""
    path = folder / "delayed.mp4"
    ffmpeg("-i", room, "-f", "lavfi", "-i", "sine=d=4",
           "-filter_complex", "[0:v]setpts=PTS+1/TB[v]", "-map", "[v]", "-map", "1:a",
           *H264, "-c:a", "aac", "-fps_mode", "passthrough", path)  # fmt: skip
    return path


def joined(room, folder, ending, *words):
    """Two films one behind the other: the second one's times begin anew."""
    path = folder / f"joined.{ending}"
    base = _base(room, folder, ending, *(words or (*H264, "-g", "12")))
    path.write_bytes(base.read_bytes() * 2)
    return path


def joined_backwards(room, folder):
    """Two transport streams, the second one's times before the first's."""
    path, late = folder / "backwards.ts", folder / "late.ts"
    ffmpeg("-i", room, "-an", *H264, "-g", "12", "-output_ts_offset", "1000", late)
    path.write_bytes(late.read_bytes() + _base(room, folder, "ts").read_bytes())
    return path


def resized(room, folder, ending, *codec):
    """Another size from the middle on."""
    path = folder / f"resized.{ending}"
    for name, size in (("a", "320x240"), ("b", "480x360")):
        ffmpeg("-i", room, "-an", "-s", size, *codec, folder / f"{name}.{ending}")
    path.write_bytes(b"".join((folder / f"{n}.{ending}").read_bytes() for n in "ab"))
    return path


def negative_times(room, folder):
    """A transport stream whose first pictures are before 0: their times have wrapped around."""
    path = folder / "negative.ts"
    ffmpeg("-i", room, "-an", *H264, "-muxdelay", "0", "-muxpreload", "0", "-avoid_negative_ts",
           "disabled", "-output_ts_offset", "-1", path)  # fmt: skip
    return path


def negative_offsets(room, folder):
    """An mp4 without an edit list whose pictures are shown before they are decoded."""
    path = folder / "offsets.mp4"
    ffmpeg("-i", room, "-an", "-c:v", "libx264", "-bf", "3", "-movflags", "negative_cts_offsets",
           "-use_editlist", "0", path)  # fmt: skip
    return path


def open_start(room, folder):
    """Begins in the middle of a long group of pictures, without its key frame."""
    path = folder / "open.ts"
    base = _base(room, folder, "ts", *H264, "-g", "30")
    packets = base.read_bytes()
    # Tables first, then from a third on: whole packets of 188 bytes.
    at = len(packets) // 188 // 4 * 188
    path.write_bytes(packets[: 188 * 3] + packets[at:])
    return path


def damaged(room, folder, ending, first, last, *words):
    """Bytes overwritten in a part of the file: one in fifty of them."""
    return _damaged(_base(room, folder, ending, *words), first, last)


def scratched(room, folder, ending, *words):
    """Sixteen bytes overwritten at one place in the middle."""
    return _damaged(_base(room, folder, ending, *words), 0.5, 0.52, 0.0)


def truncated(room, folder, ending, share, *words):
    """The file ends early."""
    return _cut(_base(room, folder, ending, *words), share)


def no_moov(room, folder):
    """An mp4 whose recorder lost power: its index was never written."""
    return _cut(_base(room, folder, "mp4"), 0.8)


def avi_without_index(room, folder):
    """An avi that was never closed: no idx1, no length."""
    path = _base(room, folder, "avi", "-c:v", "mjpeg")
    data = bytearray(path.read_bytes())
    at = data.rindex(b"idx1")
    data[48:52] = bytes(4)
    path.write_bytes(data[:at])
    return path


def mkv_without_cues(room, folder):
    """A Matroska file whose cues are overwritten."""
    path = _base(room, folder, "mkv")
    data = bytearray(path.read_bytes())
    at = data.rindex(b"\x1c\x53\xbb\x6b")
    path.write_bytes(data[:at])
    return path


def fragments_cut(room, folder):
    """A fragmented mp4 that ends within a fragment."""
    words = (*H264, "-g", "12", "-movflags", "frag_keyframe+empty_moov")
    return _cut(_base(room, folder, "mp4", *words), 0.7)


def two_streams(room, folder, ending, first, second):
    """Two video streams of two sizes: players show the larger."""
    path = folder / f"two.{ending}"
    scaled = f"[0:v]split[p][q];[p]scale={first}[a];[q]scale={second}[b]"
    ffmpeg("-i", room, "-filter_complex", scaled, "-map", "[a]", "-map", "[b]", *H264, path)
    return path


def cover(room, folder, ending, *words):
    """A film with a picture of its own as its cover."""
    path, art = folder / f"cover.{ending}", folder / "art.png"
    ffmpeg("-i", room, "-frames:v", "1", "-s", "1280x960", art)
    ffmpeg("-i", _base(room, folder, "mp4"), "-i", art, "-map", "1", "-map", "0", "-c", "copy",
           "-disposition:v:0", "attached_pic", *words, path)  # fmt: skip
    return path


def sound_with_cover(room, folder, ending):
    """A song with its cover: no film."""
    path, art = folder / f"song.{ending}", folder / "art.jpg"
    ffmpeg("-i", room, "-frames:v", "1", art)
    ffmpeg("-f", "lavfi", "-i", "sine=d=3", "-i", art, "-map", "0", "-map", "1",
           "-c:v", "copy", "-disposition:v:0", "attached_pic", path)  # fmt: skip
    return path


def sound_alone(room, folder):
    """No picture in it."""
    path = folder / "sound.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=d=3", path)
    return path


def sound_beside(room, folder):
    """A film that ends a second before its sound."""
    path = folder / "beside.mp4"
    ffmpeg("-i", room, "-f", "lavfi", "-i", "sine=d=4", *H264, "-c:a", "aac", path)
    return path


def subtitles_beside(room, folder):
    """Subtitles and an attachment beside the film."""
    path, text = folder / "subtitles.mkv", folder / "a.srt"
    text.write_text("1\n00:00:00,000 --> 00:00:09,000\nHa\n")
    ffmpeg("-i", text, "-i", room, "-map", "0", "-map", "1:v", *H264, "-c:s", "srt",
           "-attach", text, "-metadata:s:t", "mimetype=text/plain", path)  # fmt: skip
    return path


def timecode_beside(room, folder):
    """A stream of timecode beside the film, as cameras write."""
    path = folder / "timecode.mov"
    ffmpeg("-i", room, "-an", *H264, "-timecode", "10:00:00:00", path)
    return path


def text_as_mp4(room, folder):
    """A text under a film's name."""
    path = folder / "text.mp4"
    path.write_text("This is no film.\n" * 200)
    return path


def empty(room, folder):
    """Nothing in it."""
    path = folder / "empty.mp4"
    path.write_bytes(b"")
    return path


def wrong_ending(room, folder):
    """A Matroska film under the name of an mp4."""
    base = _base(room, folder, "mkv")
    return base.rename(folder / "wrong.mp4")


FILM, BROKEN, NONE = "film", "broken", "no film"
M2 = MPEG2.split()
MJPEG = ("-c:v", "mjpeg", "-q:v", "3")
# name: what it is (a loss of a broken one is to be said; of no film, why), maker and its arguments.
FAULTS = {
    "rotated 90": (FILM, rotated, 90),
    "rotated 180": (FILM, rotated, 180),
    "rotated 270": (FILM, rotated, 270),
    "edit list mp4": (FILM, trimmed, "mp4"),
    "edit list mov": (FILM, trimmed, "mov"),
    "edit list delay": (FILM, edit_list_delay),
    "trimmed mkv": (FILM, trimmed, "mkv"),
    "joined ts": (FILM, joined, "ts"),
    "joined mpg": (FILM, joined, "mpg", *M2),
    "joined raw h264": (FILM, joined, "h264"),
    "joined backwards ts": (FILM, joined_backwards),
    "resized ts": (FILM, resized, "ts", *H264),
    "resized raw h264": (FILM, resized, "h264", *H264),
    "resized mpeg2": (FILM, resized, "mpg", *M2),
    "negative times ts": (FILM, negative_times),
    "negative offsets mp4": (FILM, negative_offsets),
    "no key frame at the start": (BROKEN, open_start),
    "damaged head mp4": (BROKEN, damaged, "mp4", 0.02, 0.2),
    "damaged middle mp4": (BROKEN, damaged, "mp4", 0.3, 0.6),
    "damaged tail mp4": (BROKEN, damaged, "mp4", 0.7, 0.9),
    "damaged head ts": (BROKEN, damaged, "ts", 0.02, 0.2),
    "damaged middle ts": (BROKEN, damaged, "ts", 0.3, 0.6),
    "damaged tail ts": (BROKEN, damaged, "ts", 0.8, 1.0),
    "damaged middle mkv": (BROKEN, damaged, "mkv", 0.3, 0.6),
    "damaged middle avi": (BROKEN, damaged, "avi", 0.3, 0.6, *MJPEG),
    "damaged middle mpg": (BROKEN, damaged, "mpg", 0.3, 0.6, *M2),
    "damaged middle hevc": (BROKEN, scratched, "mp4", *X265.split()),
    "damaged middle raw h264": (BROKEN, damaged, "h264", 0.3, 0.6),
    "damaged middle vp9": (BROKEN, damaged, "webm", 0.3, 0.6, *VP9.split()),
    "truncated ts": (BROKEN, truncated, "ts", 0.6),
    "truncated mkv": (BROKEN, truncated, "mkv", 0.6),
    "truncated avi": (BROKEN, truncated, "avi", 0.6, *MJPEG),
    "truncated faststart mp4": (BROKEN, truncated, "mp4", 0.6, *H264, "-movflags", "faststart"),
    "truncated fragment": (BROKEN, fragments_cut),
    "avi without index": (FILM, avi_without_index),
    "mkv without cues": (FILM, mkv_without_cues),
    "mp4 without moov": (NONE, no_moov),
    "two streams large first": (FILM, two_streams, "mkv", "320:240", "160:120"),
    "two streams small first": (FILM, two_streams, "mp4", "160:120", "320:240"),
    "cover mp4": (FILM, cover, "mp4"),
    "cover mkv": (FILM, cover, "mkv"),
    "song mp3": (NONE, sound_with_cover, "mp3"),
    "song m4a": (NONE, sound_with_cover, "m4a"),
    "song flac": (NONE, sound_with_cover, "flac"),
    "sound alone": (NONE, sound_alone),
    "sound longer": (FILM, sound_beside),
    "subtitles beside": (FILM, subtitles_beside),
    "timecode beside": (FILM, timecode_beside),
    "text as mp4": (NONE, text_as_mp4),
    "empty": (NONE, empty),
    "wrong ending": (FILM, wrong_ending),
}  # fmt: skip


def make_fault(name, room, folder):
    """Make a film of a kind in a folder of its own, and return its path."""
    _, make, *words = FAULTS[name]
    place = folder / name.replace(" ", "-")
    place.mkdir()
    return make(room, place, *words)
