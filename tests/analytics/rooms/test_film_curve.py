"""The curve over rooms and its bands: what is known of them by construction, and by drawing."""

import numpy as np
import pytest

from laughtrack.analytics.rooms.between_rooms import RoomCurves, film_of
from laughtrack.analytics.rooms.film_bands import bands_of
from laughtrack.analytics.stats.proportions import of_share
from tests.analytics.rooms.halls import curves

STEPS = 150
LEVEL = 0.1 + 0.5 * np.sin(np.arange(STEPS) / 12) ** 4


def drawn(rooms, viewers, differ, seed, level=LEVEL):
    """Return rooms' curves."""
    rng = np.random.default_rng(seed)
    share = curves(level, rooms, viewers, differ, rng)
    return RoomCurves(share, np.full(share.shape, 1 / viewers))


def test_alike_rooms_do_not_differ_and_others_do():
    """The variance between rooms is that of their logits."""
    alike = np.mean([film_of(drawn(12, 40, 0.0, seed), 3).tau2 for seed in range(20)])
    other = np.mean([film_of(drawn(12, 40, 0.6, seed), 3).tau2 for seed in range(20)])
    assert alike < 0.02
    assert other == pytest.approx(0.36, abs=0.1)


def test_four_rooms_that_differ_tell_the_variance_on_few_degrees_of_freedom():
    """And alike ones, whose scatter is their viewers' alone, on many."""
    few = np.median([film_of(drawn(4, 200, 0.6, s), 3).freedom.min() for s in range(30)])
    many = np.median([film_of(drawn(4, 10, 0.0, s), 3).freedom.min() for s in range(30)])
    assert few < 8 < 100 < many


def test_large_rooms_count_no_more_than_rooms_where_rooms_differ():
    """By their viewers where they do not differ, evenly where they differ much."""
    viewers = np.array([10, 40, 160, 640])
    rng = np.random.default_rng(1)
    for differ, least in ((0.0, 0.01), (2.0, 0.2)):
        share = np.array([curves(LEVEL, 1, n, differ, rng)[0] for n in viewers])
        chance = np.repeat(1 / viewers[:, None], STEPS, axis=1).astype(float)
        weight = film_of(RoomCurves(share, chance), 3).weights[:, 0]
        assert weight.sum() == pytest.approx(1)
        assert weight[0] == pytest.approx(least, abs=0.08)


def test_a_room_without_a_part_is_missing_there_alone():
    """Where fewer than three have a share there is none of the film."""
    rooms = drawn(4, 30, 0.2, 3)
    share, chance = rooms.share.copy(), rooms.chance.copy()
    share[0, :50], chance[0, :50] = np.nan, np.inf
    share[1, 30:50], chance[1, 30:50] = np.nan, np.inf
    found = film_of(RoomCurves(share, chance), 3)
    bands = bands_of(found, draws=100)
    gap = np.isnan(found.share)
    assert gap.sum() == 20 and gap[30:50].all()
    assert np.isnan(bands.all_low[gap]).all() and np.isfinite(bands.all_low[~gap]).all()


def test_the_band_of_all_steps_holds_the_other():
    """Everywhere."""
    found = bands_of(film_of(drawn(5, 30, 0.3, 4), 3), draws=200)
    assert (found.all_low <= found.low).all() and (found.high <= found.all_high).all()


def test_nobody_smiling_anywhere_has_a_band():
    """The upper end is above 0."""
    rooms = RoomCurves(np.zeros((4, 60)), np.full((4, 60), 1 / 20))
    found = bands_of(film_of(rooms, 3), draws=100)
    assert (found.low == 0).all() and (found.high > 0.01).all()


@pytest.mark.slow
@pytest.mark.parametrize("rooms", [4, 10])
def test_bands_hold_the_mean_of_all_rooms(rooms):
    """Of rooms that differ; viewers taken for one audience of strangers hold it far less often."""
    many = np.random.default_rng(9)
    true = curves(LEVEL, 20_000, 1000, 0.5, many).mean(axis=0)
    point, whole, naive = [], [], []
    for seed in range(120):
        one = drawn(rooms, 40, 0.5, 1000 + seed)
        found = film_of(one, 3)
        bands = bands_of(found, draws=200)
        point.append(np.mean((bands.low <= true) & (true <= bands.high)))
        whole.append(np.all((bands.all_low <= true) & (true <= bands.all_high)))
        low, high = of_share(one.share.mean(axis=0), 40 * rooms)
        naive.append(np.mean((low <= true) & (true <= high)))
    assert 0.92 < np.mean(point) < 0.98
    assert np.mean(whole) > 0.9
    assert np.mean(naive) < 0.88
