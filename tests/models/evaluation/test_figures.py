"""Intervals come from resampling people, and repeat with the seed."""

import numpy as np
import pytest

from laughtrack.models.evaluation import metrics
from laughtrack.models.evaluation.figures import with_intervals


def share(values):
    """Return the mean as a metric of counts."""
    return lambda counts: metrics.mean(values, counts)


def test_interval_of_a_share_is_the_textbook_one():
    """400 people, 80 % right: about 1.96 standard errors to either side."""
    figure, low, high = with_intervals({"x": share(np.arange(400) % 5 > 0)}, np.arange(400))["x"]
    error = 1.96 * (0.8 * 0.2 / 400) ** 0.5
    assert figure == 0.8
    assert figure - low == pytest.approx(error, rel=0.15)
    assert high - figure == pytest.approx(error, rel=0.15)


def test_pictures_of_one_person_are_drawn_together():
    """Ten like pictures of each person make no interval narrower."""
    good = np.arange(40) % 4 > 0
    apart = with_intervals({"x": share(good)}, np.arange(40))["x"]
    alike = with_intervals({"x": share(np.repeat(good, 10))}, np.repeat(np.arange(40), 10))["x"]
    independent = with_intervals({"x": share(np.repeat(good, 10))}, np.arange(400))["x"]
    assert alike == apart
    assert independent[2] - independent[1] < 0.5 * (apart[2] - apart[1])


def test_interval_holds_a_figure_that_drawing_makes_larger():
    """A calibration error of 0 is more than 0 in every draw: the interval is moved back to it."""
    values, truth = np.repeat([0.25, 0.75], 40), np.arange(80) % 4 < np.repeat([1, 3], 40)
    wanted = {"ece": lambda counts: metrics.ece(values, truth, counts)}
    figure, low, high = with_intervals(wanted, np.arange(80))["ece"]
    assert figure == low == 0 < high < 0.1


def test_same_seed_gives_the_same_interval():
    """Another seed gives another."""
    good, people = np.arange(50) % 3 > 0, np.arange(50)
    drawn = [with_intervals({"x": share(good)}, people, seed=seed)["x"] for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_draws_in_parts_are_the_draws_at_once(monkeypatch):
    """Little memory changes nothing."""
    good, people = np.arange(50) % 3 > 0, np.arange(50)
    whole = with_intervals({"x": share(good)}, people, draws=100)
    monkeypatch.setattr("laughtrack.models.evaluation.figures._AT_ONCE", 500)
    assert with_intervals({"x": share(good)}, people, draws=100) == whole


@pytest.mark.parametrize(
    "values, people, row",
    [
        ([], [], [None, None, None]),
        ([1.0, 0.0], ["a", "a"], [0.5, None, None]),
        ([1.0, 1.0], ["a", "b"], [1.0, 1.0, 1.0]),
    ],
)
def test_little_to_draw_from(values, people, row):
    """Nothing, one person, and people all alike."""
    assert with_intervals({"x": share(np.array(values))}, people)["x"] == row


def test_figure_that_most_samples_lack_has_no_interval():
    """An area needs both kinds: of two people most draws have one kind only."""
    wanted = {"auc": lambda counts: metrics.auc([0.1, 0.9], [False, True], counts)}
    assert with_intervals(wanted, ["a", "b"], seed=3)["auc"][0] == 1
    rare = {"x": lambda counts: np.where(np.asarray(counts)[..., 0] > 2, 0.5, np.nan)[()]}
    assert with_intervals(rare, ["a", "b", "c"])["x"] == [None, None, None]
