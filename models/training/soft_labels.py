"""A second opinion of each training picture, to temper its hand label.

Hand labels of smiles are noisy. Two machines look at each face, one at the shape of its mesh and
one at the edges in it, and together they say how likely it is called a smile. Training pictures are
judged by machines that have learnt from no label of the people in them, in turn over folds of
people. (The mean pose and the components know no labels, and are of the whole training split.)
Pictures of the other splits are judged by machines that have learnt from the whole training split,
and never train.

For the training environment: it has scikit-learn, and MediaPipe for the mesh.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import numpy as np

from laughtrack.models.training import folds, hog_patches, mesh_cache

# Found on out-of-fold scores: how many components are kept, and the kernel's width.
SHAPE_COMPONENTS, SHAPE_GAMMA = 100, 0.004
HOG_COMPONENTS, HOG_GAMMA = 350, 0.7
COST = 2.0
CACHE_MB = 600  # holds the whole kernel of 12,000 faces
SHAPES = 32
CACHE_VERSION = 1


def smile_log_odds(listed, faces, work):
    """Say for each face how likely a person would call it a smile.

    Parameters
    ----------
    listed : list of Picture
    faces : datasets.Faces
    work : path
        Folder for meshes and opinions; made if missing.

    Returns
    -------
    ndarray, shape (N,), float64
        Log-odds. NaN without a mesh, and for all if there are too few people to learn from.

    Raises
    ------
    ValueError
        If scikit-learn or MediaPipe is not there.
    """
    shapes = mesh_cache.find_meshes(listed, faces, work)
    people = [listed[i] for i in faces.picture_index]
    side = folds.face_labels(people)
    made = (
        CACHE_VERSION,
        mesh_cache.cache_key(listed, faces),
        SHAPE_COMPONENTS,
        SHAPE_GAMMA,
        HOG_COMPONENTS,
    )
    made = repr((*made, HOG_GAMMA, COST, folds.FOLDS)).encode()
    name = hashlib.sha256(made + b"".join(part.tobytes() for part in side)).hexdigest()[:16]
    file = Path(work) / f"opinions-{name}.npy"
    if file.is_file():
        return np.load(file)
    edges = hog_patches.hog_features(listed, faces, shapes)
    known = np.flatnonzero(np.isfinite(edges[:, 0]))
    why = folds.why_too_few([people[i] for i in known])
    if why:
        logging.warning("no second opinion of the labels: %s", why)
        return np.full(len(people), np.nan)
    side = folds.FaceLabels(*(part[known] for part in side))

    def all_opinions():
        result = np.full(len(people), np.nan)
        result[known] = _fit_and_score(shapes[known], edges[known], side)
        return result

    return mesh_cache.cached_array(file, all_opinions)


def shape_coefficients(listed, faces, work):
    """Describe the shape of each face, expression and all, in a few numbers.

    Parameters
    ----------
    listed : list of Picture
    faces : datasets.Faces
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
    shapes = mesh_cache.find_meshes(listed, faces, work)
    known = np.flatnonzero(np.isfinite(shapes).all(axis=(1, 2)))
    training = np.array([listed[i].split == "train" for i in faces.picture_index[known]], bool)
    result = np.full((len(shapes), SHAPES), np.nan, np.float32)
    if training.sum() <= SHAPES:
        text = "no shapes of faces: %d training faces with a mesh, more than %d are needed"
        logging.warning(text, training.sum(), SHAPES)
        return result
    with _single_thread():
        rows = _aligned_rows(shapes[known], training)
        result[known] = _principal_components(rows, training, SHAPES, whiten=True)
    return result


def combine(views, side, learn):
    """Join what several say of each face, as the hand labels tell how far to believe each.

    Parameters
    ----------
    views : ndarray, shape (N, V)
    side : folds.FaceLabels, of N
    learn : ndarray, shape (N,), bool
        The faces whose labels tell; both answers must be among them.

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

        both = LogisticRegression()
        both.fit(views[learn], side.smile[learn], sample_weight=side.weight[learn])
        return both.decision_function(views)


def _fit_and_score(shapes, edges, side):
    """Log-odds (N,) of meshes (N, POINTS, 3) and the edges (N, D) in their patches."""
    with _single_thread():
        rows = _principal_components(
            _aligned_rows(shapes, side.training), side.training, SHAPE_COMPONENTS, whiten=True
        )
        views = [_out_of_fold(rows, side, SHAPE_GAMMA, "shape")]
        rows = _principal_components(edges, side.training, HOG_COMPONENTS, whiten=False)
        rows /= max(rows[side.training].std() * np.sqrt(rows.shape[1]), 1e-9)
        views.append(_out_of_fold(rows, side, HOG_GAMMA, "edges"))
    return combine(np.stack(views, axis=1), side, side.training & side.labelled)


def _out_of_fold(rows, side, gamma, name):
    """Score each row (N, D) by a machine that hasn't learnt from that person; shape (N,)."""
    from sklearn.svm import SVC

    def machine(chosen):
        new = SVC(C=COST, gamma=gamma, cache_size=CACHE_MB)
        return new.fit(rows[chosen], side.smile[chosen], sample_weight=side.weight[chosen])

    learn = side.training & side.labelled
    scores = np.empty(len(rows))
    for fold in range(folds.FOLDS):
        logging.info("second opinion by %s: fold %d of %d", name, fold + 1, folds.FOLDS)
        judged = side.training & (side.fold == fold)
        if judged.any():
            scores[judged] = machine(learn & (side.fold != fold)).decision_function(rows[judged])
    if not side.training.all():
        logging.info("second opinion by %s: people not trained on", name)
        scores[~side.training] = machine(learn).decision_function(rows[~side.training])
    return scores


def _aligned_rows(shapes, training):
    """Bring meshes into the mean pose of the training split: (N, 3 * POINTS)."""
    return mesh_cache.align_meshes(shapes, shapes[training].mean(axis=0)).reshape(len(shapes), -1)


def _principal_components(rows, training, count, whiten):
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


def _single_thread():
    """Hold linear algebra to one thread: sums in another order would give other last digits."""
    try:
        import sklearn.linear_model  # noqa: F401 - only what is loaded by now is held
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise ValueError(
            f"no scikit-learn here ({error}): use the training environment (make train-env)"
        ) from error
    return threadpool_limits(1)
