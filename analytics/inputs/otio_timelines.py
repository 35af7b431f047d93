"""Timelines that OpenTimelineIO reads: CMX 3600 EDL, .otio and what else it has an adapter for."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

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


def events(path: Path, fps: float = 24.0) -> list[Event]:
    """Read the events of the first video track of an EDL or of any file OpenTimelineIO reads.

    Parameters
    ----------
    path : Path
    fps : float
        For an EDL.

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
    otio = library(f"{path}: reading it needs OpenTimelineIO; pip install 'laughtrack[edit]'")
    try:
        tracks = _read(otio, path, fps).video_tracks()
    except OSError as error:
        raise OSError(f"cannot read {path}: {error.strerror}") from None
    except NoAdapter as error:
        raise ValueError(
            f"{path}: no reader for *{error}; pip install 'laughtrack[edit]' reads .edl and .otio, "
            "or give a .csv"
        ) from None
    except (TimelineError, AttributeError) as error:
        hint = f"; it was read at {fps:g} frames a second, --fps says another"
        raise ValueError(
            f"{path}: not a readable edit list ({_reason(error)})"
            f"{'' if path.suffix == '.otio' else hint}"
        ) from None
    found = [_event(otio, clip) for clip in (tracks[0].find_clips() if tracks else ())]
    shown = [event for event in found if event is not None]
    if not shown:
        raise ValueError(f"{path}: no video events in it")
    return shown


def clips(path: Path, fps: float = 24.0) -> list[Clip]:
    """Read the clips of the first video track that has any; a nested stack is one clip.

    Parameters
    ----------
    path : Path
    fps : float
        For an EDL.

    Returns
    -------
    list of Clip
        In order; none if there are none.

    Raises
    ------
    ValueError
        If it cannot be read, or holds something else than one timeline.
    """
    install = "pip install 'laughtrack[scenes]'"
    otio = library(f"{path}: edit lists are read by OpenTimelineIO; {install}")
    try:
        timeline = _read(otio, path, fps)
    except NoAdapter:
        raise ValueError(f"{path}: EDLs are read by otio-cmx3600-adapter; {install}") from None
    except TimelineError as error:
        hint = f" at {fps:g} frames a second; is that its rate (--fps)?" if _is_edl(path) else ""
        raise ValueError(f"{path}: {error}{hint}") from None
    if not isinstance(timeline, otio.schema.Timeline):
        raise ValueError(f"{path}: holds a {type(timeline).__name__}; expected one timeline")
    for track in timeline.video_tracks():
        found = [each for each in track if isinstance(each, otio.schema.Clip | otio.schema.Stack)]
        if found:
            return [_clip(each) for each in found]
    return []


def _read(otio: ModuleType, path: Path, fps: float) -> Any:
    """Return what a file holds, usually a timeline; OSError passes, all else is TimelineError."""
    options = {"rate": fps} if _is_edl(path) else {}
    if path.suffix.lower() == ".otio" and (depth := _depth(path.read_bytes())) > _MAX_DEPTH:
        raise TimelineError(f"nested {depth} deep; no timeline is deeper than {_MAX_DEPTH}")
    try:
        return otio.adapters.read_from_file(str(path), **options)
    except OSError:
        raise
    except otio.exceptions.NoKnownAdapterForExtensionError:
        raise NoAdapter(path.suffix) from None
    except Exception as error:  # the adapters' errors have no class in common
        raise TimelineError(_reason(error)) from None


def _is_edl(path: Path) -> bool:
    return path.suffix.lower() == ".edl"


def _depth(data: bytes) -> int:
    """Return how deep lists and objects are nested in a file of JSON."""
    text = np.frombuffer(_STRING.sub(b"", data), np.uint8)
    opened = np.isin(text, np.frombuffer(b"[{", np.uint8)).astype(np.int64)
    closed = np.isin(text, np.frombuffer(b"]}", np.uint8))
    return int(np.max(np.cumsum(opened - closed), initial=0))


def _reason(error: Exception) -> str:
    """Return the first line of what an error says, or its class where it says nothing."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _event(otio: ModuleType, clip: Any) -> Event | None:
    """Return an event, or None of one that shows no stretch of a reel forwards."""
    media, used = clip.media_reference, clip.trimmed_range()
    shown = clip.range_in_parent()
    speed = 1.0
    for effect in clip.effects:
        if isinstance(effect, otio.schema.LinearTimeWarp):
            speed *= effect.time_scalar
    from_s, lasts_s = used.start_time.to_seconds(), shown.duration.to_seconds()
    if speed <= 0 or lasts_s <= 0 or isinstance(media, otio.schema.GeneratorReference):
        return None
    if media is not None and media.available_range is not None:
        from_s -= media.available_range.start_time.to_seconds()
    reel = clip.metadata.get("cmx_3600", {}).get("reel") or getattr(media, "target_url", None)
    start_s = shown.start_time.to_seconds()
    return Event(reel or clip.name, from_s, from_s + lasts_s * speed, start_s, start_s + lasts_s)


def _clip(clip: Any) -> Clip:
    shown = clip.range_in_parent()
    return Clip(shown.start_time.to_seconds(), shown.end_time_exclusive().to_seconds(), clip.name)
