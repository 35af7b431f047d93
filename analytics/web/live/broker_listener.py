"""A broker's devices: what they send goes into the store, and what they say is heard.

One way: nothing is published here. As `laughtrack ingest` does, a batch is acknowledged once the
store has it, and what cannot be stored is set aside.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

from laughtrack.analytics.devices.status_listener import Heard, StatusListener
from laughtrack.analytics.ingest.batch_ingestor import BatchIngestor
from laughtrack.analytics.ingest.mqtt import Subscription
from laughtrack.analytics.ingest.quarantine import Quarantine
from laughtrack.analytics.ingest.refusals import BrokerError
from laughtrack.analytics.store.delta_table import StoreError
from laughtrack.analytics.web.settings import ServeSettings
from laughtrack.edge.mqtt.broker import Broker
from laughtrack.edge.readings import Batch

QUARANTINE = "quarantine"
# After what ended the listening, until it begins anew.
_PAUSE_S = 10.0
_PATIENCE_S = 20.0


class Calls(NamedTuple):
    """Who is told of what is heard, from the listener's threads.

    `stored` takes batches that are in the store now, `heard` a `Heard`; `link` and `taken` what is
    wrong with the broker, and with what is to go into the store, "" for nothing; `noted` a remark:
    what was refused, or is missing.
    """

    stored: Callable[[Sequence[Batch]], object]
    heard: Callable[[Heard], object]
    link: Callable[[str], object]
    taken: Callable[[str], object]
    noted: Callable[[str], None]


class BrokerListener:
    """Listens in threads of its own, from `start` to `stop`.

    Parameters
    ----------
    settings : ServeSettings
    broker : Broker
    calls : Calls

    Raises
    ------
    ValueError
        The broker's address, a certificate or the password's file is of no use.
    """

    def __init__(self, settings: ServeSettings, broker: Broker, calls: Calls) -> None:
        self._settings, self._broker, self._calls = settings, broker, calls
        self._over, self._failed = threading.Event(), False
        self._statuses = StatusListener(broker, calls.heard, calls.link)
        self._thread = threading.Thread(target=self._ingest, name="ingest", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._statuses.start()
        self._thread.start()

    def stop(self) -> None:
        """Store what has come, and hang up."""
        self._over.set()
        self._statuses.stop()
        self._thread.join(_PATIENCE_S)

    def _ingest(self) -> None:
        quarantine = Quarantine(self._settings.state / QUARANTINE)
        while not self._over.is_set():
            try:
                store, note = self._settings.store, self._calls.noted
                ingestor = BatchIngestor(store, quarantine, note, on_stored=self._calls.stored)
                Subscription(self._broker, ingestor.ingest, note).run(self._should_stop)
            except (BrokerError, StoreError, OSError, ValueError) as error:
                self._failed = True
                self._calls.taken(str(error))
            self._over.wait(_PAUSE_S)

    def _should_stop(self, quiet_s: float) -> bool:
        if quiet_s and self._failed:
            # It is connected, and nothing waits.
            self._failed = False
            self._calls.taken("")
        return self._over.is_set()
