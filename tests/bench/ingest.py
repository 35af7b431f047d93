"""How many readings a second reach the store: `python -m tests.bench.ingest`.

50 devices, each watching 25 viewers 10 times a second in batches of 5 s, publish through a real
Mosquitto: first at the pace of the show, then all they have at once, as after an outage. Ingest,
broker and devices share this machine. The table must end exact: every number, every reading.
"""

import argparse
import multiprocessing
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv5

from laughtrack.analytics.store.catalogue.session_list import list_sessions
from tests.analytics.ingest_devices import assert_exact, batches, ingest, message
from tests.brokers import Broker
from tests.tools import MOSQUITTO

BATCH_S = 5.0
# Connections that the devices share, so that their pretence takes little of this machine.
CONNECTIONS = 5


def main():
    """Measure both, check the tables, print."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--devices", type=int, default=50, help="(50)")
    options.add_argument("--viewers", type=int, default=25, help="each (25)")
    options.add_argument("--rate", type=int, default=10, help="looks a second (10)")
    options.add_argument("--batches", type=int, default=12, help="each (12)")
    chosen = options.parse_args()
    if MOSQUITTO is None:
        sys.exit("no mosquitto on this machine")
    needed = chosen.devices * chosen.viewers * chosen.rate
    print(
        f"{chosen.devices} devices, {chosen.viewers} viewers each, {chosen.rate} looks a second: "
        f"{needed:,} readings a second"
    )
    print(f"{'':22}{'readings':>11}{'show s':>8}{'took s':>8}{'a second':>10}", end="")
    print(f"{'ingest busy':>13}{'last one after s':>18}{'table':>8}")
    for name, pace_s in (("at the show's pace", BATCH_S), ("all at once", 0.0)):
        made = [
            batches(f"cam-{number:02}", chosen.batches, chosen.viewers, chosen.rate)
            for number in range(chosen.devices)
        ]
        with tempfile.TemporaryDirectory() as folder:
            took_s, late_s, busy = run(Path(folder), made, pace_s)
        readings = needed * BATCH_S * chosen.batches
        times = f"{BATCH_S * chosen.batches:8.0f}{took_s:8.1f}{readings / took_s:10,.0f}"
        print(f"{name:22}{readings:11,.0f}{times}{busy:13.0%}{late_s:18.1f}{'exact':>8}")


def run(folder, made, pace_s):
    """Publish all batches and have them stored.

    Returns
    -------
    took_s : float
        From the first one published to the last one stored.
    late_s : float
        From the last one published to the last one stored.
    busy : float
        Processor time that ingest took, as a share of `took_s`.
    """
    place, wanted = str(folder / "store"), sum(map(len, made))
    # When all comes at once, more waits at the broker than the 1,000 messages it keeps by itself.
    with Broker(folder / "broker", "max_queued_messages 0\nlog_dest none") as broker:
        address = f"mqtt://127.0.0.1:{broker.port}"
        process = ingest(
            *("--broker", address, "--store", place, "--quarantine", folder / "q"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(5)
        go, done = multiprocessing.Event(), multiprocessing.Value("d", 0.0)
        devices = multiprocessing.Process(
            target=publish_all, args=(broker.port, made, pace_s, go, done)
        )
        devices.start()
        time.sleep(1)
        busy_s, began_s = -seconds(process.pid), time.time()
        go.set()
        while (stored := list_sessions(place)["batches"].sum()) < wanted:
            if time.time() - began_s > 600:
                sys.exit(f"{wanted - stored} of {wanted} batches had not come after 10 minutes")
            time.sleep(0.5)
        ended_s = time.time()
        busy_s += seconds(process.pid)
        devices.join()
        process.send_signal(signal.SIGTERM)
        process.wait()
    assert_exact(place, [batch for several in made for batch in several])
    return ended_s - began_s, ended_s - done.value, busy_s / (ended_s - began_s)


def seconds(pid):
    """Return the processor time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def publish_all(port, made, pace_s, go, done):
    """Publish each device's batches in order, one each `pace_s`; note when all are taken."""
    messages = [[message(batch) for batch in several] for several in made]
    parts = [messages[n::CONNECTIONS] for n in range(CONNECTIONS)]
    threads = [threading.Thread(target=publish_part, args=(port, p, pace_s, go)) for p in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.value = time.time()


def publish_part(port, devices, pace_s, go):
    """Publish some devices' batches over one connection."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.connect("127.0.0.1", port)
    client.loop_start()
    go.wait()
    # A batch is sent when its span is over.
    began_s, sent = time.monotonic(), []
    for turn, several in enumerate(zip(*devices, strict=True)):
        for number, (topic, payload) in enumerate(several):
            # Devices are not in step with each other.
            due_s = began_s + (turn + (number + 1) / len(several)) * pace_s
            time.sleep(max(due_s - time.monotonic(), 0))
            sent.append(client.publish(topic, payload, qos=1))
    for each in sent:
        each.wait_for_publish()
    client.disconnect()
    client.loop_stop()


if __name__ == "__main__":
    main()
