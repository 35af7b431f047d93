"""What an install sends to a host, and the installer that is run on it there."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, NamedTuple

from laughtrack.edge.console import say
from laughtrack.edge.deploy.ssh.host_scripts import CHECK

if TYPE_CHECKING:
    from pathlib import Path

    from laughtrack.edge.deploy.ssh.ssh import Connection

# What an install makes before there is a Python of its own to remove it with.
PARTS = ("releases", "setups", "incoming")
# An installer that is asked to end may take so long, s.
STOP_S = 120


class Sent(NamedTuple):
    """What is copied to the host: the bundle, settings, and certificates by name."""

    archive: Path
    sha256: str
    settings: Path | None
    certs: dict[str, Path]


def send_and_install(
    connection: Connection, folder: str, python: str, arguments: list[str], sent: Sent
) -> int:
    """Copy what is needed into a folder of its own, run the installer, and clear up.

    Parameters
    ----------
    connection : edge.deploy.ssh.ssh.Connection
    folder : str
        On the host; what is sent lies in it meanwhile.
    python : str
        The host's, which runs the installer.
    arguments : list of str
        The installer's.
    sent : Sent

    Returns
    -------
    int
        The installer's exit code.

    Raises
    ------
    OSError
        The folder cannot be made, or something did not arrive whole.
    """
    # Of its own: an install that lost its connection may still be reading what it was sent.
    incoming = f"{folder}/incoming/{os.urandom(4).hex()}"
    quoted = shlex.quote(incoming)
    root = shlex.quote(folder)
    # With what a lost connection left a day ago.
    old = f"find {root}/incoming -mindepth 1 -maxdepth 1 -mmin +1440 -exec rm -rf {{}} +"
    script = f"umask 077 && mkdir -p {quoted}/certs && {old}"
    if connection.run(script).code:
        raise OSError(f"cannot make {folder} on {connection.host}: see --user-folder")
    try:
        archive = f"{incoming}/bundle.zip"
        command = [python, archive, *arguments]
        connection.put(sent.archive, f"{incoming}/bundle.zip")
        for name, path in sent.certs.items():
            connection.put(path, f"{incoming}/certs/{name}")
        if sent.certs:
            command += ["--certs", f"{incoming}/certs"]
        if sent.settings:
            connection.put(sent.settings, f"{incoming}/settings.ini")
            command += ["--settings", f"{incoming}/settings.ini"]
        check = [python, "-I", "-c", CHECK, archive, sent.sha256]
        words = [" ".join(map(shlex.quote, each)) for each in (check, command)]
        return _until_interrupted(connection, f"{words[0]} && ", words[1], quoted)
    finally:
        # What was refused leaves no trace, not even the folder.
        names = " ".join(f"{root}/{name}" for name in PARTS)
        cleanup = f"rm -rf {quoted}; rmdir {names} 2>/dev/null; test -d {root}/releases ||"
        connection.run(f"{cleanup} rm -f {root}/.lock; rmdir {root} 2>/dev/null; :")


def _until_interrupted(connection: Connection, before: str, command: str, quoted: str) -> int:
    """Run the installer; where this program is stopped, have it stopped there, too.

    By itself it would go on, and whoever stopped this would not know what runs there now.
    """
    number = f"{quoted}/installer"
    try:
        return connection.run(f"{before}echo $$ >{number} && exec {command}").code
    except (KeyboardInterrupt, SystemExit):
        say(f"stopping the installer on {connection.host}, which goes back to what ran before")
        still = f"kill -0 $(cat {number}) 2>/dev/null"
        wait = f"i=0; while {still} && test $i -lt {STOP_S}; do sleep 1; i=$((i+1)); done"
        stopped = f"kill $(cat {number}) 2>/dev/null; {wait}; ! {still}"
        if connection.run(stopped).code:
            say("it is still at it: ask `laughtrack deploy status` what runs there")
        raise
