"""TLS to a real broker: the right certificates open the door, and each wrong one is named."""

import shutil
import socket
import ssl
import threading
from pathlib import Path

import pytest

from laughtrack.edge.mqtt import tls
from laughtrack.edge.mqtt.broker import from_settings
from laughtrack.edge.mqtt.probe import probe
from laughtrack.edge.publish.errors import Unsent
from laughtrack.edge.publish.mqtt import MqttPublisher
from laughtrack.edge.settings import Settings
from tests.brokers import Signer, free_port, tls_lines, until


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    """Return two signers' certificates by name, and ``ca`` and ``other ca`` for the signers."""
    signer = Signer(tmp_path_factory.mktemp("signer"))
    other = Signer(tmp_path_factory.mktemp("other"), "other signer")
    here = ["127.0.0.1", "localhost"]
    return {
        "signer": signer,
        "ca": str(signer.file),
        "other ca": str(other.file),
        "server": signer.issue("server", here),
        "expired server": signer.issue("expired-server", here, from_days=-20),
        "early server": signer.issue("early-server", here, from_days=5),
        "server elsewhere": signer.issue("server-elsewhere", ["broker.example"]),
        "cam": signer.issue("cam"),
        "expired cam": signer.issue("expired-cam", from_days=-20),
        "early cam": signer.issue("early-cam", from_days=5),
        "foreign cam": other.issue("cam"),
        "none": ("", ""),
    }


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def version(request, monkeypatch):
    """Let the device speak one version of TLS at most: in each a broker says no in its own way."""
    make = tls.client_context

    def limited(*args):
        context = make(*args)
        context.maximum_version = request.param
        return context

    monkeypatch.setattr(tls, "client_context", limited)
    return {ssl.TLSVersion.TLSv1_2: "TLSv1.2", ssl.TLSVersion.TLSv1_3: "TLSv1.3"}[request.param]


def settings(port, papers, client="cam", ca="ca"):
    """Return settings for a broker with TLS."""
    cert, key = papers[client]
    return Settings(
        device="cam",
        broker=f"mqtts://127.0.0.1:{port}",
        ca_file=papers[ca],
        cert_file=cert,
        key_file=key,
    )


@pytest.mark.broker
def test_the_right_certificate_opens_the_door(version, start, papers, listen):
    """With TLS 1.2 and 1.3 a batch is acknowledged, and the probe finds all well."""
    # Who listens may come in by a plain door.
    plain = free_port()
    lines = tls_lines(papers["signer"], *papers["server"])
    broker = start(f"{lines}\nlistener {plain} 127.0.0.1")
    listener = listen(plain, "laughtrack/default/cam/timeline")
    chosen = settings(broker.port, papers)
    publisher = MqttPublisher(chosen, print)
    until(lambda: publisher.connected)
    publisher.send(b"one")
    until(lambda: [message.payload for message in listener.heard] == [b"one"])
    publisher.close()
    found = probe(chosen)
    assert [what for what, ok, _ in found if ok] == [
        *("name", "network", "TLS", "connection", "publish", "commands")
    ]
    assert found[2][2] == f"{version}; the broker's certificate holds for 9 days"


# The broker's certificate, the device's, whom the device trusts, and what it then says.
WRONG = {
    "the device's has expired": (
        *("server", "expired cam", "ca"),
        "the broker says that this device's certificate, {cert}, has expired: get a new one",
    ),
    "the device's is of another signer": (
        *("server", "foreign cam", "ca"),
        "the broker does not know who signed this device's certificate, {cert}: "
        "use the one made for this broker",
    ),
    "the device's is not valid yet": (
        *("server", "early cam", "ca"),
        "{cert}: by the broker's clock it is not valid yet, or it is damaged: check both clocks",
    ),
    "the device has none": (
        *("server", "none", "ca"),
        "the broker wants a certificate that it can trust and got none: set cert_file and key_file",
    ),
    "the broker's has expired": (
        *("expired server", "cam", "ca"),
        "the certificate of {place} has expired, by this device's clock, which says 20",
    ),
    "the device's clock is behind": (
        *("early server", "cam", "ca"),
        "the certificate of {place} is not valid yet, by this device's clock, which says 20",
    ),
    "the broker's is for another name": (
        *("server elsewhere", "cam", "ca"),
        "the certificate of {place} is for another name: write the broker's name as its",
    ),
    "the broker's is of another signer": (
        *("server", "cam", "other ca"),
        "the certificate of {place} is signed by nobody known here",
    ),
}
CURES = {
    "the broker's has expired": "renew it at the broker, or set the clock",
    "the device's clock is behind": "set the clock, or wait until the network has set it",
    "the broker's is of another signer": "set ca_file to the certificate of the broker's signer",
}


@pytest.mark.broker
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_certificate_is_refused_with_its_cure(case, version, start, papers):
    """Trouble, what sending raises and the probe say the same: what is wrong, what to do."""
    server, client, ca, expected = WRONG[case]
    broker = start(tls_lines(papers["signer"], *papers[server]))
    chosen = settings(broker.port, papers, client, ca)
    expected = expected.format(cert=chosen.cert_file, place=f"127.0.0.1:{broker.port}")
    publisher = MqttPublisher(chosen, print)
    until(lambda: publisher.trouble and not publisher.trouble.startswith("not yet"))
    assert expected in publisher.trouble
    assert CURES.get(case, "") in publisher.trouble
    with pytest.raises(Unsent) as caught:
        publisher.send(b"one")
    assert expected in str(caught.value) and not publisher.connected
    publisher.close()
    what, ok, text = probe(chosen)[-1]
    assert (what, ok) == ("TLS", False) and expected in text


@pytest.mark.broker
def test_one_speaks_tls_and_the_other_does_not(start, papers):
    """Whichever it is, the message names both ways to write the address."""
    secure = start(tls_lines(papers["signer"], *papers["server"]))
    plain = start()
    for broker, scheme in ((secure, "mqtt"), (plain, "mqtts")):
        place = f"{scheme}://127.0.0.1:{broker.port}"
        publisher = MqttPublisher(Settings(device="cam", broker=place), print)
        until(lambda p=publisher: "mqtts:// is for TLS and mqtt:// for none" in p.trouble)
        publisher.close()


@pytest.mark.broker
def test_a_certificate_replaced_while_running_is_used(start, papers, tmp_path):
    """A device with an expired certificate comes back by itself once it has a new one."""
    broker = start(tls_lines(papers["signer"], *papers["server"]))
    cert, key = tmp_path / "cert", tmp_path / "key"
    for source, target in zip(papers["expired cam"], (cert, key), strict=True):
        shutil.copy(source, target)
    chosen = settings(broker.port, papers)._replace(cert_file=str(cert), key_file=str(key))
    publisher = MqttPublisher(chosen, print)
    until(lambda: "has expired" in publisher.trouble)
    for source, target in zip(papers["cam"], (cert, key), strict=True):
        shutil.copy(source, target)
    until(lambda: publisher.connected)
    publisher.close()


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"key_file": ""}, "cert_file and key_file belong together: set both or none"),
        ({"cert_file": "no such"}, "cert_file is no such: No such file or directory: check the"),
        ({"ca_file": "{key}"}, "ca_file is .*cam.key: it holds no certificate in PEM form"),
        ({"cert_file": "{key}"}, "expected a certificate and its key, both in PEM form"),
        ({"key_file": "{other}"}, "key_file .* does not belong to cert_file .*: take the two that"),
        ({"key_file": "{locked}"}, "it is locked with a password, which nobody can type here"),
    ],
)
def test_files_that_can_never_work(changes, message, papers, tmp_path):
    """They are refused before anything is connected, with what is expected."""
    from cryptography.hazmat.primitives import serialization as form

    _, key = papers["cam"]
    locked = tmp_path / "locked.key"
    secret = form.load_pem_private_key(Path(key).read_bytes(), None)
    lock = form.BestAvailableEncryption(b"word")
    locked.write_bytes(
        secret.private_bytes(form.Encoding.PEM, form.PrivateFormat.TraditionalOpenSSL, lock)
    )
    places = {"key": key, "other": papers["expired cam"][1], "locked": str(locked)}
    chosen = settings(8883, papers)._replace(
        **{name: value.format(**places) for name, value in changes.items()}
    )
    with pytest.raises(ValueError, match=message) as caught:
        MqttPublisher(chosen, print)
    assert probe(chosen) == [("settings", False, str(caught.value))]


def test_tls_below_1_2_is_not_spoken(papers):
    """The device itself rules out what AWS rules out."""
    context = tls.client_context(from_settings(settings(8883, papers)), 8883)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.check_hostname and context.verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize("port, spoken", [(443, "x-amzn-mqtt-ca"), (8883, None)])
def test_on_port_443_the_protocol_has_a_name(port, spoken, papers):
    """AWS IoT Core takes MQTT on 443 only from those who ask for it by name."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*papers["server"])
    server.set_alpn_protocols(["x-amzn-mqtt-ca"])
    near, far = socket.socketpair()
    shaking = threading.Thread(target=lambda: server.wrap_socket(far, server_side=True).close())
    shaking.start()
    context = tls.client_context(from_settings(settings(port, papers)), port)
    with context.wrap_socket(near, server_hostname="127.0.0.1") as secure:
        assert secure.selected_alpn_protocol() == spoken
    shaking.join()
