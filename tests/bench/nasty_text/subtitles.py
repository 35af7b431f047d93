"""Nasty subtitles as scene lists: SubRip and WebVTT."""

from hypothesis import strategies as st

from laughtrack.analytics.inputs.scene_lists import read_scenes
from tests.bench.nasty_text.frame import Case, encoded

NAMES = ("On the bus", "Grüße – „Küche“", "12:30 at noon", "a -> b", "1999", "A & B", "x = 3")


def scenes(path, fps=None):
    """Return scenes as tuples, times to a microsecond."""
    found = read_scenes(path, fps)
    times = (found[name].round(6).tolist() for name in ("start_s", "end_s"))
    return [*zip(*times, found["name"].tolist(), strict=True)]


@st.composite
def _good(draw):
    """Return cues' times in ms, with names."""
    cues, at = [], draw(st.sampled_from((0, 1, 3_599_999, 360_000_000)))
    for _ in range(draw(st.integers(1, 4))):
        end = at + draw(st.integers(10, 5_000_000))
        cues.append((at, end, draw(st.sampled_from(NAMES))))
        at = end + draw(st.sampled_from((0, 0, 1, 60_000)))
    return cues


def _clock(ms, point, short=False):
    hours, rest = divmod(ms, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    head = "" if short and not hours else f"{hours:02d}:"
    return f"{head}{minutes:02d}:{rest // 1000:02d}{point}{rest % 1000:03d}"


# Wrong times, which no reader may take for others.
BROKEN = ("00:00:17oops,250", "-00:00:01,000", "00:61:00,000", "00:00:75,000", "00:00:1O,000")
BROKEN += ("00:00:01,5", "00:00:01,50", "00:00:01:500", "", "noon", "٠٠:٠٠:٠١,٠٠٠", "nan", "1e3")


@st.composite
def _cases(draw, suffix):
    cues = draw(_good())
    point = draw(st.sampled_from(",.")) if suffix == ".srt" else "."
    lines = [] if suffix == ".srt" else ["WEBVTT" + draw(st.sampled_from(("", " a film")))]
    if lines:
        lines += draw(st.sampled_from(([""], ["Kind: captions", "Language: en", ""])))
        lines += draw(st.sampled_from(([], ["NOTE", "00:00:01.000 --> 00:00:02.000", ""])))
    broken = draw(st.integers(0, len(cues) * 3 - 1))
    at = None
    for number, (start, end, name) in enumerate(cues):
        lines += draw(st.sampled_from(([], [str(number + 1)], ["1"])))
        arrow = draw(st.sampled_from((" --> ", "-->", "  -->\t")))
        times = [_clock(each, point, draw(st.booleans())) for each in (start, end)]
        if number == broken:
            times[draw(st.integers(0, 1))] = draw(st.sampled_from(BROKEN))
            at = len(lines) + 1
        tail = draw(st.sampled_from(("", " ", " align:start position:0%")))
        lines += [arrow.join(times) + tail, *_text(draw, name, suffix)]
        lines += draw(st.sampled_from(([""], ["", ""], [" ", ""])))
    right = [(start / 1000, end / 1000, name) for start, end, name in cues]
    if at is not None:
        return Case(draw(encoded(lines)), suffix, None, (f"line {at}:",))
    return Case(draw(encoded(lines)), suffix, right)


def _text(draw, name, suffix):
    name = name.replace("&", "&amp;").replace("->", "-&gt;") if suffix == ".vtt" else name
    form = draw(st.sampled_from(("{}", "<i>{}</i>", "  {}")))
    text = form.format(name)
    return text.strip().split(" ", 1) if draw(st.booleans()) else [text]


def srt(folder):
    """Return cases of SubRip, and what reads them."""
    return _cases(".srt"), scenes


def vtt(folder):
    """Return cases of WebVTT, and what reads them."""
    return _cases(".vtt"), scenes


FORMATS = {"scenes srt": srt, "scenes vtt": vtt}
