"""From what arrives to the store: checked, stored once, or set aside with the reason.

Where it comes from is the business of `ingest_mqtt`, `ingest_files` and `ingest_s3`. Each hands
over a group at a time, and acknowledges it only after `Intake.take` returned.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import NamedTuple

from laughtrack.analytics.ingest.missing_batches import Gaps, spelled
from laughtrack.analytics.ingest.quarantine import printable
from laughtrack.analytics.store.batches import extend, matches_stored
from laughtrack.analytics.store.compaction import compact_small_files, finish, vacuum
from laughtrack.analytics.store.delta_table import StoreError, UnknownSession
from laughtrack.analytics.store.sessions import LONGEST_S, stored_batches
from laughtrack.edge.readings import check_context, from_json

# What AWS IoT Core carries; devices stay below 120 KB.
LARGEST = 128 * 1024
# Batches in a group, and what AWS IoT Core lets one client leave unacknowledged.
GROUP = 100
# A group waits no longer than this for its next batch.
GROUP_S = 1.0
_TIDY_S, _SWEEP_S = 5.0, 600.0
_MOST_LINES = 5


class Arrival(NamedTuple):
    """What came: the `payload` in bytes, and the `origin`: a topic, a file, a bucket.

    `device` is whom the way it came names as its sender, None where it does not; `place` says where
    in the origin it was.
    """

    payload: bytes
    origin: str
    device: str | None = None
    place: str = ""


class Unlawful(ValueError):
    """A batch that must not be kept, not even set aside."""


def parse(arrival):
    """Read and check a batch.

    Parameters
    ----------
    arrival : Arrival

    Returns
    -------
    edge.readings.Batch

    Raises
    ------
    ValueError
        Saying what is wrong with it, for anything that cannot be stored as it is.
    """
    if len(arrival.payload) > LARGEST:
        raise ValueError(f"it is {len(arrival.payload)} bytes: expected {LARGEST} or fewer")
    try:
        batch = from_json(arrival.payload)
    except (RecursionError, OverflowError) as error:
        raise ValueError(f"not a batch: {error}") from None
    try:
        json.dumps(batch.info, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as error:
        raise ValueError(f"not a batch: info cannot be written: {error}") from None
    if batch.end_s >= LONGEST_S:
        raise ValueError(f"end_s is {batch.end_s}: expected less than 31 days, {LONGEST_S:.0f} s")
    if arrival.device is not None and batch.device != arrival.device:
        raise ValueError(
            f"device is {batch.device!r}, but {arrival.device!r} sent it: "
            "a device may publish under its own name only"
        )
    context = batch.info.get("context")
    if context is not None:
        try:
            check_context(str(context))
        except ValueError as error:
            raise Unlawful(str(error)) from None
    return batch


class Intake:
    """Keeps what arrives, and its books.

    Parameters
    ----------
    store : str
        Folder or URL.
    quarantine : analytics.ingest.quarantine.Quarantine
    say : function
        Takes a remark, one line.

    Attributes
    ----------
    stored, readings, repeated, refused : int
        Batches stored and their readings; batches that were there already; batches set aside.

    Raises
    ------
    StoreError
        If the place is no store.
    """

    def __init__(self, store, quarantine, say):
        # A place that can never be a store is better known before anything has come.
        stored_batches(store, [])
        self._store, self._quarantine, self._say = store, quarantine, say
        self._gaps = Gaps(lambda pairs: stored_batches(store, pairs))
        self.stored = self.readings = self.repeated = self.refused = 0
        self._tidy_at, self._sweep_at = 0.0, time.monotonic() + _SWEEP_S

    def take(self, arrivals):
        """Store a group, or set aside what of it cannot be stored. Repeating it is harmless.

        Parameters
        ----------
        arrivals : sequence of Arrival

        Raises
        ------
        StoreError, OSError
            The store or the quarantine folder cannot be written. Nothing of the group may be
            acknowledged then; it is to be taken again.
        """
        batches, refused = [], []
        for arrival in arrivals:
            try:
                batches.append((arrival, parse(arrival)))
            except ValueError as error:
                refused.append((arrival, error))
        fresh, wrong = self._keep(batches)
        refused += wrong
        if refused:
            self._set_aside(refused)
        # Only now, so that a group that is taken again is not counted twice.
        self.stored += len(fresh)
        self.readings += sum(len(batch.readings["t_s"]) for batch in fresh)
        self.repeated += len(arrivals) - len(fresh) - len(refused)
        self.refused += len(refused)
        turned_down = {id(arrival) for arrival, _ in wrong}
        self._account([batch for arrival, batch in batches if id(arrival) not in turned_down])

    def _keep(self, pairs):
        """Store (arrival, batch) pairs; return the new batches, and pairs of arrival and error."""
        batches = [batch for _, batch in pairs]
        try:
            new = extend(self._store, batches)
        except StoreError:
            raise
        except (ValueError, TypeError, OverflowError) as error:
            # Something in one of them that the checks let pass must not hold up the others.
            if len(pairs) == 1:
                return [], [(pairs[0][0], error)]
            kept = [self._keep([pair]) for pair in pairs]
            return [b for fresh, _ in kept for b in fresh], [p for _, wrong in kept for p in wrong]
        again = [pair for pair, is_new in zip(pairs, new, strict=True) if not is_new]
        same = matches_stored(self._store, [batch for _, batch in again]) if again else []
        wrong = [
            (arrival, _conflict(batch))
            for (arrival, batch), alike in zip(again, same, strict=True)
            if not alike
        ]
        return [batch for batch, is_new in zip(batches, new, strict=True) if is_new], wrong

    def _set_aside(self, refused):
        """Put refused payloads into the quarantine; say it, a line for each origin."""
        lines = {}
        for arrival, error in refused:
            where = f"{arrival.origin} {arrival.place}".strip()
            if isinstance(error, Unlawful):
                path = "not kept"
            else:
                why = f"{arrival.place}: {error}" if arrival.place else str(error)
                path = self._quarantine.put(arrival.payload, arrival.origin, why)
            lines.setdefault(arrival.origin, []).append(
                f"refused from {where}: {error} ({path or 'not kept: no room in quarantine'})"
            )
        for first, *rest in list(lines.values())[:_MOST_LINES]:
            more = f" - and {len(rest)} more from there" if rest else ""
            self._say(printable(first) + more)
        if len(lines) > _MOST_LINES:
            self._say(f"and others from {len(lines) - _MOST_LINES} more places")

    def _account(self, batches):
        """Say what is missing where that changed; finish what is whole; keep the files few."""
        changed, whole = self._gaps.note(batches)
        for pair in changed[:_MOST_LINES]:
            spans = self._gaps.missing(pair)
            what = f"missing batches {spelled(spans)}" if spans else "no batch is missing any more"
            self._say(f"{' of '.join(pair)}: {what}")
        if len(changed) > _MOST_LINES:
            self._say(f"and {len(changed) - _MOST_LINES} more sessions whose gaps changed")
        for session in dict.fromkeys(session for session, _ in whole):
            with self._housekeeping():
                finish(self._store, session)
        now = time.monotonic()
        if now >= self._tidy_at:
            joined = 0
            with self._housekeeping():
                joined = compact_small_files(self._store)
            # Where there was much to do, there may be more.
            self._tidy_at = time.monotonic() + _TIDY_S / (1 + joined)
        if now >= self._sweep_at:
            self._sweep_at = now + _SWEEP_S
            with self._housekeeping():
                vacuum(self._store)

    @contextmanager
    def _housekeeping(self):
        """The batches are stored: what only tidies up may fail without holding them up."""
        try:
            yield
        except UnknownSession:
            # Forgotten meanwhile.
            pass
        except StoreError as error:
            self._say(f"the store was not tidied: {error}")

    def remarks(self):
        """Return what is to be said at the end, a line each: what is missing, what was not kept."""
        said = [
            f"{session} of {device}: missing batches {spelled(spans)}"
            for (session, device), spans in sorted(self._gaps.left().items())
        ]
        if self._quarantine.dropped:
            said.append(
                f"{self._quarantine.dropped} refused batches were not kept, since there was no "
                f"room for them: look through {self._quarantine.folder} and empty it"
            )
        return said


def _conflict(batch):
    return ValueError(
        f"batch {batch.seq} of session {batch.session!r} is in the store with other content: "
        f"two devices called {batch.device!r}? Give each its own name. Or did the device lose its "
        "folder? Begin a session of another name then"
    )
