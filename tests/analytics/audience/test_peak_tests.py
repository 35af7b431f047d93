"""How sure a peak is: against chance and contagion, in time, and in its share."""

import numpy as np
import pytest

from laughtrack.analytics.audience.peak_tests import Moved, laughs_of, lay_out, with_certainty
from laughtrack.analytics.audience.peaks import over_a_second, peaks
from laughtrack.analytics.stats.bootstrap import draws
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend


def certain(told=None, sessions=400, **options):
    """Return a pretend audience's peaks with their certainty."""
    told = told or pretend.session(pretend.Room(**options), rate_hz=5)
    tables = SessionTables(told)
    taken = draws(tables.grid().share, tables.seats, count=200)
    return with_certainty(peaks(tables), tables, taken, sessions)


def false(sessions, **options):
    """Return how many of some sessions without jokes have a peak below 0.05."""
    made = (certain(jokes=(), at_rest=0.1, seed=seed, **options) for seed in range(sessions))
    return sum((each["p_value"] <= 0.05).any() for each in made)


def test_a_joke_is_hardly_chance():
    """Two good jokes are significant, and the interval of the first one's moment holds it."""
    found = certain(viewers=30)
    assert found["p_value"][:2].max() <= 0.02
    assert found["t_low_s"][0] <= 60 <= found["t_high_s"][0]
    assert found["t_high_s"][0] - found["t_low_s"][0] < 2
    assert found["share_low"][0] <= 0.8 <= found["share_high"][0] + 0.1


@pytest.mark.slow
def test_no_joke_seldom_passes_for_one():
    """Of 40 sessions without jokes, a few at most have a peak below 0.05."""
    assert false(40, viewers=12, seconds=100) <= 5


@pytest.mark.slow
def test_few_who_laugh_as_one_seldom_pass_for_a_joke():
    """Of 40 sessions of ten who infect each other, without jokes, a few have a peak below 0.05."""
    assert false(40, viewers=10, seconds=100, contagion=0.6, away=0.0) <= 5


def test_one_viewer_has_no_test():
    """A single viewer's smile is nobody's together."""
    found = certain(viewers=1)
    assert len(found) and found[["p_value", "t_low_s", "share_low"]].isna().all(axis=None)


def test_a_session_too_short_to_tell_has_no_p():
    """No moment of three seconds has a whole window before it."""
    found = certain(viewers=12, seconds=3.0, jokes=((1.0, 0.9),), away=0.0)
    assert len(found) and found[["p_value", "least_share"]].isna().all(axis=None)


def test_no_peaks_stay_none():
    """Nothing found, nothing tested, the columns there."""
    found = certain(viewers=5, jokes=(), at_rest=0.0)
    assert found.empty and "p_value" in found


def test_least_share_says_what_could_be_found():
    """Of more viewers a smaller share suffices; peaks of a larger one are significant."""
    few, many = (certain(viewers=viewers) for viewers in (12, 100))
    assert few["least_share"].nunique() == 1
    assert 0 < many["least_share"][0] < few["least_share"][0] <= 1
    assert many["p_value"][0] <= 0.05 and many["share_smiling"][0] > many["least_share"][0]


def test_a_searched_share_is_taken_back():
    """Where nothing happened, the interval's middle is below the share that was found."""
    found = certain(viewers=12, jokes=(), at_rest=0.1)
    middle = (found["share_low"] + found["share_high"]) / 2
    assert found["share_low"][0] < found["share_smiling"][0]
    # Wilson's middle is drawn towards a half; of shares this low it lies above without the search.
    assert middle[0] < found["share_smiling"][0]


def test_intervals_hold_the_peak_and_stay_beside_it():
    """An apex lies in its interval, and that no further out than was searched."""
    found = certain(viewers=12)
    assert (found["t_low_s"] <= found["t_s"]).all() and (found["t_s"] <= found["t_high_s"]).all()
    assert (found["t_low_s"] >= found["start_s"] - 1).all()
    assert (found["t_high_s"] <= found["end_s"] + 1).all()


def test_a_laugh_under_way_when_the_camera_looks_again_is_not_tested():
    """All who laugh then seem to begin at once: that is no reason to call it a joke."""
    told = pretend.session(pretend.Room(viewers=20, jokes=((61.0, 0.9),), away=0.0), rate_hz=5)
    seen = told.readings[(told.readings["t_s"] < 30) | (told.readings["t_s"] >= 61.0)]
    found = certain(told._replace(readings=seen.reset_index(drop=True)))
    at_joke = found[(found["t_s"] - 61).abs() < 1.5]
    assert len(at_joke) == 1 and at_joke["p_value"].isna().all()


def test_laughs_of_a_session():
    """As many laughs as smiles begin; gains can be told from 3.2 s on."""
    room = pretend.Room(viewers=30, away=0.0)
    tables = SessionTables(pretend.session(room, rate_hz=5))
    moved = lay_out(tables.bins, tables.seats["viewer_id"].to_numpy())
    smooth = Moved(*map(over_a_second, moved[:2]), *moved[2:])
    told = laughs_of(smooth, moved.known.sum(axis=0))
    began = pretend.smiling(room)
    many = (np.diff(began.astype(int), axis=1, prepend=0) == 1).sum()
    assert len(told.start) == pytest.approx(many, rel=0.1)
    np.testing.assert_allclose(told.judged, 30, rtol=1e-6)
    assert told.known[18:].all() and not told.known[:15].any()
