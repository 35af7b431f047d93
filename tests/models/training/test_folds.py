"""Folds of people: nobody in two, and a word when they are too few."""

from pathlib import Path

import numpy as np
import pytest

from laughtrack.models.data import labels
from laughtrack.models.training import folds


def picture(person, smile="1", split="train", source="lfw"):
    """Return a picture of a person."""
    return labels.Picture(Path(f"{person}.jpg"), source, person, split, smile)


def people(count, smiles, **more):
    """Return a picture each of so many people, the first ones smiling."""
    return [picture(f"p{n}", "1" if n < smiles else "0", **more) for n in range(count)]


def test_a_person_is_in_one_fold():
    """Whoever else is assigned, and in whatever order."""
    names = [f"person {n % 300}" for n in range(900)]
    assigned = folds.assign_folds(names)
    assert len(set(zip(names, assigned.tolist(), strict=True))) == 300
    assert np.array_equal(folds.assign_folds(names[::-1]), assigned[::-1])


def test_folds_of_a_split_are_of_like_size():
    """The split takes nobody from one fold more than from another."""
    names = [f"person {n}" for n in range(20000)]
    for split in labels.SPLITS:
        chosen = [name for name in names if labels.split_of(name) == split]
        share = np.bincount(folds.assign_folds(chosen), minlength=folds.FOLDS) / len(chosen)
        assert np.all(np.abs(share - 1 / folds.FOLDS) < 0.04)


def test_nobody_is_assigned():
    """No people give no folds."""
    assert folds.assign_folds([]).shape == (0,) and folds.face_labels([]).smile.shape == (0,)


def test_sides_say_what_the_labels_say():
    """No label is no smile and not labelled; GENKI's pictures weigh more."""
    given = [picture("a"), picture("b", ""), picture("c", "0", "val", "genki4k")]
    side = folds.face_labels(given)
    assert side.smile.tolist() == [True, False, False]
    assert side.labelled.tolist() == [True, False, True]
    assert side.training.tolist() == [True, True, False]
    assert side.weight.tolist() == [1, 1, labels.GENKI_WEIGHT]


@pytest.mark.parametrize(
    "given, says",
    [
        (people(40, 20), ""),
        ([], "0 labelled training people"),
        (people(4, 2), "4 labelled training people"),
        ([picture("a", str(n % 2)) for n in range(50)], "1 labelled training people"),
        (people(40, 20, split="val"), "0 labelled training people"),
        ([picture(f"p{n}", "") for n in range(40)], "0 labelled"),
        (people(40, 40), "several who smile and several who don't"),
        (people(40, 0), "several who smile"),
        (people(40, 1), "several who smile"),  # the fold of that one learns from no smile
    ],
)
def test_too_few_people_are_named(given, says):
    """Enough give no word; fewer than folds, or of one kind, say so."""
    why = folds.why_too_few(given)
    assert says in why if says else why == ""
