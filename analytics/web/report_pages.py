"""The report of a session with what comes beside it, made once until any of that changes."""

from __future__ import annotations

import threading
from collections import OrderedDict

from laughtrack.analytics.report.languages import Language
from laughtrack.analytics.report.look import Look
from laughtrack.analytics.report.session_page import Extras, report
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.web import given, inputs
from laughtrack.analytics.web.inputs import Inputs, Kept
from laughtrack.analytics.web.norms_cache import NormsCache
from laughtrack.analytics.web.settings import ServeSettings

# Each is some 5 MB.
_MOST_PAGES = 4


class ReportPages:
    """Makes reports, and keeps the last few.

    Its functions work for seconds: they are called in threads.

    Parameters
    ----------
    settings : ServeSettings
    norms : NormsCache
    """

    def __init__(self, settings: ServeSettings, norms: NormsCache) -> None:
        self._settings, self._norms = settings, norms
        self._lock = threading.Lock()
        self._pages: OrderedDict[tuple[object, ...], tuple[SessionTables, str]] = OrderedDict()

    def of(self, tables: SessionTables, film_url: str) -> str:
        """Return the report of a session with what was given for it.

        Parameters
        ----------
        tables : SessionTables
        film_url : str
            Where the server plays the film, if one was chosen; "" to leave it out.

        Raises
        ------
        ValueError
            What was given does not fit the session.
        """
        kept = inputs.kept_of(self._settings.state, tables)
        said = inputs.read(kept)
        key = (tables.session.device, tables.name, said.version, film_url, self._film_is(said))
        with self._lock:
            of, page = self._pages.get(key, (None, ""))
            # The tables are made anew when the session changed; others' norms may have meanwhile.
            if of is tables and not said.norms:
                self._pages.move_to_end(key)
                return page
        page = self._made(tables, kept, said, film_url)
        with self._lock:
            self._pages[key] = tables, page
            while len(self._pages) > _MOST_PAGES:
                self._pages.popitem(last=False)
        return page

    def _film_is(self, said: Inputs) -> object:
        """Return what tells one film from another that took its place."""
        if not said.film:
            return None
        found = given.film_path(self._settings, said.film).stat()
        return found.st_size, found.st_mtime_ns, found.st_ino

    def _made(self, tables: SessionTables, kept: Kept, said: Inputs, film_url: str) -> str:
        film = None
        if said.film and film_url:
            film = given.film(self._settings, said.film, tables)._replace(url=film_url)
        extras = Extras(
            film,
            given.scenes(kept),
            given.dial(kept),
            given.groups(kept, said.by, tables) if said.by else None,
            self._norms.of(tables, by=said.norms_by)[0] if said.norms else None,
        )
        return report(tables, extras=extras, look=Look(Language(said.language)))
