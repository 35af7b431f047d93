"""The settings of a training: their defaults and ranges, and the file that names others."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import NamedTuple

from laughtrack.tracker.text_files import read_text

DEFAULT_WORK = Path.home() / ".cache" / "laughtrack"


class Settings(NamedTuple):
    """All numbers of one training."""

    epochs: int = 24
    seed: int = 1
    peak: float = 0.08  # the highest learning rate
    decay: float = 2e-3  # of the weights
    teacher: float = 1.0  # times what the soft labels' log-odds count beside a label's
    movement: float = 0.15  # weight of the loss of how the face moves
    points: float = 0.03  # weight of the loss of where lips, eyes and jaw lie


def out_of_range(settings: Settings) -> str:
    """Say which setting is out of its range.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    str, "" if none is
    """
    for name, value in settings._asdict().items():
        if name == "epochs":
            good, range_ = value >= 1, "1 or more"
        elif name == "peak":
            good, range_ = value > 0, "more than 0"
        else:
            good, range_ = value >= 0, "0 or more"
        if not good:
            return f"{name} is {value!r}, expected {range_}"
    return ""


def read_settings(path: str | Path) -> Settings:
    """Read the settings of a training from a file like `best_settings.json`.

    Parameters
    ----------
    path : path
        A JSON object; what it leaves out keeps its default.

    Returns
    -------
    Settings

    Raises
    ------
    ValueError
        If the file cannot be read, or a name or a value in it is wrong, naming them.
    """
    try:
        given = json.loads(read_text(path, "settings in JSON"))
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot read settings {path}: {error}") from error
    if not isinstance(given, dict):
        raise ValueError(f"{path}: expected a JSON object of settings, not {given!r}")
    known = Settings()._asdict()
    for name, value in given.items():
        if name not in known:
            raise ValueError(f"{path}: no setting {name!r}; there are {', '.join(known)}")
        kinds = int if isinstance(known[name], int) else (int, float)
        right = isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value)
        if not right:
            kind = "a whole number" if kinds is int else "a number"
            raise ValueError(f"{path}: {name} is {value!r}, expected {kind}")
    settings = Settings(**given)
    wrong = out_of_range(settings)
    if wrong:
        raise ValueError(f"{path}: {wrong}")
    return settings


def chosen_settings(
    path: str | Path | None = None, epochs: int | None = None, seed: int | None = None
) -> Settings:
    """Return the settings of a file, or the defaults, with what was given beside it.

    Parameters
    ----------
    path : path, optional
        As for `read_settings`.
    epochs, seed : int, optional

    Returns
    -------
    Settings

    Raises
    ------
    ValueError
        As for `read_settings`.
    """
    settings = read_settings(path) if path else Settings()
    given = {"epochs": epochs, "seed": seed}
    return settings._replace(**{name: value for name, value in given.items() if value is not None})
