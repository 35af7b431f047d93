"""A subscription to a real broker, with its arrivals and remarks."""

import time

from laughtrack.analytics.ingest.mqtt import CLIENT_ID, OPTIONS, TOPIC, Subscription
from laughtrack.analytics.store.delta_table import StoreError
from laughtrack.edge.mqtt.broker import Broker
from tests import brokers


class Recorder:
    """A subscription that lists its arrivals and its remarks."""

    def __init__(self, port, scheme="mqtt", topic=TOPIC, **asked):
        """Make it; it does not connect yet."""
        self.arrivals, self.remarks, self.failing = [], [], False
        asked = {"client_id": CLIENT_ID, **asked}
        broker = Broker(f"{scheme}://127.0.0.1:{port}", **asked, options=OPTIONS)
        self.subscription = Subscription(broker, self.ingest, self.remarks.append, topic)

    def ingest(self, group):
        """Keep a group, or fail as a full disk does."""
        if self.failing:
            raise StoreError("disk full")
        self.arrivals += group

    def run(self, ready, step=None):
        """Run until `ready()`; call `step` at each look, as if from outside."""
        end_s = time.monotonic() + brokers.PATIENCE_S

        def until(quiet_s):
            if step is not None:
                step(quiet_s)
            assert time.monotonic() < end_s, (self.remarks, len(self.arrivals))
            return ready()

        self.subscription.run(until)

    def begin(self):
        """Connect and subscribe, so that the broker knows of the session; then leave."""
        self.run(lambda: any(line.startswith("listening") for line in self.remarks))

    def payloads(self):
        """Return what was taken, in order of arrival."""
        return [arrival.payload for arrival in self.arrivals]
