"""The store and its results as functions for notebooks and scripts, all of them in `laughtrack`.

A session is loaded once, and each result is made of it:

>>> import laughtrack
>>> night = laughtrack.load("night")
>>> laughtrack.curve(night)[["t_s", "share_smiling"]]
"""

from __future__ import annotations

import os
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd

from laughtrack.analytics.audience import bands, peak_tests
from laughtrack.analytics.audience.session_analysis import analyze_session
from laughtrack.analytics.comparison import alignment
from laughtrack.analytics.comparison import compare as comparisons
from laughtrack.analytics.comparison.table import compare_table
from laughtrack.analytics.defaults import LEAST_COMPARED, MIN_VIEWERS
from laughtrack.analytics.report import comparison_page, comparison_summary, session_page
from laughtrack.analytics.store import delta_table
from laughtrack.analytics.store import sessions as stored
from laughtrack.analytics.timelines.session_tables import SessionTables

STORE = "./laughtrack-data"


class Page:
    """A page as one HTML file; in a notebook it shows itself.

    Parameters
    ----------
    html : str
    """

    def __init__(self, html: str) -> None:
        self.html = html

    def save(self, path: str | Path) -> Path:
        """Write the page to a file.

        Parameters
        ----------
        path : str or Path
            Ends in .html, or in .pdf: an installed Chromium, Chrome or Edge prints it then.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        ValueError
            Its name ends in neither.
        OSError
            It cannot be written or printed; the message names it.
        """
        from laughtrack.cli.terminal import save_page

        save_page(Path(path), self.html)
        return Path(path)

    def _repr_html_(self) -> str:
        # In a frame: its script and style are its own.
        return (
            f'<iframe srcdoc="{escape(self.html, quote=True)}" width="100%" height="800"'
            ' style="border: 0"></iframe>'
        )


class Comparison:
    """Two sessions compared; in a notebook it shows its sentences and its table.

    Attributes
    ----------
    table : DataFrame
        What `laughtrack compare --format csv` writes.
    sentences : list of str
        What was found, and what could not have been.
    page : Page
    """

    def __init__(self, result: comparisons.Comparison) -> None:
        self.table = compare_table(result)
        self.sentences = comparison_summary.summary(result)
        self.page = Page(comparison_page.compare_page(result))

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.sentences)
        return said + str(self.table.to_html(index=False, na_rep="-"))


def sessions(store: str = STORE) -> pd.DataFrame:
    """List what a store holds.

    Parameters
    ----------
    store : str
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
    delta_table.require(store)
    return stored.list_sessions(store)


def load(
    session: str, store: str = STORE, device: str | None = None, min_viewers: int | None = None
) -> SessionTables:
    """Load a session.

    Parameters
    ----------
    session : str
        Its name.
    store : str
        Folder or URL.
    device : str, optional
        Whose session; needed where several devices have one of that name.
    min_viewers : int, optional
        Figures of fewer are withheld by whatever is made of it, and above 1 all that is of single
        viewers. By default what `LAUGHTRACK_MIN_VIEWERS` says, as for the commands, else 1.

    Returns
    -------
    SessionTables
        What every other function here takes. Its parts, as `readings`, `viewers`, `smiles` and
        `seats`, are tables.

    Raises
    ------
    UnknownSession, AmbiguousSession
        There is no such session, or several devices have one and none was named; both are
        ValueErrors that name what there is.
    StoreError
        It cannot be read.
    """
    least = _usual_least() if min_viewers is None else min_viewers
    return SessionTables(stored.load(store, session, device), least)


def _usual_least() -> int:
    text = os.environ.get(MIN_VIEWERS) or "1"
    if not text.isdecimal():
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
    return bands.curve_with_bands(session.at_least(min_viewers), bin_s)


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
    return peak_tests.peaks_with_certainty(session, min_viewers)


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
    return analyze_session(session, min_viewers).scores


def faces(*pictures: str | Path | np.ndarray, min_viewers: int | None = None) -> pd.DataFrame:
    """Find the faces in pictures and score their smiles, as `laughtrack faces` does.

    Parameters
    ----------
    *pictures : str, Path or ndarray
        Files, or pictures in memory: shape (height, width, 3), uint8, BGR.
    min_viewers : int, optional
        By default what `LAUGHTRACK_MIN_VIEWERS` says, else 1; above 1 nothing is told, since each
        score is a single person's.

    Returns
    -------
    DataFrame
        A row a face: file (a picture in memory has its number), face, x, y, width, height in
        pixels, smile in [0, 1] (missing where it cannot be judged), quality in [0, 1].

    Raises
    ------
    ValueError
        A picture cannot be read, or `min_viewers` is above 1.
    """
    from laughtrack.face_table import face_table

    least = _usual_least() if min_viewers is None else min_viewers
    if least > 1:
        raise ValueError(
            f"min_viewers is {least}: a picture's faces are of single viewers and withheld"
        )
    found = face_table(pictures)
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
    if session.withholds:
        raise ValueError(
            f"min_viewers is {session.min_viewers}: viewers is of single viewers and withheld; "
            "only a session loaded with min_viewers 1 shows it"
        )
    return session.viewers


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
    settings = comparisons.Settings(min_viewers=min_viewers or LEAST_COMPARED)
    a, b = (each.at_least(min_viewers or 1) for each in (a, b))
    found = comparisons.compare(a, b, alignment.by_film_time(a, b), None, settings)
    return Comparison(found)


def report(session: SessionTables, min_viewers: int = 1) -> Page:
    """Make the audience's page.

    Parameters
    ----------
    session : SessionTables
        From `load`.
    min_viewers : int
        Figures of fewer are withheld.

    Returns
    -------
    Page
        Shows itself in a notebook; `save` writes it.
    """
    return Page(session_page.report(session, min_viewers))
