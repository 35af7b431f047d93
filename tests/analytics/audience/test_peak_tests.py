"""How sure a peak is: against chance, in time, and in its share."""

import numpy as np
import pytest

from laughtrack.analytics.audience.peak_tests import largest_rises, lay_out, with_certainty
from laughtrack.analytics.audience.peaks import peaks
from laughtrack.analytics.stats.bootstrap import draws
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend


def certain(shifts=99, **options):
    """Return a pretend audience's peaks with their certainty."""
    told = pretend.session(pretend.Room(**options), rate_hz=5)
    tables = SessionTables(told)
    taken = draws(tables.grid().share, tables.seats, count=200)
    return with_certainty(peaks(tables), tables, taken, shifts)


@pytest.mark.slow
def test_a_joke_is_hardly_chance():
    """Two good jokes are significant, and the interval of the first one's moment holds it."""
    found = certain(viewers=30)
    assert found["p_value"][:2].max() <= 0.02
    assert found["t_low_s"][0] <= 60 <= found["t_high_s"][0]
    assert found["t_high_s"][0] - found["t_low_s"][0] < 2
    assert found["share_low"][0] <= 0.8 <= found["share_high"][0] + 0.1


@pytest.mark.slow
def test_no_joke_seldom_passes_for_one():
    """Of 30 sessions without jokes, a few at most have a peak below 0.05."""
    false = 0
    for seed in range(30):
        found = certain(viewers=12, seconds=100, jokes=(), at_rest=0.1, seed=seed)
        false += (found["p_value"] <= 0.05).any()
    assert false <= 5


def test_one_viewer_has_no_test():
    """A single viewer's smile is nobody's together."""
    found = certain(viewers=1)
    assert len(found) and found[["p_value", "t_low_s", "share_low"]].isna().all(axis=None)


def test_no_peaks_stay_none():
    """Nothing found, nothing tested, the columns there."""
    found = certain(viewers=5, jokes=(), at_rest=0.0)
    assert found.empty and "p_value" in found


def test_null_keeps_each_timeline():
    """Moved round by whole circles, the session's own rise is found again."""
    told = pretend.session(pretend.Room(viewers=1, away=0.0), rate_hz=5)
    tables = SessionTables(told)
    seats = tables.seats
    moved = lay_out(tables.bins, seats["viewer_id"].to_numpy())
    own = peaks(tables)["rise"].max()
    # Of one viewer only the circle's seam may differ.
    null = largest_rises(moved, seats, draws(np.zeros((1, 1)), seats, count=1), 20)
    assert np.median(null) == pytest.approx(own, abs=0.02)


def test_parted_neighbours_widen_the_null():
    """Groups that part who laugh together vary less than the audience does: that is put right."""
    told = pretend.session(pretend.Room(viewers=20, away=0.0), rate_hz=5)
    tables = SessionTables(told)
    seats = tables.seats.assign(row=0, place=range(20))
    moved = lay_out(tables.bins, seats["viewer_id"].to_numpy())
    taken = draws(np.zeros((20, 1)), seats, count=1)
    taken = taken._replace(block=2, links=np.zeros((20, 20)), effect=1.0)
    plain = largest_rises(moved, seats, taken, 20)
    # Each is half like the next. In groups of six, three pairs of the 19 are parted; with an effect
    # of 2 they are worth ten strangers.
    links = (np.eye(20, k=1) + np.eye(20, k=-1)) / 2
    widened = largest_rises(moved, seats, taken._replace(links=links, effect=2.0), 20)
    np.testing.assert_allclose(widened / plain, np.sqrt(39 / 36 * 10 / 9))


@pytest.mark.slow
def test_few_who_laugh_as_one_seldom_pass_for_a_joke():
    """Of 30 sessions of ten who infect each other, without jokes, a few have a peak below 0.05."""
    false = 0
    for seed in range(30):
        found = certain(
            viewers=10, seconds=100, jokes=(), at_rest=0.1, contagion=0.6, away=0.0, seed=seed
        )
        false += (found["p_value"] <= 0.05).any()
    assert false <= 5
