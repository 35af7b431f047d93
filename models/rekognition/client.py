"""One picture and Amazon Rekognition: made ready to send, asked for, again after a wait.

A refusal of one picture (`PictureRefused`, `ValueError`) leaves the others alone; what would fail
for all of them (`OSError`: no permission, a sign-in that ended, no network, no room) ends the
asking.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from laughtrack import aws
from laughtrack.models.data import image_files, packs

MAX_BYTES = 5_242_880  # of a picture sent in the request
MIN_PX = 80  # height and width; below it the answer is a bare "invalid parameters"
ACCEPTED = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")  # how JPEG and PNG begin
# Without loss if there is room for that, then as little loss as there is room for.
ENCODINGS = ((".png", []), *((".jpg", [cv2.IMWRITE_JPEG_QUALITY, q]) for q in (95, 85, 70)))
PICTURE_ERRORS = (
    "InvalidImageFormatException",
    "ImageTooLargeException",
    "InvalidParameterException",
    "ValidationException",
)
THROTTLED = (
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
)
TRANSIENT = ("InternalServerError", "ServiceUnavailable", "ServiceUnavailableException")


class PictureRefused(Exception):
    """Rekognition doesn't take this picture; the message says why."""


class Stopped(Exception):
    """The asking was stopped while this picture waited."""


class Backoff(NamedTuple):
    """How long to wait when told to go slower: pauses from and to, and when to give up."""

    first_s: float = 1.0
    longest_s: float = 30.0
    give_up_s: float = 900.0  # since the last answer to any picture


BACKOFF = Backoff()


class FaceDetector:
    """Asks for the faces of pictures, from several threads, with one backoff for all of them.

    Parameters
    ----------
    client : boto3 client of rekognition
    backoff : Backoff
    tell : function, optional
        Called with a line of text when Rekognition asks to go slower.
    """

    def __init__(
        self,
        client: Any,
        backoff: Backoff = BACKOFF,
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._client, self._backoff, self._tell = client, backoff, tell
        self._region = client.meta.region_name
        self._last_answer_s, self._answered, self._slowed = time.monotonic(), False, False
        self._stop = threading.Event()

    def stop(self) -> None:
        """Ask no more; wake those that wait."""
        self._stop.set()

    def stopped(self) -> bool:
        """Return whether it was stopped."""
        return self._stop.is_set()

    def detect_faces(self, data: bytes) -> dict[str, Any]:
        """Ask for the faces of one picture, with all attributes.

        Parameters
        ----------
        data : bytes
            JPEG or PNG.

        Returns
        -------
        dict
            As DetectFaces answers.

        Raises
        ------
        PictureRefused
            If Rekognition doesn't take this picture.
        Stopped
            After `stop`.
        AwsError
            If no picture will fare better, with the cure.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        pause_s = self._backoff.first_s
        while not self._stop.is_set():
            try:
                response: dict[str, Any] = self._client.detect_faces(
                    Image={"Bytes": data}, Attributes=["ALL"]
                )
            except (ClientError, BotoCoreError) as error:
                self._raise_unless_transient(error)
            else:
                self._last_answer_s, self._answered = time.monotonic(), True
                return response
            self._stop.wait(pause_s * random.uniform(0.5, 1.0))
            pause_s = min(2 * pause_s, self._backoff.longest_s)
        raise Stopped

    def _raise_unless_transient(self, error: Any) -> None:
        """Return if it is worth a wait; raise what it means otherwise."""
        from botocore.exceptions import ConnectionError, HTTPClientError

        code = aws.error_code(error)
        if code in PICTURE_ERRORS:
            message = error.response["Error"].get("Message", "")
            raise PictureRefused(" ".join(f"{code}: {message}".split()))
        # A network that worked a moment ago will come back; one that never did is set up wrong.
        lost = isinstance(error, (ConnectionError, HTTPClientError)) and self._answered
        if not (code in THROTTLED or code in TRANSIENT or lost):
            with aws.readable_errors(self._region):
                raise error
        what = code or type(error).__name__
        if time.monotonic() - self._last_answer_s > self._backoff.give_up_s:
            raise aws.AwsError(
                f"Amazon Rekognition answered nothing but {what} for "
                f"{self._backoff.give_up_s / 60:.0f} minutes: run the same again later, or with "
                "a smaller --at-once"
            )
        if not self._slowed:
            self._slowed = True
            self._tell(f"Amazon Rekognition answers {what}: waiting, and going on when it does")


class Request(NamedTuple):
    """A picture as it is sent: JPEG or PNG, and its (height, width) in px.

    The shape is as the picture is seen: turned as its Exif data says, which Rekognition does, too.
    """

    data: bytes
    shape: tuple[int, int]


def sendable(path: str | Path) -> Request:
    """Make of a picture file what Rekognition takes: its own bytes if they will do.

    Parameters
    ----------
    path : path

    Returns
    -------
    Request

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
    data = b"" if packs.pack_of(path) else Path(path).read_bytes()
    if not data.startswith(ACCEPTED) or len(data) > MAX_BYTES:
        data = _encoded(image, path)
    return Request(data, (height, width))


def _encoded(image: np.ndarray, path: str | Path) -> bytes:
    for ending, settings in ENCODINGS:
        data: bytes = cv2.imencode(ending, image, settings)[1].tobytes()
        if len(data) <= MAX_BYTES:
            return data
    raise ValueError(f"{path}: over {MAX_BYTES:,} bytes even as a coarse JPEG; make it smaller")
