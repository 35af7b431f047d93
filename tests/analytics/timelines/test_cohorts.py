"""Cohorts: who is spoken of together where figures of few are withheld."""

import numpy as np
import pytest

from laughtrack.analytics.timelines.cohorts import MIXED, form_cohorts, held
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend
from tests.analytics.subtraction import audience

LEASTS = range(2, 11)


def presence(seed, viewers=30, steps=60):
    """Return who was judged when, people coming, leaving and looking away, and their rows."""
    rng = np.random.default_rng(seed)
    come, go = rng.integers(0, 20, (viewers, 1)), rng.integers(30, 61, (viewers, 1))
    at = np.arange(steps)
    scored = (at >= come) & (at < go) & (rng.random((viewers, steps)) > 0.1)
    return scored, np.arange(viewers) // 10


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_what_is_shown_differs_by_nobody_or_enough(seed):
    """Between any two steps and any two least numbers: as many as the smaller one, or none."""
    scored, rows = presence(seed)
    for least in LEASTS:
        shown = set()
        for each in (least, least + 1):
            cohorts = form_cohorts(scored, rows, each)
            assert all(len(cohort.members) >= each for cohort in cohorts)
            for step in range(scored.shape[1]):
                there = [cohort.members for cohort in cohorts if cohort.shown[step]]
                shown.add(frozenset(np.concatenate([*there, []]).astype(int).tolist()))
        assert shown != {frozenset()}
        assert all(not one - other or len(one - other) >= least for one in shown for other in shown)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_cohorts_are_made_of_smaller_ones(seed):
    """A viewer is in one at most; those of a larger number hold whole ones of a smaller."""
    scored, rows = presence(seed)
    before = [{viewer} for viewer in range(len(scored))]
    for least in LEASTS:
        found = [set(each.members.tolist()) for each in form_cohorts(scored, rows, least)]
        assert sum(map(len, found)) == len(set().union(*found))
        assert all(not (one & each) or one <= each for one in before for each in found)
        before = found


@pytest.mark.parametrize("seed", range(5))
def test_enough_are_judged_anew_in_each_step_shown(seed):
    """All count for it, and at least the least number was judged in it."""
    scored, rows = presence(seed)
    last = held(scored)
    for least in LEASTS:
        for each in form_cohorts(scored, rows, least):
            assert (last[each.members][:, each.shown] >= 0).all()
            assert (scored[each.members][:, each.shown].sum(axis=0) >= least).all()


def test_rows_stay_together():
    """With enough in each row, no cohort sits in two."""
    scored, rows = np.ones((30, 20), dtype=bool), np.arange(30) // 10
    for least in LEASTS:
        found = form_cohorts(scored, rows, least)
        assert sum(len(each.members) for each in found) == 30
        assert all(each.row != MIXED for each in found)
    (whole,) = form_cohorts(scored, rows, 16)
    assert len(whole.members) == 30


def test_few_have_none():
    """Fewer than the least number, or never together: nobody is spoken of."""
    assert form_cohorts(np.ones((4, 9), dtype=bool), np.zeros(4, dtype=int), 5) == []
    apart = np.kron(np.eye(6, dtype=bool), np.ones(8, dtype=bool))
    assert form_cohorts(apart, np.zeros(6, dtype=int), 2) == []
    assert form_cohorts(np.zeros((0, 0), dtype=bool), np.zeros(0, dtype=int), 3) == []


def test_a_fragment_does_not_hide_the_others():
    """Who was seen for two steps only is left out, not joined to those who stayed."""
    scored = np.ones((9, 60), dtype=bool)
    scored[8, 2:] = False
    (found,) = form_cohorts(scored, np.zeros(9, dtype=int), 5)
    assert found.members.tolist() == [*range(8)] and found.shown.all()


def test_stand_ins_tell_whole_viewers():
    """At each second the cohort's sum rounded down, never all; the same at whatever bin."""
    room = pretend.Room(viewers=6, seconds=30.0, jokes=((10, 1.0), (20, 0.5)), away=0.0)
    tables = SessionTables(pretend.session(room, rate_hz=5), 6)
    real, shown = tables.everyone.grid(), tables.grid()
    whole = np.clip(np.floor(real.share.sum(axis=0, dtype=float) + 1e-4), 0, 5)
    assert whole.max() == 5 and real.share.sum(axis=0).max() == 6
    np.testing.assert_allclose(shown.share.sum(axis=0), whole, atol=1e-5)
    np.testing.assert_allclose(tables.grid(0.2).share[:, ::5].sum(axis=0), whole, atol=1e-5)
    degree = np.floor(real.raw.sum(axis=0, dtype=float) + 1e-4).clip(0, 5) + 0.5
    assert np.median(np.abs(shown.raw.sum(axis=0) - degree)) < 1e-4


@pytest.mark.parametrize("seed", range(3))
def test_cohorts_do_not_depend_on_smiles(seed):
    """The same people, others laughing: the same cohorts, shown at the same time."""
    told = audience(seed)
    other = told.readings.assign(
        smile=1 - told.readings["smile"].to_numpy(), raw=1 - told.readings["raw"].to_numpy()
    )
    both = [SessionTables(each, 3).cohorts for each in (told, told._replace(readings=other))]
    assert len(both[0])
    for one, another in zip(*both, strict=True):
        assert (one.members == another.members).all() and (one.shown == another.shown).all()


def test_least_number_below_1_is_refused():
    """Also by what makes other tables of them."""
    told = pretend.session(pretend.Room(viewers=2, seconds=3.0))
    with pytest.raises(ValueError, match="min_viewers is 0: expected 1 or more"):
        SessionTables(told, 0)
    with pytest.raises(ValueError, match="min_viewers is -1: expected 1 or more"):
        SessionTables(told, 3).at_least(-1)
