"""What a reading stands for, and when a smile is one."""

import numpy as np
import pytest

from laughtrack.analytics.timelines.smiles import detect_smiles
from tests.analytics.timeline_rows import NAN, random_readings, readings, steady

HELD = [
    # Evenly spaced: each stands for one step, the last too.
    ([0.0, 0.1, 0.2], [0.1, 0.1, 0.1]),
    # Uneven steps: until the next one; the last for the usual step.
    ([0.0, 0.1, 0.2, 0.5], [0.1, 0.1, 0.3, 0.1]),
    # Before a gap: the usual step.
    ([0.0, 0.2, 0.4, 5.0, 5.2], [0.2, 0.2, 0.2, 0.2, 0.2]),
    # A second is no gap yet, though 2.2 - 1.2 is a little above 1.
    ([0.2, 1.2, 2.2], [1.0, 1.0, 1.0]),
    # Nothing to learn the usual step from.
    ([3.0], [1.0]),
    ([], []),
]


@pytest.mark.parametrize(("times", "expected"), HELD)
def test_reading_stands_for_the_time_to_the_next(times, expected):
    """How long a reading stands for, in scenarios."""
    table = readings(*[(1, t_s, 0.5) for t_s in times])
    assert detect_smiles(table).held_s == pytest.approx(expected)


def test_viewers_between_do_not_shorten_a_reading():
    """The next reading is the same viewer's, whoever else was read meanwhile."""
    rows = [*steady(1, 0.0, [0.5] * 4), *steady(2, 0.05, [0.5] * 4)]
    assert detect_smiles(readings(*rows)).held_s == pytest.approx([0.1] * 8)


def test_score_holds_while_its_viewer_waits():
    """Others' turns count for the last score for a second; a face that cannot be judged never."""
    table = readings(*steady(1, 0.0, [0.5, *[NAN] * 12]), *steady(2, 0.0, [0.5, NAN, NAN]))
    table["quality"] = np.where(table["viewer_id"] == 1, 0.9, 0.3)
    found = table.assign(held_s=detect_smiles(table).held_s).groupby("viewer_id")["held_s"]
    assert found.first().to_list() == pytest.approx([1.0, 0.1])
    assert found.sum().to_list() == pytest.approx([1.3, 0.3])


SMILES = [
    # Half a second above the upper threshold is a smile.
    (steady(1, 0.0, [0.2, *[0.7] * 5, 0.2]), [(1, 0.1, 0.6, 0.7)]),
    # Four tenths are not.
    (steady(1, 0.0, [0.2, *[0.7] * 4, 0.2]), []),
    # On at exactly 0.6.
    (steady(1, 0.0, [0.59, *[0.6] * 5, 0.1]), [(1, 0.1, 0.6, 0.6)]),
    # 0.4 keeps it, below ends it.
    (steady(1, 0.0, [0.6, 0.4, 0.5, 0.4, 0.59, 0.399]), [(1, 0.0, 0.5, 0.6)]),
    # Between the thresholds nothing begins.
    (steady(1, 0.0, [0.5] * 20), []),
    # Trembling around the upper threshold is one smile.
    (steady(1, 0.0, [*[0.65, 0.55] * 5, 0.3]), [(1, 0.0, 1.0, 0.65)]),
    # Still on at the end: until what the last reading stands for.
    (steady(1, 0.0, [0.1, *[0.9] * 6]), [(1, 0.1, 0.7, 0.9)]),
    # Two smiles, one after the other.
    (
        steady(1, 0.0, [*[0.8] * 5, 0.1, *[0.7] * 5, 0.1]),
        [(1, 0.0, 0.5, 0.8), (1, 0.6, 1.1, 0.7)],
    ),
    # A gap of more than a second ends it, though the score stays up.
    (
        [*steady(1, 0.0, [0.9] * 6), *steady(1, 2.0, [0.8] * 6)],
        [(1, 0.0, 0.6, 0.9), (1, 2.0, 2.6, 0.8)],
    ),
    # After a gap a score between the thresholds is not on.
    ([*steady(1, 0.0, [0.9] * 6), *steady(1, 2.0, [0.5] * 9)], [(1, 0.0, 0.6, 0.9)]),
    # A second without a score bridges.
    ([(1, 0.0, 0.9), (1, 1.0, 0.9), (1, 2.0, 0.1)], [(1, 0.0, 2.0, 0.9)]),
    # Turned away, but there: more than a second without a score ends it too.
    (
        steady(1, 0.0, [*[0.9] * 6, *[NAN] * 11, *[0.8] * 6, 0.1]),
        [(1, 0.0, 0.6, 0.9), (1, 1.7, 2.3, 0.8)],
    ),
    # A few that cannot be judged do not.
    (steady(1, 0.0, [0.9, NAN, NAN, NAN, NAN, 0.9, 0.1]), [(1, 0.0, 0.6, 0.9)]),
    # Viewers do not end or lengthen each other's.
    (
        [*steady(2, 0.0, [*[0.9] * 6, 0.1]), *steady(1, 0.05, [*[0.7] * 6, 0.1])],
        [(2, 0.0, 0.6, 0.9), (1, 0.05, 0.65, 0.7)],
    ),
    # Never judged, and nobody.
    (steady(1, 0.0, [NAN] * 20), []),
    ([], []),
]


@pytest.mark.parametrize(("rows", "expected"), SMILES)
def test_smiles_are_found(rows, expected):
    """Which smiles there are, in scenarios."""
    found = detect_smiles(readings(*rows)).events
    assert list(found.itertuples(index=False, name=None)) == expected
    assert found.dtypes.astype(str).tolist() == ["int64", "float64", "float64", "float64"]


def by_hand(table):
    """Find smiles one reading at a time, as the definition reads."""
    stands = table.assign(held_s=detect_smiles(table).held_s).set_index(["viewer_id", "t_s"])[
        "held_s"
    ]
    events = []
    for viewer, rows in table[table["smile"].notna()].groupby("viewer_id"):
        begun = last = peak = None
        for t_s, score in [*zip(rows["t_s"], rows["smile"], strict=True), (np.inf, 0.0)]:
            if begun is not None and (t_s - last > 1.000001 or score < 0.4):
                end_s = last + stands[viewer, last] if t_s - last > 1.000001 else t_s
                events.append((viewer, begun, end_s, peak))
                begun = None
            if begun is None and score >= 0.6:
                begun, peak = t_s, score
            peak = None if begun is None else max(peak, score)
            last = t_s
    long = [event for event in events if event[2] - event[1] >= 0.5 - 1e-6]
    return sorted(long, key=lambda event: (event[1], event[0]))


@pytest.mark.parametrize("seed", range(5))
def test_smiles_are_those_found_one_reading_at_a_time(seed):
    """The quick way over all viewers at once and the plain loop find the same."""
    table = random_readings(seed)
    expected = by_hand(table)
    assert len(expected) > 20
    np.testing.assert_allclose(detect_smiles(table).events.to_numpy(), np.array(expected))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_smiling_rows_are_the_judged_ones_inside_events(seed):
    """A reading smiles where its viewer has an event at its time and it was judged."""
    table = random_readings(seed)
    inside = np.zeros(len(table), dtype=bool)
    for event in detect_smiles(table).events.itertuples():
        times = table["t_s"].between(event.start_s, event.end_s, inclusive="left")
        inside |= (table["viewer_id"] == event.viewer_id) & times
    assert np.array_equal(detect_smiles(table).smiling, inside & table["smile"].notna())


def test_more_viewers_than_fit_16_bits_are_kept_apart():
    """Large IDs give the same smiles as small ones."""
    rows = [*steady(70001, 0.0, [*[0.9] * 6, 0.1]), *steady(2, 0.0, [0.1] * 7)]
    assert detect_smiles(readings(*rows)).events["viewer_id"].tolist() == [70001]
