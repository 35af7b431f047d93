"""Which weights score: SmileNet in float32, or the same net in whole numbers of eight bits.

int8 takes less than half the time and gives nearly the same probabilities (the model card says how
near). It is OpenVINO's own form, two files that are read together: what it opens quickest. Made by
`python -m laughtrack.models.export.quantize`; what must be known of it is in `smilenet.json`, which
is written anew, without it, when there are new weights. So other weights' int8 is never used.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from laughtrack.edge import inference
from laughtrack.edge.settings import HOST_SCORER, PRECISIONS

F32_FILE = "smilenet.onnx"
INT8_FILES = ("smilenet-int8.xml", "smilenet-int8.bin")
CURE = "install all files of one export again, or choose f32 as the scorer"


class Weights(NamedTuple):
    """Weights that can be opened.

    `path` is what OpenVINO opens, `selftest` the logits of the self-test's pictures, `name` says
    which they are.
    """

    path: Path
    selftest: Any
    name: str


def choose_weights(folder: Path, settings: dict[str, Any], wanted: str = HOST_SCORER) -> Weights:
    """Choose the weights of a folder.

    Parameters
    ----------
    folder : Path
    settings : dict
        Of `edge.smile.smilenet.load_settings`.
    wanted : str, optional
        One of `edge.settings.PRECISIONS`. In place of int8 it is f32 where the settings know of no
        int8, neither of its files is there, or OpenVINO is older than 2023.

    Returns
    -------
    Weights

    Raises
    ------
    ValueError
        No such precision; int8's files are damaged, or one is missing, naming them and what to do.
    """
    if wanted not in PRECISIONS:
        raise ValueError(f"scorer {wanted!r}: expected one of {', '.join(PRECISIONS)}")
    known = settings.get("int8")
    there = known and any((folder / name).exists() for name in INT8_FILES)
    if wanted == "f32" or not there or not inference.is_current():
        path = folder / F32_FILE
        return Weights(path, settings.get("selftest"), f"f32 {_short(path)}".strip())
    known = known if isinstance(known, dict) else {}
    digest = known.get("sha256")
    found = digest_of(folder)
    if found != digest:
        raise ValueError(
            f"{folder / INT8_FILES[0]} and .bin are damaged, or not what smilenet.json was written "
            f"for: their SHA-256 begins with {found[:12]}, expected {str(digest)[:12]}; {CURE}"
        )
    return Weights(folder / INT8_FILES[0], known.get("selftest"), f"int8 {found[:12]}")


def digest_of(folder: Path) -> str:
    """Return the SHA-256 of int8's two files, one after the other, in hexadecimal.

    Raises
    ------
    ValueError
        One cannot be read, naming it.
    """
    try:
        return inference.digest_of([folder / name for name in INT8_FILES])
    except OSError as error:
        raise ValueError(
            f"cannot read SmileNet's weights {error.filename}: {error}; {CURE}"
        ) from error


def _short(path: Path) -> str:
    """Return the beginning of a file's SHA-256; "" where who opens it will say what is wrong."""
    try:
        return inference.digest_of([path])[:12]
    except OSError:
        return ""
