"""The scorer that the settings ask for: the DeepLens's own engine, or OpenVINO."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from laughtrack.edge import inference
from laughtrack.edge.settings import HOST_SCORER
from laughtrack.edge.smile.precision import choose_weights
from laughtrack.edge.smile.smilenet import Scorer, load_scorer, load_settings
from laughtrack.edge.sources import deeplens

if TYPE_CHECKING:
    from laughtrack.edge.settings import Settings


def open_scorer(settings: Settings) -> Scorer:
    """Load the scorer; it has answered the self-test.

    Parameters
    ----------
    settings : edge.settings.Settings

    Returns
    -------
    Scorer

    Raises
    ------
    ValueError
        If it cannot be had, or does not give the answers that are known.
    """
    wanted = _engine(settings.scorer)
    if wanted != "awscam":
        return load_scorer(precision="f32" if wanted == "f32" else HOST_SCORER)
    from laughtrack.edge.smile import smilenet_awscam

    return smilenet_awscam.load_scorer(budget_s=settings.score_budget_ms / 1000)


def weights_of(scorer: str) -> str:
    """Say which weights a scorer opens, for a session's metadata.

    Parameters
    ----------
    scorer : str
        One of `edge.settings.SCORERS` or `PRECISIONS`.

    Returns
    -------
    str
        SmileNet, its precision and the beginning of its file's SHA-256; less what cannot be read,
        which is said by who opens it.
    """
    wanted = _engine(scorer)
    if wanted == "awscam":
        return "SmileNet f16 by awscam"
    with contextlib.suppress(ValueError, ImportError):
        folder = inference.ARTIFACTS
        precision = "f32" if wanted == "f32" else HOST_SCORER
        return "SmileNet " + choose_weights(folder, load_settings(folder), precision).name
    return "SmileNet"


def _engine(scorer: str) -> str:
    return scorer if scorer != "auto" else "awscam" if _has_awscam() else "openvino"


def _has_awscam() -> bool:
    try:
        deeplens.awscam()
        deeplens.mo()
    except ImportError:
        return False
    return True
