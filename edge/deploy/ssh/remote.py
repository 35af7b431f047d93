"""A device, from the operator's side: install there, and ask what was installed."""

from __future__ import annotations

import json
import os
import re
import shlex
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from laughtrack.edge.deploy.bundle import bundle
from laughtrack.edge.deploy.on_device.state import DATA, FILES
from laughtrack.edge.deploy.ssh import probe
from laughtrack.edge.deploy.ssh.host_scripts import (
    FOLDER,
    SYSTEM_FOLDER,
    absolute,
    find,
    greengrass,
    removal,
    restarting,
    roots_own,
)
from laughtrack.edge.deploy.ssh.sending import PARTS, Sent, send_and_install
from laughtrack.edge.deploy.wheels import sha256
from laughtrack.edge.mqtt.broker import from_settings, unencrypted_login
from laughtrack.edge.settings import load, require_context

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from laughtrack.edge.deploy.ssh.ssh import Connection


class InstallOptions(NamedTuple):
    """What is to be installed, and how; paths are this machine's, but for folder and python."""

    folder: str | None = None
    settings: Path | None = None
    certs: Path | None = None
    target: str = "auto"
    python: str | None = None
    bundle: Path | None = None
    wheels: Path | None = None
    service: str = "auto"
    wait_s: float | None = None
    sha256: str | None = None


def check(options: InstallOptions) -> dict[str, Path]:
    """Check the options before any host is asked.

    Parameters
    ----------
    options : InstallOptions

    Returns
    -------
    dict of str to Path
        Files that go with the settings, by the name that they have on the device: those that the
        settings name (beside the settings file, unless their path is a whole one), and all of
        `certs`.

    Raises
    ------
    ValueError
        The settings are wrong, or a file that they name is not here; both say which.
    OSError
        A folder cannot be read.
    """
    if options.sha256 and not re.fullmatch("[0-9a-fA-F]{64}", options.sha256):
        raise ValueError(f"--sha256 {options.sha256!r}: expected 64 hexadecimal digits")
    found: dict[str, Path] = {}
    if options.certs:
        found = {path.name: path for path in Path(options.certs).iterdir() if path.is_file()}
    if not options.settings:
        return found
    given = load(str(options.settings), environ={})
    try:
        require_context(given)
    except ValueError as error:
        raise ValueError(f"{options.settings}: {error}") from None
    for name in FILES:
        value = getattr(given, name)
        if not value or os.path.basename(value) in found:
            continue
        path = Path(options.settings).parent / value
        if path.is_file():
            found[path.name] = path
        elif not os.path.isabs(value):
            raise ValueError(
                f"{options.settings}: {name} is {value!r}, and no such file lies beside it: put it"
                " there, or name its folder with --certs"
            )
    return found


def install(
    connection: Connection,
    options: InstallOptions,
    say: Callable[[str], object],
    update: bool = False,
) -> int:
    """Install a bundle on a host, start it, and see that it comes up.

    Parameters
    ----------
    connection : edge.deploy.ssh.ssh.Connection
    options : InstallOptions
    say : function
        Called with each sentence on the way.
    update : bool
        Refuse where nothing is installed yet.

    Returns
    -------
    int
        0, or the installer's exit code on the device; it has printed the reason and what runs now.

    Raises
    ------
    NoPython, ValueError, OSError
        Before anything was changed.
    """
    files = check(options)
    warning = _login_warning(options.settings) if options.settings else ""
    if warning:
        say(f"{options.settings}: {warning}")
    with tempfile.TemporaryDirectory() as scratch:
        target = _target(options.bundle) if options.bundle else options.target
        host = probe.ask(connection, options.python)
        target, python = probe.choose(host, target)
        folder = find(connection, host.home, options.folder)
        say(f"{connection.host}: {host.system or 'Linux'}, {host.machine}, {python}: {target}")
        if update and connection.run(f"test -L {shlex.quote(folder)}/current").code:
            raise OSError(f"nothing is installed in {folder}: use `laughtrack deploy ssh`")
        archive = options.bundle or bundle(scratch, target, options.wheels)
        digest = sha256(archive)
        if options.sha256 and digest != options.sha256.lower():
            raise ValueError(f"{archive} has the SHA-256 {digest}, not {options.sha256}")
        say(f"copying {archive.name}, {archive.stat().st_size / 2**20:.0f} MB, sha256 {digest}")
        arguments = ["install", "--service", options.service]
        # Where nothing is installed and nobody names a folder, the installer knows the best.
        is_known = options.folder or folder == SYSTEM_FOLDER
        arguments += ["--folder", folder] if is_known else []
        arguments += ["--wait", f"{options.wait_s:g}"] if options.wait_s else []
        sent = Sent(archive, digest, options.settings, files)
        if folder == SYSTEM_FOLDER:
            folder = absolute(host.home, FOLDER)  # it is root's; what is sent lies here meanwhile
        return send_and_install(connection, folder, python, arguments, sent)


def _login_warning(path: Path) -> str:
    """Return what `unencrypted_login` says of a file of settings."""
    settings = load(str(path), environ={})
    return unencrypted_login(from_settings(settings)) if settings.publisher == "mqtt" else ""


def on_device(
    connection: Connection, folder: str | None, verb: str, arguments: Sequence[str] = ()
) -> int:
    """Run a verb of the device's own installer; its output is shown.

    Parameters
    ----------
    connection : edge.deploy.ssh.ssh.Connection
    folder : str or None
        None: where an installation is found.
    verb : str
        One of `edge.deploy.on_device.install`.
    arguments : sequence of str

    Returns
    -------
    int
        Its exit code.

    Raises
    ------
    OSError
        Nothing is installed there.
    """
    folder = find(connection, connection.ask('echo "$HOME"').text, folder)
    quoted = shlex.quote(folder)
    if connection.run(f"test -x {quoted}/current/release/venv/bin/python").code:
        # What an install left that never came to run; with --purge what a removal left, too.
        names = (*PARTS, *((DATA,) if "--purge" in arguments else ()))
        there = " || ".join(f"test -d {quoted}/{name}" for name in names)
        if verb == "remove" and not connection.run(there).code:
            return connection.run(removal(quoted, names)).code
        found = f"{connection.host}: nothing is installed in {folder}: see --user-folder"
        raise OSError(found + greengrass(connection))
    more = " ".join(map(shlex.quote, arguments))
    python = f"{quoted}/current/release/venv/bin/python"
    # The name that an installed version 0.1 knows, too.
    command = f"{python} -m edge.deploy.install {verb} --folder {quoted} {more}"
    if verb == "restart":
        command = restarting(command, f"{python} -m edge.deploy.install", quoted)
    return connection.run(roots_own(folder) + command).code


def _target(archive: Path) -> str:
    try:
        with zipfile.ZipFile(archive) as files:
            return json.loads(files.read("manifest.json").decode())["target"]
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{archive} is no bundle ({error}): `laughtrack deploy bundle` makes one"
        ) from None
