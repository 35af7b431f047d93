"""MOT scores: a tracker's result evaluated by TrackEval, the benchmarks' own code.

Conventions
-----------
Identities, true ones and a tracker's, are a dict from frame number to `Identities`. A frame that is
missing has no faces. Sequences are combined as the benchmarks do: counts are added up, not scores
averaged.

Metrics
-------
HOTA, AssA and DetA are means over overlaps of 0.05 to 0.95 (Luiten et al. 2021); MOTA, switches and
fragments are of CLEAR, IDF1 of Identity, both at 0.5 (as in `idf1.py`, which needs no TrackEval).
"""

from __future__ import annotations

import contextlib
import io
from typing import Any, NamedTuple, Sequence

import numpy as np

from laughtrack.tracker.boxes import overlap
from laughtrack.tracker.mot.files import Identities


class MotScores(NamedTuple):
    """`hota`, `assa`, `deta`, `idf1` in [0, 1], `mota` at most 1; the rest are counts.

    `result_ids` and `true_ids` are the numbers of different IDs in the result and in the truth.
    """

    hota: float
    assa: float
    deta: float
    idf1: float
    mota: float
    switches: int
    fragments: int
    result_ids: int
    true_ids: int


def evaluate(truth: dict[int, Identities], result: dict[int, Identities]) -> dict[str, Any]:
    """Evaluate one sequence.

    Parameters
    ----------
    truth, result : dict of int to Identities
        True ones and a tracker's. An ID is in a frame once.

    Returns
    -------
    dict
        For `combine`, alone or with those of other sequences.

    Raises
    ------
    ValueError
        If TrackEval is not installed; the message says how to install it.
    """
    data = _as_trackeval(truth, result)
    evaluated = {name: metric.eval_sequence(data) for name, metric in _metrics().items()}
    evaluated["ids"] = data["num_tracker_ids"], data["num_gt_ids"]
    return evaluated


def combine(evaluated: Sequence[dict[str, Any]]) -> MotScores:
    """Turn what `evaluate` gave of one or more sequences into scores of all together.

    Parameters
    ----------
    evaluated : sequence of dict
        From `evaluate`; not empty.

    Returns
    -------
    MotScores
    """
    all_of = {
        name: metric.combine_sequences({str(k): one[name] for k, one in enumerate(evaluated)})
        for name, metric in _metrics().items()
    }
    hota, clear = all_of["HOTA"], all_of["CLEAR"]
    result_ids, true_ids = np.sum([one["ids"] for one in evaluated], axis=0).tolist()
    return MotScores(
        float(np.mean(hota["HOTA"])),
        float(np.mean(hota["AssA"])),
        float(np.mean(hota["DetA"])),
        float(all_of["Identity"]["IDF1"]),
        float(clear["MOTA"]),
        int(clear["IDSW"]),
        int(clear["Frag"]),
        result_ids,
        true_ids,
    )


def _metrics() -> dict[str, Any]:
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


def _as_trackeval(truth: dict[int, Identities], result: dict[int, Identities]) -> dict[str, Any]:
    """Both as TrackEval's metrics take them: IDs from 0, frame by frame."""
    frames = sorted(set(truth) | set(result))
    data: dict[str, Any] = {"num_timesteps": len(frames)}
    nobody = Identities(np.zeros(0, dtype=np.int64), np.zeros((0, 4)))
    both = [[own.get(frame, nobody) for frame in frames] for own in (truth, result)]
    for name, frames_of in zip(("gt", "tracker"), both):
        known = np.unique(np.concatenate([nobody[0], *(np.asarray(ids) for ids, _ in frames_of)]))
        data[name + "_ids"] = [np.searchsorted(known, ids) for ids, _ in frames_of]
        data["num_" + name + "_ids"] = len(known)
        data["num_" + name + "_dets"] = sum(len(ids) for ids, _ in frames_of)
    data["similarity_scores"] = [
        overlap(np.asarray(real), np.asarray(own)) for (_, real), (_, own) in zip(*both)
    ]
    return data
