"""The pretend audience at one time: where each face is and looks, how it smiles, who hides it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from laughtrack.edge.simulate.script import TURN_S

ATTACK_S, HOLD_S = 0.5, 0.2  # a smile's way up, and its stay there
# Beyond these a face is no longer one that looks at the camera; measured with Haar.
TURNED_FROM = 0.35  # radians
DOWN_FROM = 0.35
COVERED_FROM = 0.2  # part of the face's box behind somebody
DESK = 1.35  # faces from the middle of a face down to the row's desk


class Pose(NamedTuple):
    """Where a viewer's face is (middle, pixels), how it is turned (radians), and how it smiles."""

    x: float
    y: float
    yaw: float
    pitch: float
    degree: float
    present: bool


def degrees(script, t_s):
    """Return how far each viewer smiles at a time: shape (N,), in [0, 1]."""
    near = np.abs(script.jokes[:, 0] - t_s + 3.0) < 4.0
    after = t_s - script.tellings[near, :, 0]
    rise = np.clip(after / ATTACK_S, 0, 1)
    fall = np.clip((after - ATTACK_S - HOLD_S) / script.tellings[near, :, 2], 0, 1)
    shape = rise * rise * (3 - 2 * rise) * 0.5 * (1 + np.cos(np.pi * fall))
    smiles = script.tellings[near, :, 1] * shape
    return smiles.max(axis=0) if len(smiles) else np.zeros(len(script.seats))


def poses(script, t_s):
    """Return where everybody is at a time: list of Pose, one per viewer."""
    smiles = degrees(script, t_s)
    found = []
    for seat, phase, smile in zip(script.seats, script.sway, smiles):
        swing = np.sin(2 * np.pi * (t_s / (3 + 6 * phase[:, 0]) + phase[:, 1]))
        x = seat.x + seat.face_px * (0.05 * swing[0] + 0.03 * swing[1])
        y = seat.y + seat.face_px * (0.02 * swing[2] + 0.015 * swing[3])
        found.append(Pose(float(x), float(y), 0.0, 0.0, float(smile), True))
    for event in _now(script.events, t_s):
        found[event.viewer] = _away(found[event.viewer], event, t_s)
    return found


def _now(things, t_s):
    return [thing for thing in things if thing.start_s <= t_s < thing.end_s]


def _away(pose, event, t_s):
    part = min(t_s - event.start_s, event.end_s - t_s) / TURN_S
    ease = min(part, 1.0) ** 2 * (3 - 2 * min(part, 1.0))
    if event.kind == "down":
        return pose._replace(pitch=1.0 * ease)
    if event.kind == "turned":
        return pose._replace(yaw=2.4 * ease * event.side)
    return pose._replace(yaw=1.5 * ease * event.side, present=part < 1)


def walkers(script, t_s):
    """Return who walks along which row: list of (row, (x1, y1, x2, y2)), pixels."""
    found = []
    for walk in _now(script.walks, t_s):
        seat = next(seat for seat in script.seats if seat.row == walk.row)
        part = (t_s - walk.start_s) / (walk.end_s - walk.start_s)
        x, px = walk.x0 + (walk.x1 - walk.x0) * part, seat.face_px
        top = seat.y - 1.3 * px + 0.05 * px * np.sin(9 * t_s)
        found.append((walk.row, (x - 0.7 * px, float(top), x + 0.7 * px, seat.y + DESK * px)))
    return found


def gain(script, t_s):
    """Return the light at a time, 1 on average: it swells slowly and flickers."""
    phase = 2 * np.pi * script.sway[0, :, 1]
    light = 1.0 + 0.04 * np.sin(0.9 * t_s + phase[0]) + 0.02 * np.sin(17 * t_s + phase[1])
    return float(light)


def face_box(pose, seat):
    """Return where the face is, x1 y1 x2 y2 in pixels; where it would be, if it is turned away."""
    half = seat.face_px / 2
    return (pose.x - half, pose.y - half, pose.x + half, pose.y + half)


def state(pose, box, row, walking):
    """Return "visible", "turned", "down", "covered" or "absent": what a camera could know.

    Parameters
    ----------
    pose : Pose
    box : tuple
        The viewer's face, x1 y1 x2 y2 in pixels.
    row : int
        The viewer's row.
    walking : list
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
    covered = sum(_part_under(box, walker) for at, walker in walking if at >= row)
    return "covered" if covered > COVERED_FROM else "visible"


def _part_under(box, other):
    wide = min(box[2], other[2]) - max(box[0], other[0])
    high = min(box[3], other[3]) - max(box[1], other[1])
    return max(wide, 0) * max(high, 0) / ((box[2] - box[0]) * (box[3] - box[1]))
