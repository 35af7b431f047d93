"""`laughtrack deploy` against a real sshd on this machine, in a folder tree of its own."""

import fcntl
import json
import re
import signal
import time

import pytest

from laughtrack.cli import app
from laughtrack.edge.deploy.on_device import plain, removal, state
from laughtrack.edge.deploy.ssh import ssh
from tests import brokers
from tests.edge.deploy import lent_bundle

pytestmark = pytest.mark.ssh


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
    assert plain.running(home) is None
    assert not home.exists() and list(home.parent.iterdir()) == []
    assert deploy("status")[0] == 1


@pytest.mark.slow
def test_a_broken_update_leaves_the_one_before_running(deploy, bundles, settings, home):
    """A damaged bundle changes nothing; one whose program dies is taken back."""
    # Nobody listens there: what is read is kept.
    nowhere = f"publisher = mqtt\nbroker = mqtt://127.0.0.1:{brokers.free_port()}\nbatch_s = 1\n"
    settings.write_text(settings.read_text().replace("publisher = file\n", nowhere))
    code, said = install(deploy, bundles["good"], "--settings", settings)
    assert code == 0 and "refuses connections: is the broker running" in said, said
    before = deploy("status")[1]
    pid = plain.running(home)[0]

    code, said = install(deploy, bundles["damaged"])
    assert code == 1 and "copy it again" in said
    assert plain.running(home)[0] == pid
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
    assert not home.exists() and plain.running(home) is None


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
    words = ["--port", str(brokers.free_port()), "--ssh-option", "BatchMode=yes"]
    assert app.main(["deploy", "status", "127.0.0.1", *words]) == 1
    said = capfd.readouterr().err
    by_hand = " ".join(["ssh", *words[2:], *words[:2], "127.0.0.1"])
    by_hand = by_hand.replace("--ssh-option", "-o").replace("--port", "-p")
    assert "Connection refused" in said and f"`{by_hand}` must work first" in said


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


HOSTS = {
    # as it was typed -> as ssh takes it, or what is said
    "a name": ("camera-1", "camera-1"),
    "a user's": ("me@camera-1", "me@camera-1"),
    "IPv6": ("me@fe80::1%eth0", "me@fe80::1%eth0"),
    "IPv6 in brackets": ("me@[fe80::1%eth0]", "me@fe80::1%eth0"),
    "an address of ssh's": ("ssh://me@camera-1:22", "ssh://me@camera-1:22"),
    "a port": ("me@camera-1:2222", "--port 2222"),
    "IPv6 and a port": ("[::1]:2222", "--port 2222"),
    "an option": ("-oProxyCommand=x", "expected HOST or USER@HOST"),
    "an option as a host": ("me@-oProxyCommand=x", "expected HOST or USER@HOST"),
    "nothing": ("", "expected HOST or USER@HOST"),
    "a user alone": ("me@", "expected HOST or USER@HOST"),
}


@pytest.mark.parametrize("typed, wanted", HOSTS.values(), ids=HOSTS)
def test_hosts_are_taken_as_they_are_typed(typed, wanted):
    """Or it is said how to write them."""
    if wanted.startswith(("--port", "expected")):
        with pytest.raises(ValueError, match=wanted) as caught:
            ssh._host(typed)
        assert repr(typed) in str(caught.value)
    else:
        assert ssh._host(typed) == wanted


@pytest.mark.slow
def test_who_is_stopped_stops_the_installer_there(deploy, bundles, settings, home, monkeypatch):
    """Ctrl-C is heeded at once, and nothing goes on by itself that nobody knows of."""
    show = ssh._show

    def interrupt(line):
        show(line)
        if b"is whole" in line:
            monkeypatch.setattr(ssh, "_show", show)
            raise KeyboardInterrupt

    monkeypatch.setattr(ssh, "_show", interrupt)
    code, said = install(deploy, bundles["good"], "--settings", settings)
    assert code == 130 and "stopping the installer on" in said, said
    assert not home.exists() and plain.running(home) is None


@pytest.mark.slow
def test_who_is_stopped_does_not_wait_for_a_script_there(sshd, monkeypatch):
    """The connection is shared, and its pipes last as long as the script does."""
    pairs = list(zip(sshd[::2], sshd[1::2], strict=True))
    words = dict(pairs)
    options = tuple(value for name, value in pairs if name == "--ssh-option")
    login = ssh.Login("127.0.0.1", int(words["--port"]), words["--identity"], options)
    monkeypatch.setattr(ssh, "_show", lambda line: signal.raise_signal(signal.SIGINT))
    began_s = time.monotonic()
    with pytest.raises(KeyboardInterrupt), ssh.connect(login) as connection:
        connection.run("echo begun; sleep 60")
    assert time.monotonic() - began_s < 50
