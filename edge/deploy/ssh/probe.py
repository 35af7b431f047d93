"""What a host is, and which bundle suits it; what to install where none does."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

from laughtrack.edge.deploy.wheels import TARGETS

if TYPE_CHECKING:
    from laughtrack.edge.deploy.ssh.ssh import Connection

MACHINES = {"x86_64": "x86_64", "aarch64": "arm64"}
# Newest first. A login over ssh may lack /usr/local/bin in its path.
_SHORT = sorted({spec.short for spec in TARGETS.values()}, key=lambda v: -int(v.split(".")[1]))
_NAMES = [f"python{v}" for v in _SHORT] + [f"/usr/local/bin/python{v}" for v in _SHORT]
PYTHONS = (*_NAMES, "python3")
SCRIPT = """
echo "machine $(uname -m 2>/dev/null)"
echo "home $HOME"
echo "libc $(getconf GNU_LIBC_VERSION 2>/dev/null)"
echo "system $(. /etc/os-release 2>/dev/null; echo "$ID $VERSION_ID")"
for name in {pythons}; do
  place=$(command -v "$name") && said=$("$place" -c '{code}' 2>/dev/null) &&
    echo "python $said $place"
done
:
"""
# Its version, and whether the DeepLens's own packages belong to it.
CODE = (
    "import importlib.util as u, sys, venv;"
    ' print("%d.%d" % sys.version_info[:2], u.find_spec("awscam") is not None)'
)
SOURCE = (
    "build Python 3.7.17 from source (`sudo apt-get install build-essential libssl-dev zlib1g-dev"
    " libffi-dev`, then `./configure --prefix=$HOME/python3.7 && make install`)"
    " and give --python with the path of its bin/python3.7"
)


class NoPython(OSError):
    """The host has no Python that a bundle is made for; the message says what to install."""


class Python(NamedTuple):
    """A Python on a host, like 3.7, and whether the DeepLens's own packages belong to it."""

    version: str
    has_awscam: bool
    path: str


class Host(NamedTuple):
    """What was found on a host, the Pythons as it lists them."""

    machine: str
    home: str
    glibc: tuple[int, ...]
    system: str
    pythons: tuple[Python, ...]


class Choice(NamedTuple):
    """The bundle for a host, one of `edge.deploy.wheels.TARGETS`, and the path of its Python."""

    target: str
    python: str


def ask(connection: Connection, python: str | None = None) -> Host:
    """Ask a host what it is.

    Parameters
    ----------
    connection : edge.deploy.ssh.ssh.Connection
    python : str, optional
        The one Python to look at.

    Returns
    -------
    Host

    Raises
    ------
    NoPython
        The one Python does not answer.
    OSError
        It does not answer like a Linux machine.
    """
    names = " ".join(map(shlex.quote, [python] if python else PYTHONS))
    script = SCRIPT.replace("{pythons}", names).replace("{code}", CODE)
    code, text = connection.run(script, capture=True)
    facts: dict[str, Any] = {"pythons": []}
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if name == "python":
            # What a login says by itself may begin so, too.
            found = re.fullmatch(r"(\d+\.\d+) (True|False) (/\S+)", value)
            if found:
                facts["pythons"].append(
                    Python(found.group(1), found.group(2) == "True", found.group(3))
                )
        elif name in ("machine", "home", "libc", "system"):
            facts[name] = value.strip()
    if code or "machine" not in facts or not facts.get("home", "").startswith("/"):
        said = f"{text.strip()!r:.200}"
        raise OSError(f"{connection.host} does not answer like a Linux machine: {said}")
    if python and not facts["pythons"]:
        raise NoPython(f"{connection.host}: no Python 3 with venv answers at {python}")
    glibc = facts.get("libc", "").rpartition(" ")[2]
    is_number = re.fullmatch(r"\d{1,3}\.\d{1,3}.*", glibc, re.ASCII)
    numbers = tuple(int(n) for n in re.findall(r"\d+", glibc)[:2]) if is_number else ()
    system = facts.get("system", "")
    return Host(facts["machine"], facts["home"], numbers, system, tuple(facts["pythons"]))


def choose(host: Host, target: str = "auto") -> Choice:
    """Choose the bundle for a host and the Python that is to run it.

    Parameters
    ----------
    host : Host
    target : str
        "auto" or one of `edge.deploy.wheels.TARGETS`.

    Returns
    -------
    Choice
        Where one Python has the DeepLens's own packages, that
        one; else the newest.

    Raises
    ------
    NoPython
        Saying what was found and what to install.
    ValueError
        No such target.
    """
    if target != "auto" and target not in TARGETS:
        raise ValueError(f"no target {target!r}: there are auto, {', '.join(TARGETS)}")
    fitting = []
    for version, has_awscam, path in host.pythons:
        name = f"py{version.replace('.', '')}-{MACHINES.get(host.machine, host.machine)}"
        if name not in TARGETS or target not in ("auto", name):
            continue
        if not host.glibc or host.glibc >= TARGETS[name].glibc:
            fitting.append((not has_awscam, Choice(name, path)))
    if not fitting:
        raise NoPython(_missing(host, target))
    # `min` keeps the first of equals: the newest.
    return min(fitting, key=lambda one: one[0])[1]


def _missing(host: Host, target: str) -> str:
    found = ", ".join(f"{version} ({path})" for version, _, path in host.pythons) or "none"
    fits = [
        spec.short
        for name, spec in TARGETS.items()
        if spec.machine == host.machine
        and target in ("auto", name)
        and (not host.glibc or host.glibc >= spec.glibc)
    ]
    system = host.system or "an unknown system"
    if not fits:
        return f"no bundle for {host.machine} with {system}: there are {', '.join(TARGETS)}"
    wanted = " or ".join(fits)
    return f"{system} has no Python {wanted} with venv (found: {found}): {_cure(host, fits)}"


def _cure(host: Host, fits: list[str]) -> str:
    name, _, number = host.system.partition(" ")
    if name == "ubuntu" and number < "22.04":
        python = f"python{fits[-1]}"
        apt = "sudo add-apt-repository ppa:deadsnakes/ppa && sudo apt-get update"
        apt = f"install it with `{apt} && sudo apt-get install {python} {python}-venv`"
        from_source = f"; where that archive has none for {number} any more, {SOURCE}"
        return apt + (from_source if fits[-1] == "3.7" else "")
    if name in ("ubuntu", "debian", "raspbian"):
        return "install it with `sudo apt-get install python3 python3-venv`, or give --python PATH"
    return f"install Python {fits[-1]} with the system's own packages, or give --python PATH"
