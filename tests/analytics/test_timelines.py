"""Timelines, smiles, viewers and coverage: what a reading stands for, and when a smile is one."""

import numpy as np
import pandas as pd
import pytest

from analytics.sessions import Session
from analytics.timelines import coverage, held_s, smiles, smiling, timelines, viewers

NAN = float("nan")


def readings(*rows):
    """Return readings of (viewer_id, t_s, smile) rows, in order of time."""
    table = pd.DataFrame(rows, columns=["viewer_id", "t_s", "smile"])
    table = table.astype({"viewer_id": "int64", "t_s": "float64", "smile": "float64"})
    for name in ("x1", "y1", "x2", "y2"):
        table[name] = np.arange(len(table), dtype=np.int32)
    table = table.assign(quality=0.9, raw=table["smile"])
    return table.sort_values(["t_s", "viewer_id"], ignore_index=True)


def session(table, spans=()):
    """Return a session of these readings and (start_s, end_s, frames) spans."""
    found = pd.DataFrame(
        [(k, "2026-01-31T20:15:00Z", *map(float, s[:2]), s[2]) for k, s in enumerate(spans)],
        columns=["seq", "started_utc", "start_s", "end_s", "frames"],
    ).astype({"seq": "int64", "start_s": "float64", "end_s": "float64", "frames": "int64"})
    return Session(table, found, {}, "friday", "cam")


def steady(viewer, start_s, scores, step_s=0.1):
    """Return rows of one viewer with these scores, evenly spaced."""
    return [(viewer, round(start_s + k * step_s, 3), score) for k, score in enumerate(scores)]


EMPTY = session(readings())

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
    assert held_s(table) == pytest.approx(expected)


def test_viewers_between_do_not_shorten_a_reading():
    """The next reading is the same viewer's, whoever else was read meanwhile."""
    rows = [*steady(1, 0.0, [0.5] * 4), *steady(2, 0.05, [0.5] * 4)]
    assert held_s(readings(*rows)) == pytest.approx([0.1] * 8)


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
    found = smiles(readings(*rows))
    assert list(found.itertuples(index=False, name=None)) == expected
    assert found.dtypes.astype(str).tolist() == ["int64", "float64", "float64", "float64"]


def by_hand(table):
    """Find smiles one reading at a time, as the definition reads."""
    stands = table.assign(held_s=held_s(table)).set_index(["viewer_id", "t_s"])["held_s"]
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


def random_readings(seed, viewers=5, count=400):
    """Return readings of uneven steps, with gaps, trembling scores and faces not judged."""
    rng = np.random.default_rng(seed)
    rows = []
    for viewer in range(1, viewers + 1):
        t_s = np.cumsum(
            rng.choice([0.1, 0.1, 0.2, 0.9, 1.1, 3.0], count, p=[0.4, 0.4, 0.1, 0.05, 0.03, 0.02])
        )
        smile = np.clip(0.5 + 0.3 * np.sin(t_s) + rng.normal(0, 0.1, count), 0, 1).round(3)
        smile[rng.random(count) < 0.2] = NAN
        rows += zip([viewer] * count, t_s.round(3), smile, strict=True)
    return readings(*rows)


@pytest.mark.parametrize("seed", range(5))
def test_smiles_are_those_found_one_reading_at_a_time(seed):
    """The quick way over all viewers at once and the plain loop find the same."""
    table = random_readings(seed)
    expected = by_hand(table)
    assert len(expected) > 20
    np.testing.assert_allclose(smiles(table).to_numpy(), np.array(expected))


@pytest.mark.parametrize("seed", range(3))
def test_smiling_rows_are_the_judged_ones_inside_events(seed):
    """A reading smiles where its viewer has an event at its time and it was judged."""
    table = random_readings(seed)
    inside = np.zeros(len(table), dtype=bool)
    for event in smiles(table).itertuples():
        times = table["t_s"].between(event.start_s, event.end_s, inclusive="left")
        inside |= (table["viewer_id"] == event.viewer_id) & times
    assert np.array_equal(smiling(table), inside & table["smile"].notna())


def test_more_viewers_than_fit_16_bits_are_kept_apart():
    """Large IDs give the same smiles as small ones."""
    rows = [*steady(70001, 0.0, [*[0.9] * 6, 0.1]), *steady(2, 0.0, [0.1] * 7)]
    assert smiles(readings(*rows))["viewer_id"].tolist() == [70001]


def test_timelines_are_in_order_of_viewer():
    """Each viewer's readings lie together, in order of time."""
    rows = [*steady(2, 0.0, [0.9] * 6), *steady(1, 0.0, [0.1] * 6)]
    found = timelines(session(readings(*rows)))
    assert found["viewer_id"].tolist() == [1] * 6 + [2] * 6
    assert found["smiling"].tolist() == [False] * 6 + [True] * 6
    assert found["t_s"].tolist() == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5] * 2


def test_timelines_of_one_viewer():
    """Asked for one viewer, only that one's rows come, counted from 0."""
    rows = [*steady(2, 0.0, [0.9] * 6), *steady(1, 0.0, [0.1] * 6)]
    found = timelines(session(readings(*rows)), viewer=2)
    assert found["viewer_id"].unique().tolist() == [2]
    assert found.index.tolist() == list(range(6))


def test_unknown_viewer_names_those_there_are():
    """The error of a viewer that is not there lists who is."""
    rows = [*steady(2, 0.0, [0.9]), *steady(1, 0.0, [0.1])]
    with pytest.raises(ValueError, match=r"no viewer 9 in 'friday': viewers there: 1, 2"):
        timelines(session(readings(*rows)), viewer=9)
    with pytest.raises(ValueError, match=r"no viewer 9 in 'friday': nobody seen"):
        timelines(EMPTY, viewer=9)


VIEWERS = [
    # A second of smiling in two, all of it judged.
    (
        steady(1, 3.0, [*[0.8] * 10, *[0.2] * 10]),
        {"first_s": 3.0, "last_s": 4.9, "seen_s": 2.0, "judged_s": 2.0, "mean_smile": 0.5,
         "smiling_share": 0.5, "smiles_per_min": 30.0, "longest_smile_s": 1.0},
    ),
    # Away for a minute: absence is not seen.
    (
        [*steady(1, 0.0, [0.1] * 10), *steady(1, 60.0, [0.3] * 10)],
        {"first_s": 0.0, "last_s": 60.9, "seen_s": 2.0, "judged_s": 2.0, "mean_smile": 0.2,
         "smiling_share": 0.0, "smiles_per_min": 0.0, "longest_smile_s": 0.0},
    ),
    # Half the time turned away: seen, not judged, and no part of the mean.
    (
        steady(1, 0.0, [*[0.4] * 10, *[NAN] * 10]),
        {"first_s": 0.0, "last_s": 1.9, "seen_s": 2.0, "judged_s": 1.0, "mean_smile": 0.4,
         "smiling_share": 0.0, "smiles_per_min": 0.0, "longest_smile_s": 0.0},
    ),
    # Looked at four times as often while smiling: the mean weighs time, not readings.
    (
        [*steady(1, 0.0, [0.8] * 40, 0.025), *steady(1, 1.0, [0.2] * 10, 0.1)],
        {"first_s": 0.0, "last_s": 1.9, "seen_s": 1.925, "judged_s": 1.925,
         "mean_smile": (0.8 + 0.2 * 0.925) / 1.925, "smiling_share": 1 / 1.925,
         "smiles_per_min": 60 / 1.925, "longest_smile_s": 1.0},
    ),
    # Never judged: what is unknown is missing, not 0.
    (
        steady(1, 0.0, [NAN] * 10),
        {"first_s": 0.0, "last_s": 0.9, "seen_s": 1.0, "judged_s": 0.0, "mean_smile": NAN,
         "smiling_share": NAN, "smiles_per_min": NAN, "longest_smile_s": NAN},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), VIEWERS)
def test_viewer_is_summed_up(rows, expected):
    """One viewer's line, in scenarios."""
    found = viewers(session(readings(*rows)))
    assert found.to_dict("records") == [pytest.approx({"viewer_id": 1, **expected}, nan_ok=True)]


def test_viewers_are_summed_up_apart():
    """Each viewer's line is the same alone as among others."""
    table = random_readings(11)
    together = viewers(session(table))
    assert together["viewer_id"].tolist() == [1, 2, 3, 4, 5]
    only = table[table["viewer_id"] == 3].reset_index(drop=True)
    alone = viewers(session(only))
    pd.testing.assert_frame_equal(
        together[together["viewer_id"] == 3].reset_index(drop=True), alone
    )


COVERAGE = [
    # Somebody all the time.
    (steady(1, 0.0, [0.5] * 50), [(0, 5, 50)], [(0.0, 5.0, "watched")]),
    # Nobody came.
    ([], [(0, 5, 50), (5, 10, 50)], [(0.0, 10.0, "nobody")]),
    # The camera was off, in a batch of its own or between batches.
    ([], [(0, 5, 0), (5, 10, 50)], [(0.0, 5.0, "camera off"), (5.0, 10.0, "nobody")]),
    (
        [],
        [(5, 10, 50), (20, 25, 50)],
        [(0.0, 5.0, "camera off"), (5.0, 10.0, "nobody"),
         (10.0, 20.0, "camera off"), (20.0, 25.0, "nobody")],
    ),
    # Somebody for the middle two seconds.
    (
        steady(1, 1.0, [NAN] * 20),
        [(0, 5, 50)],
        [(0.0, 1.0, "nobody"), (1.0, 3.0, "watched"), (3.0, 5.0, "nobody")],
    ),
    # One viewer comes as the other goes.
    (
        [*steady(1, 0.0, [0.5] * 20), *steady(2, 1.5, [0.5] * 35)],
        [(0, 5, 50)],
        [(0.0, 5.0, "watched")],
    ),
    # A short miss between two readings is no absence.
    (
        [*steady(1, 0.0, [0.5] * 20), *steady(1, 2.8, [0.5] * 22)],
        [(0, 5, 50)],
        [(0.0, 5.0, "watched")],
    ),
    # Seen until the camera goes off.
    (
        steady(1, 0.0, [0.5] * 50),
        [(0, 5, 50), (5, 10, 0)],
        [(0.0, 5.0, "watched"), (5.0, 10.0, "camera off")],
    ),
    # Batches of two lengths overlap.
    ([], [(0, 5, 50), (3, 9, 60)], [(0.0, 9.0, "nobody")]),
    # Nothing at all.
    ([], [], []),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "spans", "expected"), COVERAGE)
def test_coverage_tells_three_states(rows, spans, expected):
    """Watched, nobody and camera off, in scenarios."""
    found = coverage(session(readings(*rows), spans))
    assert list(found.itertuples(index=False, name=None)) == expected


def test_nobody_gives_tables_with_columns_and_types():
    """A session without viewers gives empty tables of the same columns and types as any other."""
    full = session(readings(*steady(1, 0.0, [0.9] * 10)), [(0, 5, 50)])
    for make in (timelines, viewers, coverage, lambda each: smiles(each.readings)):
        empty = make(EMPTY)
        assert empty.empty
        pd.testing.assert_series_equal(empty.dtypes, make(full).dtypes)
