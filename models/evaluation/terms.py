"""The sets that trained a net or measure it, with their terms, and what is said of their people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from laughtrack.models.evaluation.page import table, worse_groups

# What a set is, and its terms, a line each.
TERMS = {
    "lfw": (
        ("Labeled Faces in the Wild (University of Massachusetts)", "research use"),
        (
            "its labels: hromi/SMILEsmileD; muxspace/facial_expressions",
            "none stated; Apache-2.0",
        ),
    ),
    "genki4k": (
        (
            "GENKI-4K (http://mplab.ucsd.edu, The MPLab GENKI-4K Dataset)",
            "free use with citation",
        ),
    ),
    "mtfl": (("MTFL, its part net_7876 (Zhang et al., ECCV 2014)", "research use"),),
    "aflw": (("MTFL's part of AFLW (Graz University of Technology)", "research use only"),),
    "fairface": (("FairFace (Karkkainen and Joo, WACV 2021)", "CC BY 4.0"),),
    "ferplus": (
        ("FER2013's pictures (ICML 2013 challenge)", "research use"),
        ("its votes: FER+ (Barsoum et al., 2016)", "MIT"),
    ),
}
FIRST_SETS = ("lfw", "genki4k")  # of weights that don't say what trained them
_NO_GROUPS = """\
- No figure here is by age, skin or gender: no set was measured that says.
"""
_GROUPS = """\
- {worse} Those figures go by labels
  that landmarks and edges agree on where the set has none or loose ones: the hardest faces are not
  among them. Groups are as the sets' makers saw them.
"""


def table_of(sets: Iterable[str]) -> str:
    """Write a table of sets with their terms, as Markdown.

    Parameters
    ----------
    sets : iterable of str, names as in `Picture.source`
        One that is not in `TERMS` is somebody's own.
    """
    rows = [line for name in sets for line in TERMS.get(name, ((name, "one's own"),))]
    return table(["set", "terms"], rows)


def measured_on(figures: Mapping[str, Any], trained_on: Iterable[str]) -> str:
    """Write the terms of the sets that were measured and did not train, or nothing.

    Parameters
    ----------
    figures : dict, what `models.evaluation.evaluate.evaluate` returns
    trained_on : iterable of str
    """
    named = [name for name in {**figures["sets"], **figures.get("fairness", {})} if name in TERMS]
    others = [name for name in named if name not in trained_on]
    return f"Measured, and not trained on:\n\n{table_of(others)}\n" if others else ""


def limits_of_groups(figures: Mapping[str, Any]) -> str:
    """Say how far the figures hold for all people, as an item of a list.

    Parameters
    ----------
    figures : dict, what `models.evaluation.evaluate.evaluate` returns
    """
    if not figures.get("fairness"):
        return _NO_GROUPS
    return _GROUPS.format(worse=worse_groups(figures["worse_groups"]))
