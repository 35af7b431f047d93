"""From one setup to the next: stop, link, start, wait; and back, whatever ends this on the way."""

from __future__ import annotations

import contextlib
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Callable, NamedTuple

from laughtrack.edge import status_file
from laughtrack.edge.deploy.on_device import guard, removal, service, state

if TYPE_CHECKING:
    from types import FrameType

# The new program must stay online this long before the previous one is no longer needed.
SETTLE_S = 3.0
# Under systemd: the process before, and so many starts of the new one.
MAX_PROCESSES = 4
LOG_LINES = 40


class Failed(Exception):
    """The program did not come up; the message says what was done about it."""


class Stopped(BaseException):
    """Somebody asked this install to end. No `Exception`, so that nothing takes it for an error."""


class Change(NamedTuple):
    """What is to be switched: from the setup `before` (None: a first one) to `setup`.

    `kind` is the new one's, of `service.KINDS`; it runs in `base`; `wait_s` is the longest to wait
    for its status.
    """

    folder: Path
    before: Path | None
    setup: Path
    kind: str
    base: Path
    wait_s: float


def stop_on_signals() -> Callable[[], None]:
    """Have SIGTERM and SIGINT raise `Stopped`, and SIGHUP do nothing; return what undoes this."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped(f"stopped by {signal.Signals(number).name}")

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    # A connection that breaks must not stop an install half way.
    before[signal.SIGHUP] = signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def undo() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return undo


def switch(change: Change, say: Callable[[str], object]) -> None:
    """Stop the old program, start the new one; when it does not come up, undo that.

    Parameters
    ----------
    change : Change
    say : function
        Gets each line of what is done.

    Raises
    ------
    Failed
        What was done is undone.
    OSError
        Before anything was done.
    """
    folder, kind = change.folder, change.kind
    with guard.watched(folder, change.setup, kind) as well:
        try:
            old_kind = service.installed_kind(folder)
            if old_kind:
                service.stop(folder, old_kind)
                if old_kind != kind:
                    service.remove_unit(folder, old_kind)
            start_and_wait(change, say)
            state.mark_working(change.setup)
            well()
        except (Failed, OSError, Stopped) as error:
            # Whoever asks again: the way back is the fastest way to an end.
            for number in (signal.SIGTERM, signal.SIGINT):
                with contextlib.suppress(ValueError):  # not the main thread
                    signal.signal(number, lambda *_: None)
            _undo(change, error, say, well)


def _undo(
    change: Change,
    error: BaseException,
    say: Callable[[str], object],
    well: Callable[[], None],
) -> None:
    """Go back to the setup before, or to nothing; raise Failed, which says so."""
    folder, kind = change.folder, change.kind
    with contextlib.suppress(OSError):
        service.stop(folder, kind)
    for line in service.log(folder, kind, LOG_LINES):
        say(f"  | {line}")
    if change.before is None:
        service.remove_unit(folder, kind)
        data = state.data_folder(change.base, change.setup)
        removal.remove(folder, data, purge=False, base=change.base)
        well()
        raise Failed(f"{error}; it was stopped and removed, nothing runs now") from None
    say(f"{error}; going back")
    try:
        start_and_wait(change._replace(setup=change.before), say)
    except (Failed, OSError) as again:
        # Not well: who watches starts it again when this process is gone.
        raise Failed(f"{error}; nor does the one before come up: {again}") from None
    well()
    raise Failed(f"{error}; the one before runs again") from None


def start_and_wait(change: Change, say: Callable[[str], object]) -> None:
    """Put a setup to use, start it, and wait until it says that it is online and stays so.

    Parameters
    ----------
    change : Change
    say : function

    Raises
    ------
    Failed
        It did not come online in time, or dies at every start.
    OSError
        It cannot be started.
    """
    folder, kind = change.folder, change.kind
    state.link(folder, "current", change.setup)
    data = state.data_folder(change.base, change.setup)
    state.clear_status(data)
    service.install_unit(folder, kind)
    service.start(folder, kind)
    wait_until_online(folder, kind, data, change.wait_s, say)


def wait_until_online(
    folder: Path, kind: str, data: Path, wait_s: float, say: Callable[[str], object]
) -> None:
    """Wait until the program, which was started just now, says that it is online and stays so.

    Parameters
    ----------
    folder : Path
    kind : str
        One of `service.KINDS`.
    data : Path
        Where it says so.
    wait_s : float
    say : function

    Raises
    ------
    Failed
        It did not come online in time, or dies at every start.
    """
    began_s, since_s, online = time.monotonic(), 0.0, None
    processes: set[str] = set()
    while time.monotonic() - began_s < wait_s + (SETTLE_S if online is not None else 0):
        status = {} if status_file.invalid(data) else status_file.read(data) or {}
        now_s = time.monotonic()
        _, failing, text = service.state(folder, kind)
        processes.add(service.process_id(kind))
        if failing or len(processes - {""}) >= MAX_PROCESSES:
            raise Failed(f"the program dies at every start ({text})")
        # Which start of the program says that it is online.
        instance = status.get("instance", "") if status.get("online") else None
        if instance != online:
            online, since_s = instance, now_s
        elif online is not None and now_s - since_s >= SETTLE_S:
            camera = status.get("camera", "unknown")
            say(f"online after {since_s - began_s:.1f} s, camera {camera}")
            if status.get("trouble"):
                say(f"mind: {status['trouble']}")
            return
        time.sleep(0.2)
    raise Failed(f"the program did not say that it is online within {wait_s:g} s")
