"""Starting and stopping on the device: a systemd unit, a user's own unit, or a plain supervisor."""

from __future__ import annotations

import getpass
import grp
import json
import os
import pkgutil
import re
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from laughtrack.edge.deploy.on_device import supervise
from laughtrack.edge.deploy.on_device.state import SERVICE

KINDS = ("system", "user", "plain")
UNIT = "laughtrack.service"
# systemd makes it where it runs the machine.
RUNNING = Path("/run/systemd/system")
SYSTEM_UNITS = Path("/etc/systemd/system")


class Choice(NamedTuple):
    """A kind of service, one of `KINDS`, and a sentence that says why and what it means."""

    kind: str
    reason: str


class ServiceState(NamedTuple):
    """Whether the program runs, and whether it keeps dying (to be asked soon after a start)."""

    running: bool
    failing: bool
    text: str


def choose(folder: Path, wanted: str = "auto") -> Choice:
    """Say how the program is to be run here.

    Parameters
    ----------
    folder : Path
    wanted : str
        "auto" or one of `KINDS`. Auto keeps what an earlier install chose.

    Returns
    -------
    Choice
    """
    if wanted == "auto":
        wanted = installed_kind(folder) or ("system" if _sudo() is not None else "user")
        no_session = (
            wanted == "user" and _run(["systemctl", "--user", "show-environment"]).code != 0
        )
        if no_session or not RUNNING.is_dir():
            wanted = "plain"
    at_boot = f"@reboot {supervise.python(folder)} -m edge.deploy.install start --folder {folder}"
    reason = {
        "system": "a system unit: it starts with the machine",
        "user": "a unit of this user: without a sudo that asks no password it starts with the"
        f" machine only after: sudo loginctl enable-linger {getpass.getuser()}",
        "plain": "a plain supervisor: no systemd answers here; to start it with the machine, add"
        f" to crontab: {at_boot}",
    }[wanted]
    return Choice(wanted, reason)


def installed_kind(folder: Path) -> str | None:
    """Return the kind that an earlier install chose, or None."""
    try:
        kind = json.loads((folder / SERVICE).read_text())["kind"]
        return kind if kind in KINDS else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def install_unit(folder: Path, kind: str) -> None:
    """Install the unit, if the kind has one, and remember the kind.

    Parameters
    ----------
    folder : Path
    kind : str

    Raises
    ------
    OSError
        The unit belongs to another folder, or cannot be written.
    """
    if kind != "plain":
        path = _unit_path(kind)
        text = unit(folder, kind)
        if path.exists() and f"WorkingDirectory={folder}\n" not in path.read_text():
            raise OSError(f"{path} runs another folder: remove that installation first")
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(text)
            file.flush()
            if kind == "user":
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            else:
                _must([*_root(), "install", "-m", "644", file.name, str(path)])
        _systemctl(kind, "daemon-reload")
        _systemctl(kind, "enable", UNIT)
        if kind == "user":
            _run(["loginctl", "enable-linger"])  # where it is allowed
    (folder / SERVICE).write_text(json.dumps({"kind": kind}) + "\n")


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


def start(folder: Path, kind: str) -> None:
    """Start the program under its supervisor."""
    if kind == "plain":
        supervise.start(folder)
    else:
        # Type=notify would make this wait for the program; whoever calls waits for its status.
        _systemctl(kind, "restart", "--no-block", UNIT)


def stop(folder: Path, kind: str) -> None:
    """Stop the program and its supervisor."""
    if kind == "plain":
        supervise.stop(folder)
    elif _unit_path(kind).exists():
        _systemctl(kind, "stop", UNIT)


def remove_unit(folder: Path, kind: str) -> None:
    """Remove the unit, if the kind has one. The program must be stopped."""
    if kind != "plain" and _unit_path(kind).exists():
        _systemctl(kind, "disable", UNIT)
        if kind == "user":
            _unit_path(kind).unlink()
        else:
            _must([*_root(), "rm", "-f", str(_unit_path(kind))])
        _systemctl(kind, "daemon-reload")
    if (folder / SERVICE).exists():
        (folder / SERVICE).unlink()


def state(folder: Path, kind: str | None) -> ServiceState:
    """Say whether the program runs, and under what.

    Parameters
    ----------
    folder : Path
    kind : str or None

    Returns
    -------
    ServiceState
    """
    if kind is None:
        return ServiceState(False, False, "no service")
    if kind == "plain":
        found = supervise.running(folder)
        if found is None:
            return ServiceState(False, False, "plain supervisor, stopped")
        text = f"plain supervisor, process {found.pid}, start number {found.starts}"
        return ServiceState(True, found.starts > 2, text)
    own = ["--user"] if kind == "user" else []
    answer = _run(["systemctl", *own, "is-active", UNIT]).output.strip() or "unknown"
    running = answer in ("active", "activating")
    return ServiceState(running, answer == "failed", f"{kind} unit {UNIT}, {answer}")


def process_id(kind: str) -> str:
    """Return the program's present or last process number, or "" where systemd does not tell.

    Under systemd a program that dies at every start is never "failed": it may be started for ever.
    """
    if kind == "plain":
        return ""
    own = ["--user"] if kind == "user" else []
    # It stays until the next start, unlike MainPID.
    done = _run(["systemctl", *own, "show", "-p", "ExecMainPID", UNIT])
    number = done.output.strip().rpartition("=")[2]
    return number if done.code == 0 and number.isdigit() and int(number) else ""


def log(folder: Path, kind: str | None, lines: int) -> list[str]:
    """Return the last lines of the program's log.

    Parameters
    ----------
    folder : Path
    kind : str or None
    lines : int

    Returns
    -------
    list of str
    """
    found: list[str] = []
    for name in ("laughtrack.log.1", "laughtrack.log", "laughtrack.err.1", "laughtrack.err"):
        path = folder / name
        if path.exists():
            found += path.read_text(encoding="utf-8", errors="replace").splitlines()
    if kind == "system":
        command = [*(_sudo() or []), "journalctl", "--no-pager", "-n", str(lines), "-u", UNIT]
        found += _run(command).output.splitlines()
    elif kind == "user":
        command = ["journalctl", "--no-pager", "-n", str(lines), "--user-unit", UNIT]
        found += _run(command).output.splitlines()
    return found[-lines:]


def _unit_path(kind: str) -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return (SYSTEM_UNITS if kind == "system" else Path(home) / "systemd" / "user") / UNIT


def _sudo() -> list[str] | None:
    """What goes before a command that needs root; None where sudo asks for a password."""
    if os.geteuid() == 0:
        return []
    return ["sudo", "-n"] if _run(["sudo", "-n", "true"]).code == 0 else None


def _root() -> list[str]:
    prefix = _sudo()
    if prefix is None:
        raise OSError(
            f"the unit {SYSTEM_UNITS / UNIT} is root's, and sudo asks for a password here: allow"
            " it without one, or log in as root"
        )
    return prefix


def _systemctl(kind: str, *arguments: str) -> None:
    before = ["systemctl", "--user"] if kind == "user" else [*_root(), "systemctl"]
    _must([*before, *arguments])


def _must(command: list[str]) -> None:
    done = _run(command)
    if done.code:
        reason = done.output.strip() or f"exit {done.code}"
        raise OSError(f"`{' '.join(command)}` failed: {reason}")


class _Done(NamedTuple):
    """A command that ended: its exit code and output."""

    code: int
    output: str


def _run(command: list[str]) -> _Done:
    """Run a command; exit code 127 where there is no such command."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except FileNotFoundError:
        return _Done(127, f"no command {command[0]} here")
    return _Done(done.returncode, done.stdout.decode(errors="replace"))
