"""What is being looked at now, for all who watch."""

from __future__ import annotations

from laughtrack.analytics.web.sessions_cache import SessionsCache
from laughtrack.analytics.web.settings import ServeSettings


class Hub:
    """Knows what this machine's cameras and the broker's devices see.

    Parameters
    ----------
    settings : ServeSettings
    sessions : SessionsCache
    """

    def __init__(self, settings: ServeSettings, sessions: SessionsCache) -> None:
        self._settings, self._sessions = settings, sessions

    async def start(self) -> None:
        """Begin to listen; called once, on the server's event loop."""

    async def stop(self) -> None:
        """End all that was begun."""
