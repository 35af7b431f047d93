"""The systemd unit of the program, and the commands that manage it."""

from __future__ import annotations

import getpass
import grp
import importlib.util
import os
import pkgutil
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from laughtrack.edge.settings import Settings, load

UNIT = "laughtrack.service"
SYSTEM_UNITS = Path("/etc/systemd/system")
# The system service's own user, and where it writes.
USER, STATE = "laughtrack", Path("/var/lib/laughtrack")
# What a DeepLens's camera and optimizer use; whose groups it takes.
AWSCAM_FOLDERS = (Path("/opt/awscam/artifacts"), Path("/opt/awscam/out"))
# The template may lie in a ZIP that is gone when an install has to go back: read it at once.
TEMPLATE = (pkgutil.get_data("laughtrack.edge.deploy.on_device", UNIT) or b"").decode()


def unit(folder: Path, kind: str, own_user: bool = True) -> str:
    """Return the unit's text for a folder.

    Parameters
    ----------
    folder : Path
    kind : str
        "system" or "user".
    own_user : bool
        Whether a system unit runs as the service's own user; version 0.1 ran it as who installed
        it.

    Returns
    -------
    str
    """
    # A user's own systemd may change neither users nor groups nor what the program sees of the
    # system; its log is not in the system's journal.
    of_user = kind == "user"
    settings, awscam = _settings(folder), importlib.util.find_spec("awscam") is not None
    # "fifo" or "fifo:GROUP": only its own groups may a program let read.
    preview, _, readers = settings.preview.partition(":")
    base = STATE if own_user and not of_user else folder
    values = {
        "folder": str(folder),
        "base": str(base),
        "user": "" if of_user else USER if own_user else getpass.getuser(),
        "groups": "" if of_user else " ".join(_groups(awscam, readers)),
        "writable": " ".join(_writable(base, settings, awscam)),
        "home": "true" if own_user else "read-only",
        "log": f"LAUGHTRACK_LOG_FILE={folder}/laughtrack.log" if of_user else "",
        "target": "default.target" if of_user else "multi-user.target",
    }
    fifo = preview == "fifo"
    parts = {
        "system": not of_user,
        "fifo": not of_user and fifo,
        "private_tmp": not of_user and not fifo,
        "awscam": not of_user and awscam,
        "no_awscam": not of_user and not awscam,
        "always": True,
    }
    lines, part = [], "always"
    for line in TEMPLATE.splitlines():
        if line.startswith("?"):
            part = line[1:]
        # A line whose value is empty is left out.
        elif parts[part] and all(values[name] for name in re.findall(r"@(\w+)@", line)):
            lines.append(re.sub(r"@(\w+)@", lambda match: values[match.group(1)], line))
    return "\n".join(lines) + "\n"


def _settings(folder: Path) -> Settings:
    try:
        return load(str(folder / "settings.ini"), environ={})
    except ValueError:
        return Settings()  # another version's, which an update goes back to


def _groups(awscam: bool, readers: str) -> list[str]:
    wanted = ("video", "render", readers)
    names = {group.gr_name for group in grp.getgrall() if group.gr_name in wanted}
    for folder in AWSCAM_FOLDERS if awscam else ():
        if folder.exists() and folder.stat().st_gid:
            names.add(str(folder.stat().st_gid))
    return sorted(names)


def _writable(base: Path, settings: Settings, awscam: bool) -> list[str]:
    """Return the folders that the settings have the program write to; "-": if they are there."""
    found = [base, *(AWSCAM_FOLDERS[:1] if awscam else ())]
    found += [Path("/tmp")] if settings.preview.startswith("fifo") else []
    for name in (
        settings.folder,
        os.path.dirname(settings.file),
        os.path.dirname(settings.log_file),
    ):
        if os.path.isabs(name):
            found.append(Path(os.path.realpath(name)))
    return [f"-{path}" for path in found if re.fullmatch(r"/[A-Za-z0-9._/@+-]+", str(path))]


def unit_path(kind: str) -> Path:
    """Return where a kind's unit lies."""
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return (SYSTEM_UNITS if kind == "system" else Path(home) / "systemd" / "user") / UNIT


def sudo() -> list[str] | None:
    """What goes before a command that needs root; None where sudo asks for a password."""
    if os.geteuid() == 0:
        return []
    return ["sudo", "-n"] if run(["sudo", "-n", "true"]).code == 0 else None


def root() -> list[str]:
    """Return what goes before a command that needs root; OSError where sudo asks a password."""
    prefix = sudo()
    if prefix is None:
        raise OSError(
            f"the unit {SYSTEM_UNITS / UNIT} is root's, and sudo asks for a password here: allow"
            " it without one, or log in as root"
        )
    return prefix


def systemctl(kind: str, *arguments: str) -> None:
    """Run systemctl for a kind of unit; OSError if it fails."""
    before = ["systemctl", "--user"] if kind == "user" else [*root(), "systemctl"]
    run_or_fail([*before, *arguments])


def run_or_fail(command: list[str]) -> None:
    """Run a command; OSError with its output if it fails."""
    done = run(command)
    if done.code:
        reason = done.output.strip() or f"exit {done.code}"
        raise OSError(f"`{' '.join(command)}` failed: {reason}")


class Done(NamedTuple):
    """A command that ended: its exit code and output."""

    code: int
    output: str


def run(command: list[str]) -> Done:
    """Run a command; exit code 127 where there is no such command."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except FileNotFoundError:
        return Done(127, f"no command {command[0]} here")
    return Done(done.returncode, done.stdout.decode(errors="replace"))
