"""The simulated audience at one time: where each face is and looks, how it smiles, who hides it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from laughtrack.edge.simulate.script import TURN_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from laughtrack.edge.simulate.script import Event, Script
    from laughtrack.edge.simulate.seats import Seat

ATTACK_S, HOLD_S = 0.5, 0.2  # a smile's way up, and its stay there
# Beyond these a face is no longer one that looks at the camera; measured with Haar.
TURNED_FROM = 0.35  # radians
DOWN_FROM = 0.35
COVERED_FROM = 0.2  # part of the face's box behind somebody
DESK = 1.35  # faces from the middle of a face down to the row's desk


class Pose(NamedTuple):
    """Where a viewer's face is (middle, pixels), how it is turned (radians), its smile score."""

    x: float
    y: float
    yaw: float
    pitch: float
    smile: float
    present: bool


class Walker(NamedTuple):
    """Somebody who walks along a row; `box` is x1 y1 x2 y2 in pixels."""

    row: int
    box: tuple[float, float, float, float]


def smile_scores(script: Script, t_s: float) -> np.ndarray:
    """Return each viewer's smile score at a time: shape (N,), in [0, 1]."""
    near = np.abs(script.jokes[:, 0] - t_s + 3.0) < 4.0
    after = t_s - script.reactions[near, :, 0]
    rise = np.clip(after / ATTACK_S, 0, 1)
    fall = np.clip((after - ATTACK_S - HOLD_S) / script.reactions[near, :, 2], 0, 1)
    shape = rise * rise * (3 - 2 * rise) * 0.5 * (1 + np.cos(np.pi * fall))
    smiles = script.reactions[near, :, 1] * shape
    return smiles.max(axis=0) if len(smiles) else np.zeros(len(script.seats))


def poses(script: Script, t_s: float) -> list[Pose]:
    """Return where everybody is at a time: list of Pose, one per viewer."""
    smiles = smile_scores(script, t_s)
    found = []
    for seat, phase, smile in zip(script.seats, script.sway, smiles):
        swing = np.sin(2 * np.pi * (t_s / (3 + 6 * phase[:, 0]) + phase[:, 1]))
        x = seat.x + seat.face_px * (0.05 * swing[0] + 0.03 * swing[1])
        y = seat.y + seat.face_px * (0.02 * swing[2] + 0.015 * swing[3])
        found.append(Pose(float(x), float(y), 0.0, 0.0, float(smile), True))
    for event in script.events:
        if event.start_s <= t_s < event.end_s:
            found[event.viewer] = _away(found[event.viewer], event, t_s)
    return found


def _away(pose: Pose, event: Event, t_s: float) -> Pose:
    part = min(t_s - event.start_s, event.end_s - t_s) / TURN_S
    ease = min(part, 1.0) ** 2 * (3 - 2 * min(part, 1.0))
    if event.kind == "down":
        return pose._replace(pitch=1.0 * ease)
    if event.kind == "turned":
        return pose._replace(yaw=2.4 * ease * event.side)
    return pose._replace(yaw=1.5 * ease * event.side, present=part < 1)


def walkers(script: Script, t_s: float) -> list[Walker]:
    """Return who walks along which row at a time."""
    found = []
    for walk in script.walks:
        if not walk.start_s <= t_s < walk.end_s:
            continue
        seat = next(seat for seat in script.seats if seat.row == walk.row)
        part = (t_s - walk.start_s) / (walk.end_s - walk.start_s)
        x, px = walk.x0 + (walk.x1 - walk.x0) * part, seat.face_px
        top = seat.y - 1.3 * px + 0.05 * px * np.sin(9 * t_s)
        box = (x - 0.7 * px, float(top), x + 0.7 * px, seat.y + DESK * px)
        found.append(Walker(walk.row, box))
    return found


def gain(script: Script, t_s: float) -> float:
    """Return the light at a time, 1 on average: it swells slowly and flickers."""
    phase = 2 * np.pi * script.sway[0, :, 1]
    light = 1.0 + 0.04 * np.sin(0.9 * t_s + phase[0]) + 0.02 * np.sin(17 * t_s + phase[1])
    return float(light)


def face_box(pose: Pose, seat: Seat) -> tuple[float, float, float, float]:
    """Return where the face is, x1 y1 x2 y2 in pixels; where it would be, if it is turned away."""
    half = seat.face_px / 2
    return (pose.x - half, pose.y - half, pose.x + half, pose.y + half)


def state(
    pose: Pose, box: tuple[float, float, float, float], row: int, walking: Sequence[Walker]
) -> str:
    """Return "visible", "turned", "down", "covered" or "absent": what a camera could know.

    Parameters
    ----------
    pose : Pose
    box : tuple
        The viewer's face, x1 y1 x2 y2 in pixels.
    row : int
        The viewer's row.
    walking : list of Walker
        What `walkers` returned for the same time.

    Returns
    -------
    str
    """
    if not pose.present:
        return "absent"
    if abs(pose.yaw) > TURNED_FROM:
        return "turned"
    if pose.pitch > DOWN_FROM:
        return "down"
    covered = sum(_part_under(box, walker.box) for walker in walking if walker.row >= row)
    return "covered" if covered > COVERED_FROM else "visible"


def _part_under(
    box: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> float:
    """Return the share of a box that another one covers."""
    wide = min(box[2], other[2]) - max(box[0], other[0])
    high = min(box[3], other[3]) - max(box[1], other[1])
    return max(wide, 0) * max(high, 0) / ((box[2] - box[0]) * (box[3] - box[1]))
