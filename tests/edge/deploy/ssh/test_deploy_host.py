"""What a host answers, and which bundle suits it."""

import os

import pytest

from laughtrack.edge.deploy.ssh import probe, remote, ssh


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
