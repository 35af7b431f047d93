"""A pretend audience for who has no camera yet: filmed once, then played in a camera's place."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from laughtrack.analytics.web.sessions_cache import Key
from laughtrack.edge.atomic_files import unlink

IDLE, FILMING, STARTING, LIVE, FAILED = "idle", "filming", "starting", "live", "failed"
TITLE = "Pretend audience"
_VIEWERS, _SECONDS, _SIZE = 12, 60, "960x540"
_STOP_S = 10.0


class Pretend:
    """Films the audience where it is not there yet, and has it played; for the event loop alone.

    Parameters
    ----------
    folder : Path
        Where the film is kept.
    play : coroutine function
        Takes film, title and the session's name; returns whose session it is once it is seen.
    seconds : int
        Length of the film.
    """

    def __init__(
        self,
        folder: Path,
        play: Callable[[Path, str, str], Awaitable[Key]],
        seconds: int = _SECONDS,
    ) -> None:
        self._film, self._play, self._seconds = folder / "audience.mp4", play, seconds
        self._task: asyncio.Task[None] | None = None
        self._began_s = 0.0
        self._state, self._message = IDLE, ""
        self._key: Key | None = None

    def begin(self) -> None:
        """Begin, unless that is on its way already."""
        if self._task is None or self._task.done():
            self._began_s, self._message, self._key = time.monotonic(), "", None
            self._state = STARTING if self._film.is_file() else FILMING
            self._task = asyncio.create_task(self._run())

    def status(self) -> dict[str, Any]:
        """Return how far it is: `state`, `seconds` since it was begun, `message`, `key`."""
        seconds = (
            round(time.monotonic() - self._began_s) if self._state in (FILMING, STARTING) else 0
        )
        return {
            "state": self._state,
            "seconds": seconds,
            "message": self._message,
            "key": self._key,
        }

    async def close(self) -> None:
        """End what is on its way."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        try:
            if not self._film.is_file():
                await self._make_film()
            self._state = STARTING
            session = datetime.now().strftime("pretend-%Y%m%d-%H%M%S")
            self._key = await self._play(self._film, TITLE, session)
            self._state = LIVE
        except (OSError, ValueError) as error:
            self._state, self._message = FAILED, str(error)

    async def _make_film(self) -> None:
        self._film.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        begun = self._film.with_name("filming.mp4")
        words = [f"--viewers={_VIEWERS}", f"--seconds={self._seconds}", f"--size={_SIZE}"]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "laughtrack", "simulate", *words, str(begun)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, said = await process.communicate()
        except asyncio.CancelledError:
            process.terminate()
            await asyncio.wait_for(process.wait(), _STOP_S)
            raise
        if process.returncode:
            last = said.decode(errors="replace").strip().splitlines()[-1:]
            raise OSError(f"the pretend audience could not be filmed: {''.join(last)}")
        # Its truth is for who checks the way, not for who looks at it.
        for beside in self._film.parent.glob("filming.*"):
            if beside != begun:
                unlink(str(beside))
        begun.replace(self._film)
