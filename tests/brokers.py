"""A real mosquitto for tests, one who listens to it, and certificates, good and bad, for both."""

import datetime
import ipaddress
import signal
import socket
import subprocess
import threading
import time
import uuid
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv5
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.tools import MOSQUITTO

# A busy machine may take long; a test that needs this much has failed.
PATIENCE_S = 120.0


def free_port():
    """Return a port of this machine that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(true, patience_s=PATIENCE_S):
    """Wait until a function returns something true, and return that; fail with its last value.

    One that takes long is asked the less often: what it waits for needs the processor, too.
    """
    end_s = time.monotonic() + patience_s
    while True:
        began_s = time.monotonic()
        value = true()
        now_s = time.monotonic()
        if value or now_s > end_s:
            assert value, f"not within {patience_s} s: {value!r}"
            return value
        time.sleep(min(max(0.02, 2 * (now_s - began_s)), 0.5))


class Broker:
    """A mosquitto on a port of its own, as a context; `kill`, `stop` and `start` it at will.

    Parameters
    ----------
    folder : Path
        For its configuration, log and what it keeps.
    lines : str
        Its configuration, more lines of it; without ``allow_anonymous``, everyone may come in.
    """

    def __init__(self, folder, lines=""):
        self.port = free_port()
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / "mosquitto.log"
        self._process = None
        self.configure(lines)

    def configure(self, lines):
        """Write the configuration anew; it holds from the next start."""
        anyone = "" if "allow_anonymous" in lines else "allow_anonymous true\n"
        (self.folder / "mosquitto.conf").write_text(
            # Started by root it would else become another user, who cannot read this folder.
            f"user root\nlistener {self.port} 127.0.0.1\n{anyone}log_type all\n"
            # What it keeps is on the disk within a moment, for a `kill`.
            f"persistence true\npersistence_location {self.folder}/\n"
            f"autosave_on_changes true\nautosave_interval 1\n{lines}\n"
        )

    def start(self):
        """Start it and wait until it listens; return it."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [MOSQUITTO, "-c", str(self.folder / "mosquitto.conf")], stdout=log, stderr=log
            )
        until(self._listens)
        return self

    def _listens(self):
        assert self._process.poll() is None, self.log.read_text()
        return _listens(self.port)

    def kill(self):
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self):
        """End it as a shutdown would: it tells its clients and writes down what it keeps."""
        self._end(signal.SIGTERM)

    def pause(self):
        """Let it hang: connections stay, and nothing is answered."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        """End a `pause`."""
        self._process.send_signal(signal.SIGCONT)

    def _end(self, number):
        if self._process and self._process.poll() is None:
            self._process.send_signal(number)
            # Should it hang; after a SIGKILL nobody is there to go on.
            self._process.send_signal(signal.SIGCONT)
            self._process.wait(PATIENCE_S)

    def __enter__(self):
        """Start it."""
        return self.start()

    def __exit__(self, *error):
        """End it."""
        self.stop()


def _listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1.0).close()
    except OSError:
        return False
    return True


class Signer:
    """A certificate authority that makes keys and certificates, as PEM files in `folder`."""

    def __init__(self, folder, name="test signer"):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        names = x509.BasicConstraints(ca=True, path_length=None)
        built = _builder(self._name, self._name, self._key, 0, 10).add_extension(names, True)
        self.file = self.folder / f"{name.replace(' ', '-')}.pem"
        self.file.write_bytes(_pem(built.sign(self._key, hashes.SHA256())))

    def issue(self, name, hosts=(), from_days=-1, days=10):
        """Make a certificate and its key.

        Parameters
        ----------
        name : str
            Whose it is; also the files' name.
        hosts : sequence of str
            Names and addresses of a server that it is for.
        from_days, days : float
            From when, counted from now, and for how long it holds; negative: in the past.

        Returns
        -------
        cert, key : str
            Paths.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        built = _builder(_name(name), self._name, key, from_days, days)
        if hosts:
            names = x509.SubjectAlternativeName([_host(host) for host in hosts])
            built = built.add_extension(names, False)
        cert, secret = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        cert.write_bytes(_pem(built.sign(self._key, hashes.SHA256())))
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        secret.chmod(0o600)
        return str(cert), str(secret)


def tls_lines(signer, cert, key):
    """Return a broker's configuration for TLS with client certificates."""
    return (
        f"cafile {signer.file}\ncertfile {cert}\nkeyfile {key}\n"
        "require_certificate true\nuse_identity_as_username true"
    )


def _builder(subject, issuer, key, from_days, days):
    start = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=from_days)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=days))
    )


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _host(text):
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


class Listener:
    """Keeps all messages of some topics in `heard`, also over the broker's restarts."""

    def __init__(self, port, *topics):
        self.heard = []
        self._topics, self._ready = topics, threading.Event()
        self._client = Client(
            CallbackAPIVersion.VERSION2, f"listener-{uuid.uuid4()}", protocol=MQTTv5
        )
        self._client.on_connect = lambda client, *_: [client.subscribe(t, 1) for t in topics]
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = lambda client, userdata, message: self.heard.append(message)
        self._client.reconnect_delay_set(1, 1)
        kept = Properties(PacketTypes.CONNECT)
        kept.SessionExpiryInterval = 3600
        # A second door opens a moment after the first.
        until(lambda: _listens(port))
        self._client.connect("127.0.0.1", port, clean_start=False, properties=kept)
        self._client.loop_start()
        assert self._ready.wait(PATIENCE_S)

    def tell(self, topic, payload, retain=False):
        """Publish a message; return when the broker has it."""
        self._client.publish(topic, payload, 1, retain).wait_for_publish(PATIENCE_S)

    def stop(self):
        """Hang up."""
        self._client.disconnect()
        self._client.loop_stop()
        # Its sockets end with it.
        self._client = None
