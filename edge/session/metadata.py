"""A session's metadata: how it was recorded, by which versions, and how good the model is."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import os
import platform
from pathlib import Path
from types import ModuleType
from typing import Any

from laughtrack.edge import inference
from laughtrack.edge.faces.net_settings import load_settings
from laughtrack.edge.settings import HOST_SCORER
from laughtrack.edge.smile.scorer import weights_of
from laughtrack.edge.sources.errors import without_credentials
from laughtrack.edge.version import VERSION

# Of a film, for its digest.
_PIECES, _PIECE_BYTES = 64, 65_536
# As imported, and as their makers call them.
PACKAGES = {"numpy": "numpy", "scipy": "scipy", "cv2": "opencv"}


def source_name(place: str) -> str:
    """Return a footage's name without its folders, a stream's address without its password."""
    return without_credentials(place) if "://" in place else Path(place).name or place


def digest_of(place: str) -> str:
    """Return a footage file's digest, by which a copy of it under any name is known; "" for others.

    Of its size and of 64 pieces all over it, so that a film of many hours takes no longer.

    Parameters
    ----------
    place : str

    Returns
    -------
    str
        SHA-256 in hexadecimal.
    """
    if "://" in place or not os.path.isfile(place):
        return ""
    size = os.path.getsize(place)
    found = hashlib.sha256(str(size).encode())
    with open(place, "rb") as file:
        for piece in range(_PIECES):
            file.seek(size * piece // _PIECES)
            found.update(file.read(_PIECE_BYTES))
    return found.hexdigest()


def session_metadata(
    title: str | None,
    context: str,
    media_offset_s: float,
    place: str,
    finder: str = "haar",
    scorer: str = HOST_SCORER,
) -> dict[str, Any]:
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
    finder : str
        One of `edge.settings.FINDERS`.
    scorer : str
        One of `edge.settings.PRECISIONS` or `SCORERS`.

    Returns
    -------
    dict
        Those, the versions at work, the model card's figures, and the digest of a film's file.
    """
    digest = ""
    # What cannot be read is said by who opens it.
    with contextlib.suppress(OSError):
        digest = digest_of(place)
    return {
        **({"title": title} if title else {}),
        "source": source_name(place),
        "context": context,
        "media_offset_s": media_offset_s,
        **({"footage": digest} if digest else {}),
        "versions": versions(),
        "model": {
            "finder": _finder(finder),
            **_model_card(),
            "network": weights_of(scorer),
        },
    }


def versions() -> dict[str, str]:
    """Return the versions of this program and of what it can compute with here, by name."""
    found = {"laughtrack": VERSION, "python": platform.python_version()}
    for module, name in PACKAGES.items():
        # Imported here if need be, so that it does not matter who asks first.
        with contextlib.suppress(ImportError):
            found[name] = _version(importlib.import_module(module))
    with contextlib.suppress(ImportError):
        found["openvino"] = _version(inference.import_openvino())
    return found


def _version(module: ModuleType) -> str:
    if hasattr(module, "__version__"):
        return str(module.__version__)
    # OpenVINO 2022.3 says it elsewhere.
    return str(importlib.import_module(module.__name__ + ".runtime").get_version())


def _finder(kind: str) -> str:
    """Return by what faces are found, the net's weights by their digest."""
    names = []
    if kind != "haar":
        # Missing or damaged weights are said by who opens them.
        with contextlib.suppress(ValueError):
            known = load_settings(inference.ARTIFACTS)
            digests = [known.digest, *([known.second.digest] if known.second else [])]
            names.append("FinderNet " + "+".join(digest[:12] for digest in digests))
    return " and ".join([*names, *(["Haar cascades"] if kind != "net" else [])])


def _model_card(folder: Path = inference.ARTIFACTS) -> dict[str, str]:
    """Return the model card's main figures with their 95 % intervals, for readers of the report."""
    figures = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    card = {"network": "SmileNet"}
    names = {"genki4k": "GENKI-4K, unseen pictures", "lfw": "LFW, unseen people"}
    for key, each in figures["sets"].items():
        if key in _BY_AGREEMENT:
            continue
        name = names.get(key, key)
        card[name + ": faces found"] = "{} of {}".format(each["faces"], each["pictures"])
        for kind, (words, shown) in _FIGURES.items():
            # A figure that the pictures are too few for is null.
            if each[kind] and None not in each[kind]:
                card[name + ": " + words] = "{} ({} to {})".format(*map(shown, each[kind]))
    return card


_FIGURES = {
    "right": ("found faces judged right", "{:.1%}".format),
    "auc": ("area under the ROC curve", "{:.3f}".format),
    "ece": ("calibration error", "{:.3f}".format),
}
# Sets whose labels leave the doubtful out, the hardest faces: the model card has them.
_BY_AGREEMENT = ("mtfl", "aflw", "fairface")
