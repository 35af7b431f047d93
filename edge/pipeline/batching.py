"""Readings into batches: each closes on time, size or count, whichever comes first."""

from __future__ import annotations

import json
import math
from typing import Any, NamedTuple, Sequence

from laughtrack.edge.readings import (
    MAX_BYTES,
    SCHEMA,
    Batch,
    Reading,
    columns,
    corrections,
    to_json,
    validate,
)

BATCH_S = 5.0
# IoT Core counts a message, its topic included, in units of this size.
UNIT_BYTES = 5 * 1024
# The digits of seq, times and frames, whose number is not known while a batch is filled.
_DIGITS = 48


class BatchHeader(NamedTuple):
    """What all batches of a session share: see `edge.readings.Batch`."""

    device: str
    session: str
    started_utc: str


class BatchLimits(NamedTuple):
    """When a batch is closed.

    After `batch_s` seconds; before its JSON has more than `max_bytes` bytes or it more than
    `max_readings` readings (0: any number). With the topic's length in bytes in `topic_bytes`, also
    where it is just under a multiple of `UNIT_BYTES` and would not fill another unit in time: the
    same readings then cost fewer units, and none of them waits longer.
    """

    batch_s: float = BATCH_S
    max_bytes: int = MAX_BYTES
    max_readings: int = 0
    topic_bytes: int | None = None


class Batcher:
    """Fills a session's batches, one after another.

    Parameters
    ----------
    header : BatchHeader
    info : dict
        Facts of the session, for the first batch; each has the context, by which `ingest` tells
        whether it may be stored, in whatever order they come.
    limits : BatchLimits
    """

    def __init__(
        self,
        header: BatchHeader,
        info: dict[str, Any],
        limits: BatchLimits = BatchLimits(),  # noqa: B008, a tuple does not change
    ) -> None:
        self.header = header
        self.seq = 0
        self._limits = limits
        self._in_each = {"context": info["context"]} if info.get("context") else {}
        # Where the next batch begins; None: with the multiple of batch seconds before its frame.
        self._start_s: float | None = None
        self._paused = False
        self._info: dict[str, Any] = {}
        self._readings: list[Reading] = []
        self._corrections: list[dict[str, Any]] = []
        self._frames, self._last_s = 0, 0.0
        # Bytes of JSON that the batch being filled has, and had before its readings.
        self._bytes = self._base = 0
        self._empty(info)

    def add(
        self, t_s: float, readings: list[Reading], corrected: Sequence[Sequence[Any]] = ()
    ) -> Batch | None:
        """Add the readings of one frame.

        Parameters
        ----------
        t_s : float
            The frame's time, seconds since the session began, later than at the last call.
        readings : list of Reading
        corrected : sequence of tuple
            As `edge.readings.Correction`, of readings of earlier frames.

        Returns
        -------
        Batch or None
            The batch that this frame did not go into any more, if one was closed for it.
        """
        more = corrections(corrected)
        size, closed = _size(readings) + len(json.dumps(more)) * bool(more), None
        if self._is_full(t_s, size, len(readings)):
            closed = self._close(t_s)
        if not self._frames and self._start_s is None:
            length_s = self._limits.batch_s
            self._start_s = t_s if self._paused else math.floor(t_s / length_s) * length_s
            self._paused = False
        self._frames, self._last_s = self._frames + 1, t_s
        self._readings.extend(readings)
        if more and not self._corrections:
            self._bytes += len(',"corrections":[]')
        self._corrections.extend(more)
        self._bytes += size
        return closed

    def add_info(self, info: dict[str, Any]) -> None:
        """Add facts to the batch being filled; lists are made longer, all else is replaced."""
        for key, value in info.items():
            longer = isinstance(value, list)
            self._info[key] = self._info.get(key, []) + value if longer else value
        self._bytes += len(json.dumps(info))

    @property
    def bytes(self) -> int:
        """About how much JSON the batch being filled has become."""
        return self._bytes

    def close(self, ending: dict[str, Any] | None = None) -> Batch | None:
        """Close the batch being filled, though its time is not over: no frame follows for a while.

        Parameters
        ----------
        ending : dict, optional
            Facts to close with; a batch without frames is made for them if need be.

        Returns
        -------
        Batch or None
            None where there was nothing to close.
        """
        self.add_info(ending or {})
        if not self._frames and self._info == self._in_each:
            return None
        # Half-open, so a millisecond beyond the last frame.
        batch = self._close(round(self._last_s + 0.001, 3))
        self._start_s, self._paused = None, True
        return batch

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs to go on from here, as JSON types."""
        return {
            "seq": self.seq,
            "start_s": self._start_s,
            "paused": self._paused,
            "info": self._info,
            "frames": self._frames,
            "last_s": self._last_s,
            "bytes": self._bytes,
            "readings": [list(reading) for reading in self._readings],
            **({"corrections": self._corrections} if self._corrections else {}),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""
        self.seq, self._start_s, self._paused = state["seq"], state["start_s"], state["paused"]
        self._empty(state["info"], state["last_s"])
        self._frames, self._bytes = state["frames"], state["bytes"]
        self._readings = [Reading(r[0], r[1], tuple(r[2]), *r[3:]) for r in state["readings"]]
        self._corrections = list(state.get("corrections", []))

    def _empty(self, info: dict[str, Any], last_s: float = 0.0) -> None:
        self._info, self._readings = {**self._in_each, **info}, []
        self._corrections = []
        self._frames, self._last_s = 0, last_s
        self._bytes = self._base = len(to_json(self._batch(0.0, 0.0))) + _DIGITS

    def _is_full(self, t_s: float, size: int, count: int) -> bool:
        """Whether the batch being filled is to be closed before one more frame."""
        if not self._frames or self._start_s is None:
            return False
        limits = self._limits
        return (
            # Rounded as the batch's end is: 2043.613 + 5 is a little above 2048.613.
            t_s >= round(self._start_s + limits.batch_s, 3)
            or bool(limits.max_readings and len(self._readings) + count > limits.max_readings)
            or self._bytes + size > limits.max_bytes
            or self._unit_is_full(t_s - self._start_s, size)
        )

    def _unit_is_full(self, watched_s: float, size: int) -> bool:
        """Whether one more frame costs a unit that the rest of this batch's time will not fill."""
        if self._limits.topic_bytes is None:
            return False
        now = self._bytes + self._limits.topic_bytes
        units = math.ceil(now / UNIT_BYTES)
        if now + size <= units * UNIT_BYTES:
            return False
        left_s = self._limits.batch_s - watched_s
        bytes_per_s = (self._bytes - self._base) / max(watched_s, 0.001)
        return now + left_s * bytes_per_s < (units + 1) * UNIT_BYTES

    def _close(self, next_s: float) -> Batch:
        """Close before `next_s`: the batch ends there, or when its time is over."""
        start_s = self._last_s if self._start_s is None else self._start_s
        deadline_s = round(start_s + self._limits.batch_s, 3)
        batch = validate(self._batch(start_s, max(start_s, min(deadline_s, next_s))))
        self.seq += 1
        follows = next_s < deadline_s + self._limits.batch_s
        self._start_s = batch.end_s if follows else None
        self._empty({}, self._last_s)
        return batch

    def _batch(self, start_s: float, end_s: float) -> Batch:
        return Batch(
            schema=SCHEMA,
            device=self.header.device,
            session=self.header.session,
            started_utc=self.header.started_utc,
            seq=self.seq,
            start_s=start_s,
            end_s=end_s,
            frames=self._frames,
            readings=columns(self._readings),
            info=self._info,
            corrections=tuple(self._corrections),
        )


def _size(readings: list[Reading]) -> int:
    """Bytes that readings add to a batch's JSON, each with a comma too many at most."""
    if not readings:
        return 0
    dumped = [json.dumps(c, separators=(",", ":")) for c in columns(readings).values()]
    return sum(map(len, dumped)) - len(dumped)
