"""From what arrives to the store: checked, stored once, or set aside with the reason.

Where it comes from is the business of `ingest.mqtt`, `ingest.files` and `ingest.s3`. Each hands
over a group at a time, and acknowledges it only after `BatchIngestor.ingest` returned.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from laughtrack.analytics.ingest.arrivals import Arrival, ForbiddenContext, parse
from laughtrack.analytics.ingest.missing_batches import MissingBatches, format_spans
from laughtrack.analytics.ingest.quarantine import Quarantine, printable
from laughtrack.analytics.store.batches import extend, matches_stored
from laughtrack.analytics.store.compaction import compact_small_files, finish, vacuum
from laughtrack.analytics.store.delta_table import StoreError, UnknownSession
from laughtrack.analytics.store.sessions import stored_batches
from laughtrack.edge.readings import Batch

_COMPACT_EVERY_S, _VACUUM_EVERY_S = 5.0, 600.0
_MAX_LINES = 5


_Parsed = tuple[Arrival, Batch]
_Refused = tuple[Arrival, Exception]


class BatchIngestor:
    """Stores what arrives, and counts it.

    Parameters
    ----------
    store : str
        Folder or URL.
    quarantine : analytics.ingest.quarantine.Quarantine
    notify : function
        Takes a remark, one line.

    Attributes
    ----------
    stored, readings, repeated, refused : int
        Batches stored and their readings; batches that were there already; batches refused.

    Raises
    ------
    StoreError
        If the place is no store.
    """

    def __init__(self, store: str, quarantine: Quarantine, notify: Callable[[str], None]) -> None:
        # A place that can never be a store is better known before anything has come.
        stored_batches(store, [])
        self._store, self._quarantine, self._notify = store, quarantine, notify
        self._missing = MissingBatches(lambda pairs: stored_batches(store, pairs))
        self.stored = self.readings = self.repeated = self.refused = 0
        self._compact_at_s, self._vacuum_at_s = 0.0, time.monotonic() + _VACUUM_EVERY_S

    def ingest(self, arrivals: Sequence[Arrival]) -> None:
        """Store a group, or quarantine what of it cannot be stored. Repeating it is harmless.

        Parameters
        ----------
        arrivals : sequence of Arrival

        Raises
        ------
        StoreError, OSError
            The store or the quarantine folder cannot be written. Nothing of the group may be
            acknowledged then; it is to be ingested again.
        """
        parsed: list[_Parsed] = []
        refused: list[_Refused] = []
        for arrival in arrivals:
            try:
                parsed.append((arrival, parse(arrival)))
            except ValueError as error:
                refused.append((arrival, error))
        new, not_stored = self._store_batches(parsed)
        refused += not_stored
        if refused:
            self._set_aside(refused)
        # Only now, so that a group that is ingested again is not counted twice.
        self.stored += len(new)
        self.readings += sum(len(batch.readings["t_s"]) for batch in new)
        self.repeated += len(arrivals) - len(new) - len(refused)
        self.refused += len(refused)
        left_out = {id(arrival) for arrival, _ in not_stored}
        self._follow_up([batch for arrival, batch in parsed if id(arrival) not in left_out])

    def _store_batches(self, pairs: Sequence[_Parsed]) -> tuple[list[Batch], list[_Refused]]:
        """Store (arrival, batch) pairs; return the new batches, and pairs of arrival and error."""
        batches = [batch for _, batch in pairs]
        try:
            is_new = extend(self._store, batches)
        except StoreError:
            raise
        except (ValueError, TypeError, OverflowError) as error:
            # Something in one of them that the checks let pass must not hold up the others.
            if len(pairs) == 1:
                return [], [(pairs[0][0], error)]
            results = [self._store_batches([pair]) for pair in pairs]
            return [each for new, _ in results for each in new], [
                each for _, failed in results for each in failed
            ]
        repeated = [pair for pair, new in zip(pairs, is_new, strict=True) if not new]
        same = matches_stored(self._store, [batch for _, batch in repeated]) if repeated else []
        conflicts: list[_Refused] = [
            (arrival, _conflict(batch))
            for (arrival, batch), is_same in zip(repeated, same, strict=True)
            if not is_same
        ]
        return [batch for batch, new in zip(batches, is_new, strict=True) if new], conflicts

    def _set_aside(self, refused: Iterable[_Refused]) -> None:
        """Put refused payloads into the quarantine, with a remark for each origin."""
        lines: dict[str, list[str]] = {}
        for arrival, error in refused:
            where = f"{arrival.origin} {arrival.place}".strip()
            if isinstance(error, ForbiddenContext):
                result = "not kept"
            else:
                reason = f"{arrival.place}: {error}" if arrival.place else str(error)
                path = self._quarantine.put(arrival.payload, arrival.origin, reason)
                result = str(path or "not kept: no room in quarantine")
            lines.setdefault(arrival.origin, []).append(f"refused from {where}: {error} ({result})")
        for first, *rest in list(lines.values())[:_MAX_LINES]:
            more = f" - and {len(rest)} more from there" if rest else ""
            self._notify(printable(first) + more)
        if len(lines) > _MAX_LINES:
            self._notify(f"and others from {len(lines) - _MAX_LINES} more places")

    def _follow_up(self, batches: Sequence[Batch]) -> None:
        """Tell what is missing where that changed; finish complete sessions; keep the files few."""
        gaps, complete = self._missing.update(batches)
        for pair in gaps[:_MAX_LINES]:
            spans = self._missing.missing(pair)
            missing = f"missing batches {format_spans(spans)}" if spans else ""
            self._notify(f"{' of '.join(pair)}: {missing or 'no batch is missing any more'}")
        if len(gaps) > _MAX_LINES:
            self._notify(f"and {len(gaps) - _MAX_LINES} more sessions whose gaps changed")
        for session, device in complete:
            with self._maintenance():
                finish(self._store, session, device)
        now = time.monotonic()
        if now >= self._compact_at_s:
            joined = 0
            with self._maintenance():
                joined = compact_small_files(self._store)
            # Where sessions were compacted, others may wait for it.
            self._compact_at_s = time.monotonic() + _COMPACT_EVERY_S / (1 + joined)
        if now >= self._vacuum_at_s:
            self._vacuum_at_s = now + _VACUUM_EVERY_S
            with self._maintenance():
                vacuum(self._store)

    @contextmanager
    def _maintenance(self) -> Iterator[None]:
        """Let maintenance of the store fail with a remark: the batches are stored."""
        try:
            yield
        except UnknownSession:
            # Forgotten meanwhile.
            pass
        except StoreError as error:
            self._notify(f"the store was not tidied: {error}")

    def summary(self) -> list[str]:
        """Return the remarks at the end, a line each: what is missing, what was not kept."""
        lines = [
            f"{session} of {device}: missing batches {format_spans(spans)}"
            for (session, device), spans in sorted(self._missing.still_missing().items())
        ]
        if self._quarantine.dropped:
            lines.append(
                f"{self._quarantine.dropped} refused batches were not kept, since there was no "
                f"room for them: look through {self._quarantine.folder} and empty it"
            )
        return lines


def _conflict(batch: Batch) -> ValueError:
    return ValueError(
        f"batch {batch.seq} of session {batch.session!r} is in the store with other content: "
        f"two devices called {batch.device!r}? Give each its own name. Or did the device lose its "
        "folder? Begin a session of another name then"
    )
