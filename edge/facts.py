"""What is said of a session: how it was recorded, by which versions, and how good the model is."""

from __future__ import annotations

import contextlib
import importlib
import json
import platform
from pathlib import Path

from edge import smile
from edge.places import plain
from edge.version import VERSION

# As imported, and as their makers call them.
PACKAGES = {"numpy": "numpy", "scipy": "scipy", "cv2": "opencv", "openvino": "openvino"}


def source_name(place):
    """Return a footage's name without its folders, a stream's address without its password."""
    return plain(place) if "://" in place else Path(place).name or place


def facts(title, context, media_offset_s, place):
    """Gather what the store keeps of how a session was recorded; the report's last section.

    Parameters
    ----------
    title : str or None
        What was shown.
    context : str
        What kind of event it was.
    media_offset_s : float
        The film's time at the session's start.
    place : str
        The footage, camera or stream.

    Returns
    -------
    dict
        Those, the versions at work, and the model card's figures.
    """
    return {
        **({"title": title} if title else {}),
        "source": source_name(place),
        "context": context,
        "media_offset_s": media_offset_s,
        "versions": versions(),
        "model": _card(),
    }


def versions():
    """Return the versions of this program and of what it can compute with here, by name."""
    found = {"laughtrack": VERSION, "python": platform.python_version()}
    for module, name in PACKAGES.items():
        # Imported here if need be, so that it does not matter who asks first.
        with contextlib.suppress(ImportError):
            found[name] = _version(importlib.import_module(module))
    return found


def _version(module):
    if hasattr(module, "__version__"):
        return str(module.__version__)
    # OpenVINO 2022.3 says it elsewhere.
    return importlib.import_module(module.__name__ + ".runtime").get_version()


def _card():
    """Return the model card's main figures, named for those who read the report."""
    figures = json.loads((smile.ARTIFACTS / "figures.json").read_text())
    card = {"network": "SmileNet"}
    for key, name in (("genki4k", "GENKI-4K, unseen pictures"), ("lfw", "LFW, unseen people")):
        each = figures[key]
        card[f"{name}: faces found"] = f"{each['found']} of {each['pictures']}"
        card[f"{name}: found faces judged right"] = f"{100 * each['right']:.1f} %"
        card[f"{name}: area under the ROC curve"] = each["auc"]
        card[f"{name}: calibration error"] = each["ece"]
    return card
