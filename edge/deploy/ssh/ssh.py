"""One connection to a device, through the system's own ssh: run a command, put a file there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, NamedTuple

from laughtrack.edge.console import say, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Prompts, known hosts and jumps are ssh's own affair, as `ssh HOST` would do it.
KEEPALIVE = ("ConnectTimeout=20", "ServerAliveInterval=15", "ServerAliveCountMax=4")
# Of what a host says when it is asked something, bytes.
MOST_ANSWER = 2**18
# What ssh exits with when it is ssh that failed, not the command.
UNREACHABLE = 255
_MOST_A_LINE = 65536


class Login(NamedTuple):
    """How to log in: a host as for ssh, its port, a private key, options as for ssh's ``-o``."""

    host: str
    port: int | None = None
    identity: Path | None = None
    options: tuple[str, ...] = ()


class Output(NamedTuple):
    """A script's exit code, and what it wrote; empty unless captured."""

    code: int
    text: str


class Connection(NamedTuple):
    """A connection to a host: the ssh command with its options, and the host's name."""

    command: tuple[str, ...]
    host: str

    def run(self, script: str, stdin: IO[bytes] | None = None, capture: bool = False) -> Output:
        """Run a script of sh on the host.

        Parameters
        ----------
        script : str
        stdin : file, optional
        capture : bool
            Return what it writes instead of showing it.

        Returns
        -------
        Output

        Raises
        ------
        OSError
            The connection broke, or the host says more than `MOST_ANSWER`.
        """
        pipe, command = subprocess.PIPE, [*self.command, self.host, "sh -c " + shlex.quote(script)]
        taken = bytearray()
        there = subprocess.Popen(
            command, stdin=stdin or subprocess.DEVNULL, stdout=pipe, stderr=pipe
        )
        try:

            def take(line: bytes) -> None:
                taken.extend(line)
                if len(taken) > MOST_ANSWER:
                    there.kill()  # its end is seen below, whatever it goes on to say

            errors = threading.Thread(target=_relay, args=(there.stderr, _say), daemon=True)
            errors.start()
            _relay(there.stdout, take if capture else _show)
            errors.join()
        except BaseException:
            # The shared connection has its pipes, too, until the script there has ended: whoever
            # waited for their end, as a `with` does, would wait for that.
            there.kill()
            there.wait()
            raise
        with there:
            there.wait()
        if len(taken) > MOST_ANSWER:
            raise OSError(f"{self.host} answers more than any device has to say")
        if there.returncode == UNREACHABLE:
            raise OSError(f"lost the connection to {self.host}: run the same again")
        return Output(there.returncode, taken.decode(errors="replace"))

    def ask(self, script: str, stdin: IO[bytes] | None = None) -> Output:
        """Run a script whose answer is one line; return exit code and line.

        What the host's own shell says at every login comes before it, and is left out.
        """
        code, text = self.run(script, stdin, capture=True)
        return Output(code, (text.strip().splitlines() or [""])[-1].strip())

    def put(self, source: Path, target: str) -> None:
        """Copy a file to the host, readable by its owner alone.

        Parameters
        ----------
        source : Path
        target : str
            Its folder must be there.

        Raises
        ------
        OSError
            It did not arrive whole.
        """
        place = shlex.quote(target)
        with open(source, "rb") as file:
            script = f"umask 077 && cat > {place} && wc -c < {place}"
            code, size = self.ask(script, file)
        if code or size != str(os.path.getsize(source)):
            raise OSError(f"could not copy {source} to {self.host}:{target}: is its disk full?")


def _relay(stream: IO[bytes] | None, take: Callable[[bytes], object]) -> None:
    """Hand on what a host writes as it comes, in pieces that are bounded."""
    if stream is not None:
        with stream:
            for line in iter(lambda: stream.readline(_MOST_A_LINE), b""):
                take(line)


def _show(line: bytes) -> None:
    show(_text(line))


def _say(line: bytes) -> None:
    say(_text(line))


def _text(line: bytes) -> str:
    return line.rstrip(b"\r\n").decode(errors="backslashreplace")


def _host(given: str) -> str:
    """Return a host as ssh takes it: an address of IPv6 without brackets.

    Raises
    ------
    ValueError
        It would be an option, or has its port with it.
    """
    user, mark, host = given.rpartition("@")
    if not host or given.startswith("-") or host.startswith("-"):
        raise ValueError(f"host {given!r}: expected HOST or USER@HOST")
    if given.startswith("ssh://"):
        return given
    bracketed = re.fullmatch(r"\[([0-9A-Fa-f:.]+(?:%\w+)?)\](?::(\d+))?", host)
    ported = re.fullmatch(r"[^:]+:(\d+)", host) if bracketed is None else None
    port = bracketed.group(2) if bracketed else ported and ported.group(1)
    if port:
        raise ValueError(f"host {given!r}: write the port as --port {port}")
    return f"{user}{mark}{bracketed.group(1)}" if bracketed else given


@contextmanager
def connect(login: Login) -> Iterator[Connection]:
    """Open a connection that all further commands share.

    Parameters
    ----------
    login : Login

    Yields
    ------
    Connection

    Raises
    ------
    OSError
        No ssh here, or no connection; ssh has printed the reason on standard error.
    ValueError
        The host's name would be an option.
    """
    host = _host(login.host)
    # Unix sockets have short names: not in a project's deep folder.
    with tempfile.TemporaryDirectory(prefix="lt-", dir="/tmp") as folder:
        own: list[str] = []
        for option in login.options:
            own += ["-o", option]
        own += ["-p", str(login.port)] if login.port else []
        own += ["-i", str(login.identity)] if login.identity else []
        # Of an option that is given twice, ssh takes the first.
        command = ["ssh", "-o", f"ControlPath={folder}/c", *own]
        for option in KEEPALIVE:
            command += ["-o", option]
        try:
            # In the background once it is let in; where a host shares no connection, each command
            # makes its own.
            master = [*command, "-M", "-N", "-f", "-o", "ControlPersist=600", host]
            code = subprocess.call(master, stdin=subprocess.DEVNULL)
        except FileNotFoundError:
            raise OSError("no ssh on this machine: install OpenSSH's client") from None
        if code:
            shown = shlex.join(["ssh", *own, host])
            raise OSError(f"no way to {host} (ssh said why): `{shown}` must work first")
        try:
            yield Connection(tuple(command), host)
        finally:
            subprocess.call([*command, "-O", "exit", host], stderr=subprocess.DEVNULL)
