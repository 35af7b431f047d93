"""The bench of trackers: what is fed, what is scored, and what its tables say."""

import numpy as np
import pytest

from laughtrack.tracker.boxes import overlap
from laughtrack.tracker.mot.idf1 import score
from laughtrack.tracker.settings import DEFAULTS
from tests.bench import tracking_load as load
from tests.bench import tracking_scenes as scenes
from tests.bench import tracking_sequences as films
from tests.bench import tracking_tuning as tuning
from tests.bench.audiences import SCENES
from tests.bench.peers import OURS, ours, run
from tests.bench.tables import table


def test_table():
    """Markdown, with a rule under the heads."""
    assert table(["a", "b"], [[1, "x"]]) == "| a | b |\n| --- | --- |\n| 1 | x |\n"


def test_ceiling_gives_each_true_detection_its_id():
    """A detection that lies on nobody, or beside somebody, has none."""
    truth = {0: (np.array([7, 8]), np.array([[0, 0, 10, 10], [50, 0, 60, 10.0]]))}
    boxes = np.array([[51, 0, 61, 10], [0, 0, 10, 10], [1, 0, 11, 10], [90, 0, 99, 9.0]])
    ids, found = scenes.ceiling([(0.1, boxes, np.full(4, 0.5))], truth)[0]
    assert ids.tolist() == [7, 8] and found.tolist() == boxes[[1, 0]].tolist()


@pytest.mark.slow
def test_ceiling_is_never_passed():
    """Our tracker on an easy scene is at most as good as its ceiling."""
    looks, truth = SCENES["seated"](1, seconds=20)
    result, took_s = run(ours, looks, 10)
    assert took_s > 0 and sorted(result) == list(range(len(looks)))
    assert score(truth, result).idf1 <= score(truth, scenes.ceiling(looks, truth)).idf1


def test_every_kth_frame_keeps_its_truth():
    """Looks and truth are those of the same frames; times stay true."""
    detections = {k: (np.array([[k, 0, k + 5.0, 5]]), np.array([0.9])) for k in range(1, 12)}
    truth = {k: (np.array([1]), boxes) for k, (boxes, _) in detections.items()}
    film = films.sequence("any", detections, truth)
    assert film.looks[0][0] == 1 / 30 and len(film.looks) == 11
    some = films.thinned(film, 5, 5)
    assert [look[0] * 30 for look in some.looks] == pytest.approx([1, 6, 11])
    assert some.fps == 6
    for k, (_, boxes, _) in enumerate(some.looks):
        assert some.truth[k][1].tolist() == boxes.tolist()


@pytest.mark.slow
def test_report_names_the_best_peer_on_each_measure():
    """Ours is not among the peers; fewer switches are better."""
    pytest.importorskip("trackeval")
    looks, truth = SCENES["seated"](1, seconds=3)
    judged = scenes.evaluate(truth, run(ours, looks, 10)[0])
    one = films.combine([judged])
    two = one._replace(idf1=0.5, switches=3)
    rows = {
        (OURS, "as published"): {"film": (one, 9.0), "together": (one, 9.0)},
        ("A", "as published"): {"film": (two, 8.0), "together": (two, 8.0)},
        ("B", "10 s"): {"film": (two, 8.0), "together": (two._replace(idf1=0.4, switches=2), 8.0)},
    }
    last = films.report(rows, "Films").splitlines()[-1].split(" | ")
    assert last[0] == "| **best peer**" and last[5] == "50.0" and last[7] == "2"
    assert films.report_films(rows, "Films").splitlines()[-1].endswith("| 50.0 | 0 | 2 |")


def test_a_crowd_is_seated_apart():
    """So many faces, none on another; one in ten is missed."""
    looks, truth = load.crowd(200, 20)
    assert len(truth[0][0]) == 200
    assert 170 <= np.mean([len(boxes) for _, boxes, _ in looks]) <= 190
    assert np.triu(overlap(truth[9][1], truth[9][1]), 1).max() < 0.1


@pytest.mark.slow
def test_a_film_left_out_does_not_choose():
    """What is best for one film alone is not chosen where that film is left out."""
    pytest.importorskip("trackeval")
    boxes = np.array([[0, 0, 9, 9.0]])
    truth = {k: (np.array([1]), boxes) for k in range(4)}
    good = scenes.evaluate(truth, truth)
    poor = scenes.evaluate(truth, {k: (np.array([k]), boxes) for k in range(4)})
    found = [tuning.Film(name, "faces", name, [], truth) for name in "AB"]
    judge, other = tuning.Judge(found, 1), DEFAULTS._replace(gone_s=9.0)
    judge._known = {DEFAULTS: {"A": poor, "B": good}, other: {"A": good, "B": poor}}
    tried = {"gone_s": (9.0,)}
    assert judge.choose(tried, "A") == DEFAULTS and judge.choose(tried, "B") == other
