"""Starting and stopping on the device: a systemd unit, a user's own unit, or a plain supervisor."""

from __future__ import annotations

import getpass
import json
import os
import re
import tempfile
from pathlib import Path
from typing import NamedTuple

from laughtrack.edge import atomic_files
from laughtrack.edge.deploy.on_device import account, plain
from laughtrack.edge.deploy.on_device.account import SERVICE
from laughtrack.edge.deploy.on_device.systemd_unit import (
    UNIT,
    USER,
    root,
    run,
    run_or_fail,
    sudo,
    systemctl,
    unit,
    unit_path,
)

KINDS = ("system", "user", "plain")
# systemd makes it where it runs the machine.
RUNNING = Path("/run/systemd/system")


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
    """Choose how the program is run here.

    Parameters
    ----------
    folder : Path
    wanted : str
        "auto" or one of `KINDS`. Auto keeps what an earlier install chose.

    Returns
    -------
    Choice

    Raises
    ------
    ValueError
        A system service is wanted in a folder that others can change, or its user not enter.
    """
    trouble = "" if account.is_of_version_0_1(folder) else account.trouble(folder)
    # Root gets no other kind by itself: it would run as root.
    by_root = wanted == "auto" and RUNNING.is_dir() and os.geteuid() == 0
    if trouble and (wanted == "system" or (by_root and installed_kind(folder) is None)):
        raise ValueError(f"a system service cannot be in {folder}: {trouble}")
    if wanted == "auto":
        as_system = sudo() is not None and not trouble
        wanted = installed_kind(folder) or ("system" if as_system else "user")
        no_session = wanted == "user" and run(["systemctl", "--user", "show-environment"]).code != 0
        if no_session or not RUNNING.is_dir():
            wanted = "plain"
    at_boot = f"@reboot {plain.python(folder)} -m edge.deploy.install start --folder {folder}"
    reason = {
        "system": f"a system unit, user {USER}: it starts with the machine"
        if not account.is_of_version_0_1(folder)
        else f"a system unit as version 0.1 made it, user {getpass.getuser()}: for a user of its"
        " own and a folder that only root can change, remove it and install it anew",
        "user": "a unit of this user: without a sudo that asks no password it starts with the"
        f" machine only after: sudo loginctl enable-linger {getpass.getuser()}",
        "plain": "a plain supervisor: no systemd answers here; to start it with the machine, add"
        f" to crontab: {at_boot}",
    }[wanted]
    return Choice(wanted, reason)


def gets_own_user(folder: Path, kind: str) -> bool:
    """Whether the program is to run as the service's own user."""
    return kind == "system" and not account.is_of_version_0_1(folder)


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
        path = unit_path(kind)
        text = unit(folder, kind, gets_own_user(folder, kind))
        if path.exists() and not _is_ours(path.read_text(), folder):
            raise OSError(f"{path} runs another folder: remove that installation first")
        # On a full disk the way back must not need room for what is there already.
        if not path.exists() or path.read_text() != text:
            _write_unit(path, text, kind)
        systemctl(kind, "daemon-reload")
        systemctl(kind, "enable", UNIT)
        if kind == "user":
            run(["loginctl", "enable-linger"])  # where it is allowed
    if installed_kind(folder) != kind:
        facts = {"kind": kind, **({"user": USER} if kind == "system" else {})}
        text = json.dumps(facts) + "\n"
        atomic_files.write(str(folder / SERVICE), text.encode(), 0o644)


def _is_ours(text: str, folder: Path) -> bool:
    """Whether a unit runs this folder, or one that was moved or removed since."""
    found = re.search(r" (/\S+)/settings\.ini$", text, re.MULTILINE)
    other = Path(found.group(1)) if found else None
    return other is None or other == folder or not other.is_dir()


def _write_unit(path: Path, text: str, kind: str) -> None:
    if kind == "user":
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_files.write(str(path), text.encode(), 0o644)
        return
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(text)
        file.flush()
        run_or_fail([*root(), "install", "-m", "644", file.name, str(path)])


def start(folder: Path, kind: str) -> None:
    """Start the program under its supervisor."""
    if kind == "plain":
        plain.start(folder)
    else:
        # Type=notify would make this wait for the program; the caller waits for its status.
        systemctl(kind, "restart", "--no-block", UNIT)


def stop(folder: Path, kind: str) -> None:
    """Stop the program and its supervisor."""
    if kind == "plain":
        plain.stop(folder)
    elif unit_path(kind).exists():
        systemctl(kind, "stop", UNIT)


def remove_unit(folder: Path, kind: str) -> None:
    """Remove the unit, if the kind has one. The program must be stopped."""
    if kind != "plain" and unit_path(kind).exists():
        systemctl(kind, "disable", UNIT)
        if kind == "user":
            unit_path(kind).unlink()
        else:
            run_or_fail([*root(), "rm", "-f", str(unit_path(kind))])
        systemctl(kind, "daemon-reload")
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
        found = plain.running(folder)
        if found is None:
            return ServiceState(False, False, "plain supervisor, stopped")
        text = f"plain supervisor, process {found.pid}, start number {found.starts}"
        return ServiceState(True, found.starts > 2, text)
    own = ["--user"] if kind == "user" else []
    answer = run(["systemctl", *own, "is-active", UNIT]).output.strip() or "unknown"
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
    done = run(["systemctl", *own, "show", "-p", "ExecMainPID", UNIT])
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
        command = [*(sudo() or []), "journalctl", "--no-pager", "-n", str(lines), "-u", UNIT]
        found += run(command).output.splitlines()
    elif kind == "user":
        command = ["journalctl", "--no-pager", "-n", str(lines), "--user-unit", UNIT]
        found += run(command).output.splitlines()
    return found[-lines:]
