"""From what arrives to the store: checked, stored once, or set aside with the reason.

Where it comes from is the business of `ingest.mqtt`, `ingest.files` and `ingest.s3`. Each hands
over a group at a time, and acknowledges it only after `BatchIngestor.ingest` returned.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from laughtrack.analytics.ingest.arrivals import Arrival, parse
from laughtrack.analytics.ingest.contexts import Contexts
from laughtrack.analytics.ingest.missing_batches import MissingBatches, format_spans
from laughtrack.analytics.ingest.other_files import MOST_REFUSALS, is_binary
from laughtrack.analytics.ingest.quarantine import Quarantine
from laughtrack.analytics.ingest.repeated_batches import matches_stored
from laughtrack.analytics.store.batches import extend
from laughtrack.analytics.store.compaction import compact_small_files, finish, vacuum
from laughtrack.analytics.store.delta_table import StoreError, UnknownSession
from laughtrack.analytics.store.sessions import stored_batches
from laughtrack.edge.console import printable
from laughtrack.edge.contexts import ForbiddenContext
from laughtrack.edge.readings import Batch

_COMPACT_EVERY_S, _VACUUM_EVERY_S = 5.0, 600.0
_MAX_LINES = 5
_MAX_REMARK_LENGTH = 500


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
    context : str, optional
        What the operator states of batches that do not say, or not well: see
        `analytics.ingest.contexts.Contexts`.
    on_stored : function, optional
        Takes the batches of a group that are in the store now, also those that were there before.

    Attributes
    ----------
    stored, readings, repeated, refused, forbidden : int
        Batches stored and their readings; batches that were there already; batches refused, and
        those of them that were of work or education and kept nowhere.
    left : int
        Those that stay in their file or bucket, of which no copy is set aside.
    refusals : Counter of str
        Refused batches by their origin.
    states_context : bool
        The operator stated a context.

    Raises
    ------
    StoreError
        If the place is no store.
    """

    def __init__(
        self,
        store: str,
        quarantine: Quarantine,
        notify: Callable[[str], None],
        context: str | None = None,
        on_stored: Callable[[Sequence[Batch]], object] = lambda _: None,
    ) -> None:
        # A place that can never be a store is better known before anything has come.
        stored_batches(store, [])
        self.states_context = context is not None
        self._store, self._quarantine, self._notify = store, quarantine, notify
        self._on_stored = on_stored
        self._missing = MissingBatches(lambda pairs: stored_batches(store, pairs))
        self._contexts = Contexts(store, context)
        self.refusals: Counter[str] = Counter()
        self._taken: Counter[str] = Counter()
        self.stored = self.readings = self.repeated = self.refused = self.forbidden = self.left = 0
        self._compact_at_s, self._vacuum_at_s = 0.0, time.monotonic() + _VACUUM_EVERY_S

    def ingest(self, arrivals: Sequence[Arrival]) -> None:
        """Store a group, or quarantine what of it cannot be stored. Repeating it is harmless.

        Parameters
        ----------
        arrivals : sequence of Arrival

        Raises
        ------
        StoreError, OSError
            The store cannot be written. Nothing of the group may be acknowledged then; it is to be
            ingested again. A quarantine that cannot be written holds nothing up.
        """
        parsed: list[_Parsed] = []
        refused: list[_Refused] = []
        for arrival in arrivals:
            try:
                parsed.append((arrival, parse(arrival)))
            except ValueError as error:
                refused.append((arrival, error))
        parsed, unsaid = self._with_contexts(parsed)
        refused += unsaid
        new, not_stored = self._store_batches(parsed)
        refused += not_stored
        if refused:
            self._set_aside(refused)
        # Only now, so that a group that is ingested again is not counted twice.
        self.stored += len(new)
        self.readings += sum(len(batch.readings["t_s"]) for batch in new)
        self.repeated += len(arrivals) - len(new) - len(refused)
        self.refused += len(refused)
        self.forbidden += sum(isinstance(error, ForbiddenContext) for _, error in refused)
        left_out = {id(arrival) for arrival, _ in not_stored}
        stored = [(arrival, batch) for arrival, batch in parsed if id(arrival) not in left_out]
        for arrival, _ in stored:
            self._taken[arrival.origin] += 1
            self._quarantine.release(arrival.origin)
        self._on_stored([batch for _, batch in stored])
        self._follow_up([batch for _, batch in stored])

    def _with_contexts(self, pairs: Sequence[_Parsed]) -> tuple[list[_Parsed], list[_Refused]]:
        """Return the batches that may be stored, and the others with the reason."""
        judged = self._contexts.checked([batch for _, batch in pairs])
        kept: list[_Parsed] = []
        refused: list[_Refused] = []
        for (arrival, _), result in zip(pairs, judged, strict=True):
            if isinstance(result, Batch):
                kept.append((arrival, result))
            else:
                refused.append((arrival, result))
        return kept, refused

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
            self.refusals[arrival.origin] += 1
            if isinstance(error, ForbiddenContext):
                self._quarantine.release(arrival.origin)
                result = "kept nowhere"
            elif self._stays(arrival):
                self.left += 1
                result = "left where it is"
            else:
                reason = f"{arrival.place}: {error}" if arrival.place else str(error)
                path = self._quarantine.put(arrival.payload, arrival.origin, reason)
                result = str(path or f"not kept: {self._quarantine.trouble}")
            lines.setdefault(arrival.origin, []).append(f"refused from {where}: {error} ({result})")
        for first, *rest in list(lines.values())[:_MAX_LINES]:
            more = f" - and {len(rest)} more from there" if rest else ""
            self._notify(printable(first, _MAX_REMARK_LENGTH) + more)
        if len(lines) > _MAX_LINES:
            self._notify(f"and others from {len(lines) - _MAX_LINES} more places")

    def _stays(self, arrival: Arrival) -> bool:
        """Whether a refused payload is left in its file or bucket, and no copy is set aside.

        So it is with what lies in the quarantine already, with footage, and with what is too much.
        """
        return self._quarantine.holds(arrival.origin) or (
            arrival.stays
            and (self.refusals[arrival.origin] > MOST_REFUSALS or is_binary(arrival.payload))
        )

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

    def spent(self) -> list[str]:
        """Return the origins of which so much was refused, and nothing taken, that it is enough."""
        many = (each for each, count in self.refusals.items() if count >= MOST_REFUSALS)
        return [each for each in many if not self._taken[each]]

    def summary(self) -> list[str]:
        """Return the remarks at the end, a line each: what is missing, what was not kept."""
        lines = [
            f"{session} of {device}: missing batches {format_spans(spans)}"
            for (session, device), spans in sorted(self._missing.still_missing().items())
        ]
        if self.forbidden:
            lines.append(
                f"{self.forbidden} batches of work or education were kept nowhere (AI Act, Article "
                "5(1)(f)): see to the devices that sent them"
            )
        if self.left:
            lines.append(f"{self.left} refused payloads are left where they are, and not set aside")
        if self._quarantine.dropped:
            lines.append(
                f"{self._quarantine.dropped} refused batches were not kept: "
                f"{self._quarantine.trouble}"
            )
        return lines


def _conflict(batch: Batch) -> ValueError:
    return ValueError(
        f"batch {batch.seq} of session {batch.session!r} is in the store with other content: "
        f"two devices called {batch.device!r}? Give each its own name. Or did the device lose its "
        "folder? Begin a session of another name then"
    )
