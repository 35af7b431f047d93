"""Timelines: .otio and what else OpenTimelineIO has an adapter for; and EDLs as such events."""

from __future__ import annotations

import math
import re
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from laughtrack.analytics.inputs.edl import read_edl
from laughtrack.analytics.inputs.edl_scenes import stretches_of
from laughtrack.tracker.text_files import read_text

# OpenTimelineIO takes seconds for a file nested some thousand deep. Each stack or track in another
# makes two levels, and nobody nests a hundred.
_MAX_DEPTH = 200
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


class TimelineError(ValueError):
    """OpenTimelineIO cannot read a file; the message is the first line of its reason."""


class NoAdapter(TimelineError):
    """There is no adapter for such files; the message names their ending."""


class Event(NamedTuple):
    """One event of a timeline: a reel's stretch and when it is shown, all in seconds."""

    reel: str
    from_s: float
    to_s: float
    start_s: float
    end_s: float


class Clip(NamedTuple):
    """One clip of a timeline and when it is shown, in seconds from the timeline's start."""

    start_s: float
    end_s: float
    name: str


def library(missing: str) -> ModuleType:
    """Import OpenTimelineIO, which an extra brings.

    Raises
    ------
    ValueError
        With the message `missing`, if it is not installed.
    """
    try:
        import opentimelineio
    except ImportError:
        raise ValueError(missing) from None
    return opentimelineio


def events(path: Path, fps: float | None = None) -> list[Event]:
    """Read the events of the first video track of an EDL or of any file OpenTimelineIO reads.

    Parameters
    ----------
    path : Path
    fps : float, optional
        For an EDL, as in `edl.read_edl`.

    Returns
    -------
    list of Event
        In order; freeze frames and what runs backwards are left out. `start_s` counts from the
        timeline's start.

    Raises
    ------
    ValueError
        If it cannot be read, or nothing is in it.
    """
    found = _edl_events(path, fps) if path.suffix.lower() == ".edl" else _track_events(path)
    if not found:
        raise ValueError(f"{path}: no video events in it")
    return found


def _edl_events(path: Path, fps: float | None) -> list[Event]:
    return [
        Event(each.reel, each.from_s, each.from_s + lasts_s * each.speed, each.start_s, each.end_s)
        for each in stretches_of(read_edl(path, fps))
        if each.speed > 0 and (lasts_s := each.end_s - each.start_s) > 0
    ]


def _track_events(path: Path) -> list[Event]:
    otio = library(f"{path}: reading it needs OpenTimelineIO; pip install 'laughtrack[edit]'")
    try:
        timeline = _timeline(otio, path)
        for track in timeline.video_tracks():
            found = [_event(otio, clip, track) for clip in track.find_clips()]
            if found:
                return [event for event in found if event is not None]
    except NoAdapter as error:
        raise ValueError(
            f"{path}: no reader for *{error}; pip install 'laughtrack[edit]' reads .edl and .otio, "
            "or give a .csv"
        ) from None
    except TimelineError as error:
        raise ValueError(f"{path}: not a readable edit list ({error})") from None
    return []


def clips(path: Path) -> list[Clip]:
    """Read the clips of the first video track that has any; a nested stack is one clip.

    Parameters
    ----------
    path : Path
        A file that OpenTimelineIO reads.

    Returns
    -------
    list of Clip
        In order, without those that are switched off; none if there are none.

    Raises
    ------
    ValueError
        If it cannot be read, or holds something else than one timeline.
    """
    otio = library(
        f"{path}: it is read by OpenTimelineIO; pip install 'laughtrack[scenes]', or give an EDL"
    )
    try:
        for track in _timeline(otio, path).video_tracks():
            kinds = otio.schema.Clip | otio.schema.Stack
            found = [each for each in track if isinstance(each, kinds) and each.enabled]
            if found:
                shown = [(_place(each, track), each.name) for each in found]
                return [Clip(*place, name) for place, name in shown if place is not None]
    except TimelineError as error:
        raise ValueError(f"{path}: {error}") from None
    return []


def _timeline(otio: ModuleType, path: Path) -> Any:
    """Return the timeline that a file holds; OSError passes, all else is TimelineError."""
    try:
        if path.suffix.lower() == ".otio":
            text = read_text(path, "an OpenTimelineIO file")
            if (depth := _depth(text.encode())) > _MAX_DEPTH:
                raise TimelineError(f"nested {depth} deep; no timeline is deeper than {_MAX_DEPTH}")
            timeline = otio.adapters.read_from_string(text, "otio_json")
        else:
            path.open("rb").close()  # the adapters say in their own ways that there is no such file
            timeline = otio.adapters.read_from_file(str(path))
    except (OSError, TimelineError):
        raise
    except otio.exceptions.NoKnownAdapterForExtensionError:
        raise NoAdapter(path.suffix) from None
    except Exception as error:  # the adapters' errors have no class in common
        raise TimelineError(_reason(error).removeprefix(f"{path}: ")) from None
    if not isinstance(timeline, otio.schema.Timeline):
        raise TimelineError(f"holds a {type(timeline).__name__}; expected one timeline")
    if timeline.tracks is None:  # asked for tracks then, the library ends the process
        raise TimelineError("its timeline has no tracks")
    return timeline


def _depth(data: bytes) -> int:
    """Return how deep lists and objects are nested in a file of JSON."""
    text = np.frombuffer(_STRING.sub(b"", data), np.uint8)
    opened = np.isin(text, np.frombuffer(b"[{", np.uint8)).astype(np.int64)
    closed = np.isin(text, np.frombuffer(b"]}", np.uint8))
    return int(np.max(np.cumsum(opened - closed), initial=0))


def _reason(error: Exception) -> str:
    """Return the first line of what an error says, or its class where it says nothing."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _event(otio: ModuleType, clip: Any, track: Any) -> Event | None:
    """Return an event, or None of one that shows no stretch of a reel forwards."""
    place = _place(clip, track)
    media, speed = clip.media_reference, 1.0
    for effect in clip.effects:
        if isinstance(effect, otio.schema.LinearTimeWarp):
            speed *= effect.time_scalar
    if (
        place is None
        or not speed > 0
        or not clip.enabled
        or isinstance(media, otio.schema.GeneratorReference)
    ):
        return None
    start_s, end_s = place
    from_s = clip.trimmed_range().start_time.to_seconds()
    if media is not None and media.available_range is not None:
        from_s -= media.available_range.start_time.to_seconds()
    to_s = from_s + (end_s - start_s) * speed
    if not (math.isfinite(from_s) and math.isfinite(to_s)):
        raise TimelineError(f"clip {clip.name!r}: the times of its source are no numbers")
    reel = clip.metadata.get("cmx_3600", {}).get("reel") or getattr(media, "target_url", None)
    return Event(str(reel or clip.name), from_s, to_s, start_s, end_s)


def _place(item: Any, track: Any) -> tuple[float, float] | None:
    """Return when an item of a track is shown, in seconds from the track's start, or None.

    A track may be trimmed. A range that begins before 0 is no trim: the EDL adapter notes so at
    which time code a track begins.
    """
    try:
        shown = item.range_in_parent()
        trimmed = track.source_range
        if trimmed is not None and trimmed.start_time.value < 0:
            trimmed = None
        if item.parent() is not track:  # in a stack within the track
            shown = item.transformed_time_range(item.trimmed_range(), track)
        zero_s = trimmed.start_time.to_seconds() if trimmed is not None else 0.0
        start_s = shown.start_time.to_seconds() - zero_s
        end_s = shown.end_time_exclusive().to_seconds() - zero_s
        if trimmed is not None:
            start_s, end_s = max(start_s, 0.0), min(end_s, trimmed.duration.to_seconds())
    except Exception as error:  # an item of no length, a rate of 0: no class in common
        raise TimelineError(f"clip {item.name!r}: {_reason(error)}") from None
    if not (math.isfinite(start_s) and math.isfinite(end_s)):
        raise TimelineError(f"clip {item.name!r}: its times are no numbers")
    return (start_s, end_s) if trimmed is None or start_s < end_s else None
