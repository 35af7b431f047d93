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

from laughtrack.edge.deploy.on_device import supervise
from laughtrack.edge.deploy.on_device.state import SERVICE

KINDS = ("system", "user", "plain")
UNIT = "laughtrack.service"
# systemd makes it where it runs the machine.
RUNNING = Path("/run/systemd/system")
SYSTEM_UNITS = Path("/etc/systemd/system")


def choose(folder, wanted="auto"):
    """Say how the program is to be run here.

    Parameters
    ----------
    folder : Path
    wanted : str
        "auto" or one of `KINDS`. Auto keeps what an earlier install chose.

    Returns
    -------
    tuple of str
        The kind, and a sentence that says why and what it means.
    """
    if wanted == "auto":
        wanted = kept(folder) or ("system" if _sudo() is not None else "user")
        asleep = wanted == "user" and _run(["systemctl", "--user", "show-environment"])[0]
        if asleep or not RUNNING.is_dir():
            wanted = "plain"
    at_boot = f"@reboot {supervise.python(folder)} -m edge.deploy.install start --folder {folder}"
    return wanted, {
        "system": "a system unit: it starts with the machine",
        "user": "a unit of this user: without a sudo that asks no password it starts with the"
        f" machine only after: sudo loginctl enable-linger {getpass.getuser()}",
        "plain": "a plain supervisor: no systemd answers here; to start it with the machine, add"
        f" to crontab: {at_boot}",
    }[wanted]


def kept(folder):
    """Return the kind that an earlier install chose, or None."""
    try:
        kind = json.loads((folder / SERVICE).read_text())["kind"]
        return kind if kind in KINDS else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def put(folder, kind):
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
        path = _unit(kind)
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


def unit(folder, kind):
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
    template = pkgutil.get_data("laughtrack.edge.deploy.on_device", UNIT).decode()
    lines = []
    for line in template.splitlines():
        # A line whose value is empty is left out.
        if all(values[name] for name in re.findall(r"@(\w+)@", line)):
            lines.append(re.sub(r"@(\w+)@", lambda match: values[match.group(1)], line))
    return "\n".join(lines) + "\n"


def start(folder, kind):
    """Start the program under its supervisor."""
    if kind == "plain":
        supervise.start(folder)
    else:
        # Type=notify would make this wait for the program; whoever calls waits for its status.
        _systemctl(kind, "restart", "--no-block", UNIT)


def stop(folder, kind):
    """Stop the program and its supervisor."""
    if kind == "plain":
        supervise.stop(folder)
    elif _unit(kind).exists():
        _systemctl(kind, "stop", UNIT)


def take_away(folder, kind):
    """Remove the unit, if the kind has one. The program must be stopped."""
    if kind != "plain" and _unit(kind).exists():
        _systemctl(kind, "disable", UNIT)
        if kind == "user":
            _unit(kind).unlink()
        else:
            _must([*_root(), "rm", "-f", str(_unit(kind))])
        _systemctl(kind, "daemon-reload")
    if (folder / SERVICE).exists():
        (folder / SERVICE).unlink()


def state(folder, kind):
    """Say whether the program runs, and under what.

    Parameters
    ----------
    folder : Path
    kind : str or None

    Returns
    -------
    tuple of bool, bool and str
        Whether it runs, whether it keeps dying (to be asked soon after a start), and words.
    """
    if kind is None:
        return False, False, "no service"
    if kind == "plain":
        found = supervise.running(folder)
        if found is None:
            return False, False, "plain supervisor, stopped"
        words = f"plain supervisor, process {found[0]}, start number {found[1]}"
        return True, found[1] > 2, words
    own = ["--user"] if kind == "user" else []
    words = _run(["systemctl", *own, "is-active", UNIT])[1].strip() or "unknown"
    return words in ("active", "activating"), words == "failed", f"{kind} unit {UNIT}, {words}"


def life(kind):
    """Return what names the program's present or last life, or "" where systemd does not tell.

    Under systemd a program that dies at every start is never "failed": it may be started for ever.
    """
    if kind == "plain":
        return ""
    own = ["--user"] if kind == "user" else []
    # It stays until the next start, unlike MainPID.
    code, said = _run(["systemctl", *own, "show", "-p", "ExecMainPID", UNIT])
    number = said.strip().rpartition("=")[2]
    return number if code == 0 and number.isdigit() and int(number) else ""


def log(folder, kind, lines):
    """Return the last lines of the program's log.

    Parameters
    ----------
    folder : Path
    kind : str
    lines : int

    Returns
    -------
    list of str
    """
    found = []
    for name in ("laughtrack.log.1", "laughtrack.log", "laughtrack.err.1", "laughtrack.err"):
        path = folder / name
        if path.exists():
            found += path.read_text(encoding="utf-8", errors="replace").splitlines()
    if kind == "system":
        words = [*(_sudo() or []), "journalctl", "--no-pager", "-n", str(lines), "-u", UNIT]
        found += _run(words)[1].splitlines()
    elif kind == "user":
        words = ["journalctl", "--no-pager", "-n", str(lines), "--user-unit", UNIT]
        found += _run(words)[1].splitlines()
    return found[-lines:]


def _unit(kind):
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return (SYSTEM_UNITS if kind == "system" else Path(home) / "systemd" / "user") / UNIT


def _sudo():
    """Words before a command that needs root: none for root, None where sudo asks a password."""
    if os.geteuid() == 0:
        return []
    return ["sudo", "-n"] if _run(["sudo", "-n", "true"])[0] == 0 else None


def _root():
    words = _sudo()
    if words is None:
        raise OSError(
            f"the unit {SYSTEM_UNITS / UNIT} is root's, and sudo asks for a password here: allow"
            " it without one, or log in as root"
        )
    return words


def _systemctl(kind, *words):
    before = ["systemctl", "--user"] if kind == "user" else [*_root(), "systemctl"]
    _must([*before, *words])


def _must(words):
    code, said = _run(words)
    if code:
        raise OSError(f"`{' '.join(words)}` failed: {said.strip() or f'exit {code}'}")


def _run(words):
    """Run a command; its exit code and what it said. 127 where there is no such command."""
    try:
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except FileNotFoundError:
        return 127, f"no command {words[0]} here"
    return done.returncode, done.stdout.decode(errors="replace")
