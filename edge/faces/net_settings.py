"""What must be known of FinderNet's weights: `findernet.json` beside them, read and checked."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

from laughtrack.edge import inference
from laughtrack.edge.faces.second_look import SecondSettings

VERSION = 1
SETTINGS = "findernet.json"
# Both nets in whole numbers of eight bits, as OpenVINO writes them: the first, the second look.
INT8_FILES = (
    "findernet-int8.xml",
    "findernet-int8.bin",
    "findernet_second-int8.xml",
    "findernet_second-int8.bin",
)
CURE = "install all files of one export again, or choose haar as the finder"


class NetSettings(NamedTuple):
    """What must be known of the weights.

    `threshold` is on the net's own confidence; `smallest_px` the width of the smallest faces that
    it finds well; calibrated confidence is ``sigmoid(slope * logit(confidence) + intercept)``.
    `digest` is the weights' SHA-256 in hexadecimal. `second` is of the second look; without one
    there is none. `int8` is the SHA-256 of `INT8_FILES`, one after the other; "" without them.
    """

    threshold: float
    smallest_px: float
    slope: float
    intercept: float
    digest: str
    second: SecondSettings | None = None
    int8: str = ""


def load_settings(folder: str | Path) -> NetSettings:
    """Read and check what must be known of the weights.

    Parameters
    ----------
    folder : path
        Where `findernet.json` lies.

    Returns
    -------
    NetSettings

    Raises
    ------
    ValueError
        The file is missing, of another version, or lacks something, naming it and what to do.
    """
    path = Path(folder) / SETTINGS
    try:
        found = inference.read_settings(path, "FinderNet")
    except ValueError as error:
        raise ValueError(f"{error}; {CURE}") from error
    version = found.get("version") if isinstance(found, dict) else found
    if version != VERSION:
        raise ValueError(
            f"{path}: weights of version {version!r}, and this program reads {VERSION}; {CURE}"
        )
    threshold = _number(path, found, "threshold", 0, 1)
    smallest_px = _number(path, found, "smallest_px", 0, math.inf)
    calibration = _part(found, "calibration")
    slope = _number(path, calibration, "slope", 0, math.inf, "calibration")
    intercept = _number(path, calibration, "intercept", -math.inf, math.inf, "calibration")
    second = None
    if "second" in found:
        known = _part(found, "second")
        second = SecondSettings(
            _number(path, known, "first", -math.inf, math.inf, "second"),
            _number(path, known, "second", 0, math.inf, "second"),
            _number(path, known, "intercept", -math.inf, math.inf, "second"),
            _number(path, known, "least", 0, 1, "second"),
            _digest(path, known, "second "),
        )
    digest = _digest(path, found)
    int8 = _digest(path, _part(found, "int8"), "int8 ") if "int8" in found else ""
    return NetSettings(threshold, smallest_px, slope, intercept, digest, second, int8)


def _part(found: dict[str, Any], name: str) -> dict[str, Any]:
    part = found.get(name)
    return part if isinstance(part, dict) else {}


def _digest(path: Path, found: dict[str, Any], of: str = "") -> str:
    digest = found.get("sha256")
    if not isinstance(digest, str):
        raise ValueError(f"{path}: {of}sha256 is {digest!r}, expected that of the weights; {CURE}")
    return digest.lower()


def _number(
    path: Path, found: dict[str, Any], name: str, least: float, most: float, of: str = ""
) -> float:
    """Return a number strictly between two, or say what the settings have in its place."""
    value: Any = found.get(name)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not least < value < most:
        within = f"a number above {least:g} and below {most:g}"
        raise ValueError(
            f"{path}: {f'{of} {name}'.strip()} is {value!r}, expected {within}; {CURE}"
        )
    return float(value)
