"""A simulated room whose truth is known: a film of people who don't exist, and what they do."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from laughtrack.edge.preview.preview import check_film
from laughtrack.edge.simulate import motion
from laughtrack.edge.simulate.faces import draw_people
from laughtrack.edge.simulate.renderer import Renderer
from laughtrack.edge.simulate.script import write_script
from laughtrack.edge.tables import spreadsheet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from laughtrack.edge.simulate.motion import Pose, Walker
    from laughtrack.edge.simulate.script import Script

TRUTH_COLUMNS = ("viewer_id", "t_s", "smile", "state", "x1", "y1", "x2", "y2")
CURVE_COLUMNS = ("t_s", "viewers", "mean_smile", "share_smiling")
JOKE_COLUMNS = ("t_s", "strength")
FILES = (".mp4", ".gt.txt", ".truth.csv", ".curve.csv", ".jokes.csv")
SMILING = 0.5  # the score from which a viewer counts as smiling
MOST_PX = (7680, 4320)  # either way up; no camera gives more


class Film(NamedTuple):
    """What a film is made of; `size` is width and height in pixels."""

    script: Script
    renderer: Renderer
    frames: int
    fps: float
    size: tuple[int, int]


def simulate(  # noqa: PLR0913
    path: str | Path,
    viewers: int = 12,
    seconds: float = 60,
    size: tuple[int, int] = (1280, 720),
    *,
    seed: int = 1,
    fps: float = 25,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Make a film of a simulated audience, and write the truth beside it.

    Beside ``film.mp4`` come ``film.gt.txt`` (MOTChallenge text: frame and viewer ID from 1, left,
    top, width, height, 1, -1, -1, -1; a row only where the face can be seen), ``film.truth.csv``
    (each viewer in each frame: smile score, state, box), ``film.curve.csv`` (the audience in each
    frame, means over the viewers who are there), and ``film.jokes.csv``. The same arguments make
    the same frames and the same truth. Files of these names are replaced once all are whole;
    nothing is left behind when it fails or is stopped.

    Parameters
    ----------
    path : str or Path
        The film to write, ending in ``.mp4``.
    viewers : int
        At least 1.
    seconds : float
        Length of the film, above 0. From 60 on, viewers also leave and come back.
    size : tuple of int
        Width and height in pixels, even, at most 7680 x 4320 or 4320 x 7680.
    seed : int
        From 0 to 2**32 - 1.
    fps : float
        Frames per second.
    progress : function, optional
        Called with the frames done and all frames, after each frame.

    Raises
    ------
    ValueError
        If the arguments make no film; it says what would.
    OSError
        If the film cannot be written.
    """
    path = Path(path)
    _check(path, viewers, seconds, size, seed, fps)
    script = write_script(viewers, seconds, size, seed)
    faces = draw_people([seat.face_px for seat in script.seats], seed)
    frames = max(1, round(seconds * fps))
    film = Film(script, Renderer(script, faces, size, seed), frames, fps, size)
    # Written under other names first, so that a film with its usual name is a whole one.
    parts = {kind: path.with_name(f".{path.stem}.{os.getpid()}{kind}") for kind in FILES}
    try:
        _write(parts, film, progress)
        for kind, part in parts.items():
            os.replace(str(part), str(path.with_suffix(kind)))
    except OSError as error:
        raise OSError(f"cannot write {path}: {error}") from error
    finally:
        for part in parts.values():
            if part.exists():
                part.unlink()


def _check(
    path: Path, viewers: int, seconds: float, size: tuple[int, int], seed: int, fps: float
) -> None:
    if path.suffix != ".mp4":
        raise ValueError(f"path is {str(path)!r}: expected a name ending in .mp4")
    if not path.parent.is_dir():
        raise OSError(f"cannot write {path}: no folder {path.parent}")
    if not _whole(viewers) or viewers < 1:
        raise ValueError(f"viewers is {viewers!r}: expected a whole number from 1")
    if not _whole(seed) or not 0 <= seed < 2**32:
        raise ValueError(f"seed is {seed!r}: expected a whole number from 0 to {2**32 - 1}")
    for name, value in (("seconds", seconds), ("fps", fps)):
        if not 0 < value < float("inf"):
            raise ValueError(f"{name} is {value!r}: expected a number above 0")
    if len(size) != 2 or any(not _whole(side) or side < 2 or side % 2 for side in size):
        raise ValueError(f"size is {size!r}: expected an even width and height in pixels")
    if max(size) > MOST_PX[0] or min(size) > MOST_PX[1]:
        raise ValueError(f"size is {size!r}: expected at most {MOST_PX[0]} x {MOST_PX[1]} pixels")


def _whole(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _write(
    parts: Mapping[str, Path], film: Film, progress: Callable[[int, int], None] | None
) -> None:
    script = film.script
    with ExitStack() as stack:
        tables = {}
        for kind in FILES[1:]:
            file = stack.enter_context(open(str(parts[kind]), "w", newline=""))
            tables[kind] = spreadsheet.Writer(file)
        _write_headers(tables, script)
        video = cv2.VideoWriter(
            str(parts[".mp4"]), cv2.VideoWriter.fourcc(*"mp4v"), film.fps, film.size
        )
        stack.callback(video.release)
        if not video.isOpened():
            raise OSError("this OpenCV cannot write mp4 there")
        for index in range(film.frames):
            t_s = index / film.fps
            poses, walking = motion.poses(script, t_s), motion.walkers(script, t_s)
            video.write(film.renderer.frame(poses, walking, motion.gain(script, t_s)))
            _write_truth(tables, index, film, poses, walking)
            if progress is not None:
                progress(index + 1, film.frames)
    check_film(parts[".mp4"], film.frames)


def _write_headers(tables: Mapping[str, Any], script: Script) -> None:
    tables[".truth.csv"].writerow(TRUTH_COLUMNS)
    tables[".curve.csv"].writerow(CURVE_COLUMNS)
    tables[".jokes.csv"].writerow(JOKE_COLUMNS)
    tables[".jokes.csv"].writerows(
        [f"{t_s:.3f}", f"{strength:.3f}"] for t_s, strength in script.jokes
    )


def _write_truth(
    tables: Mapping[str, Any],
    index: int,
    film: Film,
    poses: Sequence[Pose],
    walking: Sequence[Walker],
) -> None:
    time, present = f"{index / film.fps:.3f}", []
    for viewer_id, (seat, pose) in enumerate(zip(film.script.seats, poses), 1):
        box = motion.face_box(pose, seat)
        state = motion.state(pose, box, seat.row, walking)
        corners = [f"{value:.1f}" for value in box]
        tables[".truth.csv"].writerow([viewer_id, time, f"{pose.smile:.4f}", state, *corners])
        if state == "visible":
            side = f"{seat.face_px:.1f}"
            row = [index + 1, viewer_id, *corners[:2], side, side, 1, -1, -1, -1]
            tables[".gt.txt"].writerow(row)
        if state != "absent":
            present.append(pose.smile)
    smiling = sum(smile >= SMILING for smile in present)
    means = [f"{total / len(present):.4f}" if present else "" for total in (sum(present), smiling)]
    tables[".curve.csv"].writerow([time, len(present), *means])
