"""What a replayed clip is worth: viewers, phantoms, people never found, IDs of several people."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from tests.bench.clips.replay import Replayed
from tests.bench.clips.truth import Clip, Someone, whose

# Who can be seen for so long is to be found; printed faces are to be known after so long.
LEAST_SEEN_S = 2.0
KNOWN_S = 3.0
SMILING = 0.5
# An ID was with somebody who has at least so many seconds of it.
WITH_S = 0.3


class Fault(NamedTuple):
    """Something that went wrong: the second, and what."""

    t_s: float
    what: str


class Verdict(NamedTuple):
    """Of one clip; times in seconds."""

    people: int
    viewers: int
    phantom_s: float
    printed_late_s: float
    never: list[str]
    judged: int
    mixed: int
    mixed_at_cuts: int
    masked: int
    masked_scored: int
    masked_smiling: int
    faults: list[Fault]


def judge(clip: Clip, replayed: Replayed) -> Verdict:
    """Compare a replay with the truth.

    Viewers are those that results are made from (seen for `analytics.defaults.LEAST_SEEN_S`); all
    else counts every reading that is stored and was not taken back.
    """
    readings = replayed.stored.readings
    boxes = readings[["x1", "y1", "x2", "y2"]].to_numpy(float)
    times = readings["t_s"].to_numpy(float)
    who = np.array([whose(clip, *each) or "" for each in zip(times, boxes, strict=True)], object)
    printed = {each.name: each for each in clip.someone if each.kind == "printed"}
    people = [each for each in clip.someone if each.kind == "person"]
    table = readings.assign(who=who)
    phantom = table[table["who"] == ""]
    known = zip(who, times, strict=True)
    late = table[np.array([_late(printed.get(name), t_s) for name, t_s in known], bool)]
    judged = [each for each in people if each.seen_s >= LEAST_SEEN_S]
    never = [each.name for each in judged if each.name not in set(who)]
    faults = [Fault(t_s, f"viewer {one} at nobody, {n} looks") for one, t_s, n in _firsts(phantom)]
    faults += [Fault(t_s, f"viewer {one} is printed, {n} looks") for one, t_s, n in _firsts(late)]
    faults += [Fault(0.0, f"{name} never found") for name in never]
    mixed, at_cuts, swaps = _mixed(table, clip.cuts_s, replayed.look_s)
    known = zip(who, times, strict=True)
    masked = table[np.array([_masked(clip, name, t_s) for name, t_s in known], bool)]
    return Verdict(
        clip.people,
        replayed.audience.readings["viewer_id"].nunique(),
        len(phantom) * replayed.look_s,
        len(late) * replayed.look_s,
        never,
        len(judged),
        mixed,
        at_cuts,
        len(masked),
        int(masked["raw"].notna().sum()),
        int((masked["smile"] >= SMILING).sum()),
        faults + swaps,
    )


def _late(someone: Someone | None, t_s: float) -> bool:
    return someone is not None and t_s > someone.t_s[0] + KNOWN_S


def _masked(clip: Clip, name: str, t_s: float) -> bool:
    return any(first <= t_s <= last for first, last in clip.masked_s.get(name, ()))


def _firsts(table: pd.DataFrame) -> list[tuple[int, float, int]]:
    """Viewer, first second and number of readings."""
    return [
        (int(one), float(rows["t_s"].iloc[0]), len(rows))
        for one, rows in table.groupby("viewer_id")
    ]


def _mixed(table: pd.DataFrame, cuts_s: list[float], look_s: float) -> tuple[int, int, list[Fault]]:
    """IDs that change from one to another (outside cuts, only at cuts), and when."""
    outside, at_cuts, faults = 0, 0, []
    for one, rows in table[table["who"] != ""].groupby("viewer_id"):
        counts = rows["who"].value_counts() * look_s
        rows = rows[rows["who"].isin(counts.index[counts >= WITH_S])]
        who, times = rows["who"].to_numpy(), rows["t_s"].to_numpy()
        changes = np.flatnonzero(who[1:] != who[:-1])
        cut = [any(times[i] < t_s + 0.02 <= times[i + 1] + 0.04 for t_s in cuts_s) for i in changes]
        if not len(changes):
            continue
        at_cuts += all(cut)
        outside += not all(cut)
        for i, known in zip(changes, cut, strict=True):
            words = f"viewer {one}: {who[i]} to {who[i + 1]}{' at a cut' if known else ''}"
            faults.append(Fault(float(times[i + 1]), words))
    return outside, at_cuts, faults
