"""Nasty edit lists as scene lists: CMX 3600 EDL."""

from hypothesis import strategies as st

from tests.bench.nasty_text.frame import Case, encoded
from tests.bench.nasty_text.subtitles import scenes

RATE = 25
DAY = 86400 * RATE
NAMES = ("STREET", "bus_010.mov", "Grüße.mov", "1999", "a: b", "x  y")
CODES = ("01:00:00:25", "1:00:00", "01:61:00:00", "01:00:00:00x", "-1:00:00:00", "noon", "9" * 30)
CODES += ("٠١:٠٠:٠٠:٠٠", "01:00:00;00", "nan")
NOTES = (
    [],
    ["* COMMENT: x"],
    ["* ASC_SOP (1.1 1.2 x)(0 0 0)(1 1)", "* ASC_SAT one"],
    ["* LOC: 01:00:04:00 RED     CHECK SOUND"],
    ["FINAL CUT PRO REEL: A REPLACED BY: B", "", "* SOURCE FILE: x"],
    ["AUD  3   4"],
    ["M2   AX       050.0                00:00:00:00"],
    ["* * FREEZE FRAME"],
    ["SPLIT:    AUDIO DELAY=  00:00:00:05"],
)
HEADS = (
    ["TITLE: ROUGH CUT", "FCM: NON-DROP FRAME"],
    ["TITLE:", "", "FCM: NON DROP FRAME", ""],
    [],
    ["* made by hand", ">>> SOURCE x"],
)


def _code(frame):
    frame %= DAY
    seconds, frames = divmod(frame, RATE)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames:02d}"


@st.composite
def _cases(draw):
    first = draw(st.sampled_from((0, 3600 * RATE, DAY - 10 * RATE, 12345)))
    lines, right, at = [*draw(st.sampled_from(HEADS))], [], first
    count = draw(st.integers(1, 5))
    broken = draw(st.integers(0, 3 * count - 1))
    line = None
    for number in range(1, count + 1):
        length = draw(st.integers(2, 20 * RATE))
        source = draw(st.sampled_from((0, 100, 90000)))
        label, name = f"{number:03d}", draw(st.sampled_from(NAMES))
        codes = [_code(each) for each in (source, source + length, at, at + length)]
        fade = number > 1 and draw(st.booleans())
        reel = draw(st.sampled_from(("AX", "BL", "A001_C002_0101XY", "TAPE 1", "001")))
        if fade:
            # Where it is from: often of the number before.
            was = draw(st.sampled_from((label, f"{number - 1:03d}")))
            lines.append(f"{was}  AX  V  C  {codes[0]} {codes[0]} {codes[2]} {codes[2]}")
        kind = draw(st.sampled_from(("D    024", "W001 012"))) if fade else "C       "
        if number == broken:
            codes[draw(st.integers(0, 3))] = draw(st.sampled_from(CODES))
            line = len(lines) + 1
        channel = draw(st.sampled_from(("V", "V1", "AA/V", "B")))
        gap = draw(st.sampled_from(("  ", " ", "\t", "      ")))
        lines.append(gap.join([label, reel, channel, kind, *codes]))
        lines += draw(st.sampled_from(NOTES))
        if fade:
            lines.append("* FROM CLIP NAME: WAS")
        lines.append(f"* {'TO' if fade else 'FROM'} CLIP NAME:  {name}")
        if draw(st.booleans()):
            lines.append(f"{number + 500}  AX  A2  C  {' '.join([_code(0), _code(9)] * 2)}")
        if reel != "BL":
            span = ((at - first) / RATE, (at + length - first) / RATE)
            right.append((*(round(each, 6) for each in span), name))
        at += length + draw(st.sampled_from((0, 0, 50)))
    if line is not None:
        # Drop-frame is not of 25, whichever line says so first.
        return Case(draw(encoded(lines)), ".edl", None, (f"line {line}:",))
    if not right:
        return Case(draw(encoded(lines)), ".edl", None, ("no scene in it",))
    return Case(draw(encoded(lines)), ".edl", right)


def edl(folder):
    """Return cases of EDLs, and what reads them."""
    return _cases(), lambda path: scenes(path, RATE)


FORMATS = {"scenes edl": edl}
