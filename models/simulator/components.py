"""Principal components of faces for the simulated auditorium.

`python -m laughtrack.models.simulator.components -h` says how they are made.

Only a mean, components, and one direction leave this script, never a picture. Each is an average
over some 1,700 pictures and their mirror images.

`models/simulator/align.py` brings the pictures into line. Broad smiles and faces that do not smile
then each lose their own mean, so that the components hold what differs between people, and as
little of smiling as may be; the smile is kept by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from laughtrack.edge import console
from laughtrack.models.simulator.align import COLOUR_STEP, HEIGHT, WIDTH, read_faces

COUNT = 80
SEED = 1


def main(argv: Sequence[str] | None = None) -> int:
    """Make the components file from a folder that holds `lfw`."""
    parser = console.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=Path, help="folder that holds lfw/")
    parser.add_argument("--out", type=Path, default=Path("edge/simulate/faces_pca.npz"))
    args = parser.parse_args(argv)
    cv2.setNumThreads(1)
    aligned = read_faces(args.data / "lfw")
    table: dict[str, Any] = {**components(*aligned)}
    np.savez_compressed(args.out, **table)
    size = args.out.stat().st_size
    console.show(
        f"{len(aligned.faces)} pictures, {int(aligned.smiles.sum())} of them smiling: {args.out}, "
        f"{size} bytes"
    )
    return 0


def components(faces: np.ndarray, smiles: np.ndarray, people: np.ndarray) -> dict[str, np.ndarray]:
    """Principal components of faces with the smile taken out, and the smile by itself.

    Parameters
    ----------
    faces : ndarray, shape (N, D), float32
    smiles : ndarray, shape (N,), bool
    people : ndarray, shape (N,), str

    Returns
    -------
    dict of ndarray
        `mean` (D,) float16: a face that does not smile; `smile` (D,) float16: what a broad smile
        adds; `parts` (COUNT, D) int8 and `scales` (COUNT,) float32: part times scale is one
        standard deviation of that component; `across` (COUNT,) float32: the unit vector, in
        standard deviations, along which smiles and others differ most clearly.
    """
    faces, smiles = np.concatenate([faces, _mirrored(faces)]), np.tile(smiles, 2)
    smile = _smile(faces, smiles, np.tile(people, 2))
    dark = _dark_haired(faces)
    faces, smiles = faces[dark] * head_mask(), smiles[dark]
    neutral, broad = faces[~smiles].mean(axis=0), faces[smiles].mean(axis=0)
    vectors, deviations = _principal(faces - np.where(smiles[:, None], broad, neutral), COUNT)
    smile_axis = vectors @ smile / deviations
    parts = vectors * deviations[:, None]
    scales = np.abs(parts).max(axis=1) / 127
    return {
        "mean": neutral.astype(np.float16),
        "smile": smile.astype(np.float16),
        "parts": np.rint(parts / scales[:, None]).astype(np.int8),
        "scales": scales.astype(np.float32),
        "across": (smile_axis / np.linalg.norm(smile_axis)).astype(np.float32),
    }


def _smile(faces: np.ndarray, smiles: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Mean over people with both of (their smiling faces - their others), inside the face.

    Within people, because in the whole set more women than men smile, and the plain difference
    would make every face more a woman's.
    """
    both = sorted(set(people[smiles]) & set(people[~smiles]))
    differences = [
        faces[smiles & (people == name)].mean(axis=0)
        - faces[~smiles & (people == name)].mean(axis=0)
        for name in both
    ]
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    radius = np.hypot((x - (WIDTH - 1) / 2) / 34, (y - 66) / 40)
    return np.mean(differences, axis=0) * _flat_mask(np.clip((1 - radius) / 0.3, 0, 1))


def _dark_haired(faces: np.ndarray) -> np.ndarray:
    # Light walls behind a head would end in the components as a pale halo around every face.
    light = faces[:, : HEIGHT * WIDTH].reshape(-1, HEIGHT, WIDTH)
    top, side = light[:, 4:14, 24:64].mean(axis=(1, 2)), light[:, 20:60, 3:9].mean(axis=(1, 2))
    return (top < -0.6) & (side < -0.3)


def head_mask() -> np.ndarray:
    """Return 1 inside the head and falling to 0 outside it, flattened like a face, shape (D,)."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    radius = np.hypot((x - (WIDTH - 1) / 2) / 44, (y - 52) / 56)
    return _flat_mask(np.clip((1.06 - radius) / 0.06, 0, 1))


def _flat_mask(mask: np.ndarray) -> np.ndarray:
    mask = mask.astype(np.float32)
    small = cv2.resize(mask, (WIDTH // COLOUR_STEP, HEIGHT // COLOUR_STEP), None, 0, 0, 3)
    return np.concatenate([mask.ravel(), np.repeat(small.ravel(), 2)])


def _mirrored(faces: np.ndarray) -> np.ndarray:
    area = HEIGHT * WIDTH
    light = faces[:, :area].reshape(-1, HEIGHT, WIDTH)[:, :, ::-1].reshape(-1, area)
    colour = faces[:, area:].reshape(-1, HEIGHT // COLOUR_STEP, WIDTH // COLOUR_STEP, 2)
    return np.concatenate([light, colour[:, :, ::-1].reshape(len(faces), -1)], axis=1)


def _principal(rows: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Subspace iteration: the `count` strongest directions and their standard deviations."""
    random = np.random.RandomState(SEED)
    basis = random.randn(count + 20, rows.shape[1]).astype(np.float32)
    for _ in range(6):
        basis = np.linalg.qr(rows.T @ (rows @ basis.T))[0].T
    _, values, rotation = np.linalg.svd(rows @ basis.T, full_matrices=False)
    vectors = (rotation @ basis)[:count]
    return vectors, values[:count] / np.sqrt(len(rows))


if __name__ == "__main__":
    raise SystemExit(main())
