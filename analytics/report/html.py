"""Tables, terms and paragraphs of a page; every text is escaped here."""

from __future__ import annotations

from html import escape

from laughtrack.analytics.formatting import UNKNOWN, clock


class Html(str):
    """A text that is HTML already: `table` writes it as it is."""


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
