"""Masks, scarves and cloths over a mouth, and pulled down under it."""

from __future__ import annotations

import numpy as np

from laughtrack.models.mouth.cloth import lit
from laughtrack.models.mouth.sheet import Sheet, oval


def surgical(sheet: Sheet, rng: np.random.Generator) -> None:
    """A mask from nose to chin, with pleats, a nose wire and loops for the ears."""
    _mask(sheet, rng, float(rng.uniform(0.2, 0.62)), float(rng.uniform(1.55, 2.05)), pleats=True)


def cloth_mask(sheet: Sheet, rng: np.random.Generator) -> None:
    """A cloth mask, smooth or printed, maybe with a seam down its middle."""
    _mask(sheet, rng, float(rng.uniform(0.25, 0.7)), float(rng.uniform(1.45, 2.0)), pleats=False)


def below_nose(sheet: Sheet, rng: np.random.Generator) -> None:
    """A mask that leaves the nose free."""
    pleats = bool(rng.random() < 0.5)
    _mask(sheet, rng, float(rng.uniform(0.68, 0.76)), float(rng.uniform(1.6, 2.1)), pleats)


def scarf(sheet: Sheet, rng: np.random.Generator) -> None:
    """A scarf, a collar or a veil: from the nose down and out of the picture."""
    _scarf(sheet, rng, float(rng.uniform(0.25, 0.72)))


def respirator(sheet: Sheet, rng: np.random.Generator) -> None:
    """A cup-shaped respirator with a weld across and maybe a valve; for proof."""
    top, foot, wide = rng.uniform(0.25, 0.5), rng.uniform(1.6, 1.85), rng.uniform(0.75, 1.0)
    angle = np.linspace(0, 2 * np.pi, 32)
    places = np.stack([np.sin(angle) * wide, -np.cos(angle)], 1)
    places[:, 1] = (top + foot) / 2 + places[:, 1] * (foot - top) / 2
    places[:, 0] *= 1 - 0.35 * (places[:, 1] < (top + foot) / 2) * np.abs(np.cos(angle))
    level = rng.uniform(170, 245) if rng.random() < 0.7 else rng.uniform(15, 70)
    bright = np.full((sheet.side,) * 2, level, np.float32)
    sheet.lay(places, lit(bright, rng), rng)
    y = float(rng.uniform(0.8, 1.2))
    sheet.line(np.array([[-wide, y], [wide, y]]), level * 0.75, 0.03)
    for end in (-1, 1):
        sheet.line(np.array([[end * wide, y], [end * 1.25, 0.2]]), level * 0.9, 0.04)
    if rng.random() < 0.5:
        at = (rng.uniform(-0.5, 0.5), rng.uniform(0.8, 1.3))
        sheet.lay(oval(at, 0.2, 0.2), bright * np.float32(rng.uniform(0.5, 0.95)), rng)


def bandana(sheet: Sheet, rng: np.random.Generator) -> None:
    """A cloth tied behind the head that hangs down to a point, in stripes; for proof."""
    rows = np.arange(sheet.side, dtype=np.float32)[:, None]
    wave = sheet.frame.unit_px * rng.uniform(0.15, 0.6)
    stripes = np.sign(np.sin(rows * 2 * np.pi / wave)) * rng.uniform(0, 45)
    layer = lit(np.broadcast_to(stripes + rng.uniform(40, 210), (sheet.side,) * 2), rng)
    top = rng.uniform(0.3, 0.6)
    places = [[-1.3, top - 0.25], [0, top], [1.3, top - 0.25], [rng.normal(0, 0.2), 2.6]]
    sheet.lay(np.array(places), layer.astype(np.float32), rng)


def chin_mask(sheet: Sheet, rng: np.random.Generator) -> None:
    """A mask pulled down under the mouth."""
    _mask(sheet, rng, float(rng.uniform(1.32, 1.6)), float(rng.uniform(1.9, 2.3)), pleats=True)


def low_scarf(sheet: Sheet, rng: np.random.Generator) -> None:
    """A scarf, a collar or a jersey up to the chin."""
    _scarf(sheet, rng, float(rng.uniform(1.35, 1.7)))


def _mask(sheet: Sheet, rng: np.random.Generator, top: float, foot: float, pleats: bool) -> None:
    wide, low = rng.uniform(0.85, 1.3), rng.uniform(0.45, 0.95)
    rise = rng.uniform(-0.02, 0.2)  # the upper edge is higher over the nose
    ear = top + rng.uniform(0.0, 0.3)
    turn = np.linspace(-1, 1, 9)
    upper = np.stack([turn * wide, ear - (ear - top + rise) * (1 - np.abs(turn) ** 1.5)], 1)
    side_y = rng.uniform(1.2, 1.5)
    lower = np.stack([-turn * low, foot - rng.uniform(0, 0.25) * np.abs(turn) ** 2], 1)
    outline = np.concatenate([upper, [[wide * 0.95, side_y]], lower, [[-wide * 0.95, side_y]]])
    layer = sheet.draped(sheet.cloth(rng, folds=0.3), rng, pleats)
    level = float(np.median(layer))
    if rng.random() < 0.85:  # straps lie under the cloth's edge
        strap, thick = level * rng.uniform(0.7, 1.2), float(rng.uniform(0.015, 0.06))
        for end in (-1, 1):
            loop = [[end * wide * 0.97, ear + 0.05], [end * 1.22, rng.uniform(-0.1, 0.3)]]
            sheet.line(np.array(loop), strap, thick)
            sheet.line(np.array([[end * wide * 0.9, side_y], loop[1]]), strap, thick)
    sheet.lay(outline, layer, rng)
    if pleats and rng.random() < 0.4:  # stitched ones
        for y in np.linspace(max(ear, top + 0.2), min(side_y + 0.1, foot), int(rng.integers(2, 6))):
            bend = rng.uniform(-0.02, 0.12)
            places = np.stack([turn * wide * 0.93, y + bend * (1 - turn**2)], 1)
            sheet.line(places, level * rng.uniform(0.55, 1.15), float(rng.uniform(0.012, 0.05)))
    if rng.random() < 0.4:  # a seam, or a bordered edge
        places = outline[:9] if rng.random() < 0.5 else np.array([[0, top], [0, foot]])
        sheet.line(places, level * rng.uniform(0.6, 1.3), float(rng.uniform(0.02, 0.07)))


def _scarf(sheet: Sheet, rng: np.random.Generator, top: float) -> None:
    turn = np.linspace(-1, 1, 11)
    edge = top + rng.normal(0, 0.05, 11).cumsum() * 0.5 + rng.uniform(-0.35, 0.2) * turn**2
    upper = np.stack([turn * 1.35, edge], 1)
    layer = sheet.draped(sheet.cloth(rng, folds=0.9), rng, pleats=bool(rng.random() < 0.3))
    sheet.lay(np.concatenate([upper, [[2.2, 3.2], [-2.2, 3.2]]]), layer, rng)
    for _ in range(int(rng.integers(0, 4))):
        places = np.stack([turn * 1.3, edge + rng.uniform(0.15, 1.2) + rng.normal(0, 0.03, 11)], 1)
        sheet.line(places, float(np.median(layer)) * rng.uniform(0.5, 1.2), rng.uniform(0.02, 0.1))
