"""The scorer that the settings ask for: the DeepLens's own engine, or OpenVINO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from laughtrack.edge.smile.smilenet import Scorer, load_scorer
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
    wanted = settings.scorer
    if wanted == "auto":
        wanted = "awscam" if _has_awscam() else "openvino"
    if wanted == "openvino":
        return load_scorer()
    from laughtrack.edge.smile import smilenet_awscam

    return smilenet_awscam.load_scorer(budget_s=settings.score_budget_ms / 1000)


def _has_awscam() -> bool:
    try:
        deeplens.awscam()
        deeplens.mo()
    except ImportError:
        return False
    return True
