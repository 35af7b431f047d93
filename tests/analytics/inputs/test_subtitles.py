"""SubRip and WebVTT: every cue is read, or the line is named."""

import pytest

from laughtrack.analytics.inputs.subtitles import read_cues


def cues(tmp_path, text, name="a.srt"):
    """Return what is read of a file with this text: cues without their lines, and remarks."""
    (tmp_path / name).write_text(text)
    found, remarks = read_cues(tmp_path / name)
    return [tuple(cue[:3]) for cue in found], remarks


T1, T2 = "00:00:01,000 --> 00:00:02,000", "00:00:02,000 --> 00:00:03,000"
TWO = [(1, 2, "One"), (2, 3, "Two")]
SRT = {
    "plain": (f"1\n{T1}\nOne\n\n2\n{T2}\nTwo\n", TWO),
    "no final newline": (f"1\n{T1}\nOne\n\n2\n{T2}\nTwo", TWO),
    "no numbers": (f"{T1}\nOne\n\n{T2}\nTwo\n", TWO),
    "one number": (f"1\n{T1}\nOne\n\n{T2}\nTwo\n", TWO),
    "no empty line": (f"1\n{T1}\nOne\n2\n{T2}\nTwo\n", TWO),
    "neither": (f"{T1}\nOne\n{T2}\nTwo\n", TWO),
    "empty lines": (f"\n\n1\n{T1}\nOne\n \n\n2\n{T2}\nTwo\n\n\n", TWO),
    "every second line empty": (f"1\n\n{T1}\n\nOne\n\n2\n\n{T2}\n\nTwo\n", TWO),
    "the same number": (f"1\n{T1}\nOne\n\n1\n{T2}\nTwo\n", TWO),
    "a mark in the middle": (f"\ufeff1\n{T1}\nOne\n\n\ufeff1\n{T2}\nTwo\n", TWO),
    "no order": (f"2\n{T2}\nTwo\n\n1\n{T1}\nOne\n", TWO[::-1]),
    "points": (f"1\n{T1}\nOne\n\n2\n{T2}\nTwo\n".replace(",", "."), TWO),
    "no fraction": ("1\n00:00:01 --> 00:00:02\nOne\n\n2\n00:00:02-->00:00:03,000\nTwo\n", TWO),
    "no hours": ("1\n00:01,000 --> 0:02,000\nOne\n\n2\n0:0:2,000\t-->  0:00:03,000\nTwo\n", TWO),
    "long": ("1\n100:00:00,000 --> 1000:00:00,000\nOne", [(360000, 3600000, "One")]),
    "places": (f"1\n{T1} X1:1 X2:2 Y1:3 Y2:4\nOne\n\n2\n{T2}  \nTwo\n", TWO),
    "tags": (f"{T1}\n{{\\an8}}<i>One</i>\n\n{T2}\n<font color='red'>Two</font>", TWO),
    "no tags": (f"{T1}\n<3 & {{you}} &amp; x<y>z\n", [(1, 2, "<3 & {you} & x<y>z")]),
    "a text of numbers": (f"1\n{T1}\n42\n\n2\n{T2}\n1999\n", [(1, 2, "42"), (2, 3, "1999")]),
    "an empty line in a text": (f"{T1}\nOne\n\nand\n\n2\n{T2}", [(1, 2, "One and"), (2, 3, "")]),
    "a text with times": (f"{T1}\n12:30 - 13:00\ngo --> on", [(1, 2, "12:30 - 13:00 go --> on")]),
    "a microsecond": ("1\n00:00:00,000001 --> 00:00:01,1000\nOne", [(0.000001, 1.1, "One")]),
    "no text": (f"1\n{T1}\n\n2\n{T2}\n", [(1, 2, ""), (2, 3, "")]),
    "nothing": ("\n\n", []),
}  # fmt: skip


@pytest.mark.parametrize("name", SRT)
def test_subrip(tmp_path, name):
    """As people and programs write it."""
    text, expected = SRT[name]
    assert cues(tmp_path, text) == (expected, [])


WRONG = {
    "letters in a time": (T1.replace("02,", "02oops,"), 2),
    "minus": ("-" + T1, 2),
    "minus inside": (T1.replace("02,", "-2,"), 2),
    "one digit": (T1.replace("02,000", "02,5"), 2),
    "two digits": (T1.replace("01,000", "01,50"), 2),
    "a colon": (T1.replace("02,", "02:"), 2),
    "minute 60": (T1.replace("00:02", "60:02"), 2),
    "second 60": (T1.replace("02,", "60,"), 2),
    "no end": ("00:00:01,000 -->", 2),
    "no start": ("--> 00:00:01,000", 2),
    "two arrows": (T1 + " --> 00:00:03,000", 2),
    "a short arrow": (T1.replace("-->", "->"), 2),
    "a dash": (T1.replace("-->", "—>"), 2),
    "an arrow": (T1.replace("-->", "→"), 2),
    "an arrow in two": (T1.replace("-->", "-- >"), 2),
    "an escaped arrow": (T1.replace("-->", "--&gt;"), 2),
    "no arrow": (T1.replace("-->", ""), 2),
    "text behind": (T1 + " One", 2),
    "other digits": (T1.replace("1", "١"), 2),
    "a word": ("oops", 2),
    "a point too many": (T1.replace("02,000", "02,000,"), 2),
    "spaces inside": (T1.replace(":", ": "), 2),
    "too many digits": ("9" * 5000 + T1, 2),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("first", [True, False])
def test_a_wrong_time_is_named(tmp_path, name, first):
    """In the first cue and behind another: its line, never a cue lost or joined to another."""
    time, line = WRONG[name]
    before = "" if first else f"1\n{T1}\nOne\n\n"
    line += 0 if first else 4
    text = f"{before}{1 if first else 2}\n{time}\nTwo\n\n3\n{T2}\nThree\n"
    with pytest.raises(ValueError, match=rf"a\.srt, line ({line}|{line - 1}): .*; expected"):
        cues(tmp_path, text)
    text = "WEBVTT\n\n" + text
    with pytest.raises(ValueError, match=rf"a\.vtt, line ({line + 2}|{line + 1}): .*; expected"):
        cues(tmp_path, text, "a.vtt")


@pytest.mark.parametrize(
    "text, line",
    [
        (f"Dear friend\n\n1\n{T1}\nOne\n", 1),
        ("{1}{25}One\n", 1),
        (f"1\n{T1}\nOne\n\n2\n", 5),
        (f"1\n{T1}\nOne\n\n2\nTwo\n", 6),
        ("1\nOne\n", 1),
    ],
)
def test_what_is_no_cue_is_named(tmp_path, text, line):
    """What stands before the first cue, and a number without a time."""
    with pytest.raises(ValueError, match=rf"a\.srt, line {line}: "):
        cues(tmp_path, text)


V1, V2 = T1.replace(",", "."), T2.replace(",", ".")
VTT = {
    "plain": (f"WEBVTT\n\n{V1}\nOne\n\n{V2}\nTwo\n", TWO),
    "a title": (f"WEBVTT - a film\n\n{V1}\nOne\n\n{V2}\nTwo", TWO),
    "headers": (f"WEBVTT\nKind: captions\nLanguage: en\n\n{V1}\nOne\n\n{V2}\nTwo", TWO),
    "headers below": (f"WEBVTT\n\nKind: captions\nLanguage: en\n\n{V1}\nOne\n\n{V2}\nTwo", TWO),
    "no empty line": (f"WEBVTT\n{V1}\nOne\n{V2}\nTwo", TWO),
    "identifiers": (f"WEBVTT\n\n1\n{V1}\nOne\n\nThe second\n{V2}\nTwo", TWO),
    "numbers without an empty line": (f"WEBVTT\n\n1\n{V1}\nOne\n2\n{V2}\nTwo", TWO),
    "spaces for an empty line": (f"WEBVTT\n\na\n{V1}\nOne\n \nb\n{V2}\nTwo", TWO),
    "only identifiers": (f"WEBVTT\n\nOne\n{V1}\n\nTwo\n{V2}\n", TWO),
    "no hours": ("WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n\n00:02.000 --> 00:03.000\nTwo", TWO),
    "settings": (f"WEBVTT\n\n{V1} align:start line:0\nOne\n\n{V2}\tposition:10%,center\nTwo", TWO),
    "blocks": (
        f"WEBVTT\n\nSTYLE\n::cue {{\n  color: red;\n}}\n\nREGION\nid:a\n\nNOTE\nx\n\nNOTE y\n\n"
        f"{V1}\nOne\n\nNOTE between\nand more\n\n{V2}\nTwo\n\nNOTE", TWO),
    "tags": (f"WEBVTT\n\n{V1}\n<v.loud Ann>One</v>\n\n{V2}\n<c.x><00:02.500><i>Two</i></c>", TWO),
    "entities": (f"WEBVTT\n\n{V1}\nA &amp; B &lt;3&nbsp;x --&gt;\n", [(1, 2, "A & B <3 x -->")]),
    "joined": (f"\ufeffWEBVTT\n\n{V1}\nOne\n\n\ufeffWEBVTT\n\n{V2}\nTwo", TWO),
}  # fmt: skip


@pytest.mark.parametrize("name", VTT)
def test_webvtt(tmp_path, name):
    """As the standard has it; what is called .srt and begins with WEBVTT is WebVTT."""
    text, expected = VTT[name]
    for file in ("a.vtt", "a.srt"):
        assert cues(tmp_path, text, file) == (expected, [])


def test_what_webvtt_passes_over_is_said(tmp_path):
    """A time in a comment, and the map of a stream."""
    text = (
        f"WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\nNOTE\n{V1}\nOne\n\n{V2}\nTwo"
    )
    found, remarks = cues(tmp_path, text, "a.vtt")
    assert found == TWO[1:]
    assert [remark.split(" ")[1].strip(":") for remark in remarks] == ["2", "5"]


@pytest.mark.parametrize(
    "text, line",
    [
        (f"1\n{T1}\nOne\n", 1),
        (f"webvtt\n\n{V1}\nOne\n", 1),
        (f"WEBVTTX\n\n{V1}\nOne\n", 1),
        (f"WEBVTT\n\n{V1}\nOne\n\nand more\n", 6),
        (f"WEBVTT\n\nSTYLE\na\n{V1}\nOne\n", 5),
        (f"WEBVTT\n\nSTYLE\na {{\n\ncolor: red }}\nb\n\n{V1}\nOne\n", 6),
    ],
)
def test_what_is_no_webvtt_is_named(tmp_path, text, line):
    """No header, lines that belong to nothing, a time in a block of style."""
    with pytest.raises(ValueError, match=rf"a\.vtt, line {line}: "):
        cues(tmp_path, text, "a.vtt")
