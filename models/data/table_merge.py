"""Label tables that grow: no picture is in one twice, and no label is changed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

from laughtrack.models.data import csv_files, label_table, labels

FILLED = ("smile", "strict", "emotion", "rekognition_list")  # what a later set may fill in


class Merged(NamedTuple):
    """A table after more pictures came: what changed, and what was left as it was."""

    pictures: list  # of Picture: the known ones first, in their order
    added: int  # pictures that were not known
    filled: int  # known pictures that got a label they lacked
    disputed: list  # of str: labels that differ from the table's, which stay


def add(path, pictures):
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
    with label_table.held(path):
        known = label_table.read(path) if path.exists() else []
        more = _more_columns(path) if known else []
        if more:
            raise ValueError(
                f"{path} has more columns than a label table ({', '.join(more)}), which would be "
                "lost: name another file with --out"
            )
        merged = merge(known, pictures)
        if merged.added or merged.filled:
            label_table.write(path, merged.pictures)
    return merged


def _more_columns(path):
    return [name for name in csv_files.read(path)[0][1] if name not in label_table.COLUMNS]


def merge(known, pictures):
    """Join pictures to those of a table: none twice, no label changed, missing ones filled in.

    Parameters
    ----------
    known : list of Picture
    pictures : iterable of Picture

    Returns
    -------
    Merged
    """
    places = {label_table.key(picture): i for i, picture in enumerate(known)}
    joined, filled, disputed = list(known), set(), []
    for picture in pictures:
        row = places.setdefault(label_table.key(picture), len(joined))
        if row == len(joined):
            joined.append(picture)
            continue
        more, differ = _filled(joined[row], picture)
        disputed += differ
        if more != joined[row]:
            joined[row] = more
            filled |= {row} if row < len(known) else set()
    return Merged(joined, len(joined) - len(known), len(filled), disputed)


def _filled(old, new):
    """Return the old picture with what it lacks, and what the new one says otherwise."""
    # LFW's smile is made of its two hand labels, and may change when the second one comes.
    asked = FILLED[1:] if old.source == new.source == "lfw" else FILLED
    pairs = {name: (getattr(old, name), getattr(new, name)) for name in asked}
    differ = [
        f"{old.path}: {name} stays {a!r}, and is not {b!r}"
        for name, (a, b) in pairs.items()
        if a and b and a != b
    ]
    more = {name: b for name, (a, b) in pairs.items() if b and not a}
    if math.isnan(old.pose[0]) and not math.isnan(new.pose[0]):
        more["pose"] = new.pose
    if not any(old.rekognition) and any(new.rekognition):
        more["rekognition"] = new.rekognition
    made = old._replace(**more) if more else old
    if old.source == "lfw" and more:
        made = made._replace(smile=labels.lfw_smile(made.strict, made.emotion) or made.smile)
    return made, differ
