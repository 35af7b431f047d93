"""Which batches are missing, by session and device, while they come."""

from __future__ import annotations

from bisect import bisect_right


class Gaps:
    """The numbers that have not arrived yet, below the highest that has.

    Parameters
    ----------
    numbers : function
        Of (session, device) pairs: what is stored of them, as `store.numbers` says it.
    """

    def __init__(self, numbers):
        self._numbers = numbers
        self._known = {}
        self._finished = set()

    def note(self, batches):
        """Take note of batches that are stored now.

        Parameters
        ----------
        batches : sequence of edge.readings.Batch
            New or repeated.

        Returns
        -------
        changed : list of (session, device)
            Whose missing numbers are others than before; at the first sight, those with any.
        whole : list of (session, device)
            Whose last batch and all before it are there since now.
        """
        pairs = dict.fromkeys((each.session, each.device) for each in batches)
        before = {pair: self.missing(pair) for pair in pairs}
        fresh = [pair for pair in pairs if pair not in self._known]
        for pair, (seqs, last) in self._numbers(fresh).items():
            self._known[pair] = _Numbers(seqs, last)
        for each in batches:
            one = self._known[each.session, each.device]
            one.add(each.seq)
            one.last = one.last or each.info.get("complete") is True
        changed = [pair for pair in pairs if self.missing(pair) != before[pair]]
        whole = [pair for pair in pairs if self._known[pair].whole() and self._finish(pair)]
        return changed, whole

    def _finish(self, pair):
        fresh = pair not in self._finished
        self._finished.add(pair)
        return fresh

    def missing(self, pair):
        """Return the spans of numbers that are missing, as (first, last), both included."""
        return self._known[pair].holes() if pair in self._known else []

    def left(self):
        """Return by (session, device) the spans still missing, as the store knows it now."""
        open_ones = [pair for pair, one in self._known.items() if not one.whole()]
        now = {pair: _Numbers(*found) for pair, found in self._numbers(open_ones).items()}
        return {pair: one.holes() for pair, one in now.items() if one.holes()}


class _Numbers:
    """Which of the numbers from 0 have come, as spans of those that have not."""

    def __init__(self, seqs, last):
        self._top, self._first, self._last, self.last = -1, [], [], last
        for seq in sorted(seqs):
            self.add(seq)

    def add(self, seq):
        if seq > self._top:
            if seq > self._top + 1:
                self._first.append(self._top + 1)
                self._last.append(seq - 1)
            self._top = seq
            return
        at = bisect_right(self._first, seq) - 1
        if at < 0 or seq > self._last[at]:
            return
        first, last = self._first[at], self._last[at]
        spans = [span for span in ((first, seq - 1), (seq + 1, last)) if span[0] <= span[1]]
        self._first[at : at + 1] = [span[0] for span in spans]
        self._last[at : at + 1] = [span[1] for span in spans]

    def holes(self):
        return list(zip(self._first, self._last, strict=True))

    def whole(self):
        return self.last and not self._first


def spelled(spans, most=8):
    """Write spans of numbers, such as ``3-5, 9``; of many the first few, with how many more."""
    shown = [str(a) if a == b else f"{a}-{b}" for a, b in spans[:most]]
    more = len(spans) - most
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
