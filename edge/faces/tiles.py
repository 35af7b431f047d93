"""How a picture is cut up for a scan: octaves of face size, in tiles, and the parts of those."""

from typing import NamedTuple

# The least size, after scaling, of the faces an octave looks for. The cascades' window is 20 px
# wide; scaled to it the smallest faces, for which the picture would have to be enlarged, are looked
# for at 22 px, all others at 33: of 203 GENKI-4K faces 184 were found with all octaves at 22 px, so
# 198, and 197 at 44 px, which takes a tenth longer.
LEAST_PX = (22, 33)
# Each octave of face size is scanned a little beyond its double, so that a face at the border of
# two still gathers its neighbours in one of them.
OCTAVE = 2.15
# A scanned part's side in least sizes: larger ones waste less on overlaps, smaller ones spread
# better.
TILE = (14, 9)
# Price of scanning a pixel after scaling, ms on one core, of pictures with some faces in them.
PIXEL_MS = (100e-6, 150e-6)
# Cells in which changes of the picture are seen, in least sizes of the smallest faces.
CELL = 0.5


class Tile(NamedTuple):
    """A piece of the picture in one octave: x1 y1 x2 y2 in pixels; an octave's tiles are disjoint.

    The octave's faces are `least` to `OCTAVE * least` pixels wide; scaled by `scale`, the smallest
    are `least_px` wide.
    """

    x1: int
    y1: int
    x2: int
    y2: int
    octave: int
    least: float
    scale: float
    least_px: int


class Part(NamedTuple):
    """A piece of the picture to scan: x1 y1 x2 y2 in pixels, and how.

    It is scaled by `scale`; its smallest faces are then `least_px` wide. It costs `price_ms`.
    """

    x1: int
    y1: int
    x2: int
    y2: int
    scale: float
    least_px: int
    price_ms: float


def least_face(shape, min_face_px=None):
    """Return the least width of a face to find: what was asked for, or from the picture's height.

    Parameters
    ----------
    shape : tuple of int
        Height and width in pixels.
    min_face_px : float, optional
        By default a fortieth of the height, at least 20.

    Returns
    -------
    float
    """
    return min_face_px or max(20, round(shape[0] / 40))


def cell_px(least):
    """Return the side of the cells that changes are seen in, pixels; tiles end at cells."""
    return max(1, int(CELL * least))


def tiles(shape, least):
    """Cut a picture into tiles.

    Parameters
    ----------
    shape : tuple of int
        Height and width in pixels.
    least : float
        Least width of a face.

    Returns
    -------
    list of Tile
        Smallest faces first; the last tiles of a row or column end with the picture.
    """
    height, width = shape
    cell, found, octave = cell_px(least), [], 0
    while least <= min(height, width):
        least_px = LEAST_PX[octave > 0]
        side = (TILE[octave > 0] - OCTAVE) * least
        for y1, y2 in _spans(height, side, cell):
            for x1, x2 in _spans(width, side, cell):
                found.append(Tile(x1, y1, x2, y2, octave, least, least_px / least, least_px))
        least, octave = 2 * least, octave + 1
    return found


def part(tile, box, shape):
    """Return what to scan of a picture to find the faces whose middle lies in a box of a tile.

    Parameters
    ----------
    tile : Tile
    box : tuple of int
        x1 y1 x2 y2 in pixels, inside the tile.
    shape : tuple of int
        Height and width of the picture in pixels.

    Returns
    -------
    Part
    """
    around = round(OCTAVE * tile.least / 2)
    x1, y1 = max(0, box[0] - around), max(0, box[1] - around)
    x2, y2 = min(shape[1], box[2] + around), min(shape[0], box[3] + around)
    price_ms = PIXEL_MS[tile.octave > 0] * (y2 - y1) * (x2 - x1) * tile.scale**2
    return Part(x1, y1, x2, y2, tile.scale, tile.least_px, price_ms)


def plan(shape, least):
    """Return the parts that make a scan of a whole picture, as `tiles` cuts it: list of Part."""
    return [part(tile, tile[:4], shape) for tile in tiles(shape, least)]


def _spans(length, side, cell):
    """Split [0, length) into spans of about `side`, ending at multiples of `cell`."""
    count = max(1, round(length / side))
    ends = [round(length * i / count / cell) * cell for i in range(count)] + [length]
    return [(a, b) for a, b in zip(ends, ends[1:]) if b > a]
