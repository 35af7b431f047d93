"""`laughtrack serve`: what it refuses, whom it lets in, and how it ends and carries on."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

from laughtrack.analytics.store.sessions import load
from laughtrack.cli import app
from laughtrack.edge.simulate.simulate import simulate
from tests.brokers import free_port, until
from tests.tools import ROOT

PATIENCE_S = 180
TOKEN = "a token that nobody guesses"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--footage", "nowhere"], "--footage nowhere: expected a folder"),
        (["--token-file", "nothing"], "--token-file nothing cannot be read"),
        (["--token-file", "short"], "expected at least 16"),
        (["--broker", "http://x"], "expected mqtt://HOST"),
        (["--port", "70000"], "--port"),
    ],
)
def test_wrong_options_are_told(words, says, tmp_path, monkeypatch, capsys):
    """Before anything is made or opened."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "short").write_text("secret")
    assert app.main(["serve", *words]) in (1, 2)
    assert says in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["short"]


def test_port_in_use_is_told(tmp_path, monkeypatch, capsys):
    """With what to choose instead."""
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert app.main(["serve", "--port", str(port)]) == 1
    assert f"cannot listen on --host 127.0.0.1 --port {port}" in capsys.readouterr().err


def test_missing_packages_are_named(tmp_path, monkeypatch, capsys):
    """What is to be installed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert app.main(["serve"]) == 1
    assert "pip install 'laughtrack[web]'" in capsys.readouterr().err


@contextmanager
def serving(folder, *words):
    """Run a server as a process of its own; yield it and its address."""
    port = free_port()
    command = [sys.executable, "-m", "laughtrack", "serve", "--port", str(port)]
    command += ["--store", str(folder / "store"), "--state", str(folder / "state"), *words]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: process.poll() is not None or status(f"{address}/healthz") == 200, PATIENCE_S)
        yield process, address
    finally:
        process.kill()
        process.communicate()


def status(address, **headers):
    """Return what a server answers a program; 0 for nothing."""
    try:
        return urllib.request.urlopen(urllib.request.Request(address, headers=headers)).status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


@pytest.mark.slow
def test_other_addresses_need_a_token(tmp_path):
    """One is made and printed; two servers do not share a folder; SIGTERM ends it with 143."""
    with serving(tmp_path, "--host", "0.0.0.0") as (process, address):
        printed = process.stdout.readline().decode()
        token = re.search("login#(.+)", printed)[1]
        assert len(token) >= 32
        assert status(f"{address}/api/v1/sessions") == 401
        assert status(f"{address}/api/v1/sessions", Authorization=f"Bearer {token}") == 200
        words = ["serve", "--state", str(tmp_path / "state"), "--port", "0"]
        second = subprocess.run(
            [sys.executable, "-m", "laughtrack", *words], capture_output=True, text=True
        )
        assert second.returncode == 1 and "in use by another" in second.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 143
        assert token in process.stderr.read().decode()


@pytest.mark.slow
def test_killed_server_carries_on(tmp_path):
    """Killed in the middle of a film, the next one ends it: the readings are those of one run."""
    films = tmp_path / "films"
    films.mkdir()
    # So long that it is not over when the server is killed.
    simulate(films / "room.mp4", 3, 60, (400, 226), seed=2)
    header = {"Content-Type": "application/json"}

    def jobs(address):
        return json.loads(urllib.request.urlopen(f"{address}/footage/jobs").read())

    with serving(tmp_path, "--footage", str(films)) as (process, address):
        page = urllib.request.urlopen(f"{address}/footage")
        header["X-CSRF-Token"] = re.search(b'csrf-token" content="(.+?)"', page.read())[1].decode()
        header["Cookie"] = page.headers["Set-Cookie"].partition(";")[0]
        body = json.dumps({"root": 0, "path": "room.mp4"}).encode()
        asked = urllib.request.Request(f"{address}/footage/jobs", body, header)
        assert urllib.request.urlopen(asked).status == 200
        until(lambda: jobs(address)[0].get("share"), PATIENCE_S)
        process.kill()
        process.wait()
    time.sleep(1.5)  # the replay ends by itself: nobody reads its lines any more
    assert not load(str(tmp_path / "store"), "room").info.get("complete")
    with serving(tmp_path, "--footage", str(films)) as (_, address):
        until(lambda: jobs(address)[0]["state"] == "done", PATIENCE_S)
    whole = str(tmp_path / "whole")
    assert app.main(["replay", str(films / "room.mp4"), "--store", whole]) == 0
    then, now = (load(each, "room").readings for each in (whole, str(tmp_path / "store")))
    assert then.equals(now)
