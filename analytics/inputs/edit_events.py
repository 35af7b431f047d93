"""The events of an editor's timeline, read by OpenTimelineIO: CMX3600 EDL, .otio and the like."""

from __future__ import annotations

from typing import NamedTuple


class Event(NamedTuple):
    """One event of a timeline: a reel's stretch and when it is shown, all in seconds."""

    reel: str
    from_s: float
    to_s: float
    start_s: float
    end_s: float


def events(path, fps=24.0):
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
        timeline's begin.

    Raises
    ------
    ValueError
        If it cannot be read, or nothing is in it.
    """
    try:
        import opentimelineio as otio
    except ImportError:
        raise ValueError(
            f"{path}: reading it needs OpenTimelineIO; pip install 'laughtrack[edit]'"
        ) from None
    options = {"rate": fps} if path.suffix.lower() == ".edl" else {}
    try:
        timeline = otio.adapters.read_from_file(str(path), **options)
        tracks = timeline.video_tracks()
    except OSError as error:
        raise OSError(f"cannot read {path}: {error.strerror}") from None
    except Exception as error:  # the adapters' errors have no class in common
        raise ValueError(f"{path}: {_why(error, path, fps)}") from None
    found = [_event(otio, clip) for clip in (tracks[0].find_clips() if tracks else ())]
    found = [each for each in found if each is not None]
    if not found:
        raise ValueError(f"{path}: no video events in it")
    return found


def _why(error, path, fps):
    if type(error).__name__ == "NoKnownAdapterForExtensionError":
        return (
            f"no reader for *{path.suffix}; pip install 'laughtrack[edit]' reads .edl and .otio, "
            "or give a .csv"
        )
    said = str(error).strip().splitlines()
    said = said[0] if said else type(error).__name__
    hint = f"; it was read at {fps:g} frames a second, --fps says another" * (
        path.suffix != ".otio"
    )
    return f"not a readable edit list ({said}){hint}"


def _event(otio, clip):
    """Return an event, or None of one that shows no stretch of a reel forwards."""
    media, used = clip.media_reference, clip.trimmed_range()
    shown = clip.range_in_parent()
    speed = 1.0
    for effect in clip.effects:
        if isinstance(effect, otio.schema.LinearTimeWarp):
            speed *= effect.time_scalar
    from_s, lasts = used.start_time.to_seconds(), shown.duration.to_seconds()
    if speed <= 0 or lasts <= 0 or isinstance(media, otio.schema.GeneratorReference):
        return None
    if media is not None and media.available_range is not None:
        from_s -= media.available_range.start_time.to_seconds()
    reel = clip.metadata.get("cmx_3600", {}).get("reel") or getattr(media, "target_url", None)
    start = shown.start_time.to_seconds()
    return Event(reel or clip.name, from_s, from_s + lasts * speed, start, start + lasts)
