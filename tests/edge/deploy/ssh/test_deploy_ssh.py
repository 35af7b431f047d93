"""`laughtrack deploy` against a real sshd on this machine, in a folder tree of its own."""

import fcntl
import getpass
import json
import os
import re
import socket
import subprocess
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from laughtrack.cli import app
from laughtrack.edge.deploy.on_device import removal, state, supervise
from tests.edge.deploy import lent_bundle
from tests.tools import SSHD

pytestmark = [
    pytest.mark.ssh,
    pytest.mark.skipif(lent_bundle.pip_wheel() is None, reason="this Python has no pip wheel"),
]
DIES = 'import sys\n\nprint("the camera caught fire", file=sys.stderr)\nsys.exit(3)\n'


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(scope="module")
def sshd(tmp_path_factory):
    """Start an sshd with keys of its own; return ssh's options for it."""
    place = tmp_path_factory.mktemp("sshd")
    for name in ("host", "me"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(place / name)]
        subprocess.run(words, check=True)
    port = free_port()
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
    out = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 5, (160, 120))
    for i in range(3000):
        out.write(np.full((120, 160, 3), 90 + i % 20, np.uint8))
    out.release()
    return path


@pytest.fixture
def home(tmp_path):
    """Return a folder tree like a home, which a symbolic link leads to; end what runs in it."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "home").symlink_to("disk")
    yield tmp_path / "home" / "device"
    if supervise.running(tmp_path / "home" / "device"):
        supervise.stop(tmp_path / "home" / "device")


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


def install(deploy, bundle, *words):
    """Install a bundle with the Python that runs this, kept running without systemd."""
    return deploy(
        *("ssh", "--bundle", bundle, "--python", lent_bundle.PYTHON),
        *("--service", "plain", "--wait", "60", *words),
    )


def release_of(said):
    """Return the release that `status` names."""
    return re.search(r"^release: (\S+)$", said, re.MULTILINE).group(1)


def litter(home, bundle):
    """Leave what a broken connection or a power cut leaves; return the bundle's release."""
    with lent_bundle.zipfile.ZipFile(bundle) as files:
        name = json.loads(files.read("manifest.json"))["id"]
    for left in (
        f"releases/{name}/edge",
        "releases/other/venv",
        "setups/1/certs",
        "incoming/0badc0de/certs",
    ):
        (home / left).mkdir(parents=True)
    (home / "incoming" / "0badc0de" / "bundle.zip").write_bytes(b"PK half")
    (home / ".current.part").symlink_to("setups/1")
    return name


@pytest.mark.slow
def test_install_status_update_and_remove(deploy, bundles, settings, home):
    """The whole life of an installation, begun on a half-finished one; nothing is left behind."""
    first = litter(home, bundles["good"])
    code, said = install(deploy, bundles["good"], "--settings", settings)
    assert code == 0, said
    for left in ("releases/other", "incoming/0badc0de"):
        assert f"removed {left}, left by an earlier install" in said
    assert not (home / "incoming").exists()
    assert "online after" in said
    assert [path.name for path in (home / "releases").iterdir()] == [first]
    code, said = deploy("status")
    assert code == 0 and "online: true" in said and "device: camera-1" in said
    assert release_of(said) == first
    assert (home / "settings.ini").stat().st_mode & 0o777 == 0o600
    assert (home / "certs" / "secret.txt").stat().st_mode & 0o777 == 0o600
    assert (
        f"password_file = {home.resolve()}/certs/secret.txt" in (home / "settings.ini").read_text()
    )

    code, said = deploy("logs", "-n", "1")
    assert code == 0 and len(said.splitlines()) == 1

    code, said = deploy("update", "--bundle", bundles["newer"], "--python", lent_bundle.PYTHON)
    assert code == 0, said
    code, said = deploy("status")
    assert code == 0 and release_of(said) != first and "device: camera-1" in said
    # The one before is kept, and nothing but it.
    assert len(list((home / "releases").iterdir())) == 2

    code, said = deploy("remove", "--yes")
    assert code == 0 and "removed from" in said, said
    assert supervise.running(home) is None
    assert not home.exists() and list(home.parent.iterdir()) == []
    assert deploy("status")[0] == 1


@pytest.mark.slow
def test_a_broken_update_leaves_the_one_before_running(deploy, bundles, settings, home):
    """A damaged bundle changes nothing; one whose program dies is taken back."""
    # Nobody listens there: what is read is kept.
    nowhere = f"publisher = mqtt\nbroker = mqtt://127.0.0.1:{free_port()}\nbatch_s = 1\n"
    settings.write_text(settings.read_text().replace("publisher = file\n", nowhere))
    code, said = install(deploy, bundles["good"], "--settings", settings)
    assert code == 0 and "refuses connections: is the broker running" in said, said
    before = deploy("status")[1]
    pid = supervise.running(home)[0]

    code, said = install(deploy, bundles["damaged"])
    assert code == 1 and "copy it again" in said
    assert supervise.running(home)[0] == pid
    assert not (home / "incoming").exists()

    code, said = install(deploy, bundles["dying"])
    assert code == 1 and "the one before runs again" in said
    assert "the camera caught fire" in said
    code, said = deploy("status")
    assert code == 0 and release_of(said) == release_of(before)
    assert len(list((home / "releases").iterdir())) == 1
    assert len(list((home / "setups").iterdir())) == 1

    # Unsent batches are what the device was there for: they stay.
    code, said = deploy("remove", "--yes")
    assert code == 0 and re.search(r"still there: \S+ \([1-9]\d* unsent batches\)", said)
    assert [path.name for path in home.iterdir()] == ["laughtrack-device"]
    assert list((home / "laughtrack-device" / "outbox").glob("0*.json"))
    assert deploy("remove", "--yes")[0] == 1
    assert list((home / "laughtrack-device" / "outbox").glob("0*.json"))
    code, said = deploy("remove", "--yes", "--purge")
    assert code == 0 and "removed from" in said and not home.exists(), said


@pytest.mark.slow
def test_a_first_install_that_dies_leaves_nothing(deploy, bundles, settings, home):
    """The log is shown, and the folder is gone."""
    code, said = install(deploy, bundles["dying"], "--settings", settings)
    assert code == 1 and "the camera caught fire" in said
    assert "nothing runs now" in said
    assert not home.exists() and supervise.running(home) is None


@pytest.mark.slow
def test_clearing_a_half_finished_install_keeps_what_was_never_sent(deploy, bundles, home):
    """It is of an earlier installation, and named."""
    litter(home, bundles["good"])
    (home / state.DATA).mkdir()
    code, said = deploy("remove", "--yes")
    assert code == 0 and f"still there: {home / state.DATA}" in said
    assert [path.name for path in home.iterdir()] == [state.DATA]


@pytest.mark.slow
@pytest.mark.parametrize("words", [[], ["--purge"]], ids=["", "purge"])
def test_remove_clears_a_half_finished_install(deploy, bundles, home, words):
    """Nothing ever ran there, and still it can be removed."""
    litter(home, bundles["good"])
    code, said = deploy("remove", "--yes", *words)
    assert code == 0 and not home.exists(), said


def test_purge_removes_the_whole_folder(tmp_path):
    """Unsent batches, readings, whatever was put there; but nothing outside of it."""
    home, data = tmp_path / "device", tmp_path / "data"
    for folder in (home / "setups", home / state.DATA, data):
        folder.mkdir(parents=True)
    (home / state.DATA / "000000000007-2-deadbeef.json").write_text("{}")
    assert removal.remove(home, data, purge=True) == [str(data)]
    assert not home.exists() and data.exists()


@pytest.mark.slow
def test_a_host_without_a_known_python_is_told_what_to_install(deploy, bundles, settings, home):
    """A Python 3.8 is not one that a bundle is made for; nothing is left on the host."""
    old = settings.parent / "python3.8"
    old.write_text('#!/bin/sh\necho "3.8 False"\n')
    old.chmod(0o755)
    code, said = deploy("ssh", "--python", old, "--settings", settings)
    assert code == 1 and "found: 3.8" in said and "--python PATH" in said
    code, said = deploy("ssh", "--python", "/nowhere/python3", "--settings", settings)
    assert code == 1 and "no Python 3 with venv answers at /nowhere/python3" in said
    assert not home.exists()


def test_wrong_settings_never_reach_the_host(deploy, tmp_path, home):
    """Nor does a settings file whose key is not there."""
    path = tmp_path / "settings.ini"
    for text, words in (
        ("rate_hz = many", "expected a number"),
        ("context = comedy\npassword_file = gone.txt", "no such file lies beside it"),
        ("device = cam", "the settings name no context"),
        ("context = staff meeting", "AI Act"),
    ):
        path.write_text(f"[laughtrack]\n{text}\n")
        code, said = deploy("ssh", "--settings", path)
        assert code == 1 and words in said
    assert not home.exists()


@pytest.mark.slow
def test_an_update_of_nothing_says_so(deploy, home):
    """It would be an install."""
    code, said = deploy("update", "--python", lent_bundle.PYTHON)
    assert code == 1 and "use `laughtrack deploy ssh`" in said
    assert not home.exists()


def test_a_host_that_does_not_answer_is_named(capfd):
    """ssh's own words are shown as well."""
    words = ["--port", str(free_port()), "--ssh-option", "BatchMode=yes"]
    assert app.main(["deploy", "status", "127.0.0.1", *words]) == 1
    said = capfd.readouterr().err
    assert "Connection refused" in said and "`ssh 127.0.0.1` must work first" in said


@pytest.mark.slow
def test_an_install_that_lost_its_connection_is_not_disturbed(deploy, bundles, settings, home):
    """It goes on by itself: the same again waits for it, and takes nothing away from it."""
    for name in ("incoming/abcd/certs", "releases/half"):
        (home / name).mkdir(parents=True)
    (home / "incoming" / "abcd" / "bundle.zip").write_bytes(b"PK")
    with open(home / ".lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        code, said = install(deploy, bundles["good"], "--settings", settings)
        assert code == 1 and "another install works on" in said
        left = {str(path.relative_to(home)) for path in home.rglob("*")}
        wanted = {"incoming", "incoming/abcd", "incoming/abcd/certs", "incoming/abcd/bundle.zip"}
        assert left == {*wanted, "releases", "releases/half", ".lock"}


@pytest.mark.slow
def test_refused_settings_leave_no_release(deploy, bundles, settings, home):
    """Half a gigabyte that nothing leads to would lie there until the next install."""
    settings.write_text(settings.read_text() + "folder = /proc/nowhere\n")
    code, said = install(deploy, bundles["good"], "--settings", settings)
    assert code == 1 and "/proc/nowhere" in said and not home.exists(), said
