"""A camera, stream or film of this machine: `laughtrack live` in a process of its own.

What it sees comes as lines of JSON (`laughtrack.cli.recordings.event_lines`), and what it is told
goes the same way. It ends with its standard input, so that a server that dies leaves no camera on.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from laughtrack.edge.console import printable
from laughtrack.edge.contexts import check_context, check_title
from laughtrack.edge.readings import check_name

# A look at 500 viewers has 60 kB.
_LONGEST_LINE = 1 << 20
# Until the camera is opened and the nets are loaded, on a slow machine.
FIRST_S = 60.0
# For the last batch into the store.
LAST_S = 30.0
_STREAM = re.compile(r"(rtsps?|rtmp|https?|udp|srt)://\S+")
_CAMERA = re.compile(r"[0-9]{1,3}|/dev/video[0-9]{1,3}|awscam")
_PICTURE = re.compile(r"(http://127\.0\.0\.1:[0-9]+/[\w-]+/)")


class Wanted(NamedTuple):
    """What is to be looked at: `place` as for `laughtrack live`, and what is said of it."""

    place: str
    session: str
    title: str = ""
    context: str = "screening"
    media_offset_s: float = 0.0
    picture: bool = False


def checked(wanted: Wanted) -> Wanted:
    """Return what is wanted, its context in the usual words.

    Raises
    ------
    ForbiddenContext, ValueError
        What kind of event it was is refused, or a name, title or place is none.
    """
    check_name("session", wanted.session)
    check_title(wanted.title)
    if len(wanted.title) > 200:
        raise ValueError(f"title is {wanted.title[:60]!r}: expected up to 200 characters")
    return wanted._replace(context=check_context(wanted.context))


def check_place(place: str) -> str:
    """Return the place of a camera or stream unchanged.

    Raises
    ------
    ValueError
        It is neither.
    """
    if not (_CAMERA.fullmatch(place) or _STREAM.fullmatch(place)):
        raise ValueError(
            f"source is {printable(place, 80)!r}: expected a camera, such as 0 or /dev/video0, or "
            "a stream, such as rtsp://HOST/PATH"
        )
    return place


class LocalSource:
    """The process that looks; `run` it to the end.

    Parameters
    ----------
    wanted : Wanted
        As `checked`.
    store : str
    picture_port : int or None
        Where the room's picture is served on the loopback, for who knows its address.

    Attributes
    ----------
    picture_address : str
        Where the room's picture is, "" for nowhere. Not to be told.
    """

    def __init__(self, wanted: Wanted, store: str, picture_port: int | None = None) -> None:
        self._wanted, self._store, self._port = wanted, store, picture_port
        self._process: Process | None = None
        self._said: deque[str] = deque(maxlen=20)
        self.picture_address = ""

    async def run(self, on_event: Callable[[dict[str, Any]], None]) -> str:
        """Look until it ends by itself or is stopped.

        Parameters
        ----------
        on_event : function
            Takes each line that the process writes.

        Returns
        -------
        str
            Why it broke off; "" if it ended as it should.
        """
        process = self._process = await asyncio.create_subprocess_exec(
            *self._command(),
            # Not in the command line, which all users of the machine see: it may hold a password.
            env={**os.environ, "LAUGHTRACK_SOURCE": self._wanted.place},
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            limit=_LONGEST_LINE,
            # Ctrl-C is the server's: it stops its cameras itself.
            start_new_session=True,
        )
        assert process.stdout is not None
        listening = asyncio.create_task(self._listen(process))
        try:
            async for line in process.stdout:
                with contextlib.suppress(ValueError):
                    on_event(json.loads(line))
            code = await process.wait()
            await listening
        finally:
            listening.cancel()
            if process.returncode is None:
                process.kill()
                await process.wait()
        return "" if code == 0 else self._reason(code)

    async def tell(self, command: dict[str, str]) -> None:
        """Tell it to mark, retitle or stop; nothing where it has ended."""
        process = self._process
        if process is None or process.stdin is None or process.returncode is not None:
            return
        with contextlib.suppress(ConnectionError):
            process.stdin.write(json.dumps(command).encode() + b"\n")
            await process.stdin.drain()

    def _command(self) -> list[str]:
        wanted = self._wanted
        words = [sys.executable, "-m", "laughtrack", "live", "--store", self._store]
        words += ["--session", wanted.session, "--context", wanted.context]
        words += ["--media-offset", str(wanted.media_offset_s)]
        # The server itself withholds what is of few: it needs to know who is there.
        words += ["--events", "-", "--commands", "-", "--min-viewers", "1"]
        words += ["--title", wanted.title] if wanted.title else []
        words += ["--preview", str(self._port)] if self._port else []
        return words

    async def _listen(self, process: Process) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            text = line.decode(errors="replace").strip()
            found = _PICTURE.search(text)
            if found:
                self.picture_address = found[1]
            elif text:
                self._said.append(text)

    def _reason(self, code: int) -> str:
        last = self._said[-1] if self._said else f"it ended with exit code {code}"
        return printable(last.removeprefix("laughtrack: "), 500)


async def free_port() -> int:
    """Return a port of the loopback that nobody uses just now."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = int(server.sockets[0].getsockname()[1])
    server.close()
    await server.wait_closed()
    return port
