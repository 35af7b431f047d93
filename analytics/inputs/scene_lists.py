"""Scene lists as they come: CSV, WebVTT, SRT, CMX 3600 EDL, OpenTimelineIO -> one table.

Conventions
-----------
- Times are of the film, in seconds.
- An EDL's or a timeline's film begins with its first event or its track, whatever time code that
  has; gaps between clips belong to no scene. Markers: see `edl_scenes`.
- Scenes may leave time out, and touch; they may not overlap, so that no moment counts twice.
- The last scene of a list of markers has no end: it is infinite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from laughtrack.analytics.inputs.csv_table import column, optional_column, read, seconds
from laughtrack.analytics.inputs.edl import read_edl
from laughtrack.analytics.inputs.edl_scenes import scenes_of
from laughtrack.analytics.inputs.otio_timelines import clips
from laughtrack.analytics.inputs.subtitles import read_cues

COLUMNS = ("start_s", "end_s", "name")
# Time codes are rounded to a millisecond or a frame; two scenes that share so little touch.
_TOLERANCE_S = 2e-3
# What others write, and how it becomes what is read.
_OTHERS = {
    **dict.fromkeys((".ass", ".ssa", ".sub", ".smi", ".ttml", ".dfxp"), "ffmpeg -i FILE list.srt"),
    **dict.fromkeys((".xlsx", ".xls", ".ods", ".numbers"), "save the sheet as CSV"),
    **dict.fromkeys((".xml", ".fcpxml", ".aaf"), "export an EDL or .otio"),
}


class _Scene(NamedTuple):
    start_s: float
    end_s: float
    name: str
    place: str


_Read = tuple[list[_Scene], list[str]]


def read_scenes(path: str | Path, fps: float | None = None) -> pd.DataFrame:
    """Read a scene list.

    Parameters
    ----------
    path : str or Path
        Its ending says what it is. `.csv` has columns `start` and `end` (or `start_s`, `end_s`), in
        seconds or as h:mm:ss.s, and may have `name`; what PySceneDetect writes is read too. `.vtt`
        and `.srt`: a scene a cue, named by its text. `.edl`: a scene an event, named by its clip;
        or from marker to marker. `.otio`: a scene a clip of the first track of pictures that has
        any.
    fps : float, optional
        Frames a second of an EDL, which does not say; else 24, and 29.97 of drop-frame.

    Returns
    -------
    DataFrame
        In order of time: `start_s`, `end_s`, half-open; `name`, "scene 3" for the third if it has
        none. `attrs["remarks"]`: a list of sentences on what was left out or taken to be so.

    Raises
    ------
    ValueError
        Naming the file and the place in it: if it cannot be understood, has no scene, one that ends
        before it starts, or two that overlap; or if the package that reads it is not installed.
    OSError
        If it cannot be read.
    """
    path = Path(path)
    readers: dict[str, Callable[[Path, float | None], _Read]]
    readers = {".csv": _csv, ".vtt": _cues, ".srt": _cues, ".edl": _events, ".otio": _clips}
    ending = path.suffix.lower()
    if ending not in readers:
        cure = f" ({_OTHERS[ending]})" if ending in _OTHERS else ""
        raise ValueError(f"{path}: expected a name ending in {', '.join(readers)}{cure}")
    scenes, remarks = readers[ending](path, fps)
    if not scenes:
        raise ValueError(f"{path}: no scene in it")
    scenes = sorted(scenes)
    _check(path, scenes)
    rows = [
        (scene.start_s, scene.end_s, scene.name or f"scene {number}")
        for number, scene in enumerate(scenes, start=1)
    ]
    table = pd.DataFrame(rows, columns=COLUMNS).astype({"name": "str"})
    table.attrs["remarks"] = remarks
    return table


def _check(path: Path, scenes: Sequence[_Scene]) -> None:
    for scene in scenes:
        if not scene.start_s < scene.end_s:
            raise ValueError(
                f"{path}, {scene.place}: starts at {scene.start_s:g} s and ends at "
                f"{scene.end_s:g} s; expected a later end"
            )
    for before, after in pairwise(scenes):
        if after.start_s < before.end_s - _TOLERANCE_S:
            raise ValueError(
                f"{path}: {before.place} ({before.start_s:g} to {before.end_s:g} s) and "
                f"{after.place} ({after.start_s:g} to {after.end_s:g} s) overlap; a moment can be "
                "of one scene only"
            )


def _csv(path: Path, _: float | None) -> _Read:
    table = read(path)
    start = column(table, ("start", "start_s", "start time (seconds)"), path)
    end = column(table, ("end", "end_s", "end time (seconds)"), path)
    name = optional_column(table, ("name",), path) or optional_column(table, ("scene",), path)
    names = table[name] if name else [""] * len(table)
    times = seconds(table, start, path), seconds(table, end, path)
    return [
        _Scene(float(a), float(b), text, f"line {line}")
        for line, a, b, text in zip(table.index, *times, names, strict=True)
    ], []


def _cues(path: Path, _: float | None) -> _Read:
    cues, remarks = read_cues(path)
    return [_Scene(*cue[:3], f"line {cue.line}") for cue in cues], remarks


def _events(path: Path, fps: float | None) -> _Read:
    edits = read_edl(path, fps)
    if not any(event.track for event in edits.events):
        raise ValueError(f"{path}: no scene in it; expected events of pictures (001 AX V C ...)")
    scenes, remarks = scenes_of(edits)
    return [_Scene(*scene[:3], f"line {scene.line}") for scene in scenes], remarks


def _clips(path: Path, _: float | None) -> _Read:
    return [_Scene(*clip, f"clip {number}") for number, clip in enumerate(clips(path), 1)], []
