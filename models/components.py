"""Principal components of faces for the pretend auditorium: `python -m models.components -h`.

Only a mean, components, and one direction leave this script, never a picture. Each is an average
over thousands of people.

1. Pictures with two eyes found, level and at the usual distance, are turned, scaled, and shifted
   until the eyes lie at `EYES`, then fitted to the mean face.
2. Brightness inside the face is brought to mean 0 and variance 1; colour is kept at a quarter of
   the resolution.
3. Broad smiles and faces that do not smile each lose their own mean, so that the components hold
   what differs between people and as little of smiling as may be.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import cv2
import numpy as np

HEIGHT, WIDTH = 108, 88  # px of the stored face, hair to chin
EYES = ((30.5, 48.0), (57.5, 48.0))  # left and right in the picture, x y
COLOUR_STEP = 4  # colour is stored at 1/4 of the resolution; the eye is not sharper than that
COLOUR_UNIT = 16.0  # grey levels of colour that weigh as much as one deviation of brightness
COUNT = 80
SEED = 1


def main(argv=None):
    """Make the components file from a folder that holds `lfw`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=Path, help="folder that holds lfw/")
    parser.add_argument("--out", type=Path, default=Path("edge/faces_pca.npz"))
    args = parser.parse_args(argv)
    cv2.setNumThreads(1)
    faces, smiles, people = read_faces(args.data / "lfw")
    table = components(faces, smiles, people)
    np.savez_compressed(args.out, **table)
    size = args.out.stat().st_size
    print(f"{len(faces)} pictures, {int(smiles.sum())} of them smiling: {args.out}, {size} bytes")
    return 0


def read_faces(folder):
    """Read, align, and normalise every usable picture that is clearly smiling or clearly not.

    Parameters
    ----------
    folder : Path
        Holds `labels.csv` and `images/PERSON/IMAGE.jpg`.

    Returns
    -------
    faces : ndarray, shape (N, D), float32
        See `flatten`.
    smiles : ndarray, shape (N,), bool
        Both sets of hand labels say smile (True) or both say not (False).
    people : ndarray, shape (N,), str
    """
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_eye.xml")
    images, rows = [], []
    for row in _labelled(folder / "labels.csv"):
        path = folder / "images" / row["person"] / (row["image"] + ".jpg")
        image = cv2.imread(str(path))
        eyes = None if image is None else find_eyes(image, cascade)
        if eyes is not None:
            images.append(_straighten(image, eyes))
            rows.append(row)
    template = _template(images)
    fitted = [_fit(image, template) for image in images]
    kept = [i for i, face in enumerate(fitted) if face is not None]
    faces = np.array([flatten(fitted[i]) for i in kept], np.float32)
    smiles = np.array([rows[i]["smile_human"] == "1" for i in kept])
    return faces, smiles, np.array([rows[i]["person"] for i in kept])


def _labelled(path):
    wanted = {("1", "happiness"), ("0", "neutral")}
    with open(path, newline="") as file:
        return [
            row
            for row in csv.DictReader(file)
            if (row["smile_human"], row["emotion_muxspace"]) in wanted
        ]


def find_eyes(image, cascade):
    """Find the two eyes of an LFW picture.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), uint8
        Its middle 120 x 120 is used.
    cascade : cv2.CascadeClassifier

    Returns
    -------
    ndarray, shape (2, 2), float64, or None
        Left and right eye, x y in pixels; None unless both are there, level, and as far apart as
        in a face that looks at the camera.
    """
    top, left = (image.shape[0] - 120) // 2, (image.shape[1] - 120) // 2
    grey = cv2.cvtColor(image[top + 30 : top + 75, left + 20 : left + 100], cv2.COLOR_BGR2GRAY)
    grey = cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    found, _, scores = cascade.detectMultiScale3(
        grey, 1.05, 3, minSize=(24, 24), maxSize=(60, 60), outputRejectLevels=True
    )
    best = [None, None]
    for (x, y, w, h), score in zip(found, np.ravel(scores), strict=True):
        side = int(x + w / 2 > 80)
        if best[side] is None or score > best[side][0]:
            best[side] = (score, (left + 20 + (x + w / 2) / 2, top + 30 + (y + h / 2) / 2))
    if best[0] is None or best[1] is None:
        return None
    eyes = np.array([best[0][1], best[1][1]])
    across, down = eyes[1] - eyes[0]
    return eyes if 20 < across < 30 and abs(down) < 0.2 * across else None


def _straighten(image, eyes):
    to = np.array(EYES)
    # A similarity as a ratio of complex numbers.
    old, new = complex(*(eyes[1] - eyes[0])), complex(*(to[1] - to[0]))
    turn = new / old
    matrix = np.array([[turn.real, -turn.imag, 0], [turn.imag, turn.real, 0]])
    matrix[:, 2] = to.mean(axis=0) - matrix[:, :2] @ eyes.mean(axis=0)
    return cv2.warpAffine(
        image, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )


LIKENESS = 0.6  # least correlation with the mean face
INNER = (slice(30, 98), slice(18, 70))  # eyes to mouth, rows and columns


def _normal(image):
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)
    inner = grey[INNER]
    return (grey - inner.mean()) / (inner.std() + 1.0)


def _template(images):
    mean = np.mean([_normal(image) for image in images], axis=0)
    return ((mean + mean[:, ::-1]) / 2)[INNER].astype(np.float32)


def _fit(image, template):
    """Fit the inner face to the mean by an affine map; None where it does not look like a face."""
    shift = np.array([[1, 0, INNER[1].start], [0, 1, INNER[0].start]], np.float32)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 15, 1e-3)
    try:
        likeness, matrix = cv2.findTransformECC(
            template, _normal(image), shift.copy(), cv2.MOTION_AFFINE, stop, None, 3
        )
    except cv2.error:  # it does not converge
        return None
    if likeness < LIKENESS or np.abs(matrix - shift)[:, :2].max() > 0.25:
        return None
    matrix[:, 2] -= matrix[:, :2] @ shift[:, 2]
    return cv2.warpAffine(
        image,
        matrix,
        (WIDTH, HEIGHT),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT,
    )


def flatten(image):
    """Turn a face into the vector that the components are made of.

    Parameters
    ----------
    image : ndarray, shape (HEIGHT, WIDTH, 3), uint8, BGR

    Returns
    -------
    ndarray, shape (D,), float32
        Brightness, mean 0 and variance 1 in the inner face, clipped to 3; then Cr and Cb at a
        quarter of the resolution, in `COLOUR_UNIT`.
    """
    small = (WIDTH // COLOUR_STEP, HEIGHT // COLOUR_STEP)
    colour = cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb)[..., 1:], small, None, 0, 0, 3)
    colour = (colour.astype(np.float32) - 128) / COLOUR_UNIT
    return np.concatenate([_normal(image).clip(-3, 3).ravel(), colour.ravel()])


def components(faces, smiles, people):
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
    across = vectors @ smile / deviations
    parts = vectors * deviations[:, None]
    scales = np.abs(parts).max(axis=1) / 127
    return {
        "mean": neutral.astype(np.float16),
        "smile": smile.astype(np.float16),
        "parts": np.rint(parts / scales[:, None]).astype(np.int8),
        "scales": scales.astype(np.float32),
        "across": (across / np.linalg.norm(across)).astype(np.float32),
    }


def _smile(faces, smiles, people):
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


def _dark_haired(faces):
    # Light walls behind a head would end in the components as a pale halo around every face.
    light = faces[:, : HEIGHT * WIDTH].reshape(-1, HEIGHT, WIDTH)
    top, side = light[:, 4:14, 24:64].mean(axis=(1, 2)), light[:, 20:60, 3:9].mean(axis=(1, 2))
    return (top < -0.6) & (side < -0.3)


def head_mask():
    """Return 1 inside the head and falling to 0 outside it, flattened like a face, shape (D,)."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    radius = np.hypot((x - (WIDTH - 1) / 2) / 44, (y - 52) / 56)
    return _flat_mask(np.clip((1.06 - radius) / 0.06, 0, 1))


def _flat_mask(mask):
    mask = mask.astype(np.float32)
    small = cv2.resize(mask, (WIDTH // COLOUR_STEP, HEIGHT // COLOUR_STEP), None, 0, 0, 3)
    return np.concatenate([mask.ravel(), np.repeat(small.ravel(), 2)])


def _mirrored(faces):
    area = HEIGHT * WIDTH
    light = faces[:, :area].reshape(-1, HEIGHT, WIDTH)[:, :, ::-1].reshape(-1, area)
    colour = faces[:, area:].reshape(-1, HEIGHT // COLOUR_STEP, WIDTH // COLOUR_STEP, 2)
    return np.concatenate([light, colour[:, :, ::-1].reshape(len(faces), -1)], axis=1)


def _principal(rows, count):
    """Subspace iteration: the `count` strongest directions and their standard deviations."""
    random = np.random.RandomState(SEED)
    basis = random.randn(count + 20, rows.shape[1]).astype(np.float32)
    for _ in range(6):
        basis = np.linalg.qr(rows.T @ (rows @ basis.T))[0].T
    _, values, turn = np.linalg.svd(rows @ basis.T, full_matrices=False)
    vectors = (turn @ basis)[:count]
    return vectors, values[:count] / np.sqrt(len(rows))


if __name__ == "__main__":
    raise SystemExit(main())
