"""Soft labels of synthetic meshes and edges: they see smiles, and never their own label."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from laughtrack.models.evaluation import metrics
from tests.models import in_training

ROOT = Path(__file__).resolve().parents[3]

# Meshes and edges that show whose face it is clearly, and a smile less so. Labels are the truth,
# then a coin thrown for each person; then val and test have other labels.
INVENTED = """
import logging, sys
from pathlib import Path
import numpy as np
from laughtrack.models.faces import wide_crops
from laughtrack.models.data import labels
from laughtrack.models.faces import mesh_cache
from laughtrack.models.training import hog_patches
from laughtrack.models.training import soft_labels

work = Path(sys.argv[1])
logging.basicConfig(level=logging.INFO, filename=work / "log")
rng = np.random.default_rng(7)
PEOPLE, EACH, WIDE = 120, 6, 60
who = np.repeat(np.arange(PEOPLE), EACH)
truth = rng.random(len(who)) < 0.5
coin = rng.random(PEOPLE) < 0.5
shown = np.where(truth, 1.0, -1.0)[:, None] + rng.normal(0, 0.4, (len(who), 1))
mean = rng.normal(0, 1, (mesh_cache.POINTS * 3))
smile, parts = rng.normal(0, 1, len(mean)), rng.normal(0, 0.2, (WIDE, len(mean)))
person = rng.normal(0, 0.3, (PEOPLE, WIDE))
shapes = mean + 0.12 * shown * smile + (person[who] + rng.normal(0, 0.02, (len(who), WIDE))) @ parts
shapes = shapes.reshape(-1, mesh_cache.POINTS, 3).astype(np.float32)
shapes[5] = np.nan
edges = np.column_stack([person[who] * 3, shown]).astype(np.float32)
edges[~np.isfinite(shapes[:, 0, 0])] = np.nan
mesh_cache.find_meshes = lambda listed, faces, work: shapes[faces.picture_index]
hog_patches.hog_features = lambda listed, faces, shapes: edges[faces.picture_index]
count = len(who)
boxes = np.tile([0, 0, 9, 9.0], (count, 1))
faces = wide_crops.Faces(np.zeros((count, 1, 1)), np.arange(count), boxes)

def listed(smiles):
    names = [f"p{n}" for n in who]
    return [
        labels.Picture(Path(f"{i}.png"), "own", n, labels.split_of(n), str(int(s)))
        for i, (n, s) in enumerate(zip(names, smiles))
    ]

train = np.array([p.split == "train" for p in listed(truth)])
save = {"truth": truth, "coin": coin[who], "train": train}
save["first"] = soft_labels.smile_log_odds(listed(truth), faces, work / "a")
save["again"] = soft_labels.smile_log_odds(listed(truth), faces, work / "b")
hog_patches.hog_features = None
save["read"] = soft_labels.smile_log_odds(listed(truth), faces, work / "a")
hog_patches.hog_features = lambda listed, faces, shapes: edges[faces.picture_index]
save["thrown"] = soft_labels.smile_log_odds(listed(coin[who]), faces, work / "a")
swapped = listed(np.where(train, truth, ~truth))
save["others"] = soft_labels.smile_log_odds(swapped, faces, work / "a")
save["one_kind"] = soft_labels.smile_log_odds(listed(truth * 0), faces, work / "a")
few = wide_crops.Faces(*(part[:20] for part in faces))
save["few"] = soft_labels.smile_log_odds(listed(truth), few, work / "a")
some = wide_crops.Faces(*(part[::9] for part in faces))
save["some"] = soft_labels.smile_log_odds(listed(truth), some, work / "a")
save["shapes"] = soft_labels.shape_coefficients(listed(truth), faces, work / "a")
save["few_shapes"] = soft_labels.shape_coefficients(listed(truth), few, work / "a")
from threadpoolctl import threadpool_limits
from laughtrack.models.training import folds
many = 12000
said = rng.random(many) < 0.5
views = np.where(said, 1.0, -1.0)[:, None] + rng.normal(0, 2, (many, 2))
side = folds.FaceLabels(said, said | True, said | True, said * 0, rng.integers(1, 3, many))
for threads in (1, 2):
    with threadpool_limits(threads):
        save[f"joined{threads}"] = soft_labels.combine(views, side, side.training)
np.savez(work / "made.npz", **save)
"""


@pytest.fixture(scope="module")
def made(training, tmp_path_factory):
    """Everything that the invented faces gave, and what was logged."""
    work = tmp_path_factory.mktemp("work")
    in_training.ran(INVENTED, work, "-W", "error")
    return {**np.load(work / "made.npz"), "log": (work / "log").read_text()}


def area(log_odds, truth, chosen):
    """Area under the ROC curve of the chosen faces that have a soft label."""
    chosen = chosen & np.isfinite(log_odds)
    return metrics.auc(log_odds[chosen], truth[chosen])


@pytest.mark.slow
@pytest.mark.parametrize("side", [True, False])
def test_smiles_are_seen(made, side):
    """On people trained on, out of fold, and on others."""
    assert area(made["first"], made["truth"], made["train"] == side) > 0.95


def test_soft_labels_are_log_odds(made):
    """Sure ones are right, and on the whole they promise what they hold."""
    there = np.isfinite(made["first"])
    chance = 1 / (1 + np.exp(-made["first"][there]))
    assert metrics.ece(chance, made["truth"][there]) < 0.06


def test_no_classifier_scores_whom_it_knows(made):
    """Labels thrown for each person are no better than guessed: another fold can't know them.

    Classifiers that had seen other pictures of the person would be right nearly always.
    """
    assert 0.3 < area(made["thrown"], made["coin"], made["train"]) < 0.7


def test_people_not_trained_on_teach_nothing(made):
    """Other labels on them change no soft label."""
    assert np.array_equal(made["others"], made["first"], equal_nan=True)


def test_soft_labels_repeat(made):
    """Made again they are the same to the last digit, and so they are when read."""
    assert np.array_equal(made["again"], made["first"], equal_nan=True)
    assert np.array_equal(made["read"], made["first"], equal_nan=True)


def test_face_without_mesh_has_no_soft_label(made):
    """That one, and no other; nor has it a shape."""
    assert np.flatnonzero(np.isnan(made["first"])).tolist() == [5]
    assert np.flatnonzero(np.isnan(made["shapes"]).any(axis=1)).tolist() == [5]


def test_few_people_have_no_soft_label(made):
    """Fewer than folds, or all of one kind: all NaN, and a line says why."""
    assert np.isnan(made["few"]).all() and np.isnan(made["one_kind"]).all()
    assert "labelled training people with a mesh, 5 are needed" in made["log"]
    assert "several who smile and several who don't" in made["log"]


def test_fewer_faces_than_components_will_do(made):
    """Of 80 faces, all have a soft label."""
    assert len(made["some"]) == 80 and np.isfinite(made["some"]).all()


def test_shapes_are_of_unit_spread_on_the_training_split(made):
    """Mean 0 and deviation 1 there; few faces have none, and a line says so."""
    shapes = made["shapes"]
    assert shapes.shape == (720, 32) and shapes.dtype == np.float32
    known = shapes[made["train"] & np.isfinite(shapes[:, 0])]
    assert np.allclose(known.mean(axis=0), 0, atol=1e-3)
    assert np.allclose(known.std(axis=0), 1, atol=0.01)
    assert np.isnan(made["few_shapes"]).all() and "no shapes of faces: " in made["log"]


def test_views_are_joined_alike_on_any_number_of_threads(made):
    """To the last bit: sums are made in one order."""
    assert np.array_equal(made["joined1"], made["joined2"])
    assert made["joined1"].std() > 0.5


@pytest.mark.slow
def test_soft_labels_import_without_their_packages():
    """The training may import it where there are none."""
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['sklearn', 'mediapipe', 'threadpoolctl']))"
    )
    subprocess.run(
        [sys.executable, "-c", code + "; import laughtrack.models.training.soft_labels"],
        check=True,
        cwd=ROOT,
    )
