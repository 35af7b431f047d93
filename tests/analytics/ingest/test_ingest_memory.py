"""Large messages from a real broker do not fill the memory, however many come."""

import subprocess
import sys

import pytest

from tests import brokers

pytestmark = pytest.mark.broker

# A store that fails, so that all that comes waits; then how much memory that took, in MB.
INGEST = """
import resource, sys, time
from laughtrack.analytics.ingest import pending_messages
from tests.analytics.subscription_recorder import Recorder

recorder, began = Recorder(int(sys.argv[1])), []
recorder.failing = True
most = 0

def look(quiet_s):
    global most
    pending = recorder.subscription._pending
    most = max(most, pending._bytes)
    if not began and recorder.remarks:
        began.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        print("listening", flush=True)

try:
    pending = recorder.subscription._pending
    recorder.run(lambda: pending.dropped + len(pending) == 1000, look)
except Exception as error:
    assert "disk full" in str(error), error
print(most <= pending_messages.MAX_BYTES,
      (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - began[0]) / 1024)
"""
TOPIC = "laughtrack/hall/cam/timeline"
MOST_MB = 100


def test_messages_that_wait_are_bounded_by_bytes(tmp_path):
    """200 MB that nobody can store: the process grows by less than half of it."""
    lines = "max_queued_messages 0\nmax_queued_bytes 0"
    with brokers.Broker(tmp_path / "broker", lines) as broker:
        command = [sys.executable, "-c", INGEST, str(broker.port)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as ingest:
            assert ingest.stdout.readline() == "listening\n"
            speaker = brokers.Listener(broker.port, "nothing")
            for number in range(1000):
                text = (b"%d" % number) * 50_000
                speaker._client.publish(TOPIC, text[:200_000], 0).wait_for_publish(10)
            speaker.stop()
            bounded, grown_mb = ingest.stdout.read().split()
    assert bounded == "True" and float(grown_mb) < MOST_MB
