"""What is done with an installed program: start, stop and restart it; its status and its log."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator, NamedTuple

from laughtrack.edge import console, status_file
from laughtrack.edge.deploy.on_device import account, service, state, switch
from laughtrack.edge.deploy.on_device.bundle_files import MARK
from laughtrack.edge.file_lock import try_lock

if TYPE_CHECKING:
    import argparse

LOG_LINES = 15
# For how long a stop lasts.
COMES_BACK = {
    "system": "until `start`, or until this machine is started",
    "user": "until `start`, or until this machine is started or, without lingering, you log in",
    "plain": "until `start`, or until this machine is started where a crontab line starts it",
}


class Installed(NamedTuple):
    """An installation: its folder, the setup in use, its kind of service, its program's data."""

    folder: Path
    setup: Path
    kind: str
    data: Path

    @classmethod
    def of(cls, folder: Path) -> Installed:
        """Find it; OSError where nothing is installed, ValueError where root must not run it."""
        setup = state.linked(folder, "current")
        if setup is None:
            raise OSError(f"nothing is installed in {folder}: see --folder (deploy: --user-folder)")
        # What follows runs the release: for a status, too.
        account.check_root(folder)
        data = state.data_folder(account.base(folder), setup)
        return cls(folder, setup, service.installed_kind(folder) or "plain", data)

    def not_online(self) -> str:
        """Say why the program is not online; "" when it is.

        The service alone does not tell, since it may be about to start the program again; nor does
        the status, which stays there when the program has gone.
        """
        runs, _, text = service.state(self.folder, self.kind)
        reason = status_file.invalid(self.data)
        if reason:
            return reason
        if not runs:
            return f"the service is stopped ({text})"
        found = status_file.read(self.data) or {}
        return "" if found.get("online") is True else "it does not say that it is online"


def status(options: argparse.Namespace) -> int:
    """Print what runs, and what the program last said of itself; 1 when it is not online."""
    here = Installed.of(options.folder)
    runs, _, text = service.state(here.folder, service.installed_kind(here.folder))
    manifest = json.loads((here.setup / "release" / MARK).read_text())
    reason, found = here.not_online(), status_file.read(here.data) or {}
    console.show(f"release: {manifest['id']}")
    console.show(f"service: {'running' if runs else 'stopped'}, {text}")
    console.show(f"online: {'false' if reason else 'true'}")
    if reason:
        console.show(f"mind: {reason}; what it said last:" if found else f"mind: {reason}")
    for name, value in found.items():
        if name not in ("online", status_file.PROCESS):
            console.show(f"{name}: {_text(value)}")
    if found:
        console.show(f"said: {status_file.age_s(here.data):.0f} s ago")
    return 1 if reason else 0


def logs(options: argparse.Namespace) -> None:
    """Print the last lines of the program's log."""
    here = Installed.of(options.folder)
    for line in service.log(here.folder, service.installed_kind(here.folder), options.lines):
        console.show(line)


def start(options: argparse.Namespace) -> int:
    """Start the program, and wait until it is online; where it is already, say so."""
    here = Installed.of(options.folder)
    with exclusive(here.folder):
        if not here.not_online():
            say(f"it runs already, camera {_camera(here)}")
            return 0
        return _start(here, options.wait)


def stop(options: argparse.Namespace) -> int:
    """Stop the program until the next start, and wait until it has ended."""
    here = Installed.of(options.folder)
    with exclusive(here.folder):
        return _stop(here)


def restart(options: argparse.Namespace) -> int:
    """Stop the program and start it anew."""
    here = Installed.of(options.folder)
    with exclusive(here.folder):
        _stop(here, then="")
        return _start(here, options.wait)


def _start(here: Installed, wait_s: float) -> int:
    # One that is about to start the program again is left at it.
    if not service.state(here.folder, here.kind).running:
        service.start(here.folder, here.kind)
    try:
        switch.wait_until_online(here.folder, here.kind, here.data, wait_s, say)
    except switch.Failed as error:
        for line in service.log(here.folder, here.kind, LOG_LINES):
            say(f"  | {line}")
        raise switch.Failed(f"{error}; it is tried again and again, until `stop`") from None
    return 0


def _stop(here: Installed, then: str | None = None) -> int:
    """Stop the program; say what came of it, and for how long it stays so."""
    then = COMES_BACK[here.kind] if then is None else then
    runs, _, text = service.state(here.folder, here.kind)
    # A program may live without its service: its supervisors were killed.
    if not runs and status_file.invalid(here.data):
        say(f"it is stopped already ({text}); {status_file.invalid(here.data)}")
        return 0
    began_s = time.monotonic()
    service.stop(here.folder, here.kind)
    runs, _, text = service.state(here.folder, here.kind)
    if runs:
        raise OSError(f"it does not stop: {text}")
    say(f"stopped after {time.monotonic() - began_s:.1f} s; {_last_word(here)}")
    if then:
        say(f"it stays stopped {then}")
    return 0


def _last_word(here: Installed) -> str:
    """Say what the program left when it ended."""
    found: dict[str, Any] = status_file.read(here.data) or {}
    if found.get("online") is not False:
        return "it did not end tidily: what it had seen it goes on with at the next start"
    session = found.get("session") or ""
    on = (
        f"session {session} is open, and goes on if it is started on its day"
        if session
        else ("no session is open")
    )
    return f"{on}; {found.get('queue', 0)} batches wait to be sent"


def _camera(here: Installed) -> str:
    return str((status_file.read(here.data) or {}).get("camera", "unknown"))


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(one)}" for name, one in value.items())
    if value is None or value == "":
        return "-"
    return value if isinstance(value, str) else json.dumps(value)


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Let one install, start or stop at a time work on a folder."""
    with open(str(folder / ".lock"), "w") as file:
        if not try_lock(file.fileno()):
            raise OSError(f"another install works on {folder}: wait for it")
        yield


def say(text: str) -> None:
    """Tell how far it is, to whoever still listens: a connection may be gone by now."""
    with contextlib.suppress(OSError):
        console.show(text)
