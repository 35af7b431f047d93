"""Ask Amazon Rekognition for many pictures, several at once, and keep each answer."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from laughtrack.models.rekognition.answers import Answer
    from laughtrack.models.rekognition.client import FaceDetector

# Rekognition Image, DetectFaces, the first million pictures a month, as published for most regions.
PRICE_USD = 0.001
PRICE_DATE = "October 2026"
MAX_CONCURRENT = 10  # as many connections as botocore keeps open


class Labelled(NamedTuple):
    """What came of one picture: its answer, or why there is none.

    A `ValueError` concerns that picture alone.
    """

    path: Path
    answer: Answer | None
    error: Exception | None


def ask_all(
    table: Path, paths: Iterable[Path], detector: FaceDetector, concurrent: int
) -> Iterator[Labelled]:
    """Ask for pictures, several at once, and keep each answer as soon as it is there.

    Parameters
    ----------
    table : path
        The label table beside which answers are kept.
    paths : iterable of Path
    detector : FaceDetector
        Once it is stopped, no more are begun.
    concurrent : int
        How many at once.

    Yields
    ------
    Labelled
        As they come, those begun before a stop, too.
    """
    # Not at the top: OpenCV comes with them, and the command's help needs only the price.
    from laughtrack.models.rekognition import answers
    from laughtrack.models.rekognition.client import PictureRefused, sendable

    def label(path: Path) -> Answer:
        request = sendable(path)
        try:
            response = detector.detect_faces(request.data)
            return answers.save_answer(table, path, request.shape, response)
        except PictureRefused as refusal:
            return answers.save_answer(table, path, request.shape, refused=str(refusal))
        except OSError:
            detector.stop()  # here, before this thread takes the next picture
            raise

    yield from _in_threads(paths, label, concurrent, detector.stopped)


def _in_threads(
    paths: Iterable[Path],
    label: Callable[[Path], Answer],
    threads: int,
    stopped: Callable[[], bool],
) -> Iterator[Labelled]:
    """Label each picture in one of several threads."""
    waiting: queue.SimpleQueue[Path] = queue.SimpleQueue()
    done: queue.SimpleQueue[Labelled | None] = queue.SimpleQueue()
    for path in paths:
        waiting.put(path)

    def work() -> None:
        while not stopped():
            try:
                path = waiting.get_nowait()
            except queue.Empty:
                break
            try:
                done.put(Labelled(path, label(path), None))
            except Exception as error:
                done.put(Labelled(path, None, error))
        done.put(None)

    for _ in range(threads):
        # Daemons: a second Ctrl-C must not wait for an answer that may never come.
        threading.Thread(target=work, daemon=True).start()
    working = threads
    while working:
        result = done.get()
        if result is None:
            working -= 1
        else:
            yield result
