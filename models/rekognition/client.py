"""Pictures as Amazon Rekognition takes them: JPEG or PNG, neither too large nor too small."""

from __future__ import annotations

from pathlib import Path

import cv2

from laughtrack.models.data import image_files

MAX_BYTES = 5_242_880  # of a picture sent in the request
MIN_PX = 80  # height and width; below it the answer is a bare "invalid parameters"
TAKEN = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")  # how JPEG and PNG begin
# Without loss if there is room for that, then as little loss as there is room for.
WAYS = ((".png", []), *((".jpg", [cv2.IMWRITE_JPEG_QUALITY, q]) for q in (95, 85, 70)))


def sendable(path):
    """Make of a picture file what Rekognition takes: its own bytes if they will do.

    Parameters
    ----------
    path : path

    Returns
    -------
    tuple of bytes and (height, width) in px
        As it is seen: turned as its Exif data says, which Rekognition does, too.

    Raises
    ------
    ValueError
        Naming the picture, if it can't be read, or is too small or too large.
    """
    image = image_files.read(path)
    height, width = image.shape[:2]
    if min(height, width) < MIN_PX:
        raise ValueError(
            f"{path}: {width} x {height} px, and Rekognition takes {MIN_PX} x {MIN_PX} or more"
        )
    data = Path(path).read_bytes()
    if not data.startswith(TAKEN) or len(data) > MAX_BYTES:
        data = _encoded(image, path)
    return data, (height, width)


def _encoded(image, path):
    for ending, settings in WAYS:
        data = cv2.imencode(ending, image, settings)[1].tobytes()
        if len(data) <= MAX_BYTES:
            return data
    raise ValueError(f"{path}: over {MAX_BYTES:,} bytes even as a coarse JPEG; make it smaller")
