"""What systemd is told, over a real socket."""

import os
import socket

import pytest

from laughtrack.edge.device.systemd import notify


@pytest.fixture(params=["a file", "no folder"])
def listener(request, tmp_path, monkeypatch):
    """Listen where systemd would: a socket with a place among files, or one without."""
    name = str(tmp_path / "notify") if request.param == "a file" else f"\0laughtrack-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(name)
        server.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", name.replace("\0", "@"))
        yield server


@pytest.mark.parametrize("text", ["READY=1", "WATCHDOG=1", "STATUS=3 viewers\nREADY=1", "STATUS=ä"])
def test_systemd_hears(listener, text):
    """Each message arrives as it is, as one datagram."""
    notify(text)
    assert listener.recv(1000) == text.encode()


@pytest.mark.parametrize(
    "place", [None, "", "no-place", "/no/such/socket", "@nobody-here", "/" * 999]
)
def test_without_systemd_nothing_happens(monkeypatch, place):
    """No socket, a wrong one, or one that nobody reads is no error."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if place is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", place)
    notify("READY=1")


@pytest.mark.slow
def test_systemd_that_does_not_read_is_not_waited_for(listener):
    """Once the socket is full, messages are lost rather than the program held up."""
    for _ in range(5000):
        notify("WATCHDOG=1")
    assert listener.recv(1000) == b"WATCHDOG=1"
