"""A broker's devices: what they send goes into the store, and what they say is heard.

One way: nothing is published here. As `laughtrack ingest` does, a batch is acknowledged once the
store has it, and what cannot be stored is set aside.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

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


class BrokerListener:
    """Listens in threads of its own, from `start` to `stop`.

    Parameters
    ----------
    settings : ServeSettings
    broker : Broker
    stored : function
        Takes batches that are in the store now.
    heard : function
        Takes a `Heard`.
    said : function
        Takes what is wrong with the broker or the store, "" for nothing; all three are called from
        the threads.

    Raises
    ------
    ValueError
        The broker's address, a certificate or the password's file is of no use.
    """

    def __init__(
        self,
        settings: ServeSettings,
        broker: Broker,
        stored: Callable[[Sequence[Batch]], object],
        heard: Callable[[Heard], object],
        said: Callable[[str], object],
    ) -> None:
        self._settings, self._broker = settings, broker
        self._stored, self._said = stored, said
        self._over = threading.Event()
        self._statuses = StatusListener(broker, heard, said)
        self._thread = threading.Thread(target=self._ingest, name="ingest", daemon=True)
        self.remarks: list[str] = []

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
                store = self._settings.store
                ingestor = BatchIngestor(store, quarantine, self._note, on_stored=self._stored)
                Subscription(self._broker, ingestor.ingest, self._note).run(self._should_stop)
            except (BrokerError, StoreError, OSError, ValueError) as error:
                self._said(str(error))
            self._over.wait(_PAUSE_S)

    def _should_stop(self, quiet_s: float) -> bool:
        return self._over.is_set()

    def _note(self, remark: str) -> None:
        """Keep the last remarks: of what was refused, and of connections lost and back."""
        self.remarks = [*self.remarks, remark][-20:]
