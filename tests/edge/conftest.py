"""Brokers for the tests of what goes over a network; patience and a stand-in for cameras."""

import sys
from pathlib import Path

import pytest


@pytest.fixture
def start(tmp_path):
    """Return a function that starts a broker; all are stopped in the end."""
    from tests.brokers import Broker

    started = []

    def begin(lines=""):
        started.append(Broker(tmp_path / f"broker-{len(started)}", lines))
        return started[-1].start()

    yield begin
    for broker in started:
        broker.stop()


@pytest.fixture
def publish():
    """Return a function that opens a publisher to a port; all are closed in the end."""
    from laughtrack.edge.publish.open_publisher import open_publisher
    from laughtrack.edge.settings import Settings

    opened = []

    def begin(port, on_command=lambda text: None, **changes):
        settings = Settings(device="cam", broker=f"mqtt://127.0.0.1:{port}")._replace(**changes)
        opened.append(open_publisher(settings, on_command))
        return opened[-1]

    yield begin
    for publisher in opened:
        publisher.close()


@pytest.fixture
def listen():
    """Return a function that starts a listener; all are stopped in the end."""
    from tests.brokers import Listener

    started = []

    def begin(port, *topics):
        started.append(Listener(port, *topics))
        return started[-1]

    yield begin
    for listener in started:
        listener.stop()


@pytest.fixture
def impatient(monkeypatch):
    """Let waits that would end in an error end soon."""
    from laughtrack.edge.sources import cameras, fifo

    for module in (cameras, fifo):
        monkeypatch.setattr(module, "PATIENCE_S", 0.5)
    monkeypatch.setattr(cameras, "BACKOFF_S", (0.01, 0.1))


@pytest.fixture
def standin(monkeypatch):
    """Let `awscam` be found, and forgotten again."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "standins"))
    monkeypatch.setitem(sys.modules, "awscam", None)
    del sys.modules["awscam"]
