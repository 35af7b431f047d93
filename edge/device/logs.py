"""Where the device's log goes: the system's journal, or a file that cannot fill the disk."""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import os
import sys
import threading
import time
from dataclasses import dataclass
from typing import Callable, TextIO

from laughtrack.edge.console import LineFormatter

NAME = "laughtrack"
# The same message again within this time is counted, not written.
REPEAT_S = 60.0
MAX_REMEMBERED = 200
# The journal reads a line's rank from its beginning.
RANKS = {"DEBUG": "<7>", "INFO": "<6>", "WARNING": "<4>", "ERROR": "<3>", "CRITICAL": "<2>"}


def start(log_file: str = "", log_mb: float = 5.0) -> None:
    """Send the log of ``laughtrack`` to standard error or to a file; an earlier start is undone.

    Parameters
    ----------
    log_file : str
        The file; its folder is made. Empty, or where it cannot be written: standard error, which
        systemd hands to its journal; times are then left to the journal.
    log_mb : float
        The file and one older (``.1``) are kept up to this size each.
    """
    log = logging.getLogger(NAME)
    stop()
    trouble, handler = "", None
    if log_file:
        try:
            handler = _file(log_file, log_mb)
        except OSError as error:
            reason = error.strerror or error
            trouble = f"cannot write the log {log_file}: {reason}; set log_file to a file that can"
    if handler is None:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_JournalFormatter() if _is_journal(sys.stderr) else _with_time())
    # A full disk or a closed pipe must not stop the program, nor fill anything else.
    handler.handleError = lambda record: None  # type: ignore[method-assign]
    handler.addFilter(RepeatFilter().allow)
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    if trouble:
        log.error("%s", trouble)


def silence_opencv() -> None:
    """Keep what OpenCV says by itself out of standard error: our own words come in one line each.

    To be called before OpenCV is imported.
    """
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")


def stop() -> None:
    """Close the log's files; what is logged from now on goes nowhere."""
    log = logging.getLogger(NAME)
    for handler in list(log.handlers):
        log.removeHandler(handler)
        # On a full disk what was not written is lost.
        with contextlib.suppress(OSError):
            handler.close()


@dataclass
class _Written:
    """When a message was written last, and how often it was held back since."""

    at_s: float
    held_back: int = 0


class RepeatFilter:
    """Lets the same message through once a minute, with how often it was held back till then.

    Parameters
    ----------
    now : function, optional
        Seconds, for tests.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._known: dict[tuple[int, str], _Written] = {}  # by level and message

    def allow(self, record: logging.LogRecord) -> bool:
        """Return whether a log record may be written; its message gains the number held back."""
        message, now_s = record.getMessage(), self._now()
        key = (record.levelno, message)
        with self._lock:
            known = self._known.get(key)
            if known is not None and now_s - known.at_s < REPEAT_S:
                known.held_back += 1
                return False
            if len(self._known) >= MAX_REMEMBERED:
                self._forget(now_s)
            self._known[key] = _Written(now_s)
        if known is not None and known.held_back:
            record.msg, record.args = f"{message} (held back {known.held_back} times since)", ()
        return True

    def _forget(self, now_s: float) -> None:
        """Drop the old; all, when none is: better a line too many than memory that grows."""
        fresh = {key: seen for key, seen in self._known.items() if now_s - seen.at_s < REPEAT_S}
        self._known = fresh if len(fresh) < MAX_REMEMBERED else {}


class _JournalFormatter(LineFormatter):
    """A line for the journal, which adds the time itself; further lines keep the rank."""

    def format(self, record: logging.LogRecord) -> str:
        rank = RANKS.get(record.levelname, "<6>")
        return "\n".join(rank + line for line in super().format(record).split("\n"))


def _with_time() -> logging.Formatter:
    form = LineFormatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    form.converter = time.gmtime
    return form


def _file(path: str, log_mb: float) -> logging.Handler:
    folder = os.path.dirname(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    # 0 would mean no limit.
    most = max(1, int(log_mb * 1e6))
    handler = logging.handlers.RotatingFileHandler(path, "a", most, 1, encoding="utf-8")
    handler.setFormatter(_with_time())
    return handler


def _is_journal(stream: TextIO) -> bool:
    """Whether a stream is what systemd connected to its journal, and not turned elsewhere since."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError, AttributeError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
