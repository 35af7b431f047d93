"""What is being looked at now, for all who watch."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from laughtrack.analytics.audience.running.stored import stored_rows
from laughtrack.analytics.devices.health import health
from laughtrack.analytics.devices.status_listener import Heard
from laughtrack.analytics.store.delta_table import StoreError, UnknownSession
from laughtrack.analytics.store.sessions import load
from laughtrack.analytics.web.live.broker_listener import BrokerListener, Calls
from laughtrack.analytics.web.live.device_batches import DeviceBatches, facts_of
from laughtrack.analytics.web.live.device_list import DeviceList
from laughtrack.analytics.web.live.local_sessions import LocalSessions
from laughtrack.analytics.web.live.store_watch import Stored, StoreWatch
from laughtrack.analytics.web.live.watched_session import WatchedSession
from laughtrack.analytics.web.sessions_cache import Key, SessionsCache
from laughtrack.analytics.web.settings import ServeSettings
from laughtrack.edge.readings import Batch

log = logging.getLogger("laughtrack.live")

# How often seconds are settled, and the store is looked at for what others did.
SETTLE_S, STORE_S = 0.5, 3.0
# A session of a device of which nothing came for so long is over for who watches.
_SILENT_S = 3600.0
# Sessions that ended stay to be looked at for a while; so many are watched at most.
_KEPT_S, _MOST = 900.0, 50


class Hub:
    """Knows what this machine's cameras and the broker's devices see.

    For the event loop alone, as all that it holds.

    Parameters
    ----------
    settings : ServeSettings
    sessions : SessionsCache

    Attributes
    ----------
    watched : dict of Key to WatchedSession
        The newest last.
    local : LocalSessions
        Cameras and films of this machine.
    devices : DeviceList
        The broker's.
    """

    def __init__(self, settings: ServeSettings, sessions: SessionsCache) -> None:
        self._settings, self._sessions = settings, sessions
        self.watched: dict[Key, WatchedSession] = {}
        self.local = LocalSessions(settings, self._add)
        self.devices = DeviceList()
        self._batches: dict[Key, DeviceBatches] = {}
        self._heard_s: dict[Key, float] = {}
        self._stored: set[Key] = set()
        self._listener: BrokerListener | None = None
        self._work = ThreadPoolExecutor(1, "live")
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to listen; called once, on the server's event loop."""
        self._tasks = [asyncio.create_task(each()) for each in (self._settle, self._watch_store)]
        if self._settings.broker is not None:
            loop = asyncio.get_running_loop()

            def on_loop(call: Any) -> Any:
                return lambda value: loop.call_soon_threadsafe(call, value)

            calls = Calls(
                on_loop(self._take_batches),
                on_loop(self._hear),
                on_loop(partial(self.devices.say, "link")),
                on_loop(partial(self.devices.say, "taken")),
                on_loop(self.devices.note),
            )
            self._listener = BrokerListener(self._settings, self._settings.broker, calls)
            self._listener.start()

    def end_streams(self) -> None:
        """End what pages watch: else they stay connected for ever."""
        for ring in (self.devices.ring, *(each.ring for each in self.watched.values())):
            ring.close()

    async def stop(self) -> None:
        """End all that was begun; sessions of this machine's cameras end whole."""
        self.end_streams()
        for task in self._tasks:
            task.cancel()
        await self.local.stop()
        if self._listener is not None:
            await asyncio.to_thread(self._listener.stop)
        self._work.shutdown(wait=False)

    def session(self, device: str, session: str) -> WatchedSession:
        """Return a session that is watched.

        Raises
        ------
        UnknownSession
            Nothing of it is being recorded, nor was just now.
        """
        found = self.watched.get(Key(device, session))
        if found is None:
            raise UnknownSession(
                f"session {session} of {device} is not being recorded: see Sessions, or begin one"
            )
        return found

    async def forget(self, device: str, session: str) -> None:
        """Let go of all that was seen of a session that is or will be forgotten, and see no more.

        A camera of this machine that records it is turned off, and what it saw last not stored.
        """
        key = Key(device, session)
        await self.local.abandon(key)
        if key in self.watched:
            self.watched[key].forget()

    def _add(self, watched: WatchedSession) -> None:
        self.watched.pop(watched.key, None)
        self.watched[watched.key] = watched
        self._heard_s[watched.key] = time.monotonic()

    def _take_batches(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            key = Key(batch.device, batch.session)
            if key not in self._batches:
                if batch.info.get("complete") is True and batch.seq > 0:
                    continue  # The last word of a session that nobody watched.
                watched = WatchedSession(facts_of(batch), self._settings.min_viewers)
                self._batches[key] = DeviceBatches(watched)
                self._add(watched)
                for each in self.devices.now():
                    if each.device == batch.device:
                        watched.hear(each._asdict())
                if batch.start_s >= 1:
                    # The server began in the middle of it: the store has the rest.
                    watched.begin_at(int(batch.start_s))
            self._heard_s[key] = time.monotonic()
            self._batches[key].add(batch)

    def _hear(self, heard: Heard) -> None:
        self.devices.hear(heard)
        for watched in self.watched.values():
            facts = watched.facts
            own = "device", heard.device.device, "running"
            if (facts.kind, facts.device, facts.state) == own:
                watched.hear(health(heard, time.time())._asdict())

    async def _settle(self) -> None:
        """Settle what came, again and again."""
        while True:
            await asyncio.sleep(SETTLE_S)
            for watched in [*self.watched.values()]:
                try:
                    await self._settle_one(watched)
                except Exception:
                    # One session's fault must not end the others' curves.
                    log.exception("the curve of %s of %s", *reversed(watched.key))
                    said = "its curve could not be worked out: see the server's log, and the report"
                    watched.change(state="broken", said=said)

    async def _settle_one(self, watched: WatchedSession) -> None:
        is_over = watched.facts.state != "running"
        pieces = watched.take_waiting()
        if not (pieces or watched.late or (is_over and watched.unsettled)):
            return
        loop = asyncio.get_running_loop()
        watched.settled(*await loop.run_in_executor(self._work, watched.settle, pieces, is_over))
        if watched.late:
            await self._read_stored(watched)

    async def _read_stored(self, watched: WatchedSession) -> None:
        """Read what was told before, or should have been, from the store."""
        loop, store = asyncio.get_running_loop(), self._settings.store
        device, session = watched.key

        def read() -> Any:
            return stored_rows(load(store, session, device), watched.told_s)

        # More may change while it is read; of a store that cannot be read, all stays to be done.
        known = watched.late
        with contextlib.suppress(StoreError, OSError):
            # Forgotten meanwhile, there is nothing to know.
            with contextlib.suppress(UnknownSession):
                watched.know(await loop.run_in_executor(self._work, read))
            watched.late -= known

    async def _watch_store(self) -> None:
        """Let go of sessions that were forgotten, or ended a while ago, and of who opted out."""
        watch = StoreWatch(self._sessions)
        while True:
            await asyncio.sleep(STORE_S)
            found: dict[Key, Stored] = {}
            with contextlib.suppress(StoreError, OSError):
                found = await asyncio.to_thread(watch.look, [*self.watched])
            for key, stored in found.items():
                if key not in self.watched:
                    continue
                if stored.there:
                    self._stored.add(key)
                    self.watched[key].opt_out(stored.opt_outs)
                elif key in self._stored:
                    await self.forget(*key)
            self._let_go()

    def _let_go(self) -> None:
        now_s = time.monotonic()
        for key, watched in [*self.watched.items()]:
            silent_s = now_s - self._heard_s[key]
            is_device = watched.facts.kind == "device"
            if is_device and silent_s > _SILENT_S and watched.facts.state == "running":
                watched.change(state="broken", said="nothing has come from the device for an hour")
            is_over = watched.facts.state != "running"
            if not is_over:
                if not is_device:
                    self._heard_s[key] = now_s
            elif silent_s > _KEPT_S or len(self.watched) > _MOST:
                watched.ring.close()
                for kept in (self.watched, self._batches, self._heard_s):
                    kept.pop(key, None)
                self._stored.discard(key)
