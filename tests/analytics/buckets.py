"""A pretend Amazon S3 on this machine, for tests of stores in a bucket."""

import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from tests.brokers import until

_REGION = "eu-central-1"


@contextmanager
def bucket(monkeypatch):
    """Start the server and point the environment at it; yield the URL of a store not there yet."""
    boto3 = pytest.importorskip("boto3")
    pytest.importorskip("moto.server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # In a process of its own: deltalake may hold this one's lock while it waits for an answer.
    words = ["-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen([sys.executable, *words], stderr=subprocess.DEVNULL)
    try:
        until(lambda: _answers(port))
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": _REGION,
            "AWS_DEFAULT_REGION": _REGION,
        }.items():
            monkeypatch.setenv(name, value)
        place = {"LocationConstraint": _REGION}
        boto3.client("s3").create_bucket(Bucket="room", CreateBucketConfiguration=place)
        yield "s3://room/store"
    finally:
        server.kill()
        server.wait()


def _answers(port):
    with socket.socket() as found:
        return found.connect_ex(("127.0.0.1", port)) == 0
