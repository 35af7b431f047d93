"""Soft labels of made blendshapes: they see smiles, and learn from whom they may."""

from pathlib import Path

import numpy as np
import pytest

from laughtrack.models.data.labels import Picture
from laughtrack.models.evaluation import metrics
from laughtrack.models.faces.landmarker import BLENDSHAPES
from laughtrack.models.training import soft_labels

COUNT = 900
SMILES = (44, 45)  # the blendshapes that a smile moves


def faces(seed=3, source="genki4k"):
    """Return pictures whose labels are the truth, and blendshapes that mostly show it."""
    rng = np.random.default_rng(seed)
    truth = rng.random(COUNT) < 0.5
    moved = rng.uniform(0, 0.3, (COUNT, BLENDSHAPES))
    for column in SMILES:
        moved[:, column] = np.clip(truth * 0.5 + rng.normal(0.2, 0.15, COUNT), 0, 1)
    pictures = [
        Picture(Path(f"{i}.png"), source, f"{source}{i}", ("train", "train", "val", "test")[i % 4])
        for i in range(COUNT)
    ]
    return [p._replace(smile=str(int(t))) for p, t in zip(pictures, truth, strict=True)], moved


def truth_of(pictures):
    """Return the labels, (N,) bool."""
    return np.array([picture.smile == "1" for picture in pictures])


@pytest.mark.parametrize("split", ["train", "test"])
def test_smiles_are_seen(split):
    """On people trained on and on others, and as sure as they are right."""
    pictures, moved = faces()
    found = soft_labels.smile_log_odds(pictures, moved)
    rows = np.array([picture.split == split for picture in pictures])
    assert metrics.auc(found[rows], truth_of(pictures)[rows]) > 0.97
    assert metrics.ece(1 / (1 + np.exp(-found[rows])), truth_of(pictures)[rows]) < 0.08


def test_people_not_trained_on_teach_nothing():
    """Other labels on them change no soft label."""
    pictures, moved = faces()
    turned = [p if p.split == "train" else p._replace(smile="10"[int(p.smile)]) for p in pictures]
    first = soft_labels.smile_log_odds(pictures, moved)
    assert np.array_equal(soft_labels.smile_log_odds(turned, moved), first)


def test_label_of_another_meaning_teaches_nothing():
    """MTFL's liberal labels are tempered, and have no say in what a smile is."""
    pictures, moved = faces()
    liberal, other = faces(5, "mtfl")
    liberal = [picture._replace(smile="1") for picture in liberal]
    both = soft_labels.smile_log_odds([*pictures, *liberal], np.concatenate([moved, other]))
    assert np.array_equal(both[:COUNT], soft_labels.smile_log_odds(pictures, moved))
    assert metrics.auc(both[COUNT:], truth_of(faces(5, "mtfl")[0])) > 0.97


def test_small_pictures_are_judged_among_themselves():
    """A landmarker sees them otherwise: here their smiles move other blendshapes."""
    pictures, moved = faces()
    small, other = faces(6, "ferplus")
    other = np.roll(other, 7, axis=1)
    both = soft_labels.smile_log_odds([*pictures, *small], np.concatenate([moved, other]))
    assert np.array_equal(both[:COUNT], soft_labels.smile_log_odds(pictures, moved))
    assert metrics.auc(both[COUNT:], truth_of(small)) > 0.97


def test_face_without_landmarks_has_no_soft_label():
    """That one, and no other; nor a movement to learn."""
    pictures, moved = faces()
    moved[5] = np.nan
    assert np.flatnonzero(np.isnan(soft_labels.smile_log_odds(pictures, moved))).tolist() == [5]
    learnt = soft_labels.blendshape_targets(moved, np.ones(COUNT, bool))
    assert np.flatnonzero(np.isnan(learnt).any(axis=1)).tolist() == [5]


@pytest.mark.parametrize("smile", ["", "1"])
def test_too_little_to_learn_from(smile, caplog):
    """No labels, or all of one kind: all NaN, and a line says so."""
    pictures, moved = faces()
    found = soft_labels.smile_log_odds([p._replace(smile=smile) for p in pictures], moved)
    assert np.isnan(found).all() and "no second opinion" in caplog.text


def test_movement_is_of_about_unit_spread():
    """Mean 0 on those trained on; what hardly moves stays small."""
    _, moved = faces()
    moved[:, 7] = 0.001 * moved[:, 8]
    training = np.arange(COUNT) % 2 == 0
    learnt = soft_labels.blendshape_targets(moved, training)
    assert learnt.dtype == np.float32
    assert np.allclose(learnt[training].mean(axis=0), 0, atol=1e-3)
    assert 0.7 < learnt[training][:, SMILES].std() <= 1 and learnt[:, 7].std() < 0.05
