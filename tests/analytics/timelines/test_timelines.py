"""Timelines, viewers and coverage: what the tables say, in scenarios."""

import pandas as pd
import pytest

from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.timelines.viewers import timelines
from tests.analytics.timeline_rows import NAN, random_readings, readings, session, steady

EMPTY = session(readings())


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
        {"first_s": 3.0, "last_s": 4.9, "seen_s": 2.0, "judged_s": 2.0, "unjudgeable_s": 0.0,
         "mean_smile": 0.5, "smiling_share": 0.5, "smiles_per_min": 30.0, "longest_smile_s": 1.0},
    ),
    # Away for a minute: absence is not seen.
    (
        [*steady(1, 0.0, [0.1] * 10), *steady(1, 60.0, [0.3] * 10)],
        {"first_s": 0.0, "last_s": 60.9, "seen_s": 2.0, "judged_s": 2.0, "unjudgeable_s": 0.0,
         "mean_smile": 0.2, "smiling_share": 0.0, "smiles_per_min": 0.0, "longest_smile_s": 0.0},
    ),
    # Half the time turned away: seen, not judged, and no part of the mean.
    (
        steady(1, 0.0, [*[0.4] * 10, *[NAN] * 10]),
        {"first_s": 0.0, "last_s": 1.9, "seen_s": 2.0, "judged_s": 1.0, "unjudgeable_s": 1.0,
         "mean_smile": 0.4, "smiling_share": 0.0, "smiles_per_min": 0.0, "longest_smile_s": 0.0},
    ),
    # Looked at four times as often while smiling: the mean weighs time, not readings.
    (
        [*steady(1, 0.0, [0.8] * 40, 0.025), *steady(1, 1.0, [0.2] * 10, 0.1)],
        {"first_s": 0.0, "last_s": 1.9, "seen_s": 1.925, "judged_s": 1.925, "unjudgeable_s": 0.0,
         "mean_smile": (0.8 + 0.2 * 0.925) / 1.925, "smiling_share": 1 / 1.925,
         "smiles_per_min": 60 / 1.925, "longest_smile_s": 1.0},
    ),
    # Never judged: what is unknown is missing, not 0.
    (
        steady(1, 0.0, [NAN] * 10),
        {"first_s": 0.0, "last_s": 0.9, "seen_s": 1.0, "judged_s": 0.0, "unjudgeable_s": 1.0,
         "mean_smile": NAN, "smiling_share": NAN, "smiles_per_min": NAN, "longest_smile_s": NAN},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), VIEWERS)
def test_viewer_is_summed_up(rows, expected):
    """One viewer's line, in scenarios."""
    found = SessionTables(session(readings(*rows))).viewers
    assert found.to_dict("records") == [pytest.approx({"viewer_id": 1, **expected}, nan_ok=True)]


def test_viewers_are_summed_up_apart():
    """Each viewer's line is the same alone as among others."""
    table = random_readings(11)
    together = SessionTables(session(table)).viewers
    assert together["viewer_id"].tolist() == [1, 2, 3, 4, 5]
    only = table[table["viewer_id"] == 3].reset_index(drop=True)
    alone = SessionTables(session(only)).viewers
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
    # Nor is one between two viewers, nor a frame dropped between two batches.
    (
        [*steady(1, 0.0, [0.5] * 20), *steady(2, 2.4, [0.5] * 26)],
        [(0, 2.9, 29), (3, 5, 20)],
        [(0.0, 5.0, "watched")],
    ),
    # Nor is the time until the first face is followed.
    (steady(1, 0.2, [0.5] * 48), [(0, 5, 50)], [(0.0, 5.0, "watched")]),
    # Longer than a second is one.
    (
        [*steady(1, 0.0, [0.5] * 20), *steady(2, 3.2, [0.5] * 18)],
        [(0, 5, 50)],
        [(0.0, 2.0, "watched"), (2.0, 3.2, "nobody"), (3.2, 5.0, "watched")],
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


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "spans", "expected"), COVERAGE)
def test_coverage_tells_three_states(rows, spans, expected):
    """Watched, nobody and camera off, in scenarios."""
    found = SessionTables(session(readings(*rows), spans)).coverage
    assert list(found.itertuples(index=False, name=None)) == expected


MAKERS = (
    timelines,
    lambda each: SessionTables(each).viewers,
    lambda each: SessionTables(each).coverage,
    lambda each: SessionTables(each).smiles,
)


def test_nobody_gives_tables_with_columns_and_types():
    """A session without viewers gives empty tables of the same columns and types as any other."""
    full = session(readings(*steady(1, 0.0, [0.9] * 10)), [(0, 5, 50)])
    for make in MAKERS:
        empty = make(EMPTY)
        assert empty.empty
        pd.testing.assert_series_equal(empty.dtypes, make(full).dtypes)
