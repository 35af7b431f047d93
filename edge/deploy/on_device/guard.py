"""Watches an install while nothing may run, and has something run again should it be killed.

``python -m laughtrack.edge.deploy.on_device.guard FOLDER KIND``, started by the installer out of
the new release: the bundle may be gone by the time that this is needed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, Iterator

from laughtrack.edge.deploy.on_device import release, service, state
from laughtrack.edge.file_lock import try_lock

READY, DONE = b"ready\n", b"done\n"
# A full disk or a busy systemd may pass.
ATTEMPTS, PAUSE_S = 60, 5.0
LOCK_PAUSE_S = 0.2


@contextlib.contextmanager
def watched(folder: Path, setup: Path, kind: str) -> Iterator[Callable[[], None]]:
    """Have another process set right what this one leaves, should it be killed in the block.

    Parameters
    ----------
    folder : Path
    setup : Path
        Whose release watches.
    kind : str
        One of `service.KINDS`.

    Yields
    ------
    function
        Says that all is well. Left without, the block counts as cut off, too.

    Raises
    ------
    OSError
        Nobody watches; the block was not entered.
    """
    python = str(release.python_of(setup / "release").absolute())
    process = subprocess.Popen(
        [python, "-m", "laughtrack.edge.deploy.on_device.guard", str(folder), kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        # What ends this process, or its whole group, must not end that one.
        start_new_session=True,
    )
    assert process.stdin and process.stdout
    with process.stdin, process.stdout:
        if process.stdout.readline() != READY:
            raise OSError("could not start what watches over the change: nothing was changed")

        def well() -> None:
            with contextlib.suppress(OSError):
                os.write(process.stdin.fileno(), DONE)  # type: ignore[union-attr]
            process.wait()

        yield well


def recover(folder: Path, kind: str) -> None:
    """Have the last setup that came up run, whatever a killed install left.

    Parameters
    ----------
    folder : Path
    kind : str

    Raises
    ------
    OSError
        It cannot be started yet.
    """
    setup, before = state.linked(folder, "current"), state.last_working(folder)
    wanted = before or setup
    if wanted is None:
        return
    # Also where something runs: it may have been asked to end a moment ago.
    service.stop(folder, kind)
    state.link(folder, "current", wanted)
    service.install_unit(folder, kind)
    service.start(folder, kind)


def main(argv: list[str]) -> int:
    """Watch standard input: "done", or its end without that word.

    Parameters
    ----------
    argv : list of str
        The folder, and the kind of service.

    Returns
    -------
    int
        1 where nothing could be brought to run.
    """
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.write(1, READY)
    if sys.stdin.buffer.readline() == DONE:
        return 0
    folder, kind = Path(argv[0]), argv[1]
    with contextlib.ExitStack() as held:
        try:
            file = held.enter_context(open(str(folder / ".lock"), "r+"))
        except OSError:
            return 1  # removed meanwhile
        # The killed one's is free; another install may have taken it already.
        while not try_lock(file.fileno()):
            time.sleep(LOCK_PAUSE_S)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)  # not for what is started now
        for _ in range(ATTEMPTS):
            try:
                recover(folder, kind)
                return 0
            except (OSError, ValueError):
                time.sleep(PAUSE_S)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
