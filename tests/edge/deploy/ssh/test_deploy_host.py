"""What a host answers, and which bundle suits it."""

import os
import sys
import zipfile
from pathlib import Path

import pytest

from laughtrack.edge.deploy import wheels
from laughtrack.edge.deploy.ssh import probe, remote, sending, ssh


@pytest.mark.slow
def test_a_shell_that_greets_is_no_hindrance(tmp_path):
    """What a login says by itself is no part of an answer."""
    # As ssh gives a command to the host's shell, here one that greets first.
    host = ssh.Connection(("sh", "-c", 'echo welcome; echo home sweet home; eval "$1"'), "host")
    (tmp_path / "a").write_text("key")
    host.put(tmp_path / "a", str(tmp_path / "b"))
    assert (tmp_path / "b").read_text() == "key"
    assert host.ask('echo "$HOME"') == (0, os.environ["HOME"])
    assert probe.ask(host).home == os.environ["HOME"]
    with pytest.raises(OSError, match=f"nothing is installed in {tmp_path}"):
        remote.on_device(host, str(tmp_path), "status")


PYTHONS = {
    # machine, glibc, Pythons -> target and Python, or what the message says
    "the DeepLens": ("x86_64", (2, 23), [("3.7", True, "/p37")], ("py37-x86_64", "/p37")),
    "newest first": (
        "x86_64",
        (2, 36),
        [("3.12", False, "/p312"), ("3.7", False, "/p37")],
        ("py312-x86_64", "/p312"),
    ),
    "the one with awscam": (
        "x86_64",
        (2, 36),
        [("3.12", False, "/p312"), ("3.7", True, "/p37")],
        ("py37-x86_64", "/p37"),
    ),
    "a new Python on an old C library": (
        "x86_64",
        (2, 23),
        [("3.11", False, "/p311"), ("3.7", False, "/p37")],
        ("py37-x86_64", "/p37"),
    ),
    "arm": ("aarch64", (2, 36), [("3.11", False, "/p311")], ("py311-arm64", "/p311")),
    "none at all": ("x86_64", (2, 36), [], "apt-get install python3 python3-venv"),
    "only an older one": ("x86_64", (2, 36), [("3.9", False, "/p39")], r"found: 3\.9 \(/p39\)"),
    "arm with 3.7": ("aarch64", (2, 36), [("3.7", False, "/p37")], r"no Python 3\.10 or"),
    "another processor": ("riscv64", (2, 36), [("3.11", False, "/p311")], "no bundle for riscv64"),
}


@pytest.mark.parametrize("machine, glibc, pythons, wanted", PYTHONS.values(), ids=PYTHONS)
def test_the_bundle_suits_the_host(machine, glibc, pythons, wanted):
    """The newest that runs there; the one that the DeepLens's own packages belong to."""
    host = probe.Host(
        machine, "/home/me", glibc, "debian 12", tuple(probe.Python(*p) for p in pythons)
    )
    if isinstance(wanted, tuple):
        assert probe.choose(host) == wanted
    else:
        with pytest.raises(probe.NoPython, match=wanted):
            probe.choose(host)


def test_ubuntu_16_04_without_python_3_7_gets_its_cure():
    """The archive that has it, and the way from source where it has it no more."""
    host = probe.Host("x86_64", "/home/aws_cam", (2, 23), "ubuntu 16.04", (("3.5", False, "/p"),))
    with pytest.raises(probe.NoPython, match=r"deadsnakes.*python3\.7 python3\.7-venv.*source"):
        probe.choose(host)


SH = ("sh", "-c", 'eval "$1"')


class Changing(ssh.Connection):
    """A way on which what is copied is changed, and stays as long as it was."""

    def put(self, source, target):
        """Copy a file, with another first byte."""
        super().put(source, target)
        data = bytearray(Path(target).read_bytes())
        data[0] ^= 1
        Path(target).write_bytes(data)


@pytest.mark.slow
def test_what_arrives_changed_is_not_run(tmp_path, capfd):
    """The host's Python compares it with the sum that was sent apart, before it runs any of it."""
    archive = tmp_path / "bundle.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("__main__.py", "open('RAN', 'w')\nraise SystemExit(7)\n")
    sent = sending.Sent(archive, wheels.sha256(archive), None, {})
    for kind, code in ((ssh.Connection, 7), (Changing, 1)):
        place = str(tmp_path / kind.__name__)
        script = [f"cd {tmp_path} && {SH[2]}"]
        host = kind((*SH[:2], *script), "host")
        assert sending.send_and_install(host, place, sys.executable, ["install"], sent) == code
        assert (tmp_path / "RAN").exists() == (code == 7)
        (tmp_path / "RAN").unlink(missing_ok=True)
        assert not Path(place).exists()
    assert "what arrived is not the bundle that was sent" in capfd.readouterr().err


def test_another_bundle_than_was_meant_never_reaches_the_host(tmp_path, monkeypatch):
    """By a sum that came another way than the bundle; and a sum is what it must be."""
    archive = tmp_path / "bundle.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("manifest.json", '{"target": "auto"}')
    monkeypatch.setattr(probe, "ask", lambda *_: probe.Host("x86_64", str(tmp_path), (), "", ()))
    monkeypatch.setattr(probe, "choose", lambda *_: probe.Choice("py311-x86_64", "/python"))
    host = ssh.Connection(SH, "host")
    options = remote.InstallOptions(bundle=archive, sha256="0" * 64)
    with pytest.raises(ValueError, match=f"has the SHA-256 {wheels.sha256(archive)}, not 0000"):
        remote.install(host, options, print)
    assert [path.name for path in tmp_path.iterdir()] == ["bundle.zip"]
    with pytest.raises(ValueError, match="expected 64 hexadecimal digits"):
        remote.check(options._replace(sha256="abc"))


ANSWERS = {
    "nothing": "",
    "without end": "machine x86_64\nhome /root\n" + "x" * 2**20,
    "no machine": "home /root",
    "a home that is none": "machine x86_64\nhome ../etc",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_answers_of_no_device_are_refused(answer, tmp_path):
    """In one line, however much there is."""
    (tmp_path / "answer").write_text(answer)
    host = ssh.Connection(("sh", "-c", f"cat {tmp_path}/answer"), "host")
    with pytest.raises(OSError, match=r"host (does not answer|answers more)") as caught:
        probe.ask(host)
    assert len(str(caught.value)) < 300


def test_lines_that_are_no_answer_are_left_out(tmp_path):
    """A greeting may begin as one does."""
    lines = ["machine x86_64", "home /root", "libc glibc ²", "python", "python 3.7", "python 3 x y"]
    lines += ["pythons 1", "python 3.11 False /usr/bin/python3.11", "glibc 9"]
    (tmp_path / "answer").write_text("\n".join(lines))
    host = ssh.Connection(("sh", "-c", f"cat {tmp_path}/answer"), "host")
    found = probe.ask(host)
    assert found.pythons == (probe.Python("3.11", False, "/usr/bin/python3.11"),)
    assert found.glibc == ()


def test_root_runs_no_installer_that_another_user_can_change(tmp_path, capfd):
    """It would be that user's program, with root's rights."""
    python = tmp_path / "device" / "current" / "release" / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho ran\n")
    python.chmod(0o755)
    host = ssh.Connection(SH, "host")
    assert remote.on_device(host, str(tmp_path / "device"), "status") == 0
    assert "ran" in capfd.readouterr().out
    if os.geteuid() == 0:
        os.chown(tmp_path / "device", 12345, 12345)
        assert remote.on_device(host, str(tmp_path / "device"), "status") == 1
        said = capfd.readouterr()
        assert "ran" not in said.out and "is not root's" in said.err


@pytest.mark.slow
@pytest.mark.parametrize(
    "version, words", [("v2", "component restart --names"), ("ggc", "start|stop|restart")]
)
def test_a_host_under_greengrass_is_told_what_to_use_instead(tmp_path, version, words):
    """Nothing of ours is installed there by ssh, and still it runs."""
    (tmp_path / "greengrass" / version).mkdir(parents=True)
    elsewhere = f'eval "$(printf %s "$1" | sed "s,/greengrass,{tmp_path}/greengrass,g")"'
    host = ssh.Connection(("sh", "-c", elsewhere), "host")
    for verb in ("start", "stop", "restart", "status"):
        with pytest.raises(OSError, match=r"nothing is installed .*Greengrass") as caught:
            remote.on_device(host, str(tmp_path / "device"), verb)
        assert words in str(caught.value)


def test_an_older_version_is_restarted_by_its_own_words(tmp_path, capfd):
    """It knows `stop` and `start` alone."""
    python = tmp_path / "device" / "current" / "release" / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    host = ssh.Connection(SH, "host")
    for knows, said in (("no", "stop\nstart\n"), ("yes", "restart\n")):
        python.write_text(
            f'#!/bin/sh\ntest "$4" = --help && test {knows} = no && exit 2\necho $3\n'
        )
        python.chmod(0o755)
        assert remote.on_device(host, str(tmp_path / "device"), "restart") == 0
        assert capfd.readouterr().out == said
