"""Which moment of one session is which of another."""

import sys

import pytest

from laughtrack.analytics.comparison.alignment import by_film_time
from laughtrack.analytics.comparison.edit_alignment import by_edits
from laughtrack.analytics.comparison.mark_pairs import by_marks
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics.timeline_rows import readings, session, steady


def recorded(length_s, name="a", **info):
    """Return the tables of a session of that length with somebody in it."""
    made = session(readings(*steady(1, 0.0, [0.2] * 10)), [(0, length_s, 10)])
    return SessionTables(made._replace(name=name, info=info))


def marks(*pairs):
    """Return the info of a session with marks at these (t_s, text)."""
    return {"marks": [{"t_s": t_s, "text": text} for t_s, text in pairs]}


def rows(found):
    """Return an alignment's pieces as lists."""
    return found.pieces.round(6).to_numpy().tolist()


def test_film_time():
    """The same film time corresponds, as far as both sessions go."""
    a, b = recorded(100, media_offset_s=10.0), recorded(100, "b", media_offset_s=-5.0)
    assert rows(by_film_time(a, b)) == [[0, 85, 15, 100]]
    assert rows(by_film_time(b, a)) == [[15, 100, 0, 85]]


def test_film_time_unknown():
    """Without an offset in either, both begin with the film, and that is said."""
    found = by_film_time(recorded(50), recorded(60, "b"))
    assert rows(found) == [[0, 50, 0, 50]]
    assert "taken to begin with it" in found.notes[0]


def test_film_time_apart():
    """Sessions of different parts of a film have nothing to compare, and the way out is named."""
    late = recorded(60, "b", media_offset_s=300.0)
    with pytest.raises(ValueError, match=r"0:00 to 1:00.*5:00 to 6:00.*none in common.*--edits"):
        by_film_time(recorded(60), late)


def test_marks():
    """Between marks time runs evenly, beyond them equally fast in both."""
    a = recorded(100, **marks((10, "start"), (40, "joke"), (60, "end"), (70, "only here")))
    b = recorded(90, "b", **marks((5, "start"), (35, "joke"), (65, "end")))
    found = by_marks(a, b)
    assert rows(found) == [[5, 10, 0, 5], [10, 40, 5, 35], [40, 60, 35, 65], [60, 85, 65, 90]]
    assert len(found.notes) == 1
    assert "“joke” to “end”" in found.notes[0]
    assert "a lasts 20.0 s and b 30.0 s" in found.notes[0]


def test_marks_that_repeat():
    """A text pairs in order if it stands as often in both, and is left out in words if not."""
    a = recorded(50, **marks((10, "x"), (20, "x"), (30, "y"), (35, "y")))
    b = recorded(50, "b", **marks((12, "x"), (22, "x"), (30, "y")))
    found = by_marks(a, b)
    assert rows(found) == [[0, 10, 2, 12], [10, 20, 12, 22], [20, 48, 22, 50]]
    assert "“y” stands 2 times in a and 1 times in b" in found.notes[0]


def test_one_mark():
    """One mark shifts the whole, and that is said."""
    found = by_marks(recorded(50, **marks((10, "x"))), recorded(50, "b", **marks((30, "x"))))
    assert rows(found) == [[0, 10, 20, 30], [10, 30, 30, 50]]
    assert found.notes == ("Only one mark is in both: all else is counted from it.",)


@pytest.mark.parametrize(
    "b, said",
    [
        # None in common.
        (marks((1, "z")), r"no mark is in both 'a' \('x', 'y'\) and 'b' \('z'\)"),
        # No marks at all.
        ({}, r"and 'b' \(no marks\)"),
        # Another order.
        (marks((30, "x"), (20, "y")), r"mark 'y' follows 'x' in 'a' but not in 'b'"),
    ],
)
def test_marks_that_do_not_fit(b, said):
    """Marks that cannot be laid on each other are refused by name."""
    with pytest.raises(ValueError, match=said):
        by_marks(recorded(50, **marks((10, "x"), (20, "y"))), recorded(50, "b", **b))


def edited(tmp_path, text, a=None, b=None, name="edit.csv"):
    """Return the alignment by an edit list of this text."""
    path = tmp_path / name
    path.write_text(text)
    return by_edits(a or recorded(100), b or recorded(100, "b"), [path], fps=25)


def test_csv(tmp_path):
    """Rows are film time, in any order, and cut to what was recorded."""
    a, b = recorded(100, media_offset_s=10.0), recorded(50, "b")
    text = "a_start_s, a_end_s, b_start_s\n60, 100, 30\n20, 40, 0\n"
    found = edited(tmp_path, text, a, b)
    assert rows(found) == [[10, 30, 0, 20], [50, 70, 30, 50]]
    assert found.notes == (
        "20 s of the edit list lie outside what was recorded: they were left out.",
    )


def test_csv_speed(tmp_path):
    """With an end in B, the stretch runs at another speed there, and is cut evenly."""
    found = edited(tmp_path, "a_start_s,a_end_s,b_start_s,b_end_s\n0,40,90,110\n")
    assert rows(found) == [[0, 20, 90, 100]]


@pytest.mark.slow
@pytest.mark.parametrize(
    "text, said",
    [
        ("", "not a CSV edit list"),
        ("a_start_s,a_end_s\n1,2\n", "no column 'b_start_s'"),
        ("a_start_s,a_end_s,b_start_s\n", "no rows"),
        ("a_start_s,a_end_s,b_start_s\n0,10,0\n9,4,20\n", "line 3: a_end_s is 4, not after a_st"),
        ("a_start_s,a_end_s,b_start_s\n0,ten,0\n", "line 2: 'ten' is no number"),
        ("a_start_s,a_end_s,b_start_s\n0,,0\n", "line 2: '' is empty"),
        ("a_start_s,a_end_s,b_start_s\n0,10,0\n9,20,10\n", r"overlap in 'a': 0.* from 9.000 s"),
        ("a_start_s,a_end_s,b_start_s\n0,10,0\n10,20,5\n", r"overlap in 'b': 0.* from 5.000 s"),
        ("a_start_s,a_end_s,b_start_s\n200,210,0\n", "no stretch of the edit list lies in both"),
    ],
)
def test_csv_wrong(tmp_path, text, said):
    """A list that is none, runs backwards, overlaps or lies elsewhere is refused by line."""
    with pytest.raises(ValueError, match=said):
        edited(tmp_path, text)


EDL = """TITLE: B
FCM: NON-DROP FRAME

001  CUTA     V     C        01:00:00:00 01:00:20:00 01:00:00:00 01:00:20:00
002  NEW      V     C        00:00:03:00 00:00:08:00 01:00:20:00 01:00:25:00
003  CUTA     V     C        01:00:30:12 01:00:50:12 01:00:25:00 01:00:45:00
"""


def test_edl_of_b_made_from_a(tmp_path):
    """Record times are B's, source times of the usual reel are A's, from the whole hour on."""
    pytest.importorskip("opentimelineio")
    found = edited(tmp_path, EDL, name="b.edl")
    assert rows(found) == [[0, 20, 0, 20], [30.48, 50.48, 25, 45]]
    assert found.notes == (
        "Reel CUTA of the edit list is taken to be the first cut; all else is new.",
        "The edit list's source time code 1:00:00 is taken to be time 0.",
    )


def test_edl_source_from_zero(tmp_path):
    """A source that lies within the cut as it stands is left so."""
    pytest.importorskip("opentimelineio")
    edl = EDL
    for event in ("01:00:00:00 01:00:20:00 01", "01:00:30:12 01:00:50:12 01"):
        edl = edl.replace(event, event.replace("01:", "00:", 2))
    found = edited(tmp_path, edl, name="b.edl")
    assert rows(found) == [[0, 20, 0, 20], [30.48, 50.48, 25, 45]]
    assert len(found.notes) == 1


@pytest.mark.parametrize("suffix", ["edl", "otio"])
def test_two_timelines(tmp_path, suffix):
    """What two cuts took from one reel corresponds, whatever else is between."""
    otio = pytest.importorskip("opentimelineio")
    paths = []
    for name, events in (
        ("a", ("00:00:00:00 00:00:30:00 01:00:00:00 01:00:30:00",)),
        (
            "b",
            (
                "00:00:20:00 00:00:28:00 01:00:00:00 01:00:08:00",
                "00:00:05:00 00:00:15:00 01:00:08:00 01:00:18:00",
            ),
        ),
    ):
        path = tmp_path / f"{name}.edl"
        lines = [f"00{k}  REEL1    V     C        {each}\n" for k, each in enumerate(events, 1)]
        path.write_text("TITLE: x\n\n" + "".join(lines))
        if suffix == "otio":
            timeline = otio.adapters.read_from_file(str(path), rate=25)
            path = path.with_suffix(".otio")
            otio.adapters.write_to_file(timeline, str(path))
        paths.append(path)
    found = by_edits(recorded(30), recorded(18, "b"), paths, fps=25)
    assert rows(found) == [[5, 15, 8, 18], [20, 28, 0, 8]]


def test_shot_used_twice(tmp_path):
    """A shot that one cut shows twice is compared once, and that is said."""
    pytest.importorskip("opentimelineio")
    line = "{}  REEL1    V     C        00:00:00:00 00:00:{} 01:00:{} 01:00:{}\n"
    once, twice = tmp_path / "a.edl", tmp_path / "b.edl"
    once.write_text("TITLE: x\n\n" + line.format("001", "10:00", "00:00", "10:00"))
    twice.write_text(
        "TITLE: x\n\n"
        + line.format("001", "04:00", "00:00", "04:00")
        + line.format("002", "10:00", "04:00", "14:00")
    )
    found = by_edits(recorded(10), recorded(14, "b"), [once, twice], fps=25)
    assert rows(found) == [[0, 10, 4, 14]]
    assert "compared once (1 left out)" in found.notes[0]


def test_no_reel_in_common(tmp_path):
    """Two lists made from other reels cannot be laid on each other."""
    pytest.importorskip("opentimelineio")
    for name in ("CUTA", "CUTB"):
        (tmp_path / f"{name}.edl").write_text(EDL.replace("CUTA", name).replace("NEW", name))
    with pytest.raises(ValueError, match="no reel's stretch is in both"):
        by_edits(recorded(9), recorded(9), [tmp_path / "CUTA.edl", tmp_path / "CUTB.edl"], fps=25)


@pytest.mark.parametrize(
    "name, text, said",
    [
        ("b.edl", EDL.replace("01:00:00:00 01:00:20:00 ", "01:00:00:24 x ", 1), "line 4: 'x'"),
        ("b.edl", EDL.replace("01:00:20:00 01:", "01:00:30:00 01:", 1), "line 4: event 001 shows"),
        ("b.otio", "{}", "not a readable edit list"),
        ("b.edl", "TITLE: empty\n", "no video events"),
        ("b.txt", "hello", r"no reader for \*.txt"),
    ],
)
def test_unreadable(tmp_path, name, text, said):
    """A file that is no edit list is refused by name."""
    pytest.importorskip("opentimelineio")
    with pytest.raises(ValueError, match=rf"{name}.*{said}"):
        edited(tmp_path, text, name=name)


def test_frame_rate_too_low(tmp_path):
    """A frame number that the rate does not have points at --fps."""
    pytest.importorskip("opentimelineio")
    (tmp_path / "b.edl").write_text(EDL.replace("30:12", "30:24"))
    with pytest.raises(ValueError, match="24 frames a second, --fps"):
        by_edits(recorded(100), recorded(100, "b"), [tmp_path / "b.edl"])


def test_missing_file(tmp_path):
    """A file that is not there is named."""
    for name in ("no.csv", "no.edl"):
        with pytest.raises(OSError, match=name):
            by_edits(recorded(9), recorded(9), [tmp_path / name])


def test_without_the_reader(tmp_path, monkeypatch):
    """Without OpenTimelineIO it says what to install; EDLs are read without."""
    monkeypatch.setitem(sys.modules, "opentimelineio", None)
    assert rows(edited(tmp_path, EDL, name="b.edl"))
    with pytest.raises(ValueError, match=r"pip install 'laughtrack\[edit\]'"):
        edited(tmp_path, "{}", name="b.otio")


def test_three_lists():
    """Three lists are one too many."""
    with pytest.raises(ValueError, match="3 edit lists"):
        by_edits(recorded(9), recorded(9), ["x.edl"] * 3)


def test_speed_of_a_clip(tmp_path):
    """A clip that runs at twice the speed takes twice as long of its source."""
    pytest.importorskip("opentimelineio")
    edl = (
        "TITLE: B\n\n001  CUTA     V     C        00:00:30:12 00:00:50:12 01:00:00:00 01:00:10:00\n"
        "M2   CUTA       050.0                00:00:30:12\n"
    )
    assert rows(edited(tmp_path, edl, name="b.edl")) == [[30.48, 50.48, 0, 10]]
