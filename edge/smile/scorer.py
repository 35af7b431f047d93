"""The scorer that the settings ask for: the DeepLens's own engine, or OpenVINO."""

from laughtrack.edge.smile.smilenet import load_scorer
from laughtrack.edge.sources import deeplens


def open_scorer(settings):
    """Load the scorer; it has answered the self-test.

    Parameters
    ----------
    settings : edge.settings.Settings

    Returns
    -------
    function
        As of `edge.smile.smilenet.load_scorer`.

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


def _has_awscam():
    try:
        deeplens.awscam()
        deeplens.mo()
    except ImportError:
        return False
    return True
