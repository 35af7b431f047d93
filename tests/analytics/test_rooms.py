"""The rooms that intervals are judged in: what is known of them by construction."""

import numpy as np
import pytest

from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.bench.rooms.laughs import audiences, common_rate, joke_rate
from tests.bench.rooms.recording import Camera, record
from tests.bench.rooms.room import Room, influence, jokes, seats
from tests.bench.rooms.truth import as_looked, truth

ROOM = Room(viewers=12, seconds=60.0)


def test_a_joke_of_strength_s_adds_minus_log_1_minus_s_smiles():
    """A joke's rate over time adds up to what its strength says."""
    t_s = np.arange(0, 60, 0.2) + 0.1
    expected = -sum(np.log1p(-strength) for _, strength in jokes(ROOM))
    assert joke_rate(ROOM, t_s).sum() * 0.2 == pytest.approx(expected, rel=0.02)


def test_one_smile_sets_off_as_many_as_the_room_says_and_near_seats_most():
    """One smile sets off as many others as the room says, near seats before far ones."""
    room = ROOM._replace(contagion=0.4, viewers=40)
    where = seats(room)
    weight = influence(room, where)
    assert weight.sum(axis=1).mean() == pytest.approx(0.4, rel=1e-5)
    far = np.hypot(*(np.subtract.outer(each, each) for each in (where.x, where.y)))
    assert weight[far > 500].max() < weight[(far > 0) & (far < 150)].min()


def test_contagion_makes_audiences_vary_by_more_than_independent_viewers():
    """Contagious audiences vary by more than independent viewers."""
    effects = [truth(audiences(ROOM._replace(contagion=c), 400, 1)).effect for c in (0.0, 0.55)]
    assert effects[0] == pytest.approx(1, abs=0.15)
    assert effects[1] > 1.3


def test_a_recording_shows_the_truth_of_its_audience():
    """A recording of frequent looks shows the truth of its audience."""
    drawn = audiences(ROOM._replace(viewers=200), 1, 2)
    found = record(drawn, 0, Camera(looks_per_s=(10, 10)))
    share = SessionTables(found.session).grid().share
    np.testing.assert_allclose(np.nanmean(share, axis=0), truth(drawn).share, atol=0.03)


def test_scores_are_wrong_as_often_as_the_camera_says():
    """Scores are wrong as often as the camera says."""
    drawn = audiences(ROOM._replace(viewers=300, lively=False), 1, 3)
    told = record(drawn, 0, Camera((5, 5), specificity=0.9)).session.readings["raw"].dropna()
    smiling = drawn.smiling.mean()
    assert (told > 0.5).mean() == pytest.approx(smiling + 0.1 * (1 - smiling), abs=0.02)


def test_broken_ids_tell_whose_they_are():
    """Broken IDs tell whose they are."""
    drawn = audiences(ROOM, 1, 4)
    found = record(drawn, 0, Camera(new_ids_per_min=2.0))
    ids = np.unique(found.session.readings["viewer_id"])
    assert len(ids) > ROOM.viewers
    assert set(found.viewer_of[ids - 1]) == set(range(ROOM.viewers))


def test_truth_of_a_step_is_of_the_moments_looked_at():
    """One look a second tells of that moment, none of the whole second."""
    known = truth(audiences(ROOM, 20, 5))
    found = as_looked(known, np.array([3.05, 4.85]))
    assert found[3].tolist() == known.fine[15].tolist()
    assert found[4].tolist() == known.fine[24].tolist()
    assert found[5].tolist() == [known.share[5], known.degree[5]]


def test_halls_that_differ_smile_as_much_more_as_their_rates_say():
    """The show's own rates are those of all halls that are told none."""
    usual = common_rate(ROOM)[:, None]
    told = audiences(ROOM, 30, 6, np.repeat(usual, 30, axis=1))
    assert np.array_equal(told.smiling, audiences(ROOM, 30, 6).smiling)
    times = np.where(np.arange(30) < 15, 0.3, 1.0)
    less = audiences(ROOM, 30, 6, usual * times).smiling.mean(axis=(0, 2))
    assert less[:15].mean() < 0.6 * less[15:].mean()
