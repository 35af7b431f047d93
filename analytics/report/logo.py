"""A picture for the top of a page, checked: it goes to whoever is handed the page."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

MOST_BYTES = 1_000_000
MOST_PIXELS = 20_000_000
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
SVG = "{http://www.w3.org/2000/svg}svg"
# What runs, holds other documents, or changes an address later.
_ACTIVE = {"script", "foreignobject", "iframe", "embed", "object", "audio", "video", "handler"}
_ACTIVE |= {"set", "animate", "animatemotion", "animatetransform"}
_INSIDE = re.compile(r"#|data:image/(png|jpeg);base64,", re.IGNORECASE)
# Of a style, also written with escapes.
_LOADS = re.compile(
    r"url\(\s*['\"]?(?!#)|@import|@font-face|image-set|javascript:|\\", re.IGNORECASE
)
_DECLARED = re.compile(r"<!DOCTYPE|<!ENTITY|<\?xml-stylesheet", re.IGNORECASE)
_ENCODING = re.compile(r"""^<\?xml[^>]*encoding\s*=\s*['"](?!utf-8['"])""", re.IGNORECASE)


def logo_of(path: str | Path) -> str:
    """Check a logo, and return it as a page holds it.

    Parameters
    ----------
    path : Path
        A PNG, JPEG or SVG, known by its content, of at most 1 MB.

    Returns
    -------
    str
        A data URI.

    Raises
    ------
    ValueError
        If there is no such file, it is too large or no picture of these kinds, or an SVG that holds
        a script or loads something from elsewhere.
    """
    path = Path(path)
    try:
        data = path.read_bytes() if path.stat().st_size <= MOST_BYTES else None
    except OSError as error:
        raise _refused(path, f"{error.strerror}; name a PNG, JPEG or SVG file") from None
    if data is None:
        raise _refused(path, "larger than 1 MB; save it smaller")
    if data.startswith((PNG, JPEG)):
        _check_pixels(path, data)
        kind = "png" if data.startswith(PNG) else "jpeg"
    else:
        _check_svg(path, data)
        kind = "svg+xml"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _refused(path: Path, why: str) -> ValueError:
    return ValueError(f"--logo {path}: {why}")


def _check_pixels(path: Path, data: bytes) -> None:
    import cv2

    # A PNG says its size in its first block; a JPEG is decoded at an eighth of its own.
    is_png = data.startswith(PNG)
    wide, high = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if is_png and wide * high > MOST_PIXELS:
        raise _refused(path, f"{wide} x {high} pixels; save it smaller")
    how = cv2.IMREAD_GRAYSCALE if is_png else cv2.IMREAD_REDUCED_GRAYSCALE_8
    if cv2.imdecode(np.frombuffer(data, np.uint8), how) is None:
        raise _refused(path, "a damaged picture; save it anew")


def _check_svg(path: Path, data: bytes) -> None:
    no_picture = "no PNG, JPEG or SVG by its content; save it as one of these"
    try:
        text = data.decode("utf-8-sig")
        if _DECLARED.search(text) or _ENCODING.search(text):
            raise _refused(
                path, "an SVG with a DOCTYPE, style sheet or encoding of its own: " + _CURE
            )
        root = ElementTree.fromstring(text)
    except (UnicodeDecodeError, ElementTree.ParseError):
        raise _refused(path, no_picture) from None
    if root.tag != SVG:
        raise _refused(path, no_picture)
    for each in root.iter():
        why = _what_it_does(each)
        if why:
            raise _refused(path, f"an SVG {why}: {_CURE}")


_CURE = "it could act on who opens the page; save it as plain SVG, or as PNG"


def _what_it_does(each: ElementTree.Element) -> str:
    """Return what an element does besides being drawn, "" for nothing."""
    name = _local(each.tag)
    if name in _ACTIVE:
        return f"with <{name}>"
    if name == "style" and _LOADS.search("".join(each.itertext())):
        return "whose style loads something"
    for attribute, value in each.attrib.items():
        if _local(attribute).startswith("on"):
            return f"with a script ({_local(attribute)})"
        if _local(attribute) in ("href", "src") and not _INSIDE.match(value.strip()):
            return f"that leads elsewhere ({value.strip()[:40]!r})"
        if _LOADS.search(value):
            return f"that loads something ({value.strip()[:40]!r})"
    return ""


def _local(name: object) -> str:
    """Return a name without its namespace, in small letters."""
    return str(name).rpartition("}")[2].lower()
