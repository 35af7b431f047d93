"""Soft labels: a second view of each training picture, to temper its hand label.

Hand labels of smiles are noisy. Two classifiers score each face, one by the shape of its mesh and
one by the edges in it, and combined they say how likely it is called a smile. Training pictures are
scored by classifiers that have learnt from no label of the people in them, in turn over folds of
people. (The mean pose and the components know no labels, and are of the whole training split.)
Pictures of the other splits are scored by classifiers that have learnt from the whole training
split, and never train.

For the training environment: it has scikit-learn, and MediaPipe for the mesh.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from laughtrack.models.data.labels import Picture
from laughtrack.models.faces import mesh_cache
from laughtrack.models.faces.wide_crops import Faces
from laughtrack.models.training import folds, hog_patches

# Found on out-of-fold scores: how many components are kept, and the kernel's width.
SHAPE_COMPONENTS, SHAPE_GAMMA = 100, 0.004
HOG_COMPONENTS, HOG_GAMMA = 350, 0.7
COST = 2.0
CACHE_MB = 600  # holds the whole kernel of 12,000 faces
SHAPES = 32
CACHE_VERSION = 1


def smile_log_odds(pictures: Sequence[Picture], faces: Faces, work: str | Path) -> np.ndarray:
    """Return for each face how likely a person would call it a smile.

    Parameters
    ----------
    pictures : list of Picture
    faces : wide_crops.Faces
    work : path
        Folder for meshes and soft labels; made if missing.

    Returns
    -------
    ndarray, shape (N,), float64
        Log-odds. NaN without a mesh, and for all if there are too few people to learn from.

    Raises
    ------
    ValueError
        If scikit-learn or MediaPipe is not there.
    """
    meshes = mesh_cache.find_meshes(pictures, faces, work)
    face_pictures = [pictures[i] for i in faces.picture_index]
    labels = folds.face_labels(face_pictures)
    settings = (
        CACHE_VERSION,
        mesh_cache.cache_key(pictures, faces),
        SHAPE_COMPONENTS,
        SHAPE_GAMMA,
        HOG_COMPONENTS,
    )
    key = repr((*settings, HOG_GAMMA, COST, folds.FOLDS)).encode()
    name = hashlib.sha256(key + b"".join(part.tobytes() for part in labels)).hexdigest()[:16]
    file = Path(work) / f"opinions-{name}.npy"
    if file.is_file():
        return np.load(file)
    hog = hog_patches.hog_features(pictures, faces, meshes)
    known = np.flatnonzero(np.isfinite(hog[:, 0]))
    reason = folds.why_too_few([face_pictures[i] for i in known])
    if reason:
        logging.warning("no second opinion of the labels: %s", reason)
        return np.full(len(face_pictures), np.nan)
    labels = folds.FaceLabels(*(part[known] for part in labels))

    def score_all() -> np.ndarray:
        result = np.full(len(face_pictures), np.nan)
        result[known] = _fit_and_score(meshes[known], hog[known], labels)
        return result

    return mesh_cache.cached_array(file, score_all)


def shape_coefficients(pictures: Sequence[Picture], faces: Faces, work: str | Path) -> np.ndarray:
    """Describe the shape of each face, expression and all, in a few numbers.

    Parameters
    ----------
    pictures : list of Picture
    faces : wide_crops.Faces
    work : path
        Folder for the meshes; made if missing.

    Returns
    -------
    ndarray, shape (N, SHAPES), float32
        Along the first principal components of the aligned meshes, of mean 0 and unit spread over
        the training split. NaN without a mesh, and for all if the training split has too few.

    Raises
    ------
    ValueError
        If scikit-learn or MediaPipe is not there.
    """
    meshes = mesh_cache.find_meshes(pictures, faces, work)
    known = np.flatnonzero(np.isfinite(meshes).all(axis=(1, 2)))
    training = np.array([pictures[i].split == "train" for i in faces.picture_index[known]], bool)
    result = np.full((len(meshes), SHAPES), np.nan, np.float32)
    if training.sum() <= SHAPES:
        text = "no shapes of faces: %d training faces with a mesh, more than %d are needed"
        logging.warning(text, training.sum(), SHAPES)
        return result
    with _single_thread():
        rows = _aligned_rows(meshes[known], training)
        result[known] = _principal_components(rows, training, SHAPES, whiten=True)
    return result


def combine(views: np.ndarray, labels: folds.FaceLabels, usable: np.ndarray) -> np.ndarray:
    """Combine several views of each face, weighing each as the hand labels suggest.

    Parameters
    ----------
    views : ndarray, shape (N, V)
    labels : folds.FaceLabels, of N
    usable : ndarray, shape (N,), bool
        The faces whose labels count; both answers must be among them.

    Returns
    -------
    ndarray, shape (N,), log-odds of a smile

    Raises
    ------
    ValueError
        If scikit-learn is not there.
    """
    with _single_thread():
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression()
        model.fit(views[usable], labels.smile[usable], sample_weight=labels.weight[usable])
        return model.decision_function(views)


def _fit_and_score(meshes: np.ndarray, hog: np.ndarray, labels: folds.FaceLabels) -> np.ndarray:
    """Log-odds (N,) of meshes (N, POINTS, 3) and the edges (N, D) in their patches."""
    with _single_thread():
        rows = _principal_components(
            _aligned_rows(meshes, labels.training), labels.training, SHAPE_COMPONENTS, whiten=True
        )
        views = [_out_of_fold(rows, labels, SHAPE_GAMMA, "shape")]
        rows = _principal_components(hog, labels.training, HOG_COMPONENTS, whiten=False)
        rows /= max(rows[labels.training].std() * np.sqrt(rows.shape[1]), 1e-9)
        views.append(_out_of_fold(rows, labels, HOG_GAMMA, "edges"))
    return combine(np.stack(views, axis=1), labels, labels.training & labels.labelled)


def _out_of_fold(rows: np.ndarray, labels: folds.FaceLabels, gamma: float, name: str) -> np.ndarray:
    """Score each row (N, D) by a classifier not trained on that person; shape (N,)."""
    from sklearn.svm import SVC

    def classifier(chosen: np.ndarray) -> Any:
        fresh = SVC(C=COST, gamma=gamma, cache_size=CACHE_MB)
        return fresh.fit(rows[chosen], labels.smile[chosen], sample_weight=labels.weight[chosen])

    usable = labels.training & labels.labelled
    scores = np.empty(len(rows))
    for fold in range(folds.FOLDS):
        logging.info("second opinion by %s: fold %d of %d", name, fold + 1, folds.FOLDS)
        scored = labels.training & (labels.fold == fold)
        if scored.any():
            scores[scored] = classifier(usable & (labels.fold != fold)).decision_function(
                rows[scored]
            )
    if not labels.training.all():
        logging.info("second opinion by %s: people not trained on", name)
        scores[~labels.training] = classifier(usable).decision_function(rows[~labels.training])
    return scores


def _aligned_rows(meshes: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Bring meshes into the mean pose of the training split: (N, 3 * POINTS)."""
    return mesh_cache.align_meshes(meshes, meshes[training].mean(axis=0)).reshape(len(meshes), -1)


def _principal_components(
    rows: np.ndarray, training: np.ndarray, count: int, whiten: bool
) -> np.ndarray:
    """Coordinates of rows (N, D) along the training split's first `count` components: (N, count).

    Fewer than `count` if the training split or D is smaller.
    """
    from sklearn.decomposition import PCA

    # Edges are thousands of numbers a face: half the faces will do, in half the time and memory.
    fitted = rows[training][:: 1 if whiten else 2]
    count = min(count, len(fitted) - 1, rows.shape[1])
    # A mesh has few numbers, and the exact way is quick; edges have many.
    solver = "covariance_eigh" if whiten else "randomized"
    pca = PCA(count, whiten=whiten, svd_solver=solver, random_state=0)
    return pca.fit(fitted).transform(rows)


def _single_thread() -> AbstractContextManager[Any]:
    """Hold linear algebra to one thread: sums in another order would give other last digits."""
    try:
        import sklearn.linear_model  # noqa: F401 - only what is loaded by now is held
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise ValueError(
            f"no scikit-learn here ({error}): use the training environment (laughtrack train-env)"
        ) from error
    return threadpool_limits(1)
