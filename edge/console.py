"""What is written to a terminal or a log: whatever a text from outside holds, it can only be read.

Names, titles, file names, answers of devices and errors of other programs may hold escape
sequences, line ends, or marks that turn the direction of writing. All that this program writes for
people goes through `printable`, so that none of it acts on a terminal, hides, or passes for a line
of ours. Tables in files are for other programs and hold the text itself: see `spreadsheet`.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
import threading
import traceback
import unicodedata
from typing import TYPE_CHECKING, Iterator, NoReturn

if TYPE_CHECKING:
    from types import TracebackType
    from typing import TextIO

# A longer line is cut, and says how much is missing.
MOST_CHARACTERS = 2000
# Python calls them printable, and they show nothing: fillers, joiners and selectors of variants.
_FILLERS = (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0)
_VARIANTS = (*range(0x180B, 0x1810), *range(0xFE00, 0xFE0E), *range(0xE0100, 0xE01F0))
_INVISIBLE = frozenset((*_FILLERS, *_VARIANTS))
# No script stacks more marks on a letter; a heap of them covers the lines above and below.
_MOST_MARKS = 6
# Threads that read from a camera or network have names that begin so.
READER = "laughtrack-reader"
_SHORT = {"\n": "\\n", "\r": "\\r"}


def printable(text: object, most: int = MOST_CHARACTERS) -> str:
    """Return a text as one line that does nothing to a terminal.

    Parameters
    ----------
    text : object
        Its str is taken.
    most : int
        Characters; what is longer is cut, and says so.

    Returns
    -------
    str
        Line ends, control characters, marks of direction and all else that shows nothing are
        written as Python writes them in a str, like ``\\x1b``; any space is a plain one.
    """
    text = str(text)
    # Before the work: a text of a gigabyte must not take minutes.
    kept = text[:most]
    if not (kept.isprintable() and kept.isascii()):
        kept = "".join(_visible(kept))[: 10 * most]
    return kept if len(text) <= most else f"{kept}... ({len(text) - most:,} characters more)"


def _visible(text: str) -> Iterator[str]:
    marks = 0
    for each in text:
        kind = unicodedata.category(each)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if kind == "Zs" or each == "\t":
            yield " "
        elif not each.isprintable() or ord(each) in _INVISIBLE or marks > _MOST_MARKS:
            yield _SHORT.get(each) or _code(ord(each))
        else:
            yield each


def _code(point: int) -> str:
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def show(*lines: object, out: TextIO | None = None) -> None:
    """Write lines to standard output, each as `printable` makes it.

    Parameters
    ----------
    lines : object
        Each becomes one line, whatever it holds.
    out : text file, optional
        Another place than standard output.
    """
    out = sys.stdout if out is None else out
    text = "".join(f"{printable(line)}\n" for line in lines)
    # A terminal that does not know a letter shows its number.
    encoding = getattr(out, "encoding", None) or "utf-8"
    out.write(text.encode(encoding, "backslashreplace").decode(encoding))
    out.flush()


def say(*lines: object) -> None:
    """Write lines to standard error, each as `printable` makes it."""
    show(*lines, out=sys.stderr)


class ArgumentParser(argparse.ArgumentParser):
    """argparse's, with what was typed wrong as one harmless line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the words, and leave with 2."""
        super().error(printable(message))


class LineFormatter(logging.Formatter):
    """A log's formatter: a message is one line, and a traceback's lines begin with a bar."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text."""
        # Another handler's formatter may have left its own there.
        record.exc_text = None
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the first line."""
        record.message = printable(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: object) -> str:
        """Return a traceback."""
        text = super().formatException(ei)  # type: ignore[arg-type]
        return "\n".join(f"  | {printable(line)}" for line in text.split("\n"))


def log_to_stderr() -> None:
    """Send what is logged, from INFO on, to standard error, a line each and nothing beside it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def show_exception(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Write an error of the program itself to standard error: Python's `sys.excepthook`."""
    for piece in traceback.TracebackException(kind, error, trace).format():
        # Of several lines are the places in the code; an error's own words are one.
        is_code = piece.startswith(("  File", "Traceback", "\n"))
        say(*(piece.strip("\n").split("\n") if is_code else [piece.rstrip("\n")]))


def leave(code: int) -> NoReturn:
    """End the process with an exit code, also where a thread is still inside a camera's read.

    OpenCV's read waits for its driver or network as long as that takes, and cannot be called back;
    were it to return while Python ends, OpenCV would abort the process.
    """
    if any(each.name.startswith(READER) for each in threading.enumerate()):
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    # Python would end by SIGINT, whatever the code, if a KeyboardInterrupt came out of text that
    # was executed, as that of a named tuple is, and was caught only then. The next text makes it
    # forget.
    exec("")
    sys.exit(code)
