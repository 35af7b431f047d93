"""Ask Amazon Rekognition: several pictures at once, again when it asks for patience.

A refusal of one picture (`Refused`, `ValueError`) leaves the others alone; what would fail for all
of them (`OSError`: no permission, a sign-in that ended, no network, no room) ends the asking.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from typing import NamedTuple

from laughtrack import aws

# Rekognition Image, DetectFaces, the first million pictures a month, as published for most regions.
PRICE_USD = 0.001
PRICE_DATE = "October 2026"
MOST_AT_ONCE = 10  # as many connections as botocore keeps open
OF_THE_PICTURE = (
    "InvalidImageFormatException",
    "ImageTooLargeException",
    "InvalidParameterException",
    "ValidationException",
)
SLOWER = (
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
)
PASSING = ("InternalServerError", "ServiceUnavailable", "ServiceUnavailableException")


class Refused(Exception):
    """Rekognition doesn't take this picture; the message says why."""


class Halted(Exception):
    """The asking was stopped while this picture waited."""


class Patience(NamedTuple):
    """How long to wait when told to go slower: pauses from and to, and when to give up."""

    first_s: float = 1.0
    longest_s: float = 30.0
    give_up_s: float = 900.0  # since the last answer to any picture


PATIENCE = Patience()


class Questions:
    """Asks one picture after another, from several threads, with one patience for all of them.

    Parameters
    ----------
    client : boto3 client of rekognition
    patience : Patience
    tell : function, optional
        Called with a line of text when Rekognition asks to go slower.
    """

    def __init__(self, client, patience=PATIENCE, tell=lambda text: None):
        self._client, self._patience, self._tell = client, patience, tell
        self._region = client.meta.region_name
        self._came_s, self._came, self._slowed = time.monotonic(), False, False
        self._halt = threading.Event()

    def stop(self):
        """Ask no more; wake those that wait."""
        self._halt.set()

    def halted(self):
        """Return whether it was stopped."""
        return self._halt.is_set()

    def ask(self, data):
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
        Refused
            If Rekognition doesn't take this picture.
        Halted
            After `stop`.
        AwsError
            If no picture will fare better, with the cure.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        pause_s = self._patience.first_s
        while not self._halt.is_set():
            try:
                response = self._client.detect_faces(Image={"Bytes": data}, Attributes=["ALL"])
            except (ClientError, BotoCoreError) as error:
                self._weigh(error)
            else:
                self._came_s, self._came = time.monotonic(), True
                return response
            self._halt.wait(pause_s * random.uniform(0.5, 1.0))
            pause_s = min(2 * pause_s, self._patience.longest_s)
        raise Halted

    def _weigh(self, error):
        """Return if it is worth a wait; raise what it means otherwise."""
        from botocore.exceptions import ConnectionError, HTTPClientError

        code = aws.error_code(error)
        if code in OF_THE_PICTURE:
            raise Refused(" ".join(f"{code}: {error.response['Error'].get('Message', '')}".split()))
        # A network that worked a moment ago will come back; one that never did is set up wrong.
        lost = isinstance(error, (ConnectionError, HTTPClientError)) and self._came
        if not (code in SLOWER or code in PASSING or lost):
            with aws.readable_errors(self._region):
                raise error
        what = code or type(error).__name__
        if time.monotonic() - self._came_s > self._patience.give_up_s:
            raise aws.AwsError(
                f"Amazon Rekognition answered nothing but {what} for "
                f"{self._patience.give_up_s / 60:.0f} minutes: run the same again later, or with "
                "a smaller --at-once"
            )
        if not self._slowed:
            self._slowed = True
            self._tell(f"Amazon Rekognition answers {what}: waiting, and going on when it does")


def answers(table, paths, questions, at_once):
    """Ask for pictures, several at once, and keep each answer as soon as it is there.

    Parameters
    ----------
    table : path
        The label table beside which answers are kept.
    paths : list of Path
    questions : Questions
        Once it is stopped, no more are begun.
    at_once : int

    Yields
    ------
    tuple
        Path, Said or None, exception or None: as they come, those begun before a stop, too.
        ValueError concerns that picture alone.
    """
    # Not at the top: OpenCV comes with them, and the command's help needs only the price.
    from laughtrack.models.rekognition import answers as rekognition
    from laughtrack.models.rekognition.client import sendable

    def answer(path):
        data, shape = sendable(path)
        try:
            return rekognition.keep(table, path, shape, questions.ask(data))
        except Refused as refusal:
            return rekognition.keep(table, path, shape, refused=str(refusal))
        except OSError:
            questions.stop()  # here, before this thread takes the next picture
            raise

    yield from _each(paths, answer, at_once, questions.halted)


def _each(items, do, at_once, halted):
    """Do something with each item in several threads; yield item, result, exception."""
    todo, done = queue.SimpleQueue(), queue.SimpleQueue()
    for item in items:
        todo.put(item)

    def work():
        while not halted():
            try:
                item = todo.get_nowait()
            except queue.Empty:
                break
            try:
                done.put((item, do(item), None))
            except Exception as error:
                done.put((item, None, error))
        done.put(None)

    for _ in range(at_once):
        # Daemons: a second Ctrl-C must not wait for an answer that may never come.
        threading.Thread(target=work, daemon=True).start()
    working = at_once
    while working:
        result = done.get()
        if result is None:
            working -= 1
        else:
            yield result
