"""MOT scores: a tracker's result judged by TrackEval, the benchmarks' own code.

Conventions
-----------
Identities, true ones and a tracker's, are a dict from frame number to ``(ids, boxes)``: (N,) int
from 0 and (N, 4) ``x1 y1 x2 y2`` in pixels. A frame that is missing has no faces. Sequences are
combined as the benchmarks do: counts are added up, not scores averaged.

Metrics
-------
HOTA, AssA and DetA are means over overlaps of 0.05 to 0.95 (Luiten et al. 2021); MOTA, switches and
fragments are of CLEAR, IDF1 of Identity, both at 0.5 (as in `scores.py`, which needs no TrackEval).
"""

import contextlib
import io
from typing import NamedTuple

import numpy as np

from laughtrack.tracker.boxes import overlap


class MotScores(NamedTuple):
    """`hota`, `assa`, `deta`, `idf1` in [0, 1], `mota` at most 1; the rest are counts.

    `given` and `true` are the numbers of different IDs in the result and in the truth.
    """

    hota: float
    assa: float
    deta: float
    idf1: float
    mota: float
    switches: int
    fragments: int
    given: int
    true: int


def judge(truth, result):
    """Judge one sequence.

    Parameters
    ----------
    truth, result : dict of int to (ndarray, ndarray)
        True identities and a tracker's. An ID is in a frame once.

    Returns
    -------
    dict
        For `combined`, alone or with those of other sequences.

    Raises
    ------
    ValueError
        If TrackEval is not installed; the message says how to install it.
    """
    data = _as_trackeval(truth, result)
    judged = {name: metric.eval_sequence(data) for name, metric in _metrics().items()}
    judged["ids"] = data["num_tracker_ids"], data["num_gt_ids"]
    return judged


def combined(judged):
    """Turn what `judge` gave of one or more sequences into scores of all together.

    Parameters
    ----------
    judged : sequence of dict
        From `judge`; not empty.

    Returns
    -------
    MotScores
    """
    all_of = {
        name: metric.combine_sequences({str(k): one[name] for k, one in enumerate(judged)})
        for name, metric in _metrics().items()
    }
    hota, clear = all_of["HOTA"], all_of["CLEAR"]
    means = [float(np.mean(hota[name])) for name in ("HOTA", "AssA", "DetA")]
    given, true = np.sum([one["ids"] for one in judged], axis=0).tolist()
    return MotScores(
        *means,
        float(all_of["Identity"]["IDF1"]),
        float(clear["MOTA"]),
        int(clear["IDSW"]),
        int(clear["Frag"]),
        given,
        true,
    )


def _metrics():
    """TrackEval's three metrics; it prints when it is imported and made."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            from trackeval.metrics import CLEAR, HOTA, Identity

            quiet = {"PRINT_CONFIG": False}
            return {"HOTA": HOTA(), "CLEAR": CLEAR(quiet), "Identity": Identity(quiet)}
    except ImportError as error:
        raise ValueError(
            f"scoring needs TrackEval ({error}): pip install --no-deps 'trackeval>=1.3,<2'"
            " (--no-deps, because it asks for a second OpenCV and needs none)"
        ) from error


def _as_trackeval(truth, result):
    """Both as TrackEval's metrics take them: IDs from 0, frame by frame."""
    frames = sorted(set(truth) | set(result))
    data = {"num_timesteps": len(frames)}
    nobody = np.zeros(0, dtype=np.int64), np.zeros((0, 4))
    both = [[own.get(frame, nobody) for frame in frames] for own in (truth, result)]
    for name, looks in zip(("gt", "tracker"), both):
        known = np.unique(np.concatenate([nobody[0], *(np.asarray(ids) for ids, _ in looks)]))
        data[name + "_ids"] = [np.searchsorted(known, ids) for ids, _ in looks]
        data["num_" + name + "_ids"] = len(known)
        data["num_" + name + "_dets"] = sum(len(ids) for ids, _ in looks)
    data["similarity_scores"] = [
        overlap(np.asarray(true), np.asarray(own)) for (_, true), (_, own) in zip(*both)
    ]
    return data
