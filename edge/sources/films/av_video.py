"""Films and network streams through PyAV: FFmpeg's own streams, times and damage.

On the host. A device has OpenCV alone, and no PyAV: nothing of it is imported with this file.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from laughtrack.edge.sources.errors import SourceError, without_credentials
from laughtrack.edge.sources.films.av_reading import by_arrival, by_container
from laughtrack.edge.sources.films.film_notes import FilmNotes, OpenFilm

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

    from laughtrack.edge.sources.cameras import Pictures

# How long a URL may take to open and to give the next picture.
NETWORK_S = 15.0
# Their length counts from 0, even if the first frame has a later time.
LENGTH_FROM_ZERO = ("matroska", "avi", "flv")
# What ffmpeg gives a stream that is marked as the one to take, in pixels.
_MARKED_PX = 5_000_000
# More than a transport stream's packet, which is never zeros alone.
_TAIL_BYTES = 1024


def open_film(place: str) -> OpenFilm:
    """Open a film or a stream.

    Parameters
    ----------
    place : str
        A file's path or a URL.

    Returns
    -------
    OpenFilm

    Raises
    ------
    SourceError
        It cannot be opened, or nothing in it is a film.
    """
    container = _open(place)
    stream = _choose(container, place)
    notes = FilmNotes()
    if len(_films(container)) > 1:
        notes.remarks.append(_chosen(container, stream, place))
    if container.format.name == "mpegts" and "://" not in place and _ends_in_zeros(place):
        # Its length is an estimate from its last time, so that no other count misses anything.
        notes.remarks.append(f"{place} ends in zeros: it was not written to its end")
    duration_s = _length_s(container, stream)
    if "://" in place and duration_s is None and stream.codec_context.name == "mjpeg":
        # It carries no times; FFmpeg would count pictures at 25 a second.
        return OpenFilm(lambda: by_arrival(container, stream, place), None, True, notes)

    def pictures() -> Pictures:
        return by_container(container, stream, notes, duration_s)

    return OpenFilm(pictures, duration_s, False, notes)


def _open(place: str) -> InputContainer:
    import av

    url = "://" in place
    if not url:
        _refuse_playlist(place)
    # What a file names elsewhere is not asked for.
    options = {"rtsp_flags": "prefer_tcp"} if url else {"protocol_whitelist": "file,crypto,data"}
    try:
        # A file's name may look like a protocol's: "file:" says that it is none.
        return av.open(
            place if url else f"file:{place}",
            options=options,
            timeout=NETWORK_S if url else None,
            metadata_errors="replace",
        )
    except (av.FFmpegError, ValueError, OSError) as error:
        why = getattr(error, "strerror", None) or "no video"
    if url:
        check = "check the address, the network, user and password"
        raise SourceError(f"cannot open {without_credentials(place)}: {check}")
    why = _index_lost(place) or f"it is damaged or of another kind ({why})"
    raise SourceError(f"cannot read {place} as a video: {why}")


def _refuse_playlist(place: str) -> None:
    """Refuse a list of other places: FFmpeg waits for minutes for what it may not open."""
    with open(place, "rb") as file:
        head = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"#EXTM3U"):
        raise SourceError(
            f"cannot read {place} as a video: it is a playlist; give the film that it names"
        )


def _index_lost(place: str) -> str:
    """Say so of an MP4 or MOV file without the part that tells where its pictures are."""
    with open(place, "rb") as file:
        head = file.read(8)
    if head[4:] not in (b"ftyp", b"mdat", b"wide", b"free", b"skip"):
        return ""
    return (
        "it has no index (moov), which is written at the end of a recording: copy it again, or "
        "have it repaired (untrunc, with another film of that camera)"
    )


def _ends_in_zeros(place: str) -> bool:
    """Whether a file's last bytes were set aside and never written."""
    with open(place, "rb") as file:
        file.seek(-min(_TAIL_BYTES, os.fstat(file.fileno()).st_size), os.SEEK_END)
        return not any(file.read())


def _films(container: InputContainer) -> list[VideoStream]:
    """Return the streams that are films and no covers, thumbnails or other stills."""
    from av.stream import Disposition

    stills = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
    return [each for each in container.streams.video if not each.disposition & stills]


def _choose(container: InputContainer, place: str) -> VideoStream:
    """Return the stream to read: of those marked as the one to take, or of all, the largest."""
    from av.stream import Disposition

    shown = without_credentials(place)
    films = _films(container)
    if not films:
        has = (
            "a cover picture and no film" if container.streams.video else "no picture, sound alone"
        )
        raise SourceError(f"cannot read {shown} as a video: there is {has} in it")
    readable = [
        each for each in films if each.codec_context is not None and each.codec_context.codec
    ]
    if not readable:
        raise SourceError(
            f"cannot read {shown} as a video: its pictures are coded in a way that is not known "
            "here; convert it with what made it"
        )

    def rank(stream: VideoStream) -> int:
        marked = bool(stream.disposition & Disposition.default)
        return stream.width * stream.height + _MARKED_PX * marked

    return max(readable, key=rank)


def _chosen(container: InputContainer, stream: VideoStream, place: str) -> str:
    films = _films(container)
    sizes = ", ".join(f"{each.width} x {each.height}" for each in films)
    number = films.index(stream)
    return (
        f"{without_credentials(place)} holds {len(films)} films ({sizes}): number {number + 1} was "
        f"read; for another, take it out first: ffmpeg -i FILE -map 0:v:N -c copy OUT, N from 0"
    )


def _length_s(container: InputContainer, stream: VideoStream) -> float | None:
    """Return how long the container says that the stream is, from its first picture on."""
    base = stream.time_base
    first_s = float((stream.start_time or 0) * base) if base else 0.0
    from_zero = container.format.name.startswith(LENGTH_FROM_ZERO)
    tagged_s = _tagged_s(stream)
    if container.format.name == "avi" and stream.frames and stream.average_rate:
        # Of one that was cut off FFmpeg tells the length of what is left.
        length_s = float(stream.frames / stream.average_rate)
    elif stream.duration and base:
        length_s = float(stream.duration * base)
    elif tagged_s is not None:
        length_s = tagged_s
    elif container.duration:
        length_s = container.duration / 1e6
    else:
        return None
    if from_zero and 0 < first_s < length_s:
        length_s -= first_s
    return length_s if length_s > 0 else None


def _tagged_s(stream: VideoStream) -> float | None:
    """Return a stream's own length as Matroska's writers tell it, or None."""
    found = re.fullmatch(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)", stream.metadata.get("DURATION", ""))
    if not found:
        return None
    hours, minutes, seconds = (float(each) for each in found.groups())
    return 3600 * hours + 60 * minutes + seconds
