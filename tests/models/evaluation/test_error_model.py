"""How wrong the scorer is, and how much of that is personal."""

import math
from pathlib import Path

import numpy as np
import pytest

from laughtrack.models.data.labels import Picture
from laughtrack.models.evaluation import error_model
from laughtrack.models.evaluation.faces import FACE_PX, ScoredPictures


def scored(count=400, per_person=2, source="genki4k", yaw=0.0, missed=0.1, false=0.05):
    """Return pictures scored so that the shares are as given; a half of them smile."""
    rng = np.random.default_rng(4)
    truth = np.arange(count) % 2 == 0
    wrong = np.where(truth, rng.permutation(count) < missed * count, False)
    wrong[truth] = np.arange(truth.sum()) < missed * truth.sum()
    wrong[~truth] = np.arange((~truth).sum()) < false * (~truth).sum()
    says = np.where(wrong, ~truth, truth)
    pictures = [
        Picture(
            Path(f"{i}.jpg"),
            source,
            f"p{i // per_person}",
            "test",
            str(int(t)),
            pose=(yaw, math.nan, math.nan),
        )
        for i, t in enumerate(truth)
    ]
    scores = np.tile(np.where(says, 0.9, 0.1)[:, None], (1, 1 + len(FACE_PX)))
    return ScoredPictures(pictures, scores, np.full_like(scores, 0.9), [])


def test_shares_are_those_of_both_kinds():
    """With intervals around them; each width by itself."""
    found = error_model.error_model(scored())
    assert found["faces"] == 400
    for name, share in (("sensitivity", 0.9), ("specificity", 0.95)):
        figure, low, high = found[name]
        assert figure == pytest.approx(share, abs=0.006) and low < figure < high
    assert [cell["from"] for cell in found["by_width_px"]] == list(FACE_PX)


def test_label_of_another_meaning_and_faces_not_scored_are_left_out():
    """MTFL's liberal label says nothing of errors, nor does a face that is abstained from."""
    assert error_model.error_model(scored(source="mtfl"))["faces"] == 0
    poor = scored()
    poor.quality[:100] = 0.2
    poor.quality[100:110] = np.nan
    assert error_model.error_model(poor)["faces"] == 290


def test_turns_have_cells_of_their_own():
    """By how far the head is turned, to either side; a cell of few faces is left out."""
    found = error_model.error_model(scored(yaw=-math.radians(25)))
    assert [(cell["from"], cell["to"]) for cell in found["by_yaw_deg"]] == [(20, 30)]
    assert error_model.error_model(scored(count=30))["by_yaw_deg"] == []


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6])
def test_personal_share_comes_back(share):
    """Errors drawn for each person and for each picture: the correlation is what was put in."""
    rng = np.random.default_rng(11)
    who = np.repeat(np.arange(4000), rng.integers(1, 6, 4000))
    odds = rng.beta(0.1 * (1 / share - 1), 0.9 * (1 / share - 1), 4000) if share else [0.1] * 4000
    errors = rng.random(len(who)) < np.asarray(odds)[who]
    assert error_model.intraclass(errors, who) == pytest.approx(share, abs=0.04)


def test_without_repeats_nothing_is_known_of_persons():
    """Nobody with two pictures, or one person alone."""
    assert error_model.intraclass(np.ones(5, bool), np.arange(5)) is None
    assert error_model.intraclass(np.ones(5, bool), np.zeros(5)) is None
    assert error_model.intraclass(np.zeros(6, bool), np.arange(6) // 2) == 0.0
