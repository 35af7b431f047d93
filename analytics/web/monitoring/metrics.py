"""Figures for Prometheus: of the store, the queue, what is watched, and devices.

Names and units are Prometheus' own: seconds, bytes, ratios from 0 to 1. What is not known, or
withheld, is left out. No title is told, only names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from laughtrack.analytics.devices.health import Health
from laughtrack.analytics.timelines.session_time import moment
from laughtrack.analytics.web.jobs.queue import JobQueue
from laughtrack.analytics.web.live.hub import Hub
from laughtrack.analytics.web.live.watched_session import WatchedSession
from laughtrack.edge.version import VERSION

_STATES = ("waiting", "running", "done", "failed", "cancelled")


class _Figure(NamedTuple):
    """A metric of several things of one kind: its name, what it is, and its value of each."""

    name: str
    means: str
    values: list[float | None]


def exposition(hub: Hub, jobs: JobQueue, size: tuple[int, int, int] | None) -> bytes:
    """Return all figures in Prometheus' format.

    Parameters
    ----------
    hub : Hub
        On its event loop.
    jobs : JobQueue
    size : tuple of int, optional
        Of the store: sessions, files and bytes; None where it cannot be read.
    """
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Collected([*_of_server(size, jobs), *_of_sessions(hub), *_of_devices(hub)]))
    return generate_latest(registry)


class _Collected(Collector):
    """What was collected already, as the library wants it."""

    def __init__(self, found: list[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        return self._found


def _of_server(size: tuple[int, int, int] | None, jobs: JobQueue) -> Iterator[Metric]:
    info = GaugeMetricFamily("laughtrack_build_info", "The server's version.", labels=["version"])
    info.add_metric([VERSION], 1)
    yield info
    readable = GaugeMetricFamily("laughtrack_store_readable", "Whether the store can be read.")
    readable.add_metric([], float(size is not None))
    yield readable
    if size is not None:
        for name, means, value in zip(
            ("sessions", "files", "bytes"),
            ("Sessions in the store.", "Files of the store.", "Bytes in these."),
            size,
            strict=True,
        ):
            yield GaugeMetricFamily(f"laughtrack_store_{name}", means, value)
    counts = Counter(job.state for job, _ in jobs.all())
    films = GaugeMetricFamily("laughtrack_footage_films", "Films on the list.", labels=["state"])
    for state in _STATES:
        films.add_metric([state], counts[state])
    yield films
    speeds = [progress.speed for job, progress in jobs.all() if progress and job.state == "running"]
    speed = "Seconds of film scored a second."
    yield GaugeMetricFamily("laughtrack_footage_speed_ratio", speed, sum(speeds))


def _of_sessions(hub: Hub) -> Iterator[Metric]:
    watched = [each for each in hub.watched.values() if each.facts.state == "running"]
    labels = [[each.facts.device, each.facts.session] for each in watched]
    now = datetime.now(timezone.utc)
    for figure in (
        _Figure("viewers", "Viewers in view.", [each.now.get("seen") for each in watched]),
        _Figure(
            "judged_viewers",
            "Viewers in view whose smiles can be scored.",
            [each.now.get("judged") for each in watched],
        ),
        _Figure(
            "smiling_ratio",
            "Share of the judged viewers that smiled in the newest second; left out if withheld.",
            [each.last_second.get("share_smiling") for each in watched],
        ),
        _Figure(
            "lag_seconds",
            "How long ago the newest look was taken: with a device, its batches' wait.",
            [_lag_s(each, now) for each in watched],
        ),
    ):
        yield _gauge(f"laughtrack_session_{figure.name}", figure, ["device", "session"], labels)
    looks = CounterMetricFamily(
        "laughtrack_session_looks", "Looks at the room.", labels=["device", "session"]
    )
    for label, each in zip(labels, watched, strict=True):
        if each.facts.kind != "device":
            looks.add_metric(label, each.looks)
    yield looks


def _of_devices(hub: Hub) -> Iterator[Metric]:
    devices = hub.devices.now()
    labels = [[each.device, each.site] for each in devices]
    for figure in (
        _Figure("online", "Whether it says that it is.", [_online(each) for each in devices]),
        _Figure("said_seconds", "Since it said anything.", [each.said_s for each in devices]),
        _Figure("looks_per_second", "Of its loop.", [each.looks_per_s for each in devices]),
        _Figure("outbox_batches", "Batches not sent yet.", [each.waiting for each in devices]),
        _Figure("outbox_bytes", "Bytes of these.", [each.waiting_bytes for each in devices]),
        _Figure("dropped_batches", "Batches not kept.", [each.dropped for each in devices]),
        _Figure(
            "disk_free_bytes",
            "Free on its disk.",
            [None if each.disk_free_mb is None else each.disk_free_mb * 1e6 for each in devices],
        ),
        _Figure("temperature_celsius", "Its own.", [each.temperature_c for each in devices]),
        _Figure("clock_ahead_seconds", "Of ours.", [each.clock_s for each in devices]),
    ):
        yield _gauge(f"laughtrack_device_{figure.name}", figure, ["device", "site"], labels)


def _gauge(
    name: str, figure: _Figure, names: list[str], labels: list[list[str]]
) -> GaugeMetricFamily:
    made = GaugeMetricFamily(name, figure.means, labels=names)
    for label, value in zip(labels, figure.values, strict=True):
        if value is not None:
            made.add_metric(label, float(value))
    return made


def _online(device: Health) -> float:
    return float(device.state == "online")


def _lag_s(watched: WatchedSession, now: datetime) -> float | None:
    """Return how long ago the newest look was taken, s; None where that is not known."""
    look = watched.now
    try:
        if look.get("utc"):
            taken = moment(look["utc"])
        else:
            began = moment(watched.facts.started_utc)
            taken = began + timedelta(seconds=look["t_s"])
        return max(0.0, (now - taken).total_seconds())
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
