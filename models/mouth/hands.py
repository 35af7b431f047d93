"""Hands, and what they hold before a mouth or beside it."""

from __future__ import annotations

import numpy as np

from laughtrack.models.mouth.cloth import lit
from laughtrack.models.mouth.sheet import Sheet, capsule, oval


def hand(sheet: Sheet, rng: np.random.Generator) -> None:
    """A hand over the mouth: a palm or back, and fingers across the face."""
    _hand(sheet, rng, sheet.frame.mouth + rng.normal(0, 0.12, 2))


def fist(sheet: Sheet, rng: np.random.Generator) -> None:
    """A fist before the mouth: knuckles in a row, the wrist below."""
    skin_layer = sheet.skin(rng)
    middle = sheet.frame.mouth + rng.normal(0, 0.1, 2)
    wide, high = rng.uniform(0.45, 0.75), rng.uniform(0.35, 0.6)
    lean = float(rng.normal(0, 0.4))
    sheet.lay(capsule(middle, middle + np.array([lean, 1.8]), wide * 0.7), skin_layer, rng)
    sheet.lay(oval(middle, wide, high), skin_layer, rng)
    for x in np.linspace(-0.75, 0.75, 4) * wide:
        top = middle + np.array([x, -high * 0.6])
        shade = np.float32(rng.uniform(0.8, 1.12))
        sheet.lay(capsule(top, top + np.array([0, high]), wide * 0.24), skin_layer * shade, rng)


def cup(sheet: Sheet, rng: np.random.Generator) -> None:
    """A cup, can or glass at the mouth, mostly with the hand that holds it."""
    layer = sheet.cloth(rng, folds=0.0)
    x, y = sheet.frame.mouth + rng.normal(0, 0.08, 2)
    top, wide, high = y - rng.uniform(0.1, 0.35), rng.uniform(0.42, 0.8), rng.uniform(0.7, 1.5)
    narrow, lean = rng.uniform(0.65, 1.0), rng.normal(0, 0.25)
    rim = oval((x, top), wide, wide * rng.uniform(0.08, 0.35))
    foot = x + lean
    body = [[x - wide, top], [x + wide, top], [foot + wide * narrow, top + high]]
    sheet.lay(np.array([*body, [foot - wide * narrow, top + high]]), layer, rng)
    sheet.lay(rim, layer * np.float32(rng.uniform(0.5, 1.3)), rng)
    if rng.random() < 0.7:
        _fingers(sheet, rng, (x, top + rng.uniform(0.35, 0.9)), float(rng.normal(0, 20)))


def microphone(sheet: Sheet, rng: np.random.Generator) -> None:
    """A microphone before the mouth: a ball or foam, a stick, a hand."""
    _microphone(sheet, rng, sheet.frame.mouth + rng.normal(0, 0.06, 2), rng.uniform(0.36, 0.6))


def phone(sheet: Sheet, rng: np.random.Generator) -> None:
    """A phone, a book or a sheet of paper held before the mouth; for proof."""
    middle = sheet.frame.mouth + rng.normal(0, 0.12, 2)
    wide, high = (0.5, 0.95) if rng.random() < 0.5 else (rng.uniform(0.8, 1.3), 0.7)
    angle = float(rng.normal(0, 0.35))
    box = np.array([[-wide, -high], [wide, -high], [wide, high], [-wide, high]])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    shade = rng.uniform(5, 60) if rng.random() < 0.5 else rng.uniform(90, 250)
    sheet.lay(middle + box @ turn, np.full((sheet.side,) * 2, shade, np.float32), rng)
    if rng.random() < 0.5:
        sheet.lay(
            middle + box * 0.85 @ turn, np.full((sheet.side,) * 2, shade * 0.6, np.float32), rng
        )


def flat_hand(sheet: Sheet, rng: np.random.Generator) -> None:
    """Fingers side by side, laid from the side across the mouth, as who laughs does; for proof."""
    side = float(rng.choice([-1, 1]))
    layer = sheet.skin(rng)
    x, y = sheet.frame.mouth
    for number in range(4):
        level = y - 0.36 + number * 0.26
        tip = np.array([x - side * rng.uniform(0.35, 0.6), level])
        root = np.array([x + side * 1.5, level + rng.uniform(0.1, 0.5)])
        shade = np.float32(1 - 0.06 * number)
        sheet.lay(capsule(tip, root, 0.145), layer * shade, rng)
        sheet.line(np.array([tip, root]) + np.array([0, 0.13]), float(layer.mean()) * 0.6, 0.02)


def hand_beside(sheet: Sheet, rng: np.random.Generator) -> None:
    """A hand at cheek, brow or chin."""
    at = [(1.25, 0.9), (-1.25, 0.9), (1.3, 0.2), (-1.3, 0.2), (0.1, 2.1), (0.6, -0.7)]
    _hand(sheet, rng, np.array(at[rng.integers(len(at))]) + rng.normal(0, 0.1, 2))


def microphone_below(sheet: Sheet, rng: np.random.Generator) -> None:
    """A microphone under the mouth or beside it."""
    at = np.array([rng.uniform(-1, 1), rng.uniform(1.75, 2.0)])
    _microphone(sheet, rng, at, rng.uniform(0.25, 0.45))


def _hand(sheet: Sheet, rng: np.random.Generator, middle: np.ndarray) -> None:
    layer = sheet.skin(rng)
    angle = float(rng.uniform(0, 2 * np.pi))  # where the arm comes from; mostly from below
    if rng.random() < 0.7:
        angle = float(rng.normal(np.pi / 2, 0.6))
    arm = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-arm[1], arm[0]])
    palm = middle + arm * rng.uniform(0.2, 0.7)
    sheet.lay(capsule(palm, palm + arm * 1.8, rng.uniform(0.4, 0.6)), layer, rng)
    long, thick = rng.uniform(0.5, 1.0), rng.uniform(0.12, 0.18)
    spread = rng.uniform(0, 0.3)
    for number in rng.permutation(4):
        step = (number - 1.5) * thick * rng.uniform(1.7, 2.1)
        root = palm + across * step
        tip = middle - arm * long * (1 - 0.08 * abs(number - 1.5)) + across * step * (1 + spread)
        shade = np.float32(rng.uniform(0.82, 1.1))
        sheet.lay(capsule(tip, root, thick), layer * shade, rng)


def _fingers(
    sheet: Sheet, rng: np.random.Generator, at: tuple[float, float], degrees: float
) -> None:
    layer, side = sheet.skin(rng), float(rng.choice([-1, 1]))
    lean = np.tan(np.radians(degrees)) * 0.7
    for number in range(4):
        y = at[1] + (number - 1.5) * 0.25
        tip = np.array([at[0] - side * 0.35, y - lean])
        root = np.array([at[0] + side * 1.1, y + lean])
        sheet.lay(capsule(tip, root, 0.13), layer * np.float32(rng.uniform(0.85, 1.1)), rng)


def _microphone(sheet: Sheet, rng: np.random.Generator, at: np.ndarray, radius: float) -> None:
    level = rng.uniform(8, 90) if rng.random() < 0.75 else rng.uniform(90, 220)
    layer = np.full((sheet.side,) * 2, level, np.float32)
    stick = at + np.array([rng.normal(0, 0.5), 2.0])
    sheet.lay(capsule(at, stick, radius * rng.uniform(0.4, 0.7)), layer * np.float32(0.8), rng)
    weave = rng.standard_normal(layer.shape).astype(np.float32) * rng.uniform(2, 20)
    sheet.lay(oval(at, radius, radius * rng.uniform(0.85, 1.2)), lit(layer + weave, rng), rng)
    if rng.random() < 0.6:
        _fingers(sheet, rng, (stick[0] * 0.5 + at[0] * 0.5, at[1] + 1.0), float(rng.normal(0, 20)))
