"""Groups of viewers compared: against the definitions written out, and what is refused."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from laughtrack.analytics.audience import groups
from laughtrack.analytics.audience.groups import (
    GROUPS,
    PAIRS,
    SCORES,
    compare,
    groups_of,
    scores,
)
from laughtrack.analytics.inputs.viewer_groups import by_seat, read_groups
from laughtrack.analytics.stats.nulls.cluster_permutation import permutations
from laughtrack.analytics.timelines.session_tables import SessionTables
from tests.analytics import pretend
from tests.analytics.timeline_rows import NAN, readings, session, steady


def people(**groups):
    """Return viewers whose share and degree are these numbers, and their groups."""
    values = [value for each in groups.values() for value in each]
    table = pd.DataFrame({"viewer_id": range(1, len(values) + 1), "share_smiling": values})
    table = table.assign(reach=(table["share_smiling"] > 0.2).astype(float))
    table = table.assign(mean_smile=table["share_smiling"])
    names = [name for name, each in groups.items() for _ in each]
    return table, pd.DataFrame({"viewer_id": table["viewer_id"], "group": names})


LOW, HIGH = [0.1, 0.15, 0.12, 0.3, 0.05], [0.5, 0.45, 0.7, 0.6, 0.1]


@pytest.mark.slow
def test_means_of_groups():
    """Each viewer counts once."""
    found, _, remarks = compare(*people(a=LOW, b=HIGH))
    assert tuple(found.columns) == GROUPS and remarks == []
    assert found[["group", "viewers"]].values.tolist() == [["a", 5], ["b", 5]]
    np.testing.assert_allclose(found["share_smiling"], [np.mean(LOW), np.mean(HIGH)])
    np.testing.assert_allclose(found["reach"], [0.2, 0.8])


@pytest.mark.slow
def test_p_is_of_all_deals():
    """With few viewers every way of dealing them counts once: written out."""
    _, pairs, _ = compare(*people(a=LOW, b=HIGH))
    everybody = np.array(LOW + HIGH)
    deals = []
    for chosen in combinations(range(10), 5):
        inside = np.isin(np.arange(10), chosen)
        one, other = everybody[inside], everybody[~inside]
        deals.append(stats.ttest_ind(one, other, equal_var=False).statistic)
    reached = [np.mean(np.array(deals) <= deals[0] + 1e-9), np.mean(np.array(deals) >= deals[0])]
    expected = min(1, 2 * min(reached))
    assert pairs.loc[pairs["score"] == "share_smiling", "p"].item() == pytest.approx(expected)


@pytest.mark.slow
def test_interval_of_a_difference_of_means_is_welchs():
    """By the formula."""
    _, pairs, _ = compare(*people(a=LOW, b=HIGH))
    row = pairs[pairs["score"] == "mean_smile"].iloc[0]
    errors = np.var(LOW, ddof=1) / 5, np.var(HIGH, ddof=1) / 5
    freedom = sum(errors) ** 2 / (errors[0] ** 2 / 4 + errors[1] ** 2 / 4)
    reach = stats.t.ppf(0.975, freedom) * np.sqrt(sum(errors))
    middle = np.mean(LOW) - np.mean(HIGH)
    assert row["difference"] == pytest.approx(middle)
    np.testing.assert_allclose([row["low"], row["high"]], [middle - reach, middle + reach])


def wilson(hits, many):
    """Return Wilson's interval of a proportion, by the formula."""
    z = stats.norm.ppf(0.975)
    part = hits / many
    middle = (part + z**2 / (2 * many)) / (1 + z**2 / many)
    reach = z / (1 + z**2 / many) * np.sqrt(part * (1 - part) / many + z**2 / (4 * many**2))
    return middle - reach, middle + reach


@pytest.mark.slow
def test_interval_of_a_difference_of_reach_is_newcombes():
    """From two Wilson intervals (Newcombe 1998), by the formula."""
    _, pairs, _ = compare(*people(a=LOW, b=HIGH))
    row = pairs[pairs["score"] == "reach"].iloc[0]
    (low_1, high_1), (low_2, high_2) = wilson(1, 5), wilson(4, 5)
    expected = (
        -0.6 - np.hypot(0.2 - low_1, high_2 - 0.8),
        -0.6 + np.hypot(high_1 - 0.2, 0.8 - low_2),
    )
    np.testing.assert_allclose([row["low"], row["high"]], expected)


@pytest.mark.slow
def test_holm_is_over_all_rows():
    """The smallest p times their number, the next times one less, never falling."""
    _, pairs, _ = compare(*people(a=LOW, b=HIGH, c=[0.1, 0.2, 0.3, 0.4, 0.5]))
    assert tuple(pairs.columns) == PAIRS and len(pairs) == 9
    order = np.argsort(pairs["p"].to_numpy(), kind="stable")
    expected = np.maximum.accumulate(pairs["p"].to_numpy()[order] * np.arange(9, 0, -1))
    np.testing.assert_allclose(pairs["p_holm"].to_numpy()[order], np.minimum(expected, 1))


@pytest.mark.slow
def test_false_alarms_are_rare():
    """Of groups that do not differ, one in twenty has p of at most 0.05, unequal as they may be."""
    rng = np.random.default_rng(1)
    # The test alone: Holm's correction, asked for each, would take most of the time.
    ways = permutations(np.arange(5), np.arange(7), 999, rng)
    p = groups.p_of_means(rng.beta(1, 9, (12, 300)), ways)
    assert 0.02 <= np.mean(p <= 0.05) <= 0.08


@pytest.mark.slow
def test_groups_are_compared_pair_by_pair():
    """A group whose viewers smile at the same jokes is more alike than one that smiles anywhere."""
    t_s = np.arange(0, 60, 0.5)
    rng = np.random.default_rng(12)
    jokes = np.isin(t_s.astype(int) % 12, [4, 5])
    rows = []
    for viewer in range(1, 17):
        smiles = jokes if viewer <= 8 else np.roll(jokes, rng.integers(len(t_s)))
        rows += steady(viewer, 0.0, np.where(smiles, 0.9, 0.1) + rng.normal(0, 0.01, len(t_s)), 0.5)
    tables = SessionTables(session(readings(*rows), [(0, 60, 120)]))
    names = pd.DataFrame({"viewer_id": range(1, 17), "group": ["film"] * 8 + ["own"] * 8})
    found = groups_of(tables, names)
    film, own = found.groups.set_index("group")["pairwise_isc"]
    row = found.pairs.set_index("score").loc["pairwise_isc"]
    assert film > 0.9 and own < 0.4
    assert row["difference"] == pytest.approx(film - own) and row["p"] < 0.01
    assert np.isnan(row["low"]) and np.isnan(row["high"])


@pytest.mark.slow
def test_rows_are_in_order_of_number():
    """The tenth row comes after the second, and words by the alphabet."""
    found, _, _ = compare(*people(**{"row 10": LOW, "row 2": HIGH, "right": LOW, "middle": LOW}))
    assert found["group"].tolist() == ["middle", "right", "row 2", "row 10"]


@pytest.mark.slow
def test_small_groups_are_left_out():
    """A group below the least is named, and compared with nobody."""
    found, pairs, remarks = compare(*people(a=LOW, b=HIGH, c=[0.9] * 4))
    assert found["group"].tolist() == ["a", "b"] and len(pairs) == 3
    assert remarks == ["Group 'c' is left out: 4 judged, fewer than 5."]


@pytest.mark.slow
def test_too_few_large_groups():
    """With one group left there is nothing to compare: how large each is, and what to do."""
    with pytest.raises(ValueError, match=r"'a' 5, 'b' 4\); nothing to compare.*--min-group"):
        compare(*people(a=LOW, b=HIGH[:4]))
    assert len(compare(*people(a=LOW, b=HIGH[:4]), least=4)[0]) == 2


def test_nobody():
    """No viewers are too few."""
    with pytest.raises(ValueError, match="no group"):
        compare(*people())


def test_one_is_no_group():
    """A least size of 1 is refused."""
    with pytest.raises(ValueError, match="--min-group 1: expected at least 2"):
        compare(*people(a=LOW, b=HIGH), least=1)


@pytest.mark.slow
def test_groups_without_any_spread():
    """Two groups of the same number each: no interval where there is no ground, and no warning."""
    _, pairs, _ = compare(*people(a=[0.1] * 5, b=[0.1] * 5))
    assert pairs["p"].tolist() == [1, 1, 1]
    assert pairs.loc[pairs["score"] != "reach", ["low", "high"]].isna().all(axis=None)


@pytest.mark.slow
def test_clearly_apart():
    """All of one group smiled and none of the other: the smallest p there is for five and five."""
    _, pairs, _ = compare(*people(a=[0.0] * 5, b=[0.9] * 5))
    np.testing.assert_allclose(pairs["p"], 2 / 252)


def test_scores_of_viewers():
    """Of those who could be judged."""
    table = readings(
        *steady(1, 0, [0.9] * 10 + [0.1] * 10), *steady(2, 0, [0.2] * 20), *steady(3, 0, [NAN] * 9)
    )
    found = scores(SessionTables(session(table)).viewers)
    assert found["viewer_id"].tolist() == [1, 2]
    np.testing.assert_allclose(found[[*SCORES]], [[0.5, 1, 0.5], [0, 0, 0.2]])


def test_rows_and_sides():
    """Rows are counted from 1, from the top of the picture."""
    seats = SessionTables(pretend.session(pretend.Room(viewers=20, seconds=20.0))).seats
    rows, sides = by_seat(seats, "row"), by_seat(seats, "side")
    assert rows["group"].value_counts().to_dict() == {"row 1": 10, "row 2": 10}
    assert set(sides["group"]) == {"left", "middle", "right"}
    with pytest.raises(ValueError, match="'hat': expected row or side, or a CSV file"):
        by_seat(seats, "hat")


def write(folder, text):
    """Return the path of a file of this text."""
    path = folder / "people.csv"
    path.write_text(text)
    return path


def test_groups_from_a_file(tmp_path):
    """The only other column, or the one that is named; who has no entry is in no group."""
    path = write(tmp_path, "viewer_id,seat\n3,front\n1,back\n2,\n")
    found = read_groups(path, [1, 2, 3, 4])
    assert found.values.tolist() == [[1, "back"], [3, "front"]]
    path = write(tmp_path, "Viewer_ID,Age,Ticket\n1,young,full\n2,old,half\n")
    assert read_groups(path, [1, 2], "ticket")["group"].tolist() == ["full", "half"]


BAD = [
    ("viewer_id,seat\n9,front\n", None, "line 2: no viewer 9 in the session; viewers there: 1, 2"),
    ("viewer_id,seat\n1,front\n2,back\n1,back\n", None, "viewer 1 is in line 2 and in line 4"),
    ("viewer,seat\n1,front\n", None, "no column 'viewer_id'; its columns are 'viewer', 'seat'"),
    ("viewer_id,seat\n1,front\n", "age", "no column 'age'"),
    ("viewer_id,seat,age\n1,front,4\n", None, "'seat', 'age' besides 'viewer_id'; name one"),
    ("viewer_id\n1\n", None, "none besides 'viewer_id'"),
    ("viewer_id,seat\none,front\n", None, "line 2: viewer_id 'one'; expected a whole number"),
]


@pytest.mark.parametrize(("text", "attribute", "match"), BAD)
def test_file_refused(tmp_path, text, attribute, match):
    """The error names the file, the line and what is wrong."""
    with pytest.raises(ValueError, match=f"people.csv.*{match}"):
        read_groups(write(tmp_path, text), [1, 2], attribute)
