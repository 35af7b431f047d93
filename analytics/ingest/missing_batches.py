"""Which batches are missing, by session and device, while they come."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from laughtrack.analytics.store.sessions import StoredBatches
from laughtrack.edge.readings import Batch

SessionDevice = tuple[str, str]
_Lookup = Callable[[Iterable[SessionDevice]], Mapping[SessionDevice, StoredBatches]]


class Span(NamedTuple):
    """Consecutive numbers, both ends included."""

    first: int
    last: int


class Changes(NamedTuple):
    """What some batches changed, as (session, device).

    `gaps`: whose missing numbers are others than before; at the first sight, those with any.
    `complete`: whose last batch and all before it are there since now.
    """

    gaps: list[SessionDevice]
    complete: list[SessionDevice]


class MissingBatches:
    """The numbers that have not arrived yet, below the highest that has.

    Parameters
    ----------
    look_up : function
        Of (session, device) pairs: what is stored of them, as `sessions.stored_batches` says it.
    """

    def __init__(self, look_up: _Lookup) -> None:
        self._look_up = look_up
        self._arrived: dict[SessionDevice, _Arrived] = {}
        self._complete: set[SessionDevice] = set()

    def update(self, batches: Sequence[Batch]) -> Changes:
        """Take note of batches that are stored now, new or repeated."""
        pairs = [*dict.fromkeys((each.session, each.device) for each in batches)]
        before = {pair: self.missing(pair) for pair in pairs}
        unknown = [pair for pair in pairs if pair not in self._arrived]
        for pair, stored in self._look_up(unknown).items():
            self._arrived[pair] = _Arrived(*stored)
        for each in batches:
            arrived = self._arrived[each.session, each.device]
            arrived.add(each.seq)
            arrived.has_last = arrived.has_last or each.info.get("complete") is True
        gaps = [pair for pair in pairs if self.missing(pair) != before[pair]]
        complete = [
            pair
            for pair in pairs
            if pair not in self._complete and self._arrived[pair].is_complete()
        ]
        self._complete.update(complete)
        return Changes(gaps, complete)

    def missing(self, pair: SessionDevice) -> list[Span]:
        """Return the spans of numbers that are missing of a (session, device)."""
        return self._arrived[pair].missing() if pair in self._arrived else []

    def still_missing(self) -> dict[SessionDevice, list[Span]]:
        """Return by (session, device) the spans still missing, as the store knows it now."""
        incomplete = [pair for pair, each in self._arrived.items() if not each.is_complete()]
        spans = {
            pair: _Arrived(*stored).missing() for pair, stored in self._look_up(incomplete).items()
        }
        return {pair: missing for pair, missing in spans.items() if missing}


class _Arrived:
    """Which of the numbers from 0 have come, as spans of those that have not."""

    def __init__(self, seqs: Iterable[int], has_last: bool) -> None:
        self._highest, self.has_last = -1, has_last
        self._first: list[int] = []
        self._last: list[int] = []
        for seq in sorted(seqs):
            self.add(seq)

    def add(self, seq: int) -> None:
        if seq > self._highest:
            if seq > self._highest + 1:
                self._first.append(self._highest + 1)
                self._last.append(seq - 1)
            self._highest = seq
            return
        at = bisect_right(self._first, seq) - 1
        if at < 0 or seq > self._last[at]:
            return
        parts = [(self._first[at], seq - 1), (seq + 1, self._last[at])]
        spans = [span for span in parts if span[0] <= span[1]]
        self._first[at : at + 1] = [span[0] for span in spans]
        self._last[at : at + 1] = [span[1] for span in spans]

    def missing(self) -> list[Span]:
        return [*map(Span, self._first, self._last)]

    def is_complete(self) -> bool:
        return self.has_last and not self._first


def format_spans(spans: Sequence[tuple[int, int]], limit: int = 8) -> str:
    """Write spans of numbers, such as ``3-5, 9``; of many the first few, with how many more."""
    shown = [str(a) if a == b else f"{a}-{b}" for a, b in spans[:limit]]
    more = len(spans) - limit
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
