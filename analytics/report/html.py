"""Times, shares and tables as a reader of the page sees them; every text is escaped here."""

from __future__ import annotations

import math
from html import escape

UNKNOWN = "–"
# A p-value of at most this is told as more than chance would give.
CHANCE = 0.05


class Html(str):
    """A text that is HTML already: `table` writes it as it is."""


def clock(t_s, tenths=False):
    """Write seconds as m:ss, or h:mm:ss from an hour on; with `tenths`, to 0.1 s. NaN is a dash."""
    if math.isnan(t_s):
        return UNKNOWN
    units = round(abs(t_s) * 10) if tenths else round(abs(t_s)) * 10
    minutes, rest = divmod(units, 600)
    seconds = f"{rest // 10:02d}" + (f".{rest % 10}" if tenths else "")
    hours, minutes = divmod(minutes, 60)
    sign = "−" if t_s < 0 and units else ""
    return f"{sign}{hours}:{minutes:02d}:{seconds}" if hours else f"{sign}{minutes}:{seconds}"


def lasting(seconds):
    """Write a length of time: seconds to 0.1 s below a minute, else as `clock`. NaN is a dash."""
    return f"{seconds:.1f} s" if round(seconds, 1) < 60 else clock(seconds)


def percent(share):
    """Write a share in [0, 1] as whole percent. NaN is a dash."""
    return UNKNOWN if math.isnan(share) else f"{share * 100:.0f} %"


def number(value, digits=2):
    """Write a number with a fixed number of decimals. NaN is a dash."""
    return UNKNOWN if math.isnan(value) else f"{value:.{digits}f}"


def p_value(p, name=""):
    """Write p: three decimals, "< 0.001" below, a dash for none; `name` stands before."""
    if math.isnan(p):
        return name + UNKNOWN
    mark = "= " if name else ""
    return f"{name}< 0.001" if p < 0.001 else f"{name}{mark}{p:.3f}"


def chance(p):
    """Answer whether chance alone often gives as much; NaN is "not tested"."""
    if math.isnan(p):
        return "not tested"
    said = "could well be" if p > CHANCE else "hardly"
    if p <= CHANCE / 10:
        said = "very unlikely"
    return f"{said} ({p_value(p, 'p ')})"


def count(many, one):
    """Write a number with its noun: 1 viewer, 2 viewers."""
    return f"{many:,} {one}" + ("" if many == 1 else "s")


def table(caption, head, rows, kind=None):
    """Write a table whose rows' first cells are headings.

    Parameters
    ----------
    caption : str
    head : sequence of str
    rows : iterable of sequences of the same length as `head`
    kind : str, optional
        The page's class for it: "named", whose rows begin with words; "said", whose cells are
        words; "facts", names and values.

    Returns
    -------
    str
        HTML, every text escaped but an `Html`. A table that is wider than the screen scrolls by
        itself.
    """
    mark = f' class="{kind}"' if kind else ""
    top = "".join(f'<th scope="col">{_html(text)}</th>' for text in head)
    body = "\n".join(
        f'<tr><th scope="row">{_html(first)}</th>'
        + "".join(f"<td>{_html(text)}</td>" for text in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(caption)}">'
        f"<table{mark}><caption><span>{escape(caption)}</span></caption>\n"
        f"<thead><tr>{top}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def terms(pairs):
    """Write (name, text) pairs as a list of terms, every text escaped."""
    items = "".join(
        f"<div><dt>{escape(str(name))}</dt><dd>{escape(str(text))}</dd></div>"
        for name, text in pairs
    )
    return f"<dl>{items}</dl>"


def paragraph(text, kind=None):
    """Write a paragraph of escaped text, with a class if `kind` is given."""
    mark = f' class="{kind}"' if kind else ""
    return f"<p{mark}>{escape(text)}</p>"


def jump(t_s, text=None):
    """Write a time that the page's cursor, and its film, jump to when it is pressed."""
    words = clock(t_s, tenths=True) if text is None else text
    return Html(f'<button type="button" class="jump" data-t="{t_s:.3f}">{escape(words)}</button>')


def whole(text):
    """Write a text that no line is broken in."""
    return Html(f'<span class="whole">{escape(text)}</span>')


def flat(facts, prefix=""):
    """Return the (name, text) pairs of nested JSON, the levels of a name joined by dots."""
    pairs = []
    for name, value in facts.items():
        if isinstance(value, dict):
            pairs += flat(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            pairs.append((prefix + str(name), ", ".join(map(_plain, value))))
        else:
            pairs.append((prefix + str(name), _plain(value)))
    return pairs


def _plain(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return UNKNOWN
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _html(text):
    return text if isinstance(text, Html) else escape(str(text))
