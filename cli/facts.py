"""What is said of a session: its name, its source, and how it was measured."""

from __future__ import annotations

import json
import re
import unicodedata
from importlib.metadata import version
from pathlib import Path

from edge import smile
from edge.places import plain


def name_of(footage):
    """Make a session's name of a footage's: its letters and digits that every system can write."""
    stem = Path(plain(footage)).resolve().stem
    ascii_only = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._ -]", "_", ascii_only).strip("._- ")[:100] or "session"


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
    packages = ("laughtrack", "numpy", "opencv-contrib-python-headless", "openvino", "scipy")
    return {
        **({"title": title} if title else {}),
        "source": source_name(place),
        "context": context,
        "media_offset_s": media_offset_s,
        "versions": {name: version(name) for name in packages},
        "model": _card(),
    }


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
