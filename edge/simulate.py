"""A pretend auditorium whose truth is known: a film of people who don't exist, and what they do."""

from __future__ import annotations

import csv
import os
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from edge import audience_script as play
from edge.audience_faces import draw_people
from edge.audience_picture import Hall

TRUTH_COLUMNS = ("viewer_id", "t_s", "smile", "state", "x1", "y1", "x2", "y2")
CURVE_COLUMNS = ("t_s", "viewers", "mean_smile", "share_smiling")
JOKE_COLUMNS = ("t_s", "strength")
# Beyond these a face is no longer one that looks at the camera; measured with Haar.
TURNED_FROM = 0.35  # radians
DOWN_FROM = 0.35
COVERED_FROM = 0.12  # part of the face's box behind somebody


class Pose(NamedTuple):
    """Where a viewer's face is (middle, pixels), how it is turned (radians), and how it smiles."""

    x: float
    y: float
    yaw: float
    pitch: float
    degree: float
    present: bool


def simulate(path, viewers=12, seconds=60, size=(1280, 720), *, seed=1, fps=25, progress=None):
    """Make a film of a pretend audience, and write the truth beside it.

    Beside ``film.mp4`` come ``film.gt.txt`` (MOTChallenge text: frame from 1, viewer ID from 1, left,
    top, width, height, 1, -1, -1, -1; a row only where the face can be seen), ``film.truth.csv``
    (each viewer in each frame: smile degree, state, box), ``film.curve.csv`` (the audience in each
    frame, means over the viewers who are there), and ``film.jokes.csv``. The same arguments make the
    same frames and the same truth. Nothing is left behind when it fails or is stopped.

    Parameters
    ----------
    path : str or Path
        The film to write, ending in ``.mp4``.
    viewers : int
        At least 1.
    seconds : float
        Length of the film, above 0. From 60 on, viewers also leave and come back.
    size : tuple of int
        Width and height in pixels, even.
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
    script = play.write_script(viewers, seconds, size, seed)
    faces = draw_people([seat.face_px for seat in script.seats], seed)
    hall = Hall(script, faces, size, seed)
    frames = max(1, int(round(seconds * fps)))
    if not path.parent.is_dir():
        raise OSError(f"cannot write {path}: no folder {path.parent}")
    names = {
        kind: path.with_suffix(kind)
        for kind in (".mp4", ".gt.txt", ".truth.csv", ".curve.csv", ".jokes.csv")
    }
    parts = {kind: path.with_name(f".{path.stem}.{os.getpid()}{kind}") for kind in names}
    try:
        _write(parts, script, hall, (frames, fps, size), progress)
        for kind, part in parts.items():
            os.replace(str(part), str(names[kind]))
    except OSError as error:
        raise OSError(f"cannot write {path}: {error}") from error
    finally:
        for part in parts.values():
            if part.exists():
                part.unlink()


def _check(path, viewers, seconds, size, seed, fps):
    if path.suffix != ".mp4":
        raise ValueError(f"path is {str(path)!r}: expected a name ending in .mp4")
    for name, value in (("viewers", viewers), ("seed", seed)):
        if not isinstance(value, (int, np.integer)) or isinstance(value, bool):
            raise ValueError(f"{name} is {value!r}: expected a whole number")
    if viewers < 1:
        raise ValueError(f"viewers is {viewers}: expected at least 1")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed is {seed}: expected 0 to {2**32 - 1}")
    for name, value in (("seconds", seconds), ("fps", fps)):
        if not 0 < value < float("inf"):
            raise ValueError(f"{name} is {value}: expected a number above 0")
    if len(size) != 2 or any(side < 2 or side % 2 for side in size):
        raise ValueError(f"size is {size}: expected an even width and height in pixels")


def _write(parts, script, hall, film, progress):
    frames, fps, size = film
    with ExitStack() as stack:
        files = {
            kind: stack.enter_context(open(str(part), "w", newline=""))
            for kind, part in parts.items()
            if kind != ".mp4"
        }
        tables = {kind: csv.writer(file, lineterminator="\n") for kind, file in files.items()}
        tables[".truth.csv"].writerow(TRUTH_COLUMNS)
        tables[".curve.csv"].writerow(CURVE_COLUMNS)
        tables[".jokes.csv"].writerow(JOKE_COLUMNS)
        tables[".jokes.csv"].writerows([f"{t:.3f}", f"{s:.3f}"] for t, s in script.jokes)
        video = cv2.VideoWriter(str(parts[".mp4"]), cv2.VideoWriter_fourcc(*"mp4v"), fps, size)
        stack.callback(video.release)
        if not video.isOpened():
            raise OSError("no film can be opened there")
        for index in range(frames):
            t_s = index / fps
            poses, walkers = _poses(script, t_s), _walkers(script, t_s, size)
            video.write(hall.frame(poses, walkers, _gain(t_s, script)))
            _write_truth(tables, index, t_s, script, poses, walkers)
            if progress is not None:
                progress(index + 1, frames)
    _check_film(parts[".mp4"], frames)


def _check_film(path, frames):
    # The writer says nothing when the disk is full.
    video = cv2.VideoCapture(str(path))
    found = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    video.release()
    if found != frames:
        raise OSError(f"only {found} of {frames} frames were written (disk full?)")


def _poses(script, t_s):
    smiles = play.degrees(script, t_s)
    poses = []
    for i, seat in enumerate(script.seats):
        phase = script.sway[i]
        swing = np.sin(2 * np.pi * (t_s / (3 + 6 * phase[:, 0]) + phase[:, 1]))
        x = seat.x + seat.face_px * (0.05 * swing[0] + 0.03 * swing[1])
        y = seat.y + seat.face_px * (0.02 * swing[2] + 0.015 * swing[3])
        poses.append(Pose(x, y, 0.0, 0.0, float(smiles[i]), True))
    for event in script.events:
        if event.start_s <= t_s < event.end_s:
            poses[event.viewer] = _away(poses[event.viewer], event, t_s)
    return poses


def _away(pose, event, t_s):
    part = min(t_s - event.start_s, event.end_s - t_s) / play.TURN_S
    ease = min(part, 1.0) ** 2 * (3 - 2 * min(part, 1.0))
    if event.kind == "down":
        return pose._replace(pitch=1.0 * ease)
    if event.kind == "turned":
        return pose._replace(yaw=2.4 * ease * event.side)
    return pose._replace(yaw=1.5 * ease * event.side, present=part < 1)


def _walkers(script, t_s, size):
    walkers = []
    for walk in script.walks:
        if walk.start_s <= t_s < walk.end_s:
            row = [seat for seat in script.seats if seat.row == walk.row]
            front = [seat for seat in script.seats if seat.row == walk.row + 1]
            px, y = row[0].face_px, row[0].y
            part = (t_s - walk.start_s) / (walk.end_s - walk.start_s)
            x = walk.x0 + (walk.x1 - walk.x0) * part
            bottom = front[0].y - 0.28 * front[0].face_px if front else size[1]
            top = y - 1.3 * px + 0.05 * px * np.sin(9 * t_s)
            walkers.append((walk.row, (x - 0.7 * px, top, x + 0.7 * px, bottom)))
    return walkers


def _gain(t_s, script):
    phase = 2 * np.pi * script.sway[0, :, 1]
    return 1.0 + 0.04 * np.sin(0.9 * t_s + phase[0]) + 0.02 * np.sin(17 * t_s + phase[1])


def _state(pose, box, row, walkers):
    if not pose.present:
        return "absent"
    if abs(pose.yaw) > TURNED_FROM:
        return "turned"
    if pose.pitch > DOWN_FROM:
        return "down"
    covered = sum(_part_under(box, walker) for at, walker in walkers if at >= row)
    return "covered" if covered > COVERED_FROM else "visible"


def _part_under(box, other):
    wide = min(box[2], other[2]) - max(box[0], other[0])
    high = min(box[3], other[3]) - max(box[1], other[1])
    return max(wide, 0) * max(high, 0) / ((box[2] - box[0]) * (box[3] - box[1]))


def _write_truth(tables, index, t_s, script, poses, walkers):
    time, there = f"{t_s:.3f}", []
    for i, (seat, pose) in enumerate(zip(script.seats, poses)):
        half = seat.face_px / 2
        box = (pose.x - half, pose.y - half, pose.x + half, pose.y + half)
        state = _state(pose, box, seat.row, walkers)
        corners = [f"{v:.1f}" for v in box]
        tables[".truth.csv"].writerow([i + 1, time, f"{pose.degree:.3f}", state, *corners])
        if state == "visible":
            side = f"{2 * half:.1f}"
            tables[".gt.txt"].writerow([index + 1, i + 1, *corners[:2], side, side, 1, -1, -1, -1])
        if state != "absent":
            there.append(pose.degree)
    share = np.mean(np.array(there) >= play.SMILING) if there else float("nan")
    mean = np.mean(there) if there else float("nan")
    tables[".curve.csv"].writerow([time, len(there), f"{mean:.4f}", f"{share:.4f}"])
