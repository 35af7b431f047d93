"""Scene lists as they come: CSV, WebVTT, SRT, CMX 3600 EDL, OpenTimelineIO -> one table.

Conventions
-----------
- Times are of the film, in seconds.
- An EDL's or a timeline's film begins with its first event or its track, whatever time code that
  has; gaps between clips belong to no scene.
- Scenes may leave time out, and touch; they may not overlap, so that no moment counts twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from laughtrack.analytics.inputs.csv_table import column, optional_column, read, seconds
from laughtrack.analytics.inputs.otio_timelines import clips

COLUMNS = ("start_s", "end_s", "name")
FPS = 24.0
# Time codes are rounded to a millisecond or a frame; two scenes that share so little touch.
_TOLERANCE_S = 2e-3


class _Scene(NamedTuple):
    start_s: float
    end_s: float
    name: str
    place: str


def read_scenes(path: str | Path, fps: float = FPS) -> pd.DataFrame:
    """Read a scene list.

    Parameters
    ----------
    path : str or Path
        Its ending says what it is. `.csv` has columns `start` and `end` (or `start_s`, `end_s`), in
        seconds or as h:mm:ss.s, and may have `name`; what PySceneDetect writes is read too. `.vtt`
        and `.srt`: a scene a cue, named by its text. `.edl`: a scene an event, named by its clip.
        `.otio`: a scene a clip of the first track of pictures that has any.
    fps : float
        Frames a second of an EDL, which does not say.

    Returns
    -------
    DataFrame
        In order of time: `start_s`, `end_s`, half-open; `name`, "scene 3" for the third if it has
        none.

    Raises
    ------
    ValueError
        Naming the file and the place in it: if it cannot be understood, has no scene, one that ends
        before it starts, or two that overlap; or if the package that reads it is not installed.
    OSError
        If it cannot be read.
    """
    path = Path(path)
    readers: dict[str, Callable[[Path, float], list[_Scene]]]
    readers = {".csv": _csv, ".vtt": _cues, ".srt": _cues, ".edl": _clips, ".otio": _clips}
    if path.suffix.lower() not in readers:
        raise ValueError(f"{path}: expected a name ending in {', '.join(readers)}")
    path.open("rb").close()  # each library says in its own way that there is no such file
    scenes = readers[path.suffix.lower()](path, fps)
    if not scenes:
        raise ValueError(f"{path}: no scene in it")
    scenes = sorted(scenes)
    _check(path, scenes)
    rows = [
        (scene.start_s, scene.end_s, scene.name or f"scene {number}")
        for number, scene in enumerate(scenes, start=1)
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"name": "str"})


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


def _csv(path: Path, _: float) -> list[_Scene]:
    table = read(path)
    start = column(table, ("start", "start_s", "start time (seconds)"), path)
    end = column(table, ("end", "end_s", "end time (seconds)"), path)
    name = optional_column(table, ("name",), path) or optional_column(table, ("scene",), path)
    names = table[name] if name else [""] * len(table)
    times = seconds(table, start, path), seconds(table, end, path)
    return [
        _Scene(float(a), float(b), text, f"line {line}")
        for line, a, b, text in zip(table.index, *times, names, strict=True)
    ]


def _cues(path: Path, _: float) -> list[_Scene]:
    try:
        import pysubs2
    except ImportError:
        raise ValueError(
            f"{path}: subtitles are read by pysubs2; pip install 'laughtrack[scenes]'"
        ) from None
    try:
        cues = pysubs2.load(str(path), encoding="utf-8-sig", format_=path.suffix[1:].lower())
    except (pysubs2.exceptions.Pysubs2Error, ValueError) as error:
        raise ValueError(f"{path}: not read as {path.suffix[1:]}: {error}") from None
    return [
        _Scene(cue.start / 1000, cue.end / 1000, " ".join(cue.plaintext.split()), f"cue {number}")
        for number, cue in enumerate(cues, start=1)
    ]


def _clips(path: Path, fps: float) -> list[_Scene]:
    return [_Scene(*clip, f"clip {number}") for number, clip in enumerate(clips(path, fps), 1)]
