"""Scene lists of every kind: what is read, and what is refused with its place in the file."""

import sys

import pytest

from laughtrack.analytics.inputs.scene_lists import read_scenes

EDL = """TITLE: FILM
FCM: NON-DROP FRAME

001  AX       V     C        00:00:10:00 00:00:20:00 01:00:00:00 01:00:10:00
* FROM CLIP NAME: Opening
002  BX       V     C        00:01:00:00 00:01:05:12 01:00:12:00 01:00:17:12
"""
VTT = """WEBVTT

00:00:01.000 --> 00:00:05.500
The <b>opening</b>

00:00:05.500 --> 00:00:09.000
"""
SRT = "1\n00:00:01,000 --> 00:00:05,500\nThe opening\n\n2\n00:00:05,500 --> 00:00:09,000\n\n"
SCENEDETECT = """Timecode List:,00:00:05.500
Scene Number,Start Frame,Start Time (seconds),End Time (seconds)
1,1,1.0,5.5
2,133,5.5,9.0
"""
CUES = [(1.0, 5.5, "The opening"), (5.5, 9.0, "scene 2")]
FILES = [
    ("a.csv", "start,end,name\n0,90.5,Titles\n2:00,1:00:00.5,The rest\n",
        [(0, 90.5, "Titles"), (120, 3600.5, "The rest")]),
    ("semicolons and no order.csv", "end_s;start_s;name\n9;5;Late\n\n5;1;\n",
        [(1, 5, "scene 1"), (5, 9, "Late")]),
    ("scenedetect.csv", SCENEDETECT, [(1.0, 5.5, "scene 1"), (5.5, 9.0, "scene 2")]),
    ("a.vtt", VTT, CUES),
    ("a.srt", SRT, CUES),
    ("A.EDL", EDL, [(0, 10, "Opening"), (12, 17.5, "002")]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "expected"), FILES, ids=[each[0] for each in FILES])
def test_read(tmp_path, name, text, expected):
    """Times in seconds of the film, in order; what has no name gets a number."""
    (tmp_path / name).write_text(text)
    found = read_scenes(tmp_path / name)
    assert [tuple(row) for row in found.itertuples(index=False)] == expected


def test_opentimelineio(tmp_path):
    """The clips of the first video track that has any; gaps belong to no scene."""
    import opentimelineio as otio

    def seconds(start, length):
        return otio.opentime.TimeRange(
            otio.opentime.RationalTime(start * 25, 25), otio.opentime.RationalTime(length * 25, 25)
        )

    track = otio.schema.Track(kind=otio.schema.TrackKind.Video)
    track.append(otio.schema.Clip("Opening", source_range=seconds(100, 10)))
    track.append(otio.schema.Gap(source_range=seconds(0, 2)))
    track.append(otio.schema.Clip("", source_range=seconds(0, 3)))
    film = otio.schema.Timeline("film")
    film.tracks.append(otio.schema.Track(kind=otio.schema.TrackKind.Video))
    film.tracks.append(track)
    otio.adapters.write_to_file(film, str(tmp_path / "a.otio"))
    found = read_scenes(tmp_path / "a.otio")
    assert [tuple(row) for row in found.itertuples(index=False)] == [
        (0, 10, "Opening"),
        (12, 15, "scene 2"),
    ]


def test_frame_rate_of_an_edl(tmp_path):
    """Its frames are of the rate that is given."""
    (tmp_path / "a.edl").write_text(EDL)
    assert read_scenes(tmp_path / "a.edl", fps=25)["end_s"].tolist() == [10, 17.48]


BAD = [
    ("a.csv", "start,end\n0,10\n8,20\n",
        r"a.csv: line 2 \(0 to 10 s\) and line 3 \(8 to 20 s\) overlap"),
    ("a.csv", "start,end\n0,100\n10,20\n30,40\n", "line 2 .* and line 3 .* overlap"),
    ("a.vtt", VTT.replace("05.500 -->", "04.500 -->"),
        r"line 3 \(1 to 5.5 s\) and line 6 .* overlap"),
    ("a.csv", "start,end\n10,10\n", "a.csv, line 2: starts at 10 s and ends at 10 s"),
    ("a.srt", SRT.replace("05,500\n", "00,500\n"),
        "a.srt, line 2: starts at 1 s and ends at 0.5 s"),
    ("a.csv", "start,end\n1,soon\n", "a.csv, line 2: 'soon' is no number .*; expected seconds"),
    ("a.csv", "start,end\n1,nan\n", "line 2: 'nan'"),
    ("a.csv", "start,end\n1,00:00:10:12\n", "line 2: '00:00:10:12'"),
    ("a.csv", "begin,end\n1,2\n", "a.csv: no column 'start'; its columns are 'begin', 'end'"),
    ("a.csv", "start,end\n1,2,3\n", "a.csv, line 2: 3 cells, the first line has 2"),
    ("a.csv", "start,end,end\n1,2,3\n", "columns 2 and 3 are both called 'end'"),
    ("a.csv", "", "a.csv: empty"),
    ("a.csv", "start,end\n", "a.csv: no scene in it"),
    ("a.vtt", "WEBVTT\n", "a.vtt: no scene in it"),
    ("a.edl", "a letter to a friend\n", "a.edl: "),
    ("a.edl", EDL.replace(":12\n", ":26\n"),
        "line 6: '01:00:17:26' .* at 24 frames a second, --fps says another"),
    ("a.otio", "{", "a.otio: JSON parse error"),
    # The library takes seconds for each of these; words in quotes do not count.
    ("a.otio", "[" * 5000 + "]" * 5000, "a.otio: nested 5000 deep"),
    ("a.otio", '{"a":' * 2000, "a.otio: nested 2000 deep"),
    ("a.otio", '"[[[' + "[" * 300 + '"', "a.otio: "),
    ("a.txt", "1 2", "expected a name ending in .csv, .vtt, .srt, .edl, .otio"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "match"), BAD)
def test_refused(tmp_path, name, text, match):
    """The error names the file, and where in it."""
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=match):
        read_scenes(tmp_path / name)


def test_no_text(tmp_path):
    """A picture is no list."""
    (tmp_path / "a.csv").write_bytes(b"\x89PNG\xff")
    with pytest.raises(ValueError, match="is a picture, no text file; expected a CSV table"):
        read_scenes(tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["a.csv", "a.vtt", "a.otio"])
def test_no_file(tmp_path, name):
    """A file that is not there is an OSError, whoever reads it."""
    with pytest.raises(FileNotFoundError):
        read_scenes(tmp_path / name)


def test_without_opentimelineio(tmp_path, monkeypatch):
    """It says what to install; subtitles and EDLs are read without."""
    monkeypatch.setitem(sys.modules, "opentimelineio", None)
    for name, text in (("a.edl", EDL), ("a.vtt", VTT), ("a.srt", SRT)):
        (tmp_path / name).write_text(text)
        assert len(read_scenes(tmp_path / name)) == 2
    (tmp_path / "a.otio").write_text("{}")
    with pytest.raises(ValueError, match=r"pip install 'laughtrack\[scenes\]'"):
        read_scenes(tmp_path / "a.otio")
