"""The systemd unit of the program, and the commands that manage it."""

from __future__ import annotations

import getpass
import grp
import os
import pkgutil
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

UNIT = "laughtrack.service"
SYSTEM_UNITS = Path("/etc/systemd/system")


def unit(folder: Path, kind: str) -> str:
    """Return the unit's text for a folder.

    Parameters
    ----------
    folder : Path
    kind : str
        "system" or "user".

    Returns
    -------
    str
    """
    groups = [group.gr_name for group in grp.getgrall() if group.gr_name in ("video", "render")]
    # A user's own systemd may not change users or groups; its log is not in the system's journal.
    own = kind == "user"
    values = {
        "folder": str(folder),
        "user": "" if own else getpass.getuser(),
        "groups": "" if own else " ".join(groups),
        "log": f"LAUGHTRACK_LOG_FILE={folder}/laughtrack.log" if own else "",
        "target": "default.target" if own else "multi-user.target",
    }
    # The template may lie in a ZIP, from which this runs.
    template = pkgutil.get_data("laughtrack.edge.deploy.on_device", UNIT)
    lines = []
    for line in (template or b"").decode().splitlines():
        # A line whose value is empty is left out.
        if all(values[name] for name in re.findall(r"@(\w+)@", line)):
            lines.append(re.sub(r"@(\w+)@", lambda match: values[match.group(1)], line))
    return "\n".join(lines) + "\n"


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
