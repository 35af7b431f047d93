"""Covers of mouths, drawn: masks, scarves, hands, cups, microphones; and what only looks like one.

`KINDS` train MouthNet; `PROOF_KINDS` are other things, drawn in other ways, and never train it.
`NEAR` leave the mouth to be seen: a mask under the chin, a hand at the cheek, glasses.
"""

from __future__ import annotations

import cv2
import numpy as np

from laughtrack.models.mouth import hands, masks
from laughtrack.models.mouth.sheet import Drawer, Sheet, oval


def blot(sheet: Sheet, rng: np.random.Generator) -> None:
    """Something of any outline, so that it is not outlines alone that are learnt."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(4, 12))))
    far = rng.uniform(0.5, 1.2, len(angle))
    places = np.stack([np.cos(angle), np.sin(angle) * rng.uniform(0.5, 1)], 1) * far[:, None]
    layer = sheet.cloth(rng) if rng.random() < 0.7 else sheet.skin(rng)
    sheet.lay(places + sheet.frame.mouth + rng.normal(0, 0.15, 2), layer, rng)


def glasses(sheet: Sheet, rng: np.random.Generator) -> None:
    """Dark glasses, or a band over the eyes."""
    layer = np.full((sheet.side,) * 2, rng.uniform(5, 110), np.float32)
    for x in (-0.5, 0.5):
        sheet.lay(oval((x, 0.05), rng.uniform(0.34, 0.5), rng.uniform(0.2, 0.36)), layer, rng)
    sheet.line(np.array([[-1.1, -0.05], [1.1, -0.05]]), float(layer[0, 0]), 0.06)


def beard(sheet: Sheet, rng: np.random.Generator) -> None:
    """A beard, a moustache or both around lips that are to be seen."""
    before = sheet.picture.copy()
    layer = sheet.skin_level * np.float32(rng.uniform(0.2, 0.75))
    hair = layer + rng.standard_normal(before.shape).astype(np.float32) * rng.uniform(3, 18)
    if rng.random() < 0.3:
        hair = hair + 120 * rng.random()  # a grey one
    x, y = sheet.frame.mouth
    if rng.random() < 0.8:
        wide, top = rng.uniform(0.7, 1.05), rng.uniform(0.85, 1.2)
        places = [[-wide, top], [-0.5, y], [0.5, y], [wide, top], [0.7, 1.6], [0, 1.85]]
        sheet.lay(np.array([*places, [-0.7, 1.6]]), hair.astype(np.float32), rng)
    if rng.random() < 0.7:
        sheet.lay(oval((x, y - 0.22), rng.uniform(0.3, 0.5), 0.11), hair.astype(np.float32), rng)
    lips: np.ndarray = np.zeros(before.shape, np.float32)
    mouth = np.rint(sheet.frame.to_px(oval((0, y), 0.38, 0.17)) * 16).astype(np.int32)
    cv2.fillPoly(lips, [mouth], 1.0, cv2.LINE_AA, 4)
    lips = cv2.GaussianBlur(lips, (0, 0), max(0.4, sheet.frame.unit_px * 0.03))
    sheet.picture += (before - sheet.picture) * lips
    sheet.cover *= 1 - lips


KINDS: tuple[Drawer, ...] = (
    masks.surgical, masks.surgical, masks.cloth_mask, masks.cloth_mask, masks.below_nose,
    masks.scarf, hands.hand, hands.hand, hands.fist, hands.cup, hands.microphone, blot,
)  # fmt: skip
PROOF_KINDS: tuple[Drawer, ...] = (masks.respirator, masks.bandana, hands.phone, hands.flat_hand)
NEAR: tuple[Drawer, ...] = (
    masks.chin_mask, masks.chin_mask, masks.low_scarf, hands.hand_beside, hands.microphone_below,
    glasses, beard, beard,
)  # fmt: skip
