"""Looks at a source of pictures for a session; a camera that fails is opened anew, for ever."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque

from laughtrack.edge.sources.frames import Source, SourceError, is_recording, paced

log = logging.getLogger("laughtrack.camera_loop")

# Pauses before the camera is opened anew double up to this.
MAX_PAUSE_S = 30.0
# Looks a second are counted over this time.
RATE_WINDOW_S = 10.0


class CameraLoop:
    """The device's camera, or the film in its place.

    Parameters
    ----------
    settings : edge.settings.Settings
    watchdog : edge.device.watchdog.Watchdog
    preview : what `edge.preview.preview.open_preview` returns, or None
    changed : function
        Called when `camera` has changed.

    Attributes
    ----------
    camera : str
        "ok", or what is wrong with it.
    """

    def __init__(self, settings, watchdog, preview, changed):
        self._settings, self._film = settings, is_recording(settings.source)
        self._watchdog, self._preview, self._changed = watchdog, preview, changed
        self._source, self._interrupted = None, threading.Event()
        self._frame_times_s, self._since_s = deque(), time.monotonic()
        self.camera, self._pause_s = "not opened yet", 1.0

    def run(self, session, should_stop):
        """Look until there is something else to do.

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
            self._source = Source(self._settings.source, self._settings.rate_hz, after=after)
            session.source_opened()
            self._process_frames(session, should_stop)
            if should_stop():
                return None
            if not self._film:
                raise SourceError(f"{self._source.place} ended: check the sender and the network")
            return self._ending()
        except SourceError as error:
            if self._film:
                raise
            session.pause()
            if not should_stop():
                self._back_off(str(error))
            return None
        finally:
            self._source = None

    def interrupt(self):
        """End what `watch` or `rest` waits for, from any thread: there is something else to do."""
        self._interrupted.set()
        source = self._source
        if source is not None:
            source.stop()

    def reopen(self, words):
        """Have a source that hangs opened anew, from any thread."""
        source = self._source
        if source is not None:
            source.give_up(words)

    def idle(self, seconds):
        """Wait while no session is on."""
        self._watchdog.waiting("no session is on")
        if self._set_camera("off: no session is on"):
            log.info("no session is on")
        self._wait(seconds)

    def frames_per_s(self):
        """How many looks there were a second of late."""
        now_s = time.monotonic()
        counted_s = min(RATE_WINDOW_S, max(now_s - self._since_s, 1.0))
        return sum(now_s - at_s <= counted_s for at_s in list(self._frame_times_s)) / counted_s

    def _process_frames(self, session, should_stop):
        frames, speed = self._source, self._settings.speed
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
            seen = session.process(frame)
            self._watchdog.alive("the camera's next picture")
            self._count_frame()
            if self._set_camera("ok"):
                log.info("the camera gives pictures")
            self._show(*seen)
            if should_stop():
                return

    def _set_camera(self, camera):
        """Set `camera`; return whether that is news."""
        news = camera != self.camera
        if news:
            self.camera = camera
            self._changed()
        return news

    def _count_frame(self):
        now_s = time.monotonic()
        self._frame_times_s.append(now_s)
        while now_s - self._frame_times_s[0] > RATE_WINDOW_S:
            self._frame_times_s.popleft()
        self._pause_s = 1.0

    def _show(self, frame, readings, tracks):
        if self._preview is None:
            return
        try:
            self._preview.show(frame, tracks, readings)
        except Exception as error:
            # Whoever looks on is not to stop the watching.
            log.error("the preview fails: %s", error)

    def _ending(self):
        missing_s = self._source.missing_s
        if not missing_s:
            return {}
        log.warning("the film is cut short: the last %.1f s are missing", missing_s)
        return {"cut_short_s": round(missing_s, 3)}

    def _back_off(self, words):
        """Say that the camera gives nothing, and wait before it is opened anew."""
        log.error("%s; opening it anew in %.0f s", words, self._pause_s)
        self._set_camera(words)
        self._watchdog.waiting(words)
        self._wait(self._pause_s)
        self._pause_s = min(2 * self._pause_s, MAX_PAUSE_S)

    def _wait(self, seconds):
        self._interrupted.wait(seconds)
        self._interrupted.clear()
