"""Figures of scores are what their definitions say, counted out by hand."""

import itertools

import numpy as np
import pytest

from laughtrack.models.evaluation import figures, metrics

# Four smiles and four others; one smile is missed, one other is taken for a smile.
SCORES = np.array([0.9, 0.8, 0.6, 0.3, 0.7, 0.4, 0.2, 0.1])
TRUTH = np.array([1, 1, 1, 1, 0, 0, 0, 0], bool)
ALL = {
    "right": 6 / 8,
    "balanced": 6 / 8,
    "f1": 2 * 3 / (4 + 4),
    "auc": (4 + 4 + 3 + 2) / 16,
    # By tenths: each face alone in its bin, so the mean distance of score from truth.
    "ece": (0.1 + 0.2 + 0.4 + 0.7 + 0.7 + 0.4 + 0.2 + 0.1) / 8,
}


@pytest.mark.parametrize("name, value", ALL.items())
def test_figures_by_hand(name, value):
    """Each figure of eight faces, counted by hand."""
    assert figures.FIGURES[name](SCORES, TRUTH) == pytest.approx(value)


@pytest.mark.parametrize(
    "name, value",
    [
        ("right", 2 / 4),
        ("balanced", (1 / 1 + 1 / 3) / 2),
        ("f1", 2 * 1 / (3 + 1)),
        ("auc", 2.5 / 3),
    ],
)
def test_figures_of_an_uneven_lot(name, value):
    """One smile among three others; one of those has its score, one more than half."""
    few = np.array([0.8, 0.8, 0.5, 0.4]), np.array([1, 0, 0, 0], bool)
    assert figures.FIGURES[name](*few) == pytest.approx(value)


@pytest.mark.parametrize(
    ("values", "truth", "area"),
    [
        ([0.1, 0.9], [False, True], 1.0),
        ([0.9, 0.1], [False, True], 0.0),
        ([0.5, 0.5], [False, True], 0.5),
        ([0.2, 0.6, 0.4, 0.8], [False, False, True, True], 0.75),
        ([-3.0, 5.0], [False, True], 1.0),
    ],
)
def test_auc_counts_pairs(values, truth, area):
    """The share of pairs in the right order, ties half."""
    assert metrics.auc(values, truth) == area


def test_auc_is_every_pair_asked():
    """On many faces with ties it is what asking every pair gives."""
    rng = np.random.default_rng(1)
    values, truth = rng.integers(0, 12, 80) / 12, rng.random(80) < 0.4
    pairs = itertools.product(values[truth], values[~truth])
    asked = [(a > b) + (a == b) / 2 for a, b in pairs]
    assert metrics.auc(values, truth) == pytest.approx(np.mean(asked))


def test_ece_is_the_distance_from_the_share():
    """Scores of 0.8 where half smile are 0.3 off; honest ones are not."""
    assert metrics.ece([0.8, 0.8], [True, False]) == pytest.approx(0.3)
    assert metrics.ece([1.0, 0.0], [True, False]) == 0


def test_ece_weighs_bins_by_their_faces():
    """Three faces 0.1 off, and one 0.5 off."""
    assert metrics.ece([0.9, 0.9, 0.9, 0.5], [1, 1, 1, 0]) == pytest.approx((3 * 0.1 + 0.5) / 4)


def test_one_half_is_a_smile():
    """As the reports count it."""
    assert metrics.accuracy([0.5], [True]) == 1


@pytest.mark.parametrize("name", ALL)
def test_counts_are_faces_that_come_again(name):
    """A face counted three times is three faces; one counted 0 times isn't there."""
    figure = figures.FIGURES[name]
    rng = np.random.default_rng(2)
    values, truth = rng.integers(0, 20, 50) / 20, rng.random(50) < 0.5
    counts = rng.integers(0, 4, (6, 50))
    again = [figure(np.repeat(values, c), np.repeat(truth, c)) for c in counts]
    assert figure(values, truth, counts) == pytest.approx(again)
    assert figure(values, truth, counts[0]) == pytest.approx(again[0])


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_missing_and_not_0(name):
    """No faces give NaN, for one sample and for several."""
    figure = figures.FIGURES[name]
    assert np.isnan(figure([], []))
    assert np.isnan(figure([], [], np.zeros((3, 0)))).all()
    assert np.isnan(figure([0.3], [False], np.zeros((3, 1)))).all()


@pytest.mark.parametrize("name", ["auc", "balanced"])
def test_one_kind_alone_is_missing(name):
    """What compares smiles with the rest needs both."""
    assert np.isnan(figures.FIGURES[name]([0.3, 0.6], [True, True]))


def test_reliability_is_a_row_for_each_bin():
    """Number, mean score and share of smiles; a score of 1 is in the last bin."""
    rows = metrics.reliability([0.1, 0.3, 0.6, 1.0], [0, 1, 0, 1], bins=2)
    assert rows == [(2, pytest.approx(0.2), 0.5), (2, pytest.approx(0.8), 0.5)]
    empty = metrics.reliability([0.1], [0], bins=2)[1]
    assert empty[0] == 0 and np.isnan(empty[1:]).all()


@pytest.mark.parametrize(
    "values, truth, says",
    [
        ([0.1, 0.2], [True], "one for each face"),
        ([[0.1, 0.2]], [[True, False]], "one for each face"),
        ([0.1, np.nan], [True, False], "a score is missing"),
    ],
)
def test_wrong_input_is_named(values, truth, says):
    """Faces and truths that don't belong together, and faces not found."""
    for figure in (metrics.accuracy, metrics.auc, metrics.ece):
        with pytest.raises(ValueError, match=says):
            figure(values, truth)
