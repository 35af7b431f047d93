"""The page's player: a slider that moves the cursor, and the film, if there is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.analytics.formatting import percent
from laughtrack.analytics.messages import message, plural
from laughtrack.analytics.report.film import Film

SHORT_S = 120.0
# Where the script puts a time.
TIME = "{time}"


class PlayedFilm(NamedTuple):
    """The film as the page plays it: its address, its file's name, and whether it ends early."""

    url: str
    name: str
    length_s: float
    ends_early: bool


class Player(NamedTuple):
    """The slider through a session of `length_s`, in steps of `step_s`, and the film beside it."""

    length_s: float
    step_s: float
    film: PlayedFilm | None


def player(
    length_s: float, film: Film | None = None, offset_s: float | None = None
) -> Player | None:
    """Show the film, if there is one, and the slider that moves the cursor of all figures.

    Parameters
    ----------
    length_s : float
        Of the session.
    film : Film, optional
        From `film.film_of`.
    offset_s : float, optional
        The film's time code at the session's 0.

    Returns
    -------
    Player, or None
        None for a session of no length.
    """
    if not length_s > 0:
        return None
    # What an arrow key moves by.
    step_s = 0.1 if length_s < SHORT_S else 1
    if film is None:
        return Player(length_s, step_s, None)
    ends_early = film.length_s < (offset_s or 0.0) + length_s - 1
    played = PlayedFilm(film.url, film.path.name, film.length_s, ends_early)
    return Player(length_s, step_s, played)


def data(
    curve: pd.DataFrame,
    moments: pd.DataFrame,
    length_s: float,
    offset_s: float | None = None,
    heat: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Return what the page's script reads.

    Parameters
    ----------
    curve : DataFrame
        With t_s, judged and share, in equal steps.
    moments : DataFrame
        From `peaks.peaks`.
    length_s : float
    offset_s : float, optional
    heat : dict, optional
        From `heat_map.heat_map`.

    Returns
    -------
    dict
        Of numbers, texts, lists and dicts. What the script says is in `said`: by name, with places
        in braces; `judged_of` by how many were judged, and `peak_texts`, as they are.
    """
    step = float(curve["t_s"].iloc[1]) if len(curve) > 1 else max(length_s, 1.0)
    share = [None if np.isnan(x) else round(float(x), 3) for x in curve["share"]]
    judged = [int(n) for n in curve["judged"]]
    return {
        "length": round(length_s, 3),
        "offset": offset_s,
        "step": step,
        "share": share,
        "judged": judged,
        "peaks": [round(float(t), 3) for t in moments["t_s"]],
        # A peak has one share, that of its own second; the curve's steps lie elsewhere.
        "peak_texts": [
            plural(
                "{time}: peak {number}, {share} smiling of {n:,} viewer judged",
                "{time}: peak {number}, {share} smiling of {n:,} viewers judged",
                int(many),
                time=TIME,
                number=number,
                share=percent(share),
            )
            for number, (share, many) in enumerate(
                zip(moments["share_smiling"], moments["viewers"], strict=True), 1
            )
        ],
        "judged_of": {
            str(many): plural(
                "{time}: {share} % smiling of {n:,} viewer judged",
                "{time}: {share} % smiling of {n:,} viewers judged",
                many,
                time=TIME,
                share="{share}",
            )
            for many in sorted({*judged})
        },
        "said": _said(),
        "heat": heat,
    }


def _said() -> dict[str, str]:
    """Return what the script says, with the places that it fills in."""
    viewer = {"viewer": "{viewer}", "place": "{place}", "time": TIME}
    smile = {**viewer, "smile": "{smile}"}
    return {
        "film": message("{time}, film {film}", time=TIME, film="{film}"),
        "no_figure": message("{time}: no figure here", time=TIME),
        "go_to": message("{number}: go to this peak, at {time}", number="{number}", time=TIME),
        "unjudged": message(
            "Viewer {viewer} ({place}), {time}: present, could not be judged", **viewer
        ),
        "absent": message("Viewer {viewer} ({place}), {time}: absent", **viewer),
        "off": message("Viewer {viewer} ({place}), {time}: camera off", **viewer),
        "smiling": message("Viewer {viewer} ({place}), {time}: smile {smile}, smiling", **smile),
        "not_smiling": message(
            "Viewer {viewer} ({place}), {time}: smile {smile}, not smiling", **smile
        ),
    }
