"""What deltalake's Rust writes to standard error when it panics, kept from the user.

A panic becomes an exception, which is told in our words, or passes without any harm (a writer that
is shut down twice on a full disk). Its report of several lines says nothing to a user, and nothing
turns it off but standard error itself.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import threading
from collections.abc import Iterator

_REPORT = re.compile(
    rb"\n?thread '[^\n]*' (?:\(\d+\) )?panicked at [^\n]*\n"
    # Its message, a backtrace, and the note on backtraces that ends it.
    rb"(?:(?!thread ')[^\n]*\n)*?note: [^\n]*RUST_BACKTRACE[^\n]*\n"
)
_UNENDED = re.compile(rb"\n?thread '[^\n]*' (?:\(\d+\) )?panicked at [^\n]*\n[^\n]*\n?")
_lock = threading.Lock()
_users = 0
_kept: tuple[int, int] | None = None


@contextlib.contextmanager
def without_panics() -> Iterator[None]:
    """Hold standard error back, and write it afterwards without reports of panics.

    Standard error is the whole process': what other threads write comes as late, and in its order.
    """
    global _users
    with _lock:
        _users += 1
        if _users == 1:
            _hold()
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _release()


def _hold() -> None:
    global _kept
    try:
        held = _memory_file()
        saved = os.dup(2)
        os.dup2(held, 2)
        _kept = saved, held
    except OSError:
        # No standard error, or no file left to open: nothing is held back.
        _kept = None


def _release() -> None:
    global _kept
    if _kept is None:
        return
    (saved, held), _kept = _kept, None
    os.dup2(saved, 2)
    os.close(saved)
    with open(held, "rb") as file:
        file.seek(0)
        text = without_reports(file.read())
    with contextlib.suppress(OSError):
        while text:
            text = text[os.write(2, text) :]


def _memory_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("laughtrack-stderr")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def without_reports(text: bytes) -> bytes:
    """Return what was written to standard error, without reports of Rust's panics."""
    return _UNENDED.sub(b"", _REPORT.sub(b"", text))
