"""The system service's own user, its two places, and the way to root for who installs it.

A system service's code is root's, in /opt/laughtrack, and nobody else can change it; what the
program writes lies in /var/lib/laughtrack and is its own user's, who can write nowhere else.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Sequence

from laughtrack.edge.deploy.on_device import paths
from laughtrack.edge.deploy.on_device.systemd_unit import STATE, USER, root, run, run_or_fail, sudo

CODE = Path("/opt/laughtrack")
SERVICE = "service.json"
# The bundle that this file lies in: a ZIP, or the folder it was unpacked into.
BUNDLE = Path(__file__).parents[4]
MODULE = "laughtrack.edge.deploy.on_device.install"


def default_folder(wanted: str, systemd_runs: bool) -> str:
    """Return where it is installed, or where it is to be when nobody says.

    Parameters
    ----------
    wanted : str
        "auto" or one of `service.KINDS`.
    systemd_runs : bool
    """
    home = Path.home() / "laughtrack"
    for folder in (home, CODE):
        if (folder / SERVICE).exists() or (folder / "current").is_symlink():
            return str(folder)
    as_system = wanted in ("auto", "system") and systemd_runs and sudo() is not None
    return str(CODE if as_system and not _python_trouble() else home)


def has_own_user(folder: Path) -> bool:
    """Whether what is installed in a folder runs as the service's own user."""
    return _service(folder).get("user") == USER


def is_of_version_0_1(folder: Path) -> bool:
    """Whether a system service was installed by version 0.1, and runs as who installed it."""
    return _service(folder).get("kind") == "system" and not has_own_user(folder)


def base(folder: Path) -> Path:
    """Return the folder that the program runs in, from which its settings' paths count."""
    return STATE if has_own_user(folder) else folder


def trouble(folder: Path) -> str:
    """Say why a folder cannot be a system service's; "" where it can.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    str
    """
    reason = paths.changeable(folder) or _python_trouble() or unreachable(folder)
    return reason and f"{reason}: leave --folder out, then it is {CODE} (deploy: --user-folder)"


def check_root(folder: Path) -> None:
    """Refuse to run, as root, what another user can change.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    ValueError
        Saying who can change what.
    """
    if os.geteuid() == 0:
        reason = paths.changeable(folder) or paths.changeable_within(folder)
        if reason:
            raise ValueError(
                f"{reason}, and root runs nothing that another user can change: log in as that"
                f" user, or choose another folder, like {CODE}"
            )


def make() -> None:
    """Make the service's user and the folder of what it writes, unless they are there.

    Raises
    ------
    OSError
        The folder is not what it should be, or a command failed.
    """
    try:
        user = pwd.getpwnam(USER)
    except KeyError:
        words = ["useradd", "--system", "--user-group", "--no-create-home"]
        run_or_fail([*words, "--home-dir", str(STATE), "--shell", "/usr/sbin/nologin", USER])
        user = pwd.getpwnam(USER)
    if user.pw_uid == 0:
        raise OSError(f"the user {USER} is root here: the service needs one of its own")
    if STATE.is_symlink() or (STATE.exists() and not STATE.is_dir()):
        raise OSError(f"{STATE} is no folder: move it away")
    if not STATE.exists():
        STATE.mkdir(mode=0o700)
        os.chown(str(STATE), user.pw_uid, user.pw_gid)
    elif STATE.stat().st_uid != user.pw_uid:
        raise OSError(f"{STATE} belongs to another user than {USER}: move it away")


def hand_over(setup: Path) -> None:
    """Give a setup's settings and keys to the service's user, who alone may read them."""
    user = pwd.getpwnam(USER)
    for path in [setup / "settings.ini", *(setup / "certs").iterdir()]:
        os.chown(str(path), user.pw_uid, user.pw_gid, follow_symlinks=False)


def clear(purge: bool) -> list[str]:
    """Remove the service's user and folder, where nothing is left in it; return what stays."""
    if purge and STATE.is_dir() and not STATE.is_symlink():
        shutil.rmtree(str(STATE))
    if STATE.is_dir() and not any(STATE.iterdir()):
        STATE.rmdir()
    if STATE.exists():
        return [str(STATE)]
    run(["userdel", USER])
    return []


def as_root(arguments: Sequence[str]) -> int:
    """Run the installer again, as root; return its exit code.

    Raises
    ------
    OSError
        sudo asks for a password here.
    """
    runs = BUNDLE.is_file() or (BUNDLE / "__main__.py").is_file()
    installer = [str(BUNDLE)] if runs else ["-m", MODULE]
    return subprocess.call([*root(), sys.executable, *installer, *arguments])


def _service(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / SERVICE).read_text())
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}


def _python_trouble() -> str:
    """Say why the service's user, or root, cannot run this Python."""
    prefix = Path(os.path.realpath(sys.base_prefix))
    return paths.changeable(prefix) or unreachable(prefix)


def unreachable(folder: Path) -> str:
    """Say which folder on the way the service's user cannot enter; "" where there is none."""
    for place in (folder, *folder.parents):
        try:
            mode = os.lstat(str(place)).st_mode
        except OSError:
            continue  # not there yet
        if not mode & stat.S_IXOTH:
            return f"the service's own user cannot enter {place}"
    return ""
