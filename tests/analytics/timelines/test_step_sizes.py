"""Tables that would fill the memory are refused, by viewers and by time."""

import numpy as np
import pytest

from laughtrack.analytics.audience.bands import curve_with_bands
from laughtrack.analytics.audience.peak_tests import peaks_with_certainty
from laughtrack.analytics.audience.session_analysis import analyze_session
from laughtrack.analytics.comparison.resample import resample
from laughtrack.analytics.store.sessions import LONGEST_S
from laughtrack.analytics.timelines import step_sizes
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.step_sizes import TooLarge, check_size
from tests.analytics.timeline_rows import readings, session


def long_session():
    """Return six viewers' tables: a minute at the beginning of 31 days, and one at their end."""
    end_s = LONGEST_S - 1
    rows = [
        (viewer, first_s + k / 2, 0.9 if k % 20 < 5 else 0.1)
        for first_s in (0.0, end_s - 60)
        for k in range(120)
        for viewer in range(1, 7)
    ]
    return SessionTables(session(readings(*rows), [(0, 60, 120), (end_s - 60, end_s, 120)]))


@pytest.mark.parametrize(
    "large", [(8_001, 1, 1), (1, 200_001, 1), (7_000, 100_000, 1), (2**31, 2**31, 0.1)]
)
def test_what_is_too_large_says_how_large(large):
    """In viewers and steps, with the next step."""
    with pytest.raises(TooLarge, match=r"viewers in .* steps of .* s: expected at most 8,000"):
        check_size("night", *large)
    check_size("night", 100, 86_400, 1.0)


@pytest.mark.slow
def test_a_month_is_refused_at_once_in_fine_steps():
    """Before anything is laid out; in wide ones it is worked out."""
    tables = long_session()
    for ask in (
        lambda: curve_with_bands(tables, 1.0),
        lambda: curve_with_bands(tables, 0.1),
        lambda: tables.grid(),
        lambda: resample(tables, np.arange(300_000.0), np.arange(300_000.0) + 1),
    ):
        with pytest.raises(TooLarge, match="curve --bin"):
            ask()
    assert len(curve_with_bands(tables, 3600.0)) == 744


@pytest.mark.slow
def test_a_month_has_its_page_and_peaks(monkeypatch):
    """In steps as wide as the drawing needs; peaks of so long a session are not tested."""
    monkeypatch.setattr(step_sizes, "MOST_POINTS", 500)
    tables = long_session()
    found = peaks_with_certainty(tables)
    assert len(found) and found["p_value"].isna().all()
    assert analyze_session(tables).length_s == LONGEST_S - 1
