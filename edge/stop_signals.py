"""Ctrl-C and SIGTERM: how a command is stopped, and the exit code that says so.

A command that was told to stop ends with 128 and the signal's number, whatever it had done by
then: 130 after Ctrl-C, 143 after SIGTERM. The device's `run` alone is done when it is stopped.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager
from typing import Callable, Iterator, Mapping

INTERRUPTED = 128 + signal.SIGINT
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(Exception):
    """The user stopped it; the message says how to go on."""


class _Received:
    """The last signal that this process was told to stop by; 0: none."""

    number = 0


@contextmanager
def heeding() -> Iterator[None]:
    """Have both signals interrupt as Ctrl-C does, and note which it was: see `exit_code`."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Only the main thread may have handlers.
        return
    ours, _Received.number = os.getpid(), 0

    def interrupt(number: int, frame: object) -> None:
        if os.getpid() != ours:  # A process forked by a library: it ends as any does.
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        _Received.number = number
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _SIGNALS}
    try:
        yield
    finally:
        _restore(before)


def exit_code(code: int) -> int:
    """Return a command's exit code: what it came to, unless it was told to stop."""
    return 128 + _Received.number if _Received.number else code


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` at the first Ctrl-C or SIGTERM; a second one interrupts as Ctrl-C does."""

    def first(number: int, frame: object) -> None:
        for each in before:
            signal.signal(each, signal.default_int_handler)
        _Received.number = number
        stop()

    before = {number: signal.signal(number, first) for number in _SIGNALS}
    try:
        yield
    finally:
        _restore(before)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold both signals back: compiled packages do not survive them in mid-import."""
    if sys.platform == "win32":
        yield  # It has no masks.
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _restore(before: Mapping[signal.Signals, object]) -> None:
    for number, handler in before.items():
        # None: a handler that C code had set, which Python cannot set again.
        if handler is not None:
            signal.signal(number, handler)  # type: ignore[arg-type]
