"""The loop from a camera to a session; a camera that fails is opened again, for ever."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from laughtrack.edge.sources.backoff import Backoff
from laughtrack.edge.sources.errors import SourceError
from laughtrack.edge.sources.frames import Source
from laughtrack.edge.sources.recordings import is_recording, losses, paced

if TYPE_CHECKING:
    from typing import Callable, Iterable

    from laughtrack.edge.device.watchdog import Watchdog
    from laughtrack.edge.pipeline.frame_pipeline import FrameResult
    from laughtrack.edge.preview.fifo import FifoPreview
    from laughtrack.edge.preview.page import PagePreview
    from laughtrack.edge.preview.preview import FilmPreview
    from laughtrack.edge.session.session import Session
    from laughtrack.edge.settings import Settings
    from laughtrack.edge.sources.backoff import Backoff
from laughtrack.edge.sources.frames import Frame

log = logging.getLogger("laughtrack.camera_loop")

# The pause before a camera that failed is opened again.
FIRST_PAUSE_S, MAX_PAUSE_S = 1.0, 30.0
# Frames a second are counted over this time.
RATE_WINDOW_S = 10.0
# How long a look takes is the mean of so many.
LOOKS_TIMED = 20
# Looks that take more of their time than this leave none for a busy moment.
BUSY_SHARE = 0.9


class CameraSettings(NamedTuple):
    """The settings that the camera loop uses: see `edge.settings.HELP`."""

    source: str
    rate_hz: float
    speed: float

    @classmethod
    def of(cls, settings: Settings) -> CameraSettings:
        """Take them from a device's."""
        return cls(settings.source, settings.rate_hz, settings.speed)


class CameraLoop:
    """The device's camera, or the film in its place.

    Parameters
    ----------
    settings : CameraSettings
    watchdog : edge.device.watchdog.Watchdog
    preview : what `edge.preview.preview.open_preview` returns, or None
    changed : function
        Called when `camera` has changed.

    Attributes
    ----------
    camera : str
        "ok", or what is wrong with it.
    """

    def __init__(
        self,
        settings: CameraSettings,
        watchdog: Watchdog,
        preview: FilmPreview | PagePreview | FifoPreview | None,
        changed: Callable[[], object],
    ) -> None:
        self._settings, self._film = settings, is_recording(settings.source)
        self._watchdog, self._preview, self._changed = watchdog, preview, changed
        self._source: Source | None = None
        self._interrupted = threading.Event()
        self._frame_times_s: deque[float] = deque()
        self._look_s: deque[float] = deque(maxlen=LOOKS_TIMED)
        self._since_s = time.monotonic()
        self._backoff = Backoff(FIRST_PAUSE_S, MAX_PAUSE_S)
        self.camera = "not opened yet"

    def run(self, session: Session, should_stop: Callable[[], bool]) -> dict[str, Any] | None:
        """Process frames until there is something else to do.

        Parameters
        ----------
        session : edge.session.session.Session
        should_stop : function
            Whether there is; asked at each frame. `interrupt` when it turns true.

        Returns
        -------
        dict or None
            Facts to end the session with when a film is over; else None. After a failure of the
            camera there was a pause, and this wants to be called again.

        Raises
        ------
        SourceError
            If a film cannot be read, or breaks off.
        """
        if self._film:
            # To find the place where an earlier run stopped takes as long as it takes.
            self._watchdog.waiting("the film is opened")
        else:
            self._watchdog.expecting("the camera, to open")
        try:
            after = session.last_index if self._film else -1
            place, rate_hz = self._settings.source, self._settings.rate_hz
            source = Source(place, rate_hz, after=after, colour=self._preview is not None)
            self._source = source
            for remark in source.remarks:
                log.warning("%s", remark)
            session.source_opened()
            self._process_frames(source, session, should_stop)
            if should_stop():
                return None
            if not self._film:
                raise SourceError(f"{source.place} ended: check the sender and the network")
            return self._ending(source)
        except SourceError as error:
            if self._film:
                raise
            session.pause()
            if not should_stop():
                self._back_off(str(error))
            return None
        finally:
            self._source = None

    def interrupt(self) -> None:
        """End what `run` or `idle` waits for, from any thread: there is something else to do."""
        self._interrupted.set()
        source = self._source
        if source is not None:
            source.stop()

    def reopen(self, reason: str) -> None:
        """Have a source that hangs opened again, from any thread."""
        source = self._source
        if source is not None:
            source.give_up(reason)

    def idle(self, seconds: float) -> None:
        """Wait while no session is on."""
        self._watchdog.waiting("no session is on")
        if self._set_camera("off: no session is on"):
            log.info("no session is on")
        self._wait(seconds)

    def frames_per_s(self) -> float:
        """How many frames were processed a second of late."""
        now_s = time.monotonic()
        counted_s = min(RATE_WINDOW_S, max(now_s - self._since_s, 1.0))
        return sum(now_s - at_s <= counted_s for at_s in list(self._frame_times_s)) / counted_s

    def look_ms(self) -> float:
        """How long a look at a frame took of late, milliseconds; 0 before the first."""
        took_s = list(self._look_s)
        return 1000 * sum(took_s) / max(len(took_s), 1)

    def slowness(self) -> str:
        """What is to be told of looks that take longer than there is time for; "" for nothing."""
        rate_hz = self._settings.rate_hz * (self._settings.speed or 1.0 if self._film else 1.0)
        took_ms, time_ms = self.look_ms(), 1000 / rate_hz
        if took_ms <= BUSY_SHARE * time_ms or (self._film and not self._settings.speed):
            return ""
        return (
            f"a look takes {took_ms:.0f} ms and there are {time_ms:.0f}: frames are left out; set "
            "a lower rate_hz, or finder = haar"
        )

    def _process_frames(
        self, source: Source, session: Session, should_stop: Callable[[], bool]
    ) -> None:
        frames: Iterable[Frame] = source
        speed = self._settings.speed
        if self._film and speed:
            # What was played while the program was not there is over.
            from_s = session.now_s() * speed if session.last_index >= 0 else 0.0
            frames = paced(frames, speed, session.now_s, from_s, self._interrupted.wait)
        self._interrupted.clear()
        if should_stop():
            return  # Asked to before there was a source to interrupt.
        if not self._film:
            self._watchdog.expecting("the camera's next picture")
        for frame in frames:
            if should_stop():
                return  # The clock was set, perhaps: the picture is another session's.
            self._watchdog.alive("a look at a picture")
            began_s = time.monotonic()
            result = session.process(frame)
            self._look_s.append(time.monotonic() - began_s)
            self._watchdog.alive("the camera's next picture")
            self._count_frame()
            if self._set_camera("ok"):
                log.info("the camera gives pictures")
            self._show(result)
            if should_stop():
                return

    def _set_camera(self, camera: str) -> bool:
        """Set `camera`; return whether that is news."""
        news = camera != self.camera
        if news:
            self.camera = camera
            self._changed()
        return news

    def _count_frame(self) -> None:
        now_s = time.monotonic()
        self._frame_times_s.append(now_s)
        while now_s - self._frame_times_s[0] > RATE_WINDOW_S:
            self._frame_times_s.popleft()
        self._backoff.reset()

    def _show(self, result: FrameResult) -> None:
        if self._preview is None:
            return
        try:
            self._preview.show(result.frame, result.tracks, result.readings)
        except Exception as error:
            # A preview must not stop the session.
            log.error("the preview fails: %s", error)

    def _ending(self, source: Source) -> dict[str, Any]:
        if source.missing_s:
            log.warning("the film is cut short: the last %.1f s are missing", source.missing_s)
        for line in source.notes.lines():
            log.warning("the film: %s", line)
        return losses(source)

    def _back_off(self, reason: str) -> None:
        """Tell that the camera gives nothing, and wait before it is opened again."""
        pause_s = self._backoff.next_s()
        log.error("%s; opening it anew in %.0f s", reason, pause_s)
        self._set_camera(reason)
        self._watchdog.waiting(reason)
        self._wait(pause_s)

    def _wait(self, seconds: float) -> None:
        self._interrupted.wait(seconds)
        self._interrupted.clear()
