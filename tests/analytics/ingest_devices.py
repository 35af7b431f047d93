"""Pretend devices for tests of ingest: their batches, a way to publish them, and what must come."""

import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv5

from laughtrack.analytics.store.catalogue.session_list import list_sessions
from laughtrack.analytics.store.sessions import load
from laughtrack.edge.readings import COLUMNS, Batch, to_json

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def batches(device, count, viewers=3, rate_hz=10, session="friday"):
    """Return a device's batches of 5 s; the last one says that the session is complete."""
    draw = np.random.default_rng(sum(device.encode()) + 1000 * viewers)
    looks = 5 * rate_hz
    made = []
    for seq in range(count):
        n = looks * viewers
        corner = draw.integers(0, 900, (2, n))
        columns = {
            "viewer_id": np.tile(np.arange(1, viewers + 1), looks),
            "t_s": np.repeat(5 * seq + np.arange(looks) / rate_hz, viewers).round(3),
            "x1": corner[0],
            "y1": corner[1],
            "x2": corner[0] + 60,
            "y2": corner[1] + 60,
            **{name: draw.random(n).round(3) for name in ("quality", "raw", "smile")},
        }
        columns = {name: columns[name].tolist() for name in COLUMNS}
        info = {"context": "screening", **({"complete": True} if seq == count - 1 else {})}
        head = (1, device, session, "2026-01-31T20:15:00Z", seq, 5.0 * seq, 5.0 * seq + 5)
        made.append(Batch(*head, looks, columns, info))
    return made


def message(batch, site="hall"):
    """Return the topic and payload by which a batch travels."""
    return f"laughtrack/{site}/{batch.device}/timeline", to_json(batch).encode()


def publish(port, messages, qos=1):
    """Publish (topic, payload) messages and wait until the broker has taken them all."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        for sent in [client.publish(topic, payload, qos) for topic, payload in messages]:
            sent.wait_for_publish(60)
            assert sent.is_published()
    finally:
        client.disconnect()
        client.loop_stop()


def shuffled(messages, seed):
    """Return messages in another order, with some of them twice."""
    rng = random.Random(seed)
    several = messages + rng.sample(messages, len(messages) // 4)
    rng.shuffle(several)
    return several


def ingest(*words, **options):
    """Start the command in a process of its own."""
    code = "import typer; from laughtrack.cli.commands.ingest import ingest; typer.run(ingest)"
    words = [sys.executable, "-c", code, *map(str, words)]
    return subprocess.Popen(words, env=ENVIRONMENT, text=True, **options)


def assert_exact(folder, made):
    """Check that the store holds these batches, each once and whole, and no others."""
    by_device = {}
    for batch in made:
        by_device.setdefault((batch.session, batch.device), []).append(batch)
    found = list_sessions(folder)
    assert {*zip(found["session"], found["device"], strict=True)} == {*by_device}
    assert found["batches"].sum() == len(made)
    for (session, device), several in by_device.items():
        several = sorted(several, key=lambda batch: batch.seq)
        one = load(folder, session, device)
        assert one.spans["seq"].tolist() == [batch.seq for batch in several]
        for name in COLUMNS:
            wanted = np.concatenate([batch.readings[name] for batch in several])
            assert np.array_equal(one.readings[name], wanted), (device, name)
