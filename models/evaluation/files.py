"""Write what was measured: the page, the JSON and the reliability plot."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from laughtrack.edge.atomic_files import replacing
from laughtrack.models.evaluation.page import page
from laughtrack.models.evaluation.summary import TITLES

PAGE, FIGURES, PLOT = "evaluation.md", "evaluation.json", "reliability.png"


def write(folder: str | Path, figures: Mapping[str, Any]) -> bool:
    """Write `PAGE` and `FIGURES`, and `PLOT` if matplotlib is there, each whole or not at all.

    Parameters
    ----------
    folder : path
        Made if missing. Files of those names are replaced.
    figures : dict, what `models.evaluation.evaluate.evaluate` returns

    Returns
    -------
    bool
        Whether there is a plot.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PLOT).unlink(missing_ok=True)  # not an old one beside new figures
    plotted = plot(folder / PLOT, figures["calibration"])
    save(folder / FIGURES, to_json(figures))
    save(folder / PAGE, page(figures, PLOT if plotted else None))
    return plotted


def to_json(figures: Mapping[str, Any]) -> str:
    """Write figures as JSON, each list of numbers on a line.

    Parameters
    ----------
    figures : dict

    Returns
    -------
    str
    """
    text = json.dumps(figures, indent=1, ensure_ascii=False)
    lists = re.compile(r"\[\n([^][{}\"]*?)\s+\]")
    return lists.sub(lambda found: f"[{' '.join(found[1].split())}]", text) + "\n"


def save(path: Path, text: str) -> None:
    """Write a text file whole or not at all.

    Parameters
    ----------
    path : Path
    text : str
    """
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")


def plot(path: Path, calibration: Mapping[str, Any]) -> bool:
    """Plot the share of smiles over the score, and how many faces have such a score.

    Parameters
    ----------
    path : Path
        A name ending in .png.
    calibration : dict, by set, as in the figures

    Returns
    -------
    bool
        False without matplotlib: nothing is written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    figure = Figure(figsize=(6, 7), layout="constrained")
    shares, counts = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    shares.plot([0, 1], [0, 1], color="0.7", label="as it should be")
    width = 0.08 / max(1, len(calibration))
    for number, (name, bins) in enumerate(calibration.items()):
        points = np.array([means for faces, *means in bins if faces]).reshape(-1, 2)
        shares.plot(*points.T, "o-", label=TITLES.get(name, name))
        edges = [(b + 0.1) / len(bins) + number * width for b in range(len(bins))]
        counts.bar(edges, [faces for faces, *_ in bins], width, align="edge")
    shares.set(ylabel="share of smiles", ylim=(-0.02, 1.02), title="Smiles by score")
    shares.legend()
    counts.set(xlabel="score", ylabel="faces", xlim=(-0.02, 1.02))
    with replacing(path) as part:
        figure.savefig(part, format="png", dpi=120)
    return True
