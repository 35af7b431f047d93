"""How a picture is cut up for a scan: octaves of face size, in tiles, and the regions of those."""

from __future__ import annotations

from typing import NamedTuple, Sequence

# The least size, after scaling, of the faces an octave looks for. The cascades' window is 20 px
# wide; scaled to it the smallest faces, for which the picture would have to be enlarged, are looked
# for at 22 px, all others at 33: of 203 GENKI-4K faces 184 were found with all octaves at 22 px, so
# 198, and 197 at 44 px, which takes a tenth longer.
SCALED_MIN_PX = (22, 33)
# Each octave of face size is scanned a little beyond its double, so that a face at the border of
# two still gathers its neighbours in one of them.
OCTAVE = 2.15
# A scanned region's side in least sizes: larger ones waste less on overlaps, smaller ones spread
# better.
TILE_SIDES = (14, 9)
# Price of scanning a pixel after scaling, ms on one core, of pictures with some faces in them.
PIXEL_MS = (100e-6, 150e-6)
# Cells in which changes of the picture are seen, in least sizes of the smallest faces.
CELL_SHARE = 0.5


class Tile(NamedTuple):
    """A piece of the picture in one octave: x1 y1 x2 y2 in pixels; an octave's tiles are disjoint.

    The octave's faces are `min_px` to `OCTAVE * min_px` pixels wide; scaled by `scale`, the
    smallest are `scaled_min_px` wide.
    """

    x1: int
    y1: int
    x2: int
    y2: int
    octave: int
    min_px: float
    scale: float
    scaled_min_px: int


class Region(NamedTuple):
    """A piece of the picture to scan: x1 y1 x2 y2 in pixels, and how.

    It is scaled by `scale`; its smallest faces are then `scaled_min_px` wide. It costs `price_ms`.
    """

    x1: int
    y1: int
    x2: int
    y2: int
    scale: float
    scaled_min_px: int
    price_ms: float


def min_face_width(shape: tuple[int, ...], min_face_px: float | None = None) -> float:
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


def cell_px(min_px: float) -> int:
    """Return the side of the cells that changes are seen in, pixels; tiles end at cells."""
    return max(1, int(CELL_SHARE * min_px))


def tiles(shape: tuple[int, ...], min_px: float) -> list[Tile]:
    """Cut a picture into tiles.

    Parameters
    ----------
    shape : tuple of int
        Height and width in pixels.
    min_px : float
        Least width of a face.

    Returns
    -------
    list of Tile
        Smallest faces first; the last tiles of a row or column end with the picture.
    """
    height, width = shape
    cell, found, octave = cell_px(min_px), [], 0
    while min_px <= min(height, width):
        scaled_min_px = SCALED_MIN_PX[octave > 0]
        side = (TILE_SIDES[octave > 0] - OCTAVE) * min_px
        for y1, y2 in _spans(height, side, cell):
            for x1, x2 in _spans(width, side, cell):
                found.append(
                    Tile(x1, y1, x2, y2, octave, min_px, scaled_min_px / min_px, scaled_min_px)
                )
        min_px, octave = 2 * min_px, octave + 1
    return found


def region(tile: Tile, box: Sequence[int], shape: tuple[int, ...]) -> Region:
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
    Region
    """
    around = round(OCTAVE * tile.min_px / 2)
    x1, y1 = max(0, box[0] - around), max(0, box[1] - around)
    x2, y2 = min(shape[1], box[2] + around), min(shape[0], box[3] + around)
    price_ms = PIXEL_MS[tile.octave > 0] * (y2 - y1) * (x2 - x1) * tile.scale**2
    return Region(x1, y1, x2, y2, tile.scale, tile.scaled_min_px, price_ms)


def whole_picture(shape: tuple[int, ...], min_px: float) -> list[Region]:
    """Return the regions that make a scan of a whole picture, as `tiles` cuts it."""
    return [region(tile, tile[:4], shape) for tile in tiles(shape, min_px)]


def _spans(length: int, side: float, cell: int) -> list[tuple[int, int]]:
    """Split [0, length) into spans of about `side`, ending at multiples of `cell`."""
    count = max(1, round(length / side))
    ends = [round(length * i / count / cell) * cell for i in range(count)] + [length]
    return [(a, b) for a, b in zip(ends, ends[1:]) if b > a]
