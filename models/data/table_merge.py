"""Label tables that grow: no picture is in one twice, and no label is changed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from laughtrack.models.data import csv_files, label_table, labels
from laughtrack.models.data.labels import Picture

# What a later set may fill in.
FILLED = ("smile", "strict", "emotion", "rekognition_list", *label_table.PEOPLE)


class Merged(NamedTuple):
    """A table after more pictures came: what changed, and what was left as it was."""

    pictures: list[Picture]  # the known ones first, in their order
    added: int  # pictures that were not known
    filled: int  # known pictures that got a label they lacked
    conflicts: list[str]  # labels that differ from the table's, which stay


def add_pictures(path: str | Path, pictures: Iterable[Picture]) -> Merged:
    """Add pictures to a table, which is made if it isn't there.

    Parameters
    ----------
    path : path
    pictures : iterable of Picture

    Returns
    -------
    Merged

    Raises
    ------
    ValueError
        If what is there is no such table, or one with more columns, which would be lost.
    OSError
        If it cannot be written; what was there stays.
    """
    path = Path(path)
    with label_table.locked(path):
        known = label_table.read(path) if path.exists() else []
        extra = _extra_columns(path) if known else []
        if extra:
            raise ValueError(
                f"{path} has more columns than a label table ({', '.join(extra)}), which would be "
                "lost: name another file with --out"
            )
        merged = merge(known, pictures)
        if merged.added or merged.filled:
            label_table.write(path, merged.pictures)
    return merged


def _extra_columns(path: Path) -> list[str]:
    return [name for name in csv_files.read(path)[0].cells if name not in label_table.COLUMNS]


def merge(known: list[Picture], pictures: Iterable[Picture]) -> Merged:
    """Join pictures to those of a table: none twice, no label changed, missing ones filled in.

    Parameters
    ----------
    known : list of Picture
    pictures : iterable of Picture

    Returns
    -------
    Merged
    """
    rows = {label_table.picture_key(picture): i for i, picture in enumerate(known)}
    joined = list(known)
    filled: set[int] = set()
    conflicting: list[str] = []
    for picture in pictures:
        row = rows.setdefault(label_table.picture_key(picture), len(joined))
        if row == len(joined):
            joined.append(picture)
            continue
        complete, conflicts = _filled(joined[row], picture)
        conflicting += conflicts
        if complete != joined[row]:
            joined[row] = complete
            filled |= {row} if row < len(known) else set()
    return Merged(joined, len(joined) - len(known), len(filled), conflicting)


def _filled(old: Picture, new: Picture) -> tuple[Picture, list[str]]:
    """Return the old picture with what it lacks, and the labels that differ in the new one."""
    # LFW's smile is made of its two hand labels, and may change when the second one comes.
    names = FILLED[1:] if old.source == new.source == "lfw" else FILLED
    pairs = {name: (getattr(old, name), getattr(new, name)) for name in names}
    conflicts = [
        f"{old.path}: {name} stays {a!r}, and is not {b!r}"
        for name, (a, b) in pairs.items()
        if a and b and a != b
    ]
    added: dict[str, Any] = {name: b for name, (a, b) in pairs.items() if b and not a}
    if math.isnan(old.pose[0]) and not math.isnan(new.pose[0]):
        added["pose"] = new.pose
    if not any(old.rekognition) and any(new.rekognition):
        added["rekognition"] = new.rekognition
    filled = old._replace(**added) if added else old
    if old.source == "lfw" and added:
        filled = filled._replace(
            smile=labels.lfw_smile(filled.strict, filled.emotion) or filled.smile
        )
    return filled, conflicts
