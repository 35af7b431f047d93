"""One connection to a device, through the system's own ssh: run a command, put a file there."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from contextlib import contextmanager
from typing import NamedTuple

# Prompts, known hosts and jumps are ssh's own affair, as `ssh HOST` would do it.
STEADY = ("ConnectTimeout=20", "ServerAliveInterval=15", "ServerAliveCountMax=4")
# What ssh exits with when it is ssh that failed, not the command.
UNREACHABLE = 255


class Connection(NamedTuple):
    """A way to a host: ssh's words, and the host's name."""

    words: tuple
    host: str

    def run(self, script, stdin=None, capture=False):
        """Run a script of sh on the host.

        Parameters
        ----------
        script : str
        stdin : file, optional
        capture : bool
            Return what it writes instead of showing it.

        Returns
        -------
        tuple of int and str
            Exit code and output; the output is empty unless captured.

        Raises
        ------
        OSError
            The connection broke.
        """
        out = subprocess.PIPE if capture else None
        words = [*self.words, self.host, "sh -c " + shlex.quote(script)]
        done = subprocess.run(words, stdin=stdin or subprocess.DEVNULL, stdout=out)
        if done.returncode == UNREACHABLE:
            raise OSError(f"lost the connection to {self.host}: run the same again")
        return done.returncode, (done.stdout or b"").decode(errors="replace")

    def ask(self, script, stdin=None):
        """Run a script whose answer is one line; return exit code and line.

        What the host's own shell says at every login comes before it, and is left out.
        """
        code, said = self.run(script, stdin, capture=True)
        return code, (said.strip().splitlines() or [""])[-1].strip()

    def put(self, source, target):
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
            code, said = self.ask(script, file)
        if code or said != str(os.path.getsize(source)):
            raise OSError(f"could not copy {source} to {self.host}:{target}: is its disk full?")


@contextmanager
def connect(host, port=None, identity=None, options=()):
    """Open a connection that all further commands share.

    Parameters
    ----------
    host : str
        As for ssh: HOST, USER@HOST, or a name in ssh's own configuration.
    port : int, optional
    identity : Path, optional
        A private key.
    options : sequence of str
        As for ssh's ``-o``.

    Yields
    ------
    Connection

    Raises
    ------
    OSError
        No ssh here, or no way to the host; ssh has said why on standard error.
    ValueError
        The host's name would be an option.
    """
    if not host or host.startswith("-"):
        raise ValueError(f"host {host!r}: expected HOST or USER@HOST")
    # Unix sockets have short names: not in a project's deep folder.
    with tempfile.TemporaryDirectory(prefix="lt-", dir="/tmp") as folder:
        words = ["ssh", "-o", f"ControlPath={folder}/c"]
        for option in (*options, *STEADY):
            words += ["-o", option]
        words += ["-p", str(port)] if port else []
        words += ["-i", str(identity)] if identity else []
        try:
            # In the background once it is let in; where a host shares no connection, each command
            # makes its own.
            master = [*words, "-M", "-N", "-f", "-o", "ControlPersist=600", host]
            code = subprocess.call(master, stdin=subprocess.DEVNULL)
        except FileNotFoundError:
            raise OSError("no ssh on this machine: install OpenSSH's client") from None
        if code:
            raise OSError(f"no way to {host} (ssh said why): `ssh {host}` must work first")
        try:
            yield Connection(tuple(words), host)
        finally:
            subprocess.call([*words, "-O", "exit", host], stderr=subprocess.DEVNULL)
