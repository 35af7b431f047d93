"""A user and a password that cross a network in the clear are warned of, by all that send them."""

import logging

import pytest

from laughtrack.cli import app
from laughtrack.edge.deploy.ssh import probe, remote
from laughtrack.edge.diagnostics.sending import check_publisher
from laughtrack.edge.mqtt import probe as steps
from laughtrack.edge.mqtt.broker import Broker, unencrypted_login
from laughtrack.edge.publish import mqtt
from laughtrack.edge.settings import Settings

PLAIN, WARNED = "mqtt://broker.example", "broker.example unencrypted"


@pytest.fixture
def secret(tmp_path):
    """Return a password's file."""
    path = tmp_path / "secret"
    path.write_text("s3cret")
    return str(path)


@pytest.mark.parametrize(
    ("url", "user", "password_file", "warned"),
    [
        (PLAIN, "ann", "secret", "user and password_file cross the network to broker.example un"),
        ("mqtt://10.0.0.7:1884", "ann", "", "user cross"),
        ("mqtt://[fe80::1]", "", "secret", "password_file cross"),
        ("mqtt://127.0.0.1.evil.example", "ann", "", "user cross"),
        ("mqtt://0.0.0.0", "ann", "", "user cross"),
        (PLAIN, "", "", None),
        ("mqtts://broker.example", "ann", "secret", None),
        ("mqtt://127.0.0.1", "ann", "secret", None),
        ("mqtt://127.9.9.9:1884", "ann", "secret", None),
        ("mqtt://LOCALHOST", "ann", "secret", None),
        ("mqtt://[::1]:1883", "ann", "secret", None),
    ],
)
def test_what_leaves_this_machine_in_the_clear(url, user, password_file, warned):
    """The user's name alone counts, too; TLS and the loopback do not."""
    said = unencrypted_login(Broker(url, "cam", user=user, password_file=password_file))
    assert said.startswith(warned) if warned else said == ""


def test_device_says_so_when_it_starts(secret, monkeypatch, caplog):
    """In its log."""
    monkeypatch.setattr(mqtt, "Link", lambda *_: None)
    monkeypatch.setattr(logging.getLogger("laughtrack"), "propagate", True)
    for broker in (PLAIN, "mqtt://127.0.0.1"):
        settings = Settings(device="cam", broker=broker, user="ann", password_file=secret)
        mqtt.MqttPublisher(settings, print)
    (said,) = {record.getMessage() for record in caplog.records}
    assert WARNED in said


def test_doctor_says_so(secret, monkeypatch, tmp_path):
    """As something to be looked at, also where all works."""
    monkeypatch.setattr(steps, "probe", lambda settings: [])
    settings = Settings(broker=PLAIN, user="ann", password_file=secret, folder=str(tmp_path))
    (found,) = check_publisher(settings, False)
    assert found.ok is None and WARNED in found.message and found.cure.startswith("write mqtts://")
    assert not list(check_publisher(settings._replace(broker="mqtt://localhost"), False))


@pytest.mark.slow
@pytest.mark.parametrize("command", ["ingest", "tell"])
def test_commands_say_so(command, secret, monkeypatch, tmp_path, capsys):
    """Before they connect."""

    def stop(*_):
        raise OSError("stopped here")

    monkeypatch.setattr("laughtrack.analytics.ingest.mqtt.Subscription.run", stop)
    monkeypatch.setattr("laughtrack.cli.commands.control.send_command", stop)
    monkeypatch.chdir(tmp_path)
    words = [command, *(["cam", "status"] if command == "tell" else [])]
    words += ["--broker", PLAIN, "--user", "ann", "--password-file", secret]
    assert app.main(words) == 1
    said = capsys.readouterr().err
    assert WARNED in said and "stopped here" in said


def test_deploy_says_so(secret, monkeypatch, tmp_path):
    """Before the host is asked."""

    def stop(*_):
        raise OSError("stopped here")

    monkeypatch.setattr(probe, "ask", stop)
    path, said = tmp_path / "cam.ini", []
    lines = f"broker = {PLAIN}\nuser = ann\npassword_file = secret\ncontext = screening\n"
    path.write_text("[laughtrack]\n" + lines)
    with pytest.raises(OSError, match="stopped here"):
        remote.install(None, remote.InstallOptions(settings=path), said.append)
    assert len(said) == 1 and said[0].startswith(f"{path}: user and password_file cross")
