"""A real sshd on this machine, bundles for it, and a folder tree of its own to install into."""

import getpass
import os
import subprocess
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from laughtrack.cli import app
from laughtrack.edge.deploy.on_device import plain
from tests import brokers
from tests.edge.deploy import lent_bundle
from tests.tools import SSHD

DIES = 'import sys\n\nprint("the camera caught fire", file=sys.stderr)\nsys.exit(3)\n'


@pytest.fixture(scope="module")
def sshd(tmp_path_factory):
    """Start an sshd with keys of its own; return ssh's options for it."""
    place = tmp_path_factory.mktemp("sshd")
    for name in ("host", "me"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(place / name)]
        subprocess.run(words, check=True)
    port = brokers.free_port()
    config = f"""
        Port {port}
        ListenAddress 127.0.0.1
        HostKey {place}/host
        AuthorizedKeysFile {place}/me.pub
        PidFile none
        StrictModes no
        UsePAM no
        PasswordAuthentication no
    """
    (place / "config").write_text(config)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    log = place / "log"
    server = subprocess.Popen([SSHD, "-D", "-f", str(place / "config"), "-E", str(log)])
    try:
        deadline = time.monotonic() + 30
        while not (log.exists() and "Server listening" in log.read_text()):
            assert server.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield [
            *("--port", str(port), "--identity", str(place / "me")),
            *("--ssh-option", "StrictHostKeyChecking=no", "--ssh-option", "LogLevel=ERROR"),
            *("--ssh-option", f"UserKnownHostsFile={place}/known"),
            *("--ssh-option", "IdentitiesOnly=yes"),
        ]
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """Return bundles: a good one, a newer good one, one that dies at start, a damaged one."""
    place = tmp_path_factory.mktemp("bundles")
    lent = lent_bundle.lend(place / "wheels")
    (place / "dies.py").write_text(DIES)
    newer = place / "newer.py"
    newer.write_text((lent_bundle.bundle.ROOT / "edge" / "version.py").read_text() + "NEWER = 1\n")
    with pytest.MonkeyPatch.context() as patch:
        made = {
            name: lent_bundle.build(patch, lent, place / f"{name}.zip", replaced)
            for name, replaced in (
                ("good", None),
                ("newer", {"laughtrack/edge/version.py": newer}),
                ("dying", {"laughtrack/edge/__main__.py": place / "dies.py"}),
            )
        }
    data = bytearray(made["good"].read_bytes())
    data[len(data) // 2] ^= 1
    made["damaged"] = place / "damaged.zip"
    made["damaged"].write_bytes(data)
    return made


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Return a film of ten minutes of an empty room: the program is at it throughout the test."""
    path = tmp_path_factory.mktemp("film") / "room.avi"
    out = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 1, (160, 120))
    for i in range(600):
        out.write(np.full((120, 160, 3), 90 + i % 20, np.uint8))
    out.release()
    return path


@pytest.fixture
def home(tmp_path):
    """Return a folder tree like a home, which a symbolic link leads to; end what runs in it."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "home").symlink_to("disk")
    yield tmp_path / "home" / "device"
    plain.stop(tmp_path / "home" / "device")


@pytest.fixture
def deploy(sshd, home, capfd):
    """Return a function that runs `laughtrack deploy VERB HOST ...`: exit code and all output."""

    def run(verb, *words):
        host = f"{getpass.getuser()}@127.0.0.1"
        all_words = ["deploy", verb, host, *sshd, "--user-folder", str(home), *map(str, words)]
        code = app.main(all_words)
        said = capfd.readouterr()
        return code, said.out + said.err

    return run


@pytest.fixture
def settings(tmp_path, film):
    """Return a settings file with a key beside it, as `deploy iot` leaves them."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "secret.txt").write_text("not for others\n")
    path = tmp_path / "mine" / "settings.ini"
    path.write_text(
        f"[laughtrack]\ndevice = camera-1\ncontext = screening\nsource = {film}\n"
        "speed = 1\nstatus_s = 1\n"
        "publisher = file\nfile = laughtrack-device/sent.jsonl\npassword_file = secret.txt\n"
    )
    return path
