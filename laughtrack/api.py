"""The store and its results as functions for notebooks and scripts, all of them in `laughtrack`.

A session is loaded once, and each result is made of it:

>>> import laughtrack
>>> night = laughtrack.load("night")
>>> laughtrack.curve(night)[["t_s", "share_smiling"]]
"""

from __future__ import annotations

import os
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from laughtrack import arguments
from laughtrack.analytics.audience import bands, peak_tests
from laughtrack.analytics.audience.session_analysis import analyze_session
from laughtrack.analytics.comparison import alignment
from laughtrack.analytics.comparison import compare as comparisons
from laughtrack.analytics.defaults import LEAST_COMPARED, MIN_VIEWERS
from laughtrack.analytics.report import session_page
from laughtrack.analytics.report.look import Look
from laughtrack.analytics.store import delta_table
from laughtrack.analytics.store import sessions as stored
from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.edge.settings import HOST_FINDER
from laughtrack.notebook import Comparison, Page

if TYPE_CHECKING:
    from pyarrow.dataset import Dataset

STORE = "./laughtrack-data"


def sessions(store: str | PathLike[str] = STORE) -> pd.DataFrame:
    """List what a store holds.

    Parameters
    ----------
    store : str or path
        Folder or URL.

    Returns
    -------
    DataFrame
        A row for each session of each device, as `laughtrack sessions` shows it.

    Raises
    ------
    StoreError
        Nothing was stored there yet, or it cannot be read.
    """
    place = arguments.store(store)
    delta_table.require(place)
    return list_sessions(place)


def readings(
    store: str | PathLike[str] = STORE,
    min_viewers: int | None = None,
    check: bool = True,
    uncorrected: bool = False,
) -> Dataset:
    """Return all readings of a store for SQL, Polars or pandas: see the guide's page on SQL.

    Parameters
    ----------
    store : str or path
        Folder or URL. What is behind a URL is read into memory.
    min_viewers : int, optional
        As for `load`. Readings are of single viewers, so that above 1 there are none to be had.
    check : bool
        Read all of it once, to tell whether it is what was written. `load` always does.
    uncorrected : bool
        As recorded. Else with what a person corrected.

    Returns
    -------
    pyarrow.dataset.Dataset
        A row a reading, in no order: session, device, seq (the batch's number) and the columns of
        `laughtrack timelines`; also of viewers seen too briefly to count elsewhere, but not what
        was taken back of printed faces. What a person corrected is honoured, and sessions with such
        corrections are read into memory. It is the store as it is now.

    Raises
    ------
    ValueError
        Figures of few viewers are withheld.
    StoreError
        Nothing was stored there yet, something of it is damaged, or it cannot be read.
    """
    from laughtrack.analytics.store.readings_dataset import readings_dataset

    place = arguments.store(store)
    if _least(min_viewers) > 1:
        raise _withheld("readings", _least(min_viewers))
    delta_table.require(place)
    return readings_dataset(place, check, uncorrected)


def load(
    session: str,
    store: str | PathLike[str] = STORE,
    device: str | None = None,
    min_viewers: int | None = None,
    keep_ids: bool = False,
    uncorrected: bool = False,
) -> SessionTables:
    """Load a session.

    Parameters
    ----------
    session : str
        Its name, or DEVICE/NAME.
    store : str or path
        Folder or URL.
    device : str, optional
        Whose session; needed where several devices have one of that name.
    min_viewers : int, optional
        Figures of fewer are withheld by whatever is made of it, and above 1 all that is of single
        viewers. By default what `LAUGHTRACK_MIN_VIEWERS` says, as for the commands, else 1.
    keep_ids : bool
        Leave IDs as recorded. Else one that the tracker gave in the seat of a viewer who had just
        been lost there is joined to that viewer's: `session.joined`.
    uncorrected : bool
        As recorded. Else with what a person corrected: `session.amended`.

    Returns
    -------
    SessionTables
        What every other function here takes. Its parts, as `readings`, `viewers`, `smiles` and
        `seats`, are tables. Who was seen for less than a second is left out: `session.brief`;
        so is who turned out to be printed or on a screen: `session.static`.

    Raises
    ------
    UnknownSession, AmbiguousSession
        There is no such session, or several devices have one and none was named; both are
        ValueErrors that name what there is.
    StoreError
        It cannot be read.
    """
    place, least = arguments.store(store), _least(min_viewers)
    key = arguments.session_key(session, device)
    loaded = stored.load_audience(place, *key, uncorrected)
    return SessionTables(loaded._replace(joined=()) if keep_ids else loaded, least)


def _least(min_viewers: object) -> int:
    if min_viewers is not None:
        return arguments.min_viewers(min_viewers)
    text = os.environ.get(MIN_VIEWERS) or "1"
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"{MIN_VIEWERS} is {text!r}: expected a number of viewers, 1 or more")
    return int(text)


def curve(session: SessionTables, bin_s: float = 1.0, min_viewers: int = 1) -> pd.DataFrame:
    """Return the audience's curve with its bands, as `laughtrack curve` writes it.

    Parameters
    ----------
    session : SessionTables
        From `load`.
    bin_s : float
        Seconds of a row.
    min_viewers : int
        Figures of fewer are withheld.

    Returns
    -------
    DataFrame
        A row a bin: viewers in view and judged, share smiling in [0, 1], 95 % bands of each row by
        itself and of all at once.
    """
    tables = _at_least("session", session, min_viewers)
    return bands.curve_with_bands(tables, arguments.bin_s(bin_s))


def peaks(session: SessionTables, min_viewers: int = 1) -> pd.DataFrame:
    """Return the moments at which the audience smiled more, as `laughtrack peaks` writes them.

    Parameters
    ----------
    session : SessionTables
        From `load`.
    min_viewers : int
        Figures of fewer are withheld.

    Returns
    -------
    DataFrame
        A row a peak, the largest first, with its p-value and the intervals of time and share.
    """
    tables, least = arguments.tables("session", session), arguments.min_viewers(min_viewers)
    return peak_tests.peaks_with_certainty(tables, least)


def scores(session: SessionTables, min_viewers: int = 1) -> pd.DataFrame:
    """Return the session's scores with their 95 % intervals, as its page shows them.

    Parameters
    ----------
    session : SessionTables
        From `load`.
    min_viewers : int
        Figures of fewer are withheld.

    Returns
    -------
    DataFrame
        A row a score: reach, share of the time smiling, smiles a minute and the like.
    """
    tables, least = arguments.tables("session", session), arguments.min_viewers(min_viewers)
    return analyze_session(tables, least).scores


def faces(
    *pictures: str | Path | np.ndarray, min_viewers: int | None = None, finder: str = HOST_FINDER
) -> pd.DataFrame:
    """Find the faces in pictures and score their smiles, as `laughtrack faces` does.

    Parameters
    ----------
    *pictures : str, Path or ndarray
        Files, or pictures in memory: shape (height, width, 3), uint8, BGR.
    min_viewers : int, optional
        By default what `LAUGHTRACK_MIN_VIEWERS` says, else 1; above 1 nothing is told, since each
        score is a single person's.
    finder : str
        By what faces are found: "haar", "net" or "both".

    Returns
    -------
    DataFrame
        A row a face: file (a picture in memory has its number), face, x, y, width, height in
        pixels, smile in [0, 1] (missing where it cannot be judged), quality in [0, 1].

    Raises
    ------
    ValueError
        A picture cannot be read, the finder is none of these or cannot be used here, or
        `min_viewers` is above 1.
    """
    from laughtrack.face_table import face_table

    least = _least(min_viewers)
    if least > 1:
        raise ValueError(
            f"min_viewers is {least}: a picture's faces are of single viewers and withheld"
        )
    found = face_table([arguments.picture(each) for each in pictures], finder=finder)
    if found.unreadable:
        raise ValueError("; ".join(found.unreadable))
    return found.table


def viewers(session: SessionTables) -> pd.DataFrame:
    """Return a row a viewer, as `laughtrack viewers` writes it.

    Parameters
    ----------
    session : SessionTables
        From `load`.

    Returns
    -------
    DataFrame
        When seen, how long (seconds), and how much they smiled.

    Raises
    ------
    ValueError
        The session was loaded with `min_viewers` above 1.
    """
    tables = arguments.tables("session", session)
    if tables.withholds:
        raise _withheld("viewers", tables.min_viewers)
    return tables.viewers


def _withheld(what: str, least: int) -> ValueError:
    return ValueError(
        f"min_viewers is {least} (or {MIN_VIEWERS}): {what} is of single viewers and withheld; "
        "only what is loaded with min_viewers 1 shows it"
    )


def _at_least(name: str, session: object, min_viewers: object) -> SessionTables:
    least = arguments.min_viewers(min_viewers)
    return arguments.tables(name, session).at_least(least)


def compare(a: SessionTables, b: SessionTables, min_viewers: int | None = None) -> Comparison:
    """Compare two screenings or cuts at the same time of the film.

    Parameters
    ----------
    a, b : SessionTables
        From `load`.
    min_viewers : int, optional
        Figures of fewer are withheld, and no fewer compared, in either; at least 2. By default 5
        are compared, and withheld is what the sessions were loaded with.

    Returns
    -------
    Comparison
        Table, sentences and page.

    Raises
    ------
    ValueError
        Nothing of the film is in both.
    """
    least = 1 if min_viewers is None else arguments.min_viewers(min_viewers)
    settings = comparisons.Settings(min_viewers=LEAST_COMPARED if min_viewers is None else least)
    a, b = (_at_least(name, each, least) for name, each in (("a", a), ("b", b)))
    found = comparisons.compare(a, b, alignment.by_film_time(a, b), None, settings)
    return Comparison(found)


def report(session: SessionTables, min_viewers: int = 1, lang: str = "en") -> Page:
    """Make the audience's page.

    Parameters
    ----------
    session : SessionTables
        From `load`.
    min_viewers : int
        Figures of fewer are withheld.
    lang : str
        The page's language: "en", "de" or "fr".

    Returns
    -------
    Page
        Shows itself in a notebook; `save` writes it.
    """
    tables, least = arguments.tables("session", session), arguments.min_viewers(min_viewers)
    look = Look(arguments.language("lang", lang))
    return Page(session_page.report(tables, least, look=look))
