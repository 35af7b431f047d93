"""Sessions of this machine's cameras and films: begun, marked and stopped from a page."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from laughtrack.analytics.web.live.local_source import (
    FIRST_S,
    LAST_S,
    LocalSource,
    Wanted,
    check_place,
    checked,
    free_port,
)
from laughtrack.analytics.web.live.watched_session import Facts, Piece, WatchedSession
from laughtrack.analytics.web.sessions_cache import Key
from laughtrack.analytics.web.settings import ServeSettings
from laughtrack.edge.readings import COLUMNS

DEVICE = "live"
# Each camera takes a processor.
MOST = 2


class LocalSessions:
    """Begins sessions, and knows those that run.

    Parameters
    ----------
    settings : ServeSettings
    begun : function
        Takes a `WatchedSession` that has begun.
    """

    def __init__(self, settings: ServeSettings, begun: Callable[[WatchedSession], object]) -> None:
        self._settings, self._begun = settings, begun
        self._sources: dict[Key, LocalSource] = {}
        self._tasks: dict[Key, asyncio.Task[None]] = {}

    async def start(self, wanted: Wanted) -> Key:
        """Begin a session on a camera or stream; return when it looks.

        Raises
        ------
        ForbiddenContext, ValueError
            What is wanted is refused, or cannot be had; the message says why.
        """
        check_place(wanted.place)
        return await self._start(wanted, "camera")

    async def start_film(self, film: Path, title: str = "", session: str = "") -> Key:
        """Play a film at its own pace in a camera's place; return when it looks.

        Parameters
        ----------
        film : Path
            One that the server itself has chosen: no page names it.
        title, session : str
            The session's name is made up where none is given.

        Raises
        ------
        ValueError
            It cannot be played; the message says why.
        """
        return await self._start(Wanted(str(film), session, title), "film")

    async def mark(self, key: Key, text: str) -> None:
        """Mark this moment."""
        await self._source(key).tell({"do": "mark", "text": text})

    async def retitle(self, key: Key, title: str) -> None:
        """Give the session another title."""
        await self._source(key).tell({"do": "title", "text": title})

    async def stop_one(self, key: Key) -> None:
        """End a session; return when it is whole in the store."""
        source, task = self._source(key), self._tasks[key]
        await source.tell({"do": "stop"})
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(task), LAST_S)

    async def abandon(self, key: Key) -> None:
        """End a session at once, its last seconds lost; nothing where it does not run."""
        task = self._tasks.get(key)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def picture_address(self, key: Key) -> str:
        """Return where the room's picture is, "" for nowhere."""
        source = self._sources.get(key)
        return source.picture_address if source is not None else ""

    async def stop(self) -> None:
        """End all sessions, each whole."""
        for source in self._sources.values():
            await source.tell({"do": "stop"})
        if self._tasks:
            _, left = await asyncio.wait(self._tasks.values(), timeout=LAST_S)
            for task in left:
                task.cancel()

    def _source(self, key: Key) -> LocalSource:
        found = self._sources.get(key)
        if found is None:
            raise ValueError(f"session {key.session} of {key.device} does not run on this machine")
        return found

    async def _start(self, wanted: Wanted, kind: str) -> Key:
        now = datetime.now().strftime("live-%Y%m%d-%H%M%S")
        wanted = checked(wanted._replace(session=wanted.session or now))
        key = Key(DEVICE, wanted.session)
        if len(self._sources) >= MOST:
            raise ValueError(f"{MOST} sessions run on this machine already: stop one of them")
        if key in self._sources:
            raise ValueError(f"session {wanted.session} runs already: choose another name")
        picture = wanted.picture and self._settings.shows_scores_in_pictures
        port = await free_port() if picture else None
        source = LocalSource(wanted, self._settings.store, port)
        facts = Facts(wanted.session, DEVICE, kind, picture=picture)
        watched = WatchedSession(facts, self._settings.min_viewers)
        first: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._sources[key] = source
        self._tasks[key] = asyncio.create_task(self._run(source, watched, first))
        try:
            said = await asyncio.wait_for(asyncio.shield(first), FIRST_S)
        except asyncio.TimeoutError:
            said = f"nothing came within {FIRST_S:.0f} s"
            await source.tell({"do": "stop"})
        if said:
            # It names the source, without a stream's password.
            raise ValueError(said)
        return key

    async def _run(
        self, source: LocalSource, watched: WatchedSession, first: asyncio.Future[str]
    ) -> None:
        def on_event(line: dict[str, Any]) -> None:
            kind = line.pop("event", "")
            if kind == "look" and not first.done():
                self._begun(watched)
                first.set_result("")
            _tell(watched, kind, line)

        said = "it could not be started"
        try:
            said = await source.run(on_event)
        except (OSError, ValueError) as error:
            said = str(error)
        finally:
            del self._sources[watched.key], self._tasks[watched.key]
            if not first.done():
                first.set_result(said or "it ended before it gave a picture")
            watched.change(state="broken" if said else "ended", said=said, picture=False)


def _tell(watched: WatchedSession, kind: str, line: dict[str, Any]) -> None:
    """Hand a line of `laughtrack live --events` on to those who watch."""
    if kind == "look":
        seen = line["viewers"]
        box = list(zip(*(each["box"] for each in seen), strict=True)) or [()] * 4
        columns = [[each["id"] for each in seen], [line["t_s"]] * len(seen), *map(list, box)]
        columns += [[each[name] for each in seen] for name in ("quality", "raw", "smile")]
        readings = dict(zip(COLUMNS, columns, strict=True))
        piece = Piece(readings, line["t_s"], round(line["t_s"] + 0.001, 3))
        width, height = line["frame"]
        watched.look(piece, (width, height), line["utc"])
    elif kind == "mark":
        watched.mark(line["t_s"], line["text"])
    elif kind == "title":
        watched.change(title=line["text"])
    elif kind == "session":
        names = ("title", "context", "source", "started_utc")
        watched.change(**{name: line[name] for name in names})
