"""What the host's shell is told, and where on a host an installation lies."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from laughtrack.edge.deploy.greengrass.component_v2 import NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from laughtrack.edge.deploy.ssh.ssh import Connection

FOLDER = "~/laughtrack"
# Where a system service lies, unless --user-folder says something else.
SYSTEM_FOLDER = "/opt/laughtrack"
# Run by the host's Python before the bundle is: a changed one would bring its own installer.
CHECK = (
    "import hashlib, sys; digest = hashlib.sha256(); file = open(sys.argv[1], 'rb');"
    " [digest.update(block) for block in iter(lambda: file.read(1 << 20), b'')];"
    " sys.exit(0 if digest.hexdigest() == sys.argv[2] else"
    " 'laughtrack: what arrived is not the bundle that was sent: run the same again')"
)


def find(connection: Connection, home: str, folder: str | None) -> str:
    """Return where on the host it is installed, or where it would be.

    Parameters
    ----------
    connection : edge.deploy.ssh.ssh.Connection
    home : str
    folder : str or None
        As the user named it.

    Returns
    -------
    str
        A whole path.
    """
    if folder:
        return absolute(home, folder)
    in_home = absolute(home, FOLDER)
    script = f"test ! -L {shlex.quote(in_home)}/current && test -L {SYSTEM_FOLDER}/current"
    return in_home if connection.run(script).code else SYSTEM_FOLDER


def absolute(home: str, folder: str) -> str:
    """Return a folder on the device as a whole path.

    Parameters
    ----------
    home : str
    folder : str
        Whole, or from the user's home on.

    Returns
    -------
    str
    """
    folder = folder[2:] if folder.startswith("~/") else folder
    return os.path.normpath(os.path.join(home, folder))


def roots_own(folder: str) -> str:
    """Return a script's beginning that, run by root, ends it where a folder is another's."""
    places = " ".join(shlex.quote(str(path)) for path in (Path(folder), *Path(folder).parents))
    return (
        f'test "$(id -u)" != 0 || for place in {places}; do'
        ' test ! -e "$place" || test "$(stat -L -c %u "$place")" = 0 || {'
        " echo \"laughtrack: $place is not root's, and root runs nothing that another user can"
        ' change: log in as that user" >&2; exit 1; }; done; '
    )


def removal(quoted: str, names: Iterable[str]) -> str:
    """Return the script that removes parts of an installation, and its folder if that is empty."""
    parts = " ".join(f"{quoted}/{n}" for n in (*names, ".lock", ".current.part", ".previous.part"))
    rest = f"ls -d {quoted}/* 2>/dev/null | sed 's/^/still there: /'"
    return f"rm -rf {parts}; rmdir {quoted} 2>/dev/null; echo removed from {quoted}; {rest}"


def restarting(command: str, installer: str, quoted: str) -> str:
    """Return the script that restarts what is installed, of a version that has no word for it, too.

    Parameters
    ----------
    command : str
        What does it in this version.
    installer : str
        The words that run the device's installer.
    quoted : str
        Its folder, for a shell.
    """
    both = " && ".join(f"{installer} {verb} --folder {quoted}" for verb in ("stop", "start"))
    return f"if {installer} restart --help >/dev/null 2>&1; then {command}; else {both}; fi"


def greengrass(connection: Connection) -> str:
    """Say what to use where the host runs our program under Greengrass; "" where it does not."""
    if not connection.run("test -d /greengrass/v2").code:
        cli = "sudo /greengrass/v2/bin/greengrass-cli component"
        return (
            "; Greengrass version 2 runs here: what it runs is asked with "
            f"`{cli} details --name {NAME}` and started anew with `{cli} restart --names {NAME}`"
        )
    if not connection.run("test -d /greengrass/ggc").code:
        return (
            "; Greengrass version 1 runs here: what it runs is started, stopped and started anew "
            "with it, `sudo /greengrass/ggc/core/greengrassd start|stop|restart`"
        )
    return ""
