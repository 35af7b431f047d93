"""Dial data: read, laid in steps, and beside the smiles, with their correlation and lag."""

import numpy as np
import pandas as pd
import pytest

from laughtrack.analytics.audience.dial import (
    CURVE,
    RESULT,
    least_p,
    significant_lag_s,
    with_dial,
)
from laughtrack.analytics.inputs.dial_recordings import read_dial, resample_dial
from laughtrack.analytics.timelines.grid import Grid
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend
from tests.analytics.timeline_rows import readings, session


def table(share, step_s=1.0):
    """Return a grid of these (V, T) shares."""
    known = ~np.isnan(share)
    seen = np.ones(share.shape[1], bool)
    judged_s = known.astype(np.float32) * step_s
    return Grid(np.arange(len(share)) + 1, step_s, judged_s, share, share, share, known, seen)


def smoothed(rng, steps):
    """Return a series that moves slowly."""
    return np.convolve(rng.standard_normal(steps + 4), np.ones(5), "valid") / 5


def pair(steps=1000, lag=3, follow=1.0, seed=1, viewers=6, people=5):
    """Return shares of viewers, and dials that follow them."""
    rng = np.random.default_rng(seed)
    film = smoothed(rng, steps)
    dial = follow * np.roll(film, lag) + (1 - follow) * smoothed(rng, steps)
    share = film + rng.normal(0, 0.3, (viewers, steps))
    dials = dial + rng.normal(0, 0.3, (people, steps))
    columns = {f"p{k}": row for k, row in enumerate(dials)}
    return share, pd.DataFrame({"t_s": np.arange(float(steps)), **columns})


def test_lag_and_correlation():
    """The dial follows by 3 s: found, and the correlation is np.corrcoef's at that lag."""
    share, dial = pair()
    found = with_dial(table(share), dial)
    result = found.result.iloc[0]
    assert tuple(found.result.columns) == RESULT and tuple(found.curve.columns) == CURVE
    assert result["lag_s"] == 3
    smiles, dials = share.mean(axis=0), dial.drop(columns="t_s").to_numpy().mean(axis=1)
    assert result["r"] == pytest.approx(np.corrcoef(smiles[:-3], dials[3:])[0, 1])
    assert result["r_no_lag"] == pytest.approx(np.corrcoef(smiles, dials)[0, 1])
    assert result["low"] < result["r"] < result["high"] and result["p"] < 0.03
    assert result[["steps", "people", "viewers"]].tolist() == [1000, 5, 6]


def test_dial_may_come_first():
    """A lag below 0: the smiles follow."""
    assert with_dial(table(pair(lag=-4)[0]), pair(lag=-4)[1]).result["lag_s"][0] == -4


def test_dial_against_the_smiles():
    """The farthest from 0 counts, whichever its sign."""
    share, dial = pair(lag=2)
    dial = dial.assign(**{name: -dial[name] for name in dial.columns[1:]})
    found = with_dial(table(share), dial).result.iloc[0]
    assert found["lag_s"] == 2 and found["r"] < -0.5 and found["p"] < 0.03


@pytest.mark.slow
def test_false_alarms_are_as_rare_as_said():
    """Searching among lags does not make two strangers alike: about one in twenty below 0.05."""
    p = [with_dial(table(a), b).result["p"][0] for a, b in (pair(500, 0, 0, s) for s in range(200))]
    assert 0.01 <= np.mean(np.array(p) <= 0.05) <= 0.09


def test_p_is_of_all_shifts():
    """Written out: of all rolls, those after which some lag is as far from 0."""
    share, dial = pair(60, 0, 0.5)
    smiles, other = share.mean(axis=0), dial.drop(columns="t_s").to_numpy().mean(axis=1)
    smiles, other = (np.append(each, [np.nan] * 2) for each in (smiles, other))

    def farthest(shift):
        found = []
        for lag in range(-2, 3):
            rolled = np.roll(smiles, shift + lag)
            both = ~np.isnan(rolled + other)
            found.append(abs(np.corrcoef(rolled[both], other[both])[0, 1]))
        return max(found)

    every = np.array([farthest(shift) for shift in range(62)])
    found = with_dial(table(share), dial, max_lag_s=2).result["p"][0]
    assert found == pytest.approx(np.mean(every >= every[0] - 1e-9))


@pytest.mark.slow
def test_interval_holds_the_truth():
    """Of audiences of one film and one kind of people, most intervals hold their usual figure."""
    rng = np.random.default_rng(3)
    film, dial = smoothed(rng, 200), smoothed(rng, 200)
    dial = film + dial
    found = []
    for _ in range(200):
        share = rng.gamma(3, 0.4, (8, 1)) * film + rng.normal(0, 0.4, (8, 200))
        people = rng.gamma(3, 0.4, (6, 1)) * dial + rng.normal(0, 0.4, (6, 200))
        columns = dict(zip("abcdef", people, strict=True))
        dials = pd.DataFrame({"t_s": np.arange(200.0), **columns})
        found.append(with_dial(table(share), dials, max_lag_s=0).result.iloc[0])
    truth = np.tanh(np.mean([np.arctanh(each["r"]) for each in found]))
    assert 0.90 <= np.mean([each["low"] <= truth <= each["high"] for each in found]) <= 0.995


def test_a_mean_alone():
    """One column of the mean has a correlation, and an interval over the viewers."""
    share, dial = pair()
    mean = pd.DataFrame({"t_s": dial["t_s"], "mean": dial.drop(columns="t_s").mean(axis=1)})
    one, all_ = (with_dial(table(share), each).result.iloc[0] for each in (mean, dial))
    assert one["r"] == pytest.approx(all_["r"]) and one["people"] == 1
    assert all_["low"] < one["low"] < one["r"]


def test_times_are_of_the_film():
    """A session that began at 60 s of the film is laid beside what was dialled from there on."""
    share, dial = pair()
    found = with_dial(table(share[:, 60:]), dial, film_s=60.0)
    np.testing.assert_allclose(found.curve["dial"], dial.drop(columns="t_s").mean(axis=1)[60:])


def test_dial_keeps_its_value():
    """Uneven samples are averaged by time, from the first on, to one usual step after the last."""
    dial = pd.DataFrame({"t_s": [0.5, 1.5, 1.75, 4.0], "a": [1.0, 2.0, 4.0, 8.0]})
    found = resample_dial(dial, 0.0, 7, 1.0)
    expected = [[1.0, 0.5 * 1 + 0.25 * 2 + 0.25 * 4, 4, 4, 8, np.nan, np.nan]]
    np.testing.assert_allclose(found, expected)


def test_empty_cells_are_no_news():
    """Each person's dial keeps its own value; one who never turned it has none."""
    dial = pd.DataFrame(
        {"t_s": [0.0, 1.0, 2.0], "a": [1, np.nan, 3], "b": [np.nan, 5, np.nan], "c": [np.nan] * 3}
    )
    expected = [[1, 1, 3], [np.nan, 5, np.nan], [np.nan] * 3]
    np.testing.assert_allclose(resample_dial(dial, 0.0, 3, 1.0), expected)


def test_camera_off_in_the_middle():
    """Steps without a judged viewer are left out, and the rest is as it was."""
    share, dial = pair()
    share[:, 300:700] = np.nan
    found = with_dial(table(share), dial).result.iloc[0]
    assert found["steps"] == 600 and found["lag_s"] == 3 and found["p"] < 0.05


@pytest.mark.parametrize("seconds, reach", [(200, 10), (500, 10), (120, 2)])
def test_least_p_is_reached_and_none_is_less(seconds, reach):
    """Dials that follow at once have the least p there can be."""
    share, dial = pair(seconds, 0, 1.0)
    row = with_dial(table(share), dial, max_lag_s=reach).result.iloc[0]
    assert row["p"] == pytest.approx(row["least_p"]) == (2 * reach + 1) / (seconds + reach)


def test_how_far_a_lag_may_be():
    """The farthest lag that can be significant is named, and none where none can."""
    assert significant_lag_s(120) == 2 and least_p(120, 2) <= 0.05 < least_p(120, 3)
    assert significant_lag_s(420) == 10
    assert significant_lag_s(15) is None


@pytest.mark.parametrize("made", [
    session(readings(), [(0, 60, 600)]),
    pretend.session(pretend.Room(seconds=3.0)),
])  # fmt: skip
def test_nothing_to_say(made):
    """Nobody there, or 3 s: the curve, and no figure."""
    dial = pd.DataFrame({"t_s": np.arange(60.0), "a": np.arange(60.0) % 7})
    found = with_dial(SessionTables(made).grid(), dial)
    assert found.result[["r", "low", "high", "lag_s", "p"]].isna().all(axis=None)
    assert found.curve["dial"].notna().all()


def test_one_viewer_has_no_interval():
    """One viewer and a mean: nobody to tell a spread from."""
    share, dial = pair(viewers=1, people=1)
    found = with_dial(table(share), dial).result.iloc[0]
    assert found["lag_s"] == 3 and np.isnan(found["low"])


def test_a_dial_that_never_moved():
    """A constant has no correlation."""
    dial = pd.DataFrame({"t_s": [0.0, 999.0], "a": [5.0, 5.0]})
    assert np.isnan(with_dial(table(pair()[0]), dial).result["r"][0])


def test_no_time_in_common():
    """Where dials and session do not meet, it says when each was."""
    share, dial = pair()
    with pytest.raises(ValueError, match="from -1900 to -901 s of the session, which lasts 1000"):
        with_dial(table(share), dial, film_s=1900.0)
    with pytest.raises(ValueError, match="--max-lag -1"):
        with_dial(table(share), dial, max_lag_s=-1)


def write(folder, text):
    """Return the path of a file of this text."""
    (folder / "dial.csv").write_text(text)
    return folder / "dial.csv"


def test_read(tmp_path):
    """Times as seconds or as a clock, people by their names, nothing where a cell is empty."""
    found = read_dial(write(tmp_path, "Time;Ann;Bo\n0;50;\n0:01.5;60;40\n"))
    assert [*found.columns] == ["t_s", "Ann", "Bo"]
    np.testing.assert_allclose(found, [[0, 50, np.nan], [1.5, 60, 40]])


BAD = [
    ("time,a\n0,1\n2,1\n1,1\n", "line 4: 1 s comes after 2 s"),
    ("time,a\n0,1\n0,2\n", "line 3: 0 s comes after 0 s; expected later"),
    ("when,a\n0,1\n", "no column 't_s'; its columns are 'when', 'a'"),
    ("time\n0\n", "only a column 'time'"),
    ("time,a\n", "no line of data"),
    ("time,a\n0,high\n", "line 2: 'high' is no number .in 'a'.; expected a number"),
    ("time,a\nnoon,1\n", "line 2: 'noon' is no number .*; expected seconds"),
    ("", "empty"),
]


@pytest.mark.parametrize(("text", "match"), BAD)
def test_refused(tmp_path, text, match):
    """The error names the file, the line and what is wrong."""
    with pytest.raises(ValueError, match=f"dial.csv.*{match}"):
        read_dial(write(tmp_path, text))
