"""Film times are frame numbers and SMPTE time codes at exact rates."""

from fractions import Fraction

import opentimelineio as otio
import pytest

from laughtrack.analytics.inputs.timecode import FilmClock, clock_of, frame_of, rate_of, timecode

TELEVISION = Fraction(24000, 1001)
# The first and last frames of minutes and hours, where drop-frame leaves labels out, and others.
FRAMES = [0, 1, 29, 30, 1799, 1800, 1801, 17981, 17982, 17983, 107891, 107892, 215784, 2_000_017]


@pytest.mark.parametrize(
    "text, rate",
    [
        ("25", Fraction(25)),
        ("24", Fraction(24)),
        ("23.976", TELEVISION),
        ("23.98", TELEVISION),
        ("24000/1001", TELEVISION),
        ("29.97", Fraction(30000, 1001)),
        ("59.94", Fraction(60000, 1001)),
        ("12.5", Fraction(25, 2)),
    ],
)
def test_rates_are_exact(text, rate):
    """What television writes as a decimal is its fraction."""
    assert rate_of(text) == rate


@pytest.mark.parametrize("text", ["", "fast", "0", "-25", "1/0", "nan", "inf", "100000"])
def test_what_is_no_rate_is_refused(text):
    """The message names it."""
    with pytest.raises(ValueError, match="is no frame rate"):
        rate_of(text)


@pytest.mark.parametrize("rate", ["23.976", "24", "25", "29.97", "30", "50", "59.94", "60"])
def test_codes_are_opentimelineios(rate):
    """Without drop-frame the library writes the same."""
    clock = clock_of(rate_of(rate))
    for frame in FRAMES:
        time = otio.opentime.RationalTime(frame, float(clock.rate))
        theirs = otio.opentime.to_timecode(time, float(clock.rate), False)
        assert timecode(frame, clock) == theirs


@pytest.mark.slow
@pytest.mark.parametrize("rate", ["29.97", "59.94"])
def test_drop_frame_is_opentimelineios(rate):
    """With drop-frame too."""
    clock = clock_of(rate_of(rate), "00:00:00;00")
    for frame in [*FRAMES, *range(0, 40000, 7)]:
        time = otio.opentime.RationalTime(frame, float(clock.rate))
        assert timecode(frame, clock) == otio.opentime.to_timecode(time, float(clock.rate), True)


@pytest.mark.parametrize(
    "rate, start", [("25", "01:00:00:00"), ("29.97", "00:59:58;12"), ("59.94", "10:01:00;04")]
)
def test_first_frame_has_the_code_it_was_given(rate, start):
    """Reading a code and writing it gives it back."""
    assert timecode(0, clock_of(rate_of(rate), start)) == start


def test_codes_go_on_from_the_start():
    """The second frame of a film that begins at one hour."""
    assert timecode(26, clock_of(Fraction(25), "01:00:00:00")) == "01:00:01:01"


@pytest.mark.parametrize(
    "rate, start, says",
    [
        ("25", "1:00", "expected HH:MM:SS:FF"),
        ("25", "00:00:00:25", "no such frame at 25"),
        ("25", "00:00:00;00", "drop-frame"),
        ("29.97", "00:01:00;00", "no such frame"),
        ("25", "00:61:00:00", "expected HH:MM:SS:FF"),
    ],
)
def test_what_is_no_time_code_is_refused(rate, start, says):
    """The message names it."""
    with pytest.raises(ValueError, match=says) as error:
        clock_of(rate_of(rate), start)
    assert start in str(error.value)


def test_television_stays_exact():
    """After ten hours, 23.976 to the letter would be a frame behind."""
    assert frame_of(36000.0, TELEVISION) == 863137


def test_a_time_is_the_nearest_frame():
    """The beginning of a frame is that frame, whatever a float makes of it."""
    assert [frame_of(k / 25, Fraction(25)) for k in range(1000)] == [*range(1000)]


def test_a_clock_begins_at_0():
    """If nothing is said."""
    assert clock_of(Fraction(25)) == FilmClock(Fraction(25), 0, False)
