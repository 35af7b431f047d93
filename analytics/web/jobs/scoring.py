"""Scoring a job's film: a `laughtrack replay` of its own, which outlives no server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from laughtrack.analytics.web.jobs.job import Job, Progress

# Whoever looks at a page or a live session goes first.
_NICE = 10
# How long a film may take to stop, s: a batch is written whole.
_STOP_S = 15.0
_LAST_LINES = 20
_PREFIX = "laughtrack: "


class Scoring:
    """One run of a job's command.

    Parameters
    ----------
    job : Job
    store : str
    preview : Path
        Where the annotated film goes, if it is asked for.
    told : function
        Called with ("session", (device, session)) and ("progress", Progress) as they come.
    """

    def __init__(
        self, job: Job, store: str, preview: Path, told: Callable[[str, object], None]
    ) -> None:
        self._told = told
        self._said: deque[str] = deque(maxlen=_LAST_LINES)
        self._begin: tuple[float, float] | None = None
        self.stopped = False
        # In a session of its own: Ctrl-C at the server's terminal is the server's to handle.
        self._process = subprocess.Popen(
            command(job, store, preview),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        with suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, _NICE)

    def run(self) -> tuple[bool, str]:
        """Wait for its end; return whether it is whole in the store, and what it said at last."""
        with self._process as process:
            assert process.stdout is not None
            talk = threading.Thread(target=self._read_talk, name="replay's talk")
            talk.start()
            for line in process.stdout:
                self._read(line)
            talk.join()
            code = process.wait()
        last = self._said[-1] if self._said else f"it ended with {code}"
        return code == 0, last.removeprefix(_PREFIX)

    def stop(self) -> None:
        """Have it stop where it is; it can be carried on from there."""
        self.stopped = True
        self._process.terminate()
        threading.Thread(target=self._kill_later, name="replay's end", daemon=True).start()

    def _kill_later(self) -> None:
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _read(self, line: bytes) -> None:
        try:
            said = json.loads(line)
        except ValueError:
            return
        if said["event"] == "session":
            self._told("session", (said["device"], said["session"]))
        elif said["event"] == "progress":
            now_s = time.monotonic()
            if self._begin is None:
                self._begin = said["done_s"], now_s
            (from_s, since_s), done_s = self._begin, said["done_s"]
            speed = (done_s - from_s) / max(now_s - since_s, 0.001) if done_s > from_s else 0.0
            self._told("progress", Progress(done_s, said["all_s"], speed, said["viewers"]))

    def _read_talk(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if text := line.decode(errors="replace").strip():
                self._said.append(text)


def command(job: Job, store: str, preview: Path) -> list[str]:
    """Return the words that score a job's film."""
    words = [sys.executable, "-m", "laughtrack", "replay", f"--store={store}", "--progress=-"]
    words += [f"--context={job.context}", f"--media-offset={job.media_offset_s}"]
    words += [f"--title={job.title}"] if job.title else []
    words += [f"--session={job.session}"] if job.session else []
    words += [f"--preview={preview}"] if job.preview else []
    return [*words, "--", job.place]
