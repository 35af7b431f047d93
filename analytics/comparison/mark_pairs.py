"""Two sessions aligned by the marks that both have."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from laughtrack.analytics.comparison.alignment import NEAR_S, Alignment, pieces, within
from laughtrack.analytics.messages import message
from laughtrack.analytics.timelines.session_tables import SessionTables

STRETCHED = 0.05  # between two marks, one cut longer than the other by more is worth a word
MOST_SAID = 5
# A mark in both: its time in A, in B, and its text.
Pair = tuple[float, float, str]


def by_marks(a: SessionTables, b: SessionTables) -> Alignment:
    """Let marks of the same text correspond, and time run evenly between two of them.

    Before the first such mark and after the last, time runs at the same speed in both. A text that
    stands several times pairs in order, if it stands as often in both.

    Parameters
    ----------
    a, b : SessionTables

    Returns
    -------
    Alignment

    Raises
    ------
    ValueError
        If no mark is in both, or they come in another order.
    """
    pairs, notes = _paired(a, b)
    if not pairs:
        raise ValueError(
            f"no mark is in both {a.name!r} ({_texts(a)}) and {b.name!r} ({_texts(b)}): "
            "give an edit list with --edits, or mark both with `laughtrack tell`"
        )
    for (_, b_s, text), (_, next_s, after) in pairwise(pairs):
        if next_s <= b_s:
            raise ValueError(
                f"mark {after!r} follows {text!r} in {a.name!r} but not in {b.name!r}: marks must "
                "come in one order; give an edit list with --edits instead"
            )
    (a_s, b_s, _), (a_end, b_end, _) = pairs[0], pairs[-1]
    before = min(a_s, b_s)
    rest = max(0.0, min(a.length_s - a_end, b.length_s - b_end))
    ends = [(a_s - before, b_s - before, "")], [(a_end + rest, b_end + rest, "")]
    stops = [*ends[0], *pairs, *ends[1]]
    found = [
        [start[0], end[0], start[1], end[1]]
        for start, end in pairwise(stops)
        if end[0] - start[0] > NEAR_S
    ]
    notes += [
        message(
            "From mark “{first}” to “{last}”, {a} lasts {a_seconds:.1f} s and {b} {b_seconds:.1f} "
            "s: they were laid on each other evenly.",
            first=start[2],
            last=end[2],
            a=a.name,
            a_seconds=end[0] - start[0],
            b=b.name,
            b_seconds=end[1] - start[1],
        )
        for start, end in pairwise(pairs)
        if abs((end[1] - start[1]) / (end[0] - start[0]) - 1) > STRETCHED
    ]
    if len(pairs) == 1:
        notes.append(message("Only one mark is in both: all else is counted from it."))
    return within(Alignment(pieces(found), "marks", _few(notes)), a, b)


def _paired(a: SessionTables, b: SessionTables) -> tuple[list[Pair], list[str]]:
    """Return (t_s in A, t_s in B, text) of the marks in both, in order of A, and notes."""
    in_a, in_b = _by_text(a), _by_text(b)
    shared = [text for text in in_a if text in in_b]
    even = [text for text in shared if len(in_a[text]) == len(in_b[text])]
    notes: list[str] = [
        message(
            "Mark “{mark}” stands {a_times} times in {a} and {b_times} times in {b}: it was left "
            "out.",
            mark=text,
            a_times=len(in_a[text]),
            a=a.name,
            b_times=len(in_b[text]),
            b=b.name,
        )
        for text in shared
        if text not in even
    ]
    pairs = sorted(
        (a_s, b_s, text) for text in even for a_s, b_s in zip(in_a[text], in_b[text], strict=True)
    )
    # Two marks at one moment say the same.
    keep = [pairs[k] for k in range(len(pairs)) if not k or pairs[k][0] - pairs[k - 1][0] > NEAR_S]
    return keep, notes


def _by_text(tables: SessionTables) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for mark in tables.info.get("marks", ()):
        found[mark["text"]].append(float(mark["t_s"]))
    return {text: sorted(times) for text, times in found.items()}


def _texts(tables: SessionTables) -> str:
    texts = [*_by_text(tables)]
    return ", ".join(map(repr, texts[:3])) + (", ..." if len(texts) > 3 else "") or "no marks"


def _few(notes: list[str]) -> tuple[str, ...]:
    """Return the first notes, and how many more there are."""
    more = len(notes) - MOST_SAID
    return tuple(notes[:MOST_SAID]) + (
        (message("{more} more of the same kind.", more=more),) if more > 0 else ()
    )
