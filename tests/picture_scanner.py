"""Looks for pictures in bytes: known formats, and any array that looks like the footage.

Every blob is decoded in every way that the project or its libraries store things: JSON and lines
of it, CSV, base64, hex, zlib, gzip, zip, Parquet, numpy, raw numbers of 8 to 64 bits, single bits.
What comes out as at least `MIN_VALUES` numbers is laid out as a picture of each plausible width and
correlated with the footage's frames of that size, with their edges, and with what changed between
them; rows' and columns' means are taken off all of them first, so that a slope is no likeness, and
of numbers that hardly ever fall, such as times, the steps are compared.

Why `MIN_CORRELATION`: n unrelated values correlate with a standard deviation of 1 / sqrt(n), 0.083
for the 144 of the small size and 0.042 for the 576 of the large one, at which all are compared; the
bounds are 9 and 13 of these. What comes near them has a pattern of its own, such as viewers' IDs by
turns (0.61 at the small size, 0.53 in what a run leaves), and must besides be more alike as it lies
than shifted. A picture of the room comes to 0.97 and more, of 16 x 9 values as of any other size,
one of black and white alone to 0.59. Fewer than 128 values show no face to anybody.
"""

import itertools
import re
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from tests.blob_decoding import MIN_VALUES, is_utf8, numbers, parts

# Pictures are compared at the first of these sizes that has no more values.
SIZES = (32, 18), (16, 9)
MIN_CORRELATION = {SIZES[0]: 0.55, SIZES[1]: 0.75}
# Steps of times are mostly alike, and a few that are not can lie as a few edges do: 0.86 was seen.
MIN_SUMMED, MOST_FALLS = 0.93, 0.02
# Numbers with a pattern of their own, such as viewers' IDs by turns, are as much like some frame as
# like the same one shifted. A picture leads by this; of so many most alike each is looked at.
MIN_LEAD, MOST_ALIKE = 0.1, 100
# Width to height.
ASPECTS = 0.4, 4.0
MAX_DEPTH = 8

# What no other data begins with; and what must be decoded to be told from chance.
SURE = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"\x93NUMPY": "numpy",
    b"\x1aE\xdf\xa3": "Matroska",
    b"ftypisom": "MP4",
    b"ftypmp4": "MP4",
    b"ftypqt": "QuickTime",
    b"AVI LIST": "AVI",
    b"--frame\r\nContent-Type: image": "MJPEG",
}
DOUBTFUL = {
    rb"\xff\xd8\xff": "JPEG",
    # With the size of a header after the file's own.
    rb"BM.{12}[\x0c\x28\x6c\x7c]\0\0\0": "BMP",
    rb"RIFF....WEBP": "WebP",
    rb"II\*\0|MM\0\*": "TIFF",
}


class Finding(NamedTuple):
    """Where a picture is, what it is, and how alike one (1 for a known format)."""

    where: str
    what: str
    correlation: float


class Scanner:
    """Remembers the footage, and what it has looked at.

    Parameters
    ----------
    frames : sequence of ndarray, shape (H, W), uint8
    known : bytes
        What is left out wherever it stands, such as a page's library.

    Attributes
    ----------
    most : Finding
        The array that was most like a picture of all.
    places : list of str
        Of all blobs that were looked at.
    arrays : int
        How many were compared.
    """

    def __init__(self, frames, known=b""):
        grey = [frame.astype(np.float32) for frame in frames]
        edges = [np.abs(cv2.Laplacian(cv2.blur(each, (5, 5)), cv2.CV_32F)) for each in grey[::4]]
        changes = [np.abs(b - a) for a, b in itertools.pairwise(grey[::4])]
        masks = [(each > np.median(each)).astype(np.float32) for each in edges]
        templates = *grey, *edges, *changes, *masks
        self._templates = {size: _vectors(templates, size) for size in SIZES}
        self._seen, self._known = set(), known
        self.most = Finding("", "", 0.0)
        self.places, self.arrays = [], 0

    def scan_folder(self, folder, left_out=()):
        """Return the findings of all files below a folder, but for those of these names."""
        found = []
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file() and not path.is_symlink() and path.name not in left_out:
                found += self.scan(path.read_bytes(), str(path))
        return found

    def scan(self, data, where, depth=0):
        """Return the findings of some bytes."""
        data = data.replace(self._known, b"") if self._known else data
        key = hash(bytes(data))
        if key in self._seen or depth > MAX_DEPTH or len(data) < 16:
            return []
        self._seen.add(key)
        self.places.append(where)
        found = [Finding(where, name, 1.0) for name in formats(data)]
        is_text = is_utf8(data)
        for how, values in numbers(data, is_text):
            found += self.compare(values, f"{where} > {how}")
        for how, part in parts(data, is_text):
            found += self.scan(part, f"{where} > {how}", depth + 1)
        return found

    def compare(self, values, where):
        """Return the findings of an array of numbers: that it is a picture, or none."""
        values = np.asarray(values, np.float64).ravel()
        known = values[np.isfinite(values)]
        # Times, which only rise but from one batch to another that was stored after it, are no
        # picture as they stand; one that is summed up is.
        steps = np.diff(known, prepend=0.0)
        rises = float((steps[1:] < 0).mean() if len(steps) > 1 else 0.0) <= MOST_FALLS
        values = even(np.maximum(steps, 0.0) if rises else values)
        key = hash(values.tobytes())
        if len(values) < MIN_VALUES or np.ptp(values) == 0 or key in self._seen:
            return []
        self._seen.add(key)
        self.arrays += 1
        size = next(each for each in SIZES if len(values) >= each[0] * each[1] or each == SIZES[-1])
        bound = MIN_SUMMED if rises else MIN_CORRELATION[size]
        pictures = []
        for width in widths(len(values)):
            rows = values[: len(values) // width * width].reshape(-1, width)
            # Of a large one, some rows and columns tell as much.
            rows = rows[:: 1 + len(rows) // 96, :: 1 + width // 96]
            pictures += [np.ascontiguousarray(rows), np.ascontiguousarray(rows.T)]
        templates, vectors = self._templates[size], _vectors(pictures, size)
        alike = np.abs(templates @ vectors.T)
        best = 0.0
        for k in np.argsort(-alike, axis=None)[:MOST_ALIKE]:
            i, j = np.unravel_index(k, alike.shape)
            if alike[i, j] > best and (
                alike[i, j] < bound or in_place(templates[i], vectors[j], size)
            ):
                best = float(alike[i, j])
        finding = Finding(where, f"{len(values)} numbers", best)
        if best > self.most.correlation:
            self.most = finding
        return [finding] if best >= bound else []


def in_place(template, vector, size):
    """Whether two pictures are more alike as they lie than with one of them shifted far."""
    width, height = size
    spectra = [np.fft.fft2(each.reshape(height, width)) for each in (template, vector)]
    alike = np.abs(np.fft.ifft2(spectra[0] * spectra[1].conj()).real)
    near = np.ix_([-1, 0, 1], [-2, -1, 0, 1, 2])
    best = alike[near].max()
    alike[near] = 0
    return best > alike.max() + MIN_LEAD


def even(values):
    """Numbers as float32 of which none outweighs all others, as floats of random bytes would."""
    values = np.clip(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0), -1e150, 1e150)
    if not len(values):
        return values.astype(np.float32)
    low, first, last, high = np.percentile(values, [1, 25, 75, 99])
    if high - low > 100 * (last - first) > 0:
        values, low, high = np.argsort(np.argsort(values)), 0, len(values)
    return ((np.clip(values, low, high) - low) / (high - low or 1.0)).astype(np.float32)


def _vectors(pictures, size):
    """Pictures at one size, a row each: of length 1, without the rows' and columns' means."""
    small = np.stack([cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in pictures])
    small -= np.stack([cv2.blur(each, (5, 5)) for each in small])
    small -= small.mean(axis=1, keepdims=True)
    small -= small.mean(axis=2, keepdims=True)
    vectors = small.reshape(len(small), -1)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-4)


def widths(count):
    """All plausible widths of a picture of so many values."""
    narrow, wide = (int((count * aspect) ** 0.5) for aspect in ASPECTS)
    return range(max(8, narrow), max(9, wide + 1))


def formats(data):
    """The names of picture formats that begin somewhere in the bytes."""
    found = [name for magic, name in SURE.items() if magic in data]
    for magic, name in DOUBTFUL.items():
        for match in re.finditer(magic, data, re.DOTALL):
            if is_picture(data[match.start() :]):
                found.append(name)
                break
    return found


def is_picture(data):
    """Whether OpenCV reads a picture of more than a few pixels out of bytes."""
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        return False
    return picture is not None and picture.size >= MIN_VALUES
