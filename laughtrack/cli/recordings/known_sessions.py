"""What a store holds, listed once for all that a command asks of it until it records more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from laughtrack.analytics.store.sessions import list_sessions

if TYPE_CHECKING:
    import pandas as pd


class KnownSessions:
    """The sessions of a store, listed when first asked for, and anew after `changed`.

    Listing takes the longer the more sessions there are, and a replay of many films asks several
    times of each. What other processes add meanwhile is not seen: that a batch is there already is
    said by the store itself when one is added.

    Parameters
    ----------
    store : str
        Folder or URL.
    """

    def __init__(self, store: str) -> None:
        self.store = store
        self._listed: pd.DataFrame | None = None

    def changed(self) -> None:
        """Say that the list may be wrong by now."""
        self._listed = None

    def all(self) -> pd.DataFrame:
        """Return the list, as `analytics.store.sessions.list_sessions`."""
        if self._listed is None:
            self._listed = list_sessions(self.store)
        return self._listed

    def of(self, session: str, device: str) -> pd.DataFrame:
        """Return the rows of one device's session of that name: one or none."""
        known = self.all()
        return known[(known["session"] == session) & (known["device"] == device)]

    def names(self, device: str) -> set[str]:
        """Return the names of a device's sessions."""
        known = self.all()
        return {*known.loc[known["device"] == device, "session"]}

    def devices(self, session: str) -> list[str]:
        """Return the devices that have a session of that name."""
        known = self.all()
        return list(known.loc[known["session"] == session, "device"].drop_duplicates())
