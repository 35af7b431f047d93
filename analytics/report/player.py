"""The page's cursor: the film beside the curve, if there is one, and a slider that needs none."""

from __future__ import annotations

import json
from html import escape

import numpy as np

from laughtrack.analytics.formatting import clock
from laughtrack.analytics.report.html import Html, paragraph

SHORT_S = 120.0


def player(length_s, film=None, offset_s=None):
    """Show the film, if there is one, and what moves the cursor through all pictures.

    Parameters
    ----------
    length_s : float
        Of the session; without any there is nothing to move through.
    film : Film, optional
        From `film.film_of`.
    offset_s : float, optional
        The film's time code at the session's 0.

    Returns
    -------
    str
        HTML, "" for a session of no length.
    """
    if not length_s > 0:
        return ""
    # Arrow keys go from second to second; where all is short, finer.
    step = 0.1 if length_s < SHORT_S else 1
    name = "Film and moment" if film else "Moment by moment"
    return (
        f'<section id="player" class="player" aria-labelledby="player-name">\n'
        f'<h2 id="player-name">{name}</h2>\n{_film(film, length_s, offset_s)}'
        '<p id="readout" class="readout">0:00</p>\n'
        '<label for="moment">Moment of the session</label>\n'
        f'<input type="range" id="moment" min="0" max="{length_s:.3f}" step="{step}" value="0" '
        'aria-valuetext="0:00">\n'
        '<div class="buttons" role="group" aria-label="Go to, and zoom">'
        '<button type="button" data-peak="-1">Peak before</button>'
        '<button type="button" data-peak="1">Next peak</button>'
        '<button type="button" data-zoom="0.5">Closer</button>'
        '<button type="button" data-zoom="2">Wider</button></div>\n'
        '<p id="said" class="unseen" aria-live="polite"></p>\n</section>\n'
    )


def _film(film, length_s, offset_s):
    if film is None:
        return ""
    name = escape(film.path.name)
    short = ""
    if film.length_s < (offset_s or 0.0) + length_s - 1:
        short = paragraph(
            f"The film ends at {clock(film.length_s)}, before the session does.", "small"
        )
    lost = (
        f"The film could not be played: this browser did not find it at {escape(film.url)}, or "
        "does not know its format (most play .mp4 with H.264, and .webm). All else on the page "
        "works."
    )
    return (
        f'<video id="film" controls preload="metadata" playsinline src="{escape(film.url)}" '
        f'aria-label="The film that was shown"><p>The film: {name}</p></video>\n'
        f'<p id="film-lost" class="notice" role="status" hidden>{lost}</p>\n{short}'
        f'<p class="small file">From the file {name}, which is not part of this page.</p>\n'
    )


def media_rule(film):
    """Return the words of the page's content policy that let it play a film beside it."""
    return Html("; media-src 'self' file:" if film else "")


def data(curve, moments, length_s, offset_s=None, heat=None):
    """Return what the page's script reads, as JSON that is safe inside a script element.

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
    str
    """
    step = float(curve["t_s"].iloc[1]) if len(curve) > 1 else max(length_s, 1.0)
    share = [None if np.isnan(x) else round(float(x), 3) for x in curve["share"]]
    known = {
        "length": round(length_s, 3),
        "offset": offset_s,
        "step": step,
        "share": share,
        "judged": [int(n) for n in curve["judged"]],
        "peaks": [round(float(t), 3) for t in moments["t_s"]],
        "heat": heat,
    }
    return json.dumps(known, separators=(",", ":")).replace("<", "\\u003c")
