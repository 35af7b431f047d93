"""EDLs: every event is read, or its line and the right cure are named; markers are scenes."""

import math

import pytest

from laughtrack.analytics.inputs.otio_timelines import events
from laughtrack.analytics.inputs.scene_lists import read_scenes

HEAD = "TITLE: CUT\nFCM: NON-DROP FRAME\n"


def event(start, end, head="001  AX       V     C       ", source=None):
    """Return an event's line with these record times."""
    return f"{head} {source or f'{start} {end}'} {start} {end}\n"


def scenes(tmp_path, text, fps=None):
    """Return the scenes of a file with this text, and the remarks."""
    (tmp_path / "a.edl").write_text(text)
    found = read_scenes(tmp_path / "a.edl", fps)
    return [
        (round(a, 3), round(b, 3), name) for a, b, name in found.itertuples(index=False)
    ], found.attrs["remarks"]


A = event("01:00:00:00", "01:00:05:00")
B = event("01:00:05:00", "01:00:08:00", "002  BX       V     C       ")
TWO = [(0, 5, "A"), (5, 8, "B")]
NAMED = A + "* FROM CLIP NAME: A\n" + B + "* FROM CLIP NAME:B\n"
READ = {
    "plain": (HEAD + NAMED, TWO),
    "no head": (NAMED, TWO),
    "small letters": (HEAD + NAMED.lower(), [(0, 5, "a"), (5, 8, "b")]),
    "no name": (HEAD + A + B, [(0, 5, "001"), (5, 8, "002")]),
    "a file's name": (HEAD + A + "* FROM FILE: C:\\x\\A.mov\n", [(0, 5, "A")]),
    "colour notes": (
        HEAD + A + "* ASC_SOP (1,1 x)\n* ASC_SAT one\n* FROM CLIP NAME: A\n", [(0, 5, "A")]),
    "another length of its source": (
        HEAD + event("01:00:00:00", "01:00:05:00", source="00:00:00:00 00:00:09:00"),
        [(0, 5, "001")]),
    "sound": (
        HEAD + NAMED + event("00:00:00:00", "00:00:09:00", "003  AX A2 C")
        + event("00:00:00:00", "00:00:09:00", "003  AX NONE C"), TWO),
    "sound and picture of one number": (
        HEAD + A + A.replace(" V ", " A ") + "* FROM CLIP NAME: A\n", [(0, 5, "A")]),
    "all of one number": (HEAD + NAMED.replace("002", "001"), TWO),
    "a source's order": (
        HEAD + B + "* FROM CLIP NAME: B\n" + A + "* FROM CLIP NAME: A\n", TWO),
    "a reel with spaces": (HEAD + NAMED.replace("AX ", "TAPE 1 of 2 "), TWO),
    "channels": (HEAD + NAMED.replace(" V ", " AA/V ", 1).replace("BX       V", "BX B"), TWO),
    "frames' numbers": (HEAD + "001 AX V C 0 48 240 288\n", [(0, 2, "001")]),
    "a dissolve": (
        HEAD + A + event("01:00:05:00", "01:00:05:00", "002  AX V C")
        + event("01:00:05:00", "01:00:08:00", "002  BX V D 024")
        + "* FROM CLIP NAME: A\n* TO CLIP NAME: B\n", [(0, 5, "001"), (5, 8, "B")]),
    "a dissolve of other numbers": (
        HEAD + A + event("01:00:05:00", "01:00:05:00", "001  AX V C")
        + event("01:00:05:00", "01:00:08:00", "002  BX V D    012")
        + "* FROM CLIP NAME: A\n* TO CLIP NAME: B\n", [(0, 5, "001"), (5, 8, "B")]),
    "a wipe first": (HEAD + event("01:00:00:00", "01:00:05:00", "001 AX V W001 012"),
        [(0, 5, "001")]),
    "a fade from black": (
        HEAD + event("01:00:00:00", "01:00:00:00", "001  BL V C")
        + event("01:00:00:00", "01:00:05:00", "001  AX V D 012")
        + "* TO CLIP NAME: A\n" + B + "* FROM CLIP NAME: B\n", TWO),
    "midnight": (
        HEAD + event("23:59:58:00", "00:00:03:00")
        + event("00:00:03:00", "00:00:06:00", "002 B V C"),
        [(0, 5, "001"), (5, 8, "002")]),
    "beyond 24 hours": (
        HEAD + event("23:59:58:00", "24:00:03:00")
        + event("24:00:03:00", "24:00:06:00", "002 B V C"),
        [(0, 5, "001"), (5, 8, "002")]),
    "up to midnight": (HEAD + event("23:59:58:00", "00:00:00:00"), [(0, 2, "001")]),
    "drop-frame": (
        "FCM: DROP FRAME\n" + event("00:00:59;28", "00:01:00;02"), [(0, 2 / 29.97, "001")]),
    "drop-frame said above": (
        "FCM: DROP FRAME\n" + event("00:00:59:28", "00:01:00:02"), [(0, 2 / 29.97, "001")]),
    "drop-frame of 59.94": (event("00:00:59;58", "00:01:00;04"), [(0, 2 / 59.94, "001")]),
    "speed": (
        HEAD + event("01:00:00:00", "01:00:05:00", source="00:00:00:00 00:00:10:00")
        + "M2   AX       048.0                00:00:00:00\n", [(0, 5, "001")]),
    "other notes": (
        HEAD + ">>> SOURCE x\nSPLIT:    AUDIO DELAY=  00:00:00:05\n" + A
        + "AUD  3   4\n* * FREEZE FRAME\nFINAL CUT PRO REEL: A REPLACED BY: B\n\n# x\n",
        [(0, 5, "001")]),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_read(tmp_path, name):
    """As editing programs write them."""
    text, expected = READ[name]
    expected = [(a, round(b, 3), clip) for a, b, clip in expected]
    assert scenes(tmp_path, text) == (expected, [])


def test_what_is_no_scene_is_said(tmp_path):
    """Black and bars, a second picture track, what is keyed."""
    black = event("01:00:08:00", "01:00:09:00", "003  BL V C") + "* FROM CLIP NAME: BL\n"
    assert scenes(tmp_path, HEAD + NAMED + black) == (TWO, ["line 7: black and bars are no scene"])
    above = event("01:00:01:00", "01:00:02:00", "003  CX V2 C")
    found, remarks = scenes(tmp_path, HEAD + NAMED + above)
    assert found == TWO and remarks == ["of its picture tracks V1 is read, not V2"]
    keyed = HEAD + A.replace(" C  ", " K B") + A.replace(" C  ", " K    000")
    found, remarks = scenes(tmp_path, keyed)
    assert found == [(0, 5, "001")] and remarks[0].startswith("line 4: what is keyed")


WRONG = [
    (A.replace("01:00:05:00\n", "01:00:05:30\n"), 3, "at 24 frames a second, --fps says another"),
    (A.replace("01:00:05:00\n", "01:00:05:oo\n"), 3, "a time code like"),
    (A.replace("01:00:05:00\n", "01:75:05:00\n"), 3, "a time code like"),
    (A.replace("01:00:05:00\n", "\n"), 3, "an event like"),
    (A.replace(" C ", " X "), 3, "an event like"),
    (A.replace(" V ", " Q "), 3, "channels like V, A2 or AA/V in place of 'Q'"),
    (A.replace("001", "OO1"), 3, "a note begins with"),
    (A.replace("C    ", "C x"), 3, "an event like"),
    ("12 letters\n", 3, "an event like"),
    (B + event("01:00:05:00", "01:00:04:00", "003 AX V C"), 4, "ends before it starts"),
    (event("01:00:05:00", "01:00:05:00"), 3, "expected a later end"),
    (B + event("01:00:06:00", "01:00:09:00", "003 AX V C"), 4, "overlap"),
]


@pytest.mark.parametrize(("text", "line", "says"), WRONG)
def test_a_wrong_line_is_named(tmp_path, text, line, says):
    """And --fps only where the rate is the matter."""
    with pytest.raises(ValueError, match=rf"a\.edl.*line {line}\b.*{says}") as error:
        scenes(tmp_path, HEAD + text)
    assert ("--fps" in str(error.value)) == ("--fps" in says)


def test_drop_frame_of_another_rate(tmp_path):
    """A rate that has no drop-frame is told from one that has."""
    text = event("01:00:00;00", "01:00:05;00")
    with pytest.raises(ValueError, match=r"line 1: '01:00:00;00' is drop-frame.*not 25: --fps"):
        scenes(tmp_path, text, 25)
    assert scenes(tmp_path, text, 29.97) == scenes(tmp_path, text)


@pytest.mark.parametrize("text", ["TITLE: X\n", "a letter to a friend\n", A.replace(" V ", " A ")])
def test_no_pictures(tmp_path, text):
    """A list without an event of pictures says what was expected."""
    with pytest.raises(ValueError, match=r"a\.edl: no scene in it; expected events of pictures"):
        scenes(tmp_path, text)


def mark(start, end, note, number="001"):
    """Return a marker as Resolve writes it."""
    return event(start, end, f"{number}  001      V     C       ") + note + "\n\n"


def test_resolves_markers_are_scenes_up_to_the_next(tmp_path):
    """The film begins at the whole hour, the last scene has no end, a length is kept."""
    text = HEAD + "".join(
        [
            mark("01:00:05:00", "01:00:05:01", " |C:ResolveColorBlue |M:Bus |D:1"),
            mark("01:00:20:00", "01:00:20:01", "2nd laugh |C:ResolveColorRed |M:Home |D:1", "002"),
        ]
    )
    found, remarks = scenes(tmp_path, text)
    assert found == [(5, 20, "Bus"), (20, math.inf, "Home")]
    assert remarks == ["2 markers: the film is taken to begin at time code 01:00:00:00"]
    assert scenes(tmp_path, text.replace("|D:1", "|D:48"))[0] == [(5, 7, "Bus"), (20, 22, "Home")]


def test_single_frames_are_markers(tmp_path):
    """Of other programs, without their notes; one alone is a scene of a frame."""
    text = HEAD + mark("00:00:05:00", "00:00:05:01", "* FROM CLIP NAME: Bus")
    assert scenes(tmp_path, text)[0] == [(0, 0.042, "Bus")]
    text += mark("00:00:20:00", "00:00:20:01", "* FROM CLIP NAME: Home", "002")
    assert scenes(tmp_path, text)[0] == [(5, 20, "Bus"), (20, math.inf, "Home")]


def test_locators_of_one_clip_are_scenes(tmp_path):
    """Up to the clip's end; of several clips they are notes."""
    located = "* LOC: 01:00:01:00 RED     BUS\n* LOC: 01:00:03:00 GREEN   HOME AGAIN\n"
    found, remarks = scenes(tmp_path, HEAD + A + located)
    assert found == [(1, 3, "BUS"), (3, 5, "HOME AGAIN")]
    assert remarks == ["its 2 locators are the scenes, up to the end of its one clip"]
    assert scenes(tmp_path, HEAD + A + located + B)[0] == [(0, 5, "001"), (5, 8, "002")]


def test_events_for_cuts(tmp_path):
    """Freeze frames, backwards and black are left out; speed is the note's."""
    text = HEAD + "".join(
        [
            event("01:00:00:00", "01:00:05:00", "001 R1 V C", "00:00:00:00 00:00:10:00"),
            "M2   R1       048.0                00:00:00:00\n",
            event("01:00:05:00", "01:00:06:00", "002 R1 V C", "00:00:00:00 00:00:00:01"),
            "* * FREEZE FRAME\n",
            event("01:00:06:00", "01:00:07:00", "003 BL V C"),
            event("01:00:07:00", "01:00:08:00", "004 R1 V C", "00:00:09:00 00:00:10:00"),
            "M2   R1       -024.0               00:00:09:00\n",
            event("01:00:08:00", "01:00:09:00", "005 AX V C"),
            "* FROM CLIP NAME: X\n",
        ]
    )
    (tmp_path / "a.edl").write_text(text)
    assert events(tmp_path / "a.edl") == [
        ("R1", 0.0, 10.0, 0.0, 5.0),
        ("X", 3608.0, 3609.0, 8.0, 9.0),
    ]
