"""On the device: put a bundle to work, and go back to the one before if it does not come up.

``python3.7 BUNDLE.zip install --folder FOLDER``; later ``python -m
laughtrack.edge.deploy.on_device.install VERB``. Exit codes: 0 done, 1 could not (nothing changed,
or back as it was: the last line says which).
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from laughtrack.edge import console
from laughtrack.edge.deploy.on_device import (
    account,
    paths,
    release,
    removal,
    service,
    state,
    switch,
)
from laughtrack.edge.deploy.on_device.control import (
    exclusive,
    logs,
    restart,
    say,
    start,
    status,
    stop,
)
from laughtrack.edge.deploy.on_device.systemd_unit import STATE
from laughtrack.edge.settings import load, require_context

if TYPE_CHECKING:
    from collections.abc import Callable

# How long it may take to come up; where there is a DeepLens's optimizer, that takes minutes once.
WAIT_S, OPTIMIZER_WAIT_S = 90.0, 600.0


def install(options: argparse.Namespace) -> int:
    """Install the bundle that this runs from, start it, wait for it, go back if it fails.

    Parameters
    ----------
    options : argparse.Namespace
        Of the command line.

    Returns
    -------
    int
        0, or what another installer ended with, which had to be run as root.

    Raises
    ------
    BadBundle, ValueError, OSError, Stopped
        Before anything was changed.
    Failed
        The new program did not come online; the previous one runs again.
    """
    folder = options.folder
    manifest = release.read_manifest(options.bundle, options.sha256)
    release.check_device(manifest)
    state.check_free(folder)
    kind, reason = service.choose(folder, options.service)
    own_user = not options.no_start and service.gets_own_user(folder, kind)
    if own_user and os.geteuid() != 0:
        return account.as_root([*options.arguments, "--folder", str(folder), "--service", kind])
    account.check_root(folder)
    say(f"the bundle {manifest['id']} is whole: {len(manifest['files'])} files")
    if own_user:
        account.make()
        os.umask(0o022)  # the code is for that user to read
    folder.mkdir(parents=True, exist_ok=True, mode=0o755 if own_user else 0o700)
    base = STATE if own_user else folder
    with exclusive(folder):
        for name in state.clean(folder, options.bundle.absolute().parent):
            say(f"removed {name}, left by an earlier install")
        try:
            before = state.last_working(folder)
            setup = _prepare(options, manifest, base)
            # First: if this install is cut off from here on, the next finds what to go back to.
            state.link(folder, "previous", before)
            if options.no_start:
                state.link(folder, "current", setup)
                state.mark_working(setup)
            else:
                say(f"started as {reason}")
                change = switch.Change(folder, before, setup, kind, base, options.wait)
                switch.switch(change, say)
        except BaseException:
            if state.last_working(folder) is None:
                # Made a moment ago for the program, which never ran.
                with contextlib.suppress(OSError):
                    os.rmdir(str(base / state.DATA))
            raise
        finally:
            state.clean(folder)
    return 0


def _prepare(options: argparse.Namespace, manifest: dict[str, Any], base: Path) -> Path:
    """Make the release and its setup, of which nothing is in use yet; return the setup."""
    folder = options.folder
    place = folder / "releases" / manifest["id"]
    made = release.unpack(options.bundle, manifest, place)
    say(f"{'made' if made else 'found'} the release {place}")
    setup = state.add_setup(folder, place, options.settings, options.certs)
    has_run = not options.settings and state.last_working(folder) is not None
    if has_run and state.name_context(setup / "settings.ini"):
        say("mind: the settings named no context: context = screening is written into")
        say("them; if it is another kind of event, update it with --settings")
    data = state.data_folder(base, setup)
    if not options.no_start:
        require_context(load(str(setup / "settings.ini"), environ={}))
    if base == folder:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    else:
        account.hand_over(setup)  # its user makes the folder
    return setup


def remove(options: argparse.Namespace) -> None:
    """Stop the program and remove what was installed."""
    folder = options.folder
    if not (folder / "setups").is_dir() and not (folder / "releases").is_dir():
        raise OSError(f"nothing is installed in {folder}: see --folder (deploy: --user-folder)")
    kind, base = service.installed_kind(folder), account.base(folder)
    data = base / state.DATA
    setup = state.linked(folder, "current")
    if setup:
        account.check_root(folder)  # before its release is asked
        data = state.data_folder(base, setup)
    if kind:
        service.stop(folder, kind)
        service.remove_unit(folder, kind)
    remaining = removal.remove(folder, data, options.purge, base)
    console.show(f"removed from {folder}")
    for name in remaining:
        console.show(f"still there: {name}")


def main(argv: list[str] | None = None) -> int:
    """Run a verb.

    Parameters
    ----------
    argv : list of str, optional
        Its arguments; those of the process by default.

    Returns
    -------
    int
        The exit code.
    """
    sys.excepthook = console.show_exception
    options = _parser().parse_args(argv)
    undo = switch.stop_on_signals()
    try:
        wanted = getattr(options, "service", "auto")
        default = account.default_folder(wanted, service.RUNNING.is_dir())
        options.folder = paths.check_folder(options.folder or default)
        options.arguments = list(sys.argv[1:] if argv is None else argv)
        if options.verb is not install and os.geteuid() and account.has_own_user(options.folder):
            return account.as_root([*options.arguments, "--folder", str(options.folder)])
        return options.verb(options) or 0
    except (switch.Failed, switch.Stopped, OSError, ValueError) as error:
        console.say(f"laughtrack: {error}")
        return 1
    finally:
        undo()


def _parser() -> console.ArgumentParser:
    description = (__doc__ or "").splitlines()[0]
    parser = console.ArgumentParser(prog="install", description=description)
    verbs = parser.add_subparsers(metavar="VERB")
    verbs.required, verbs.dest = True, "VERB"
    parsers: dict[str, argparse.ArgumentParser] = {}
    functions: tuple[Callable[[argparse.Namespace], int | None], ...]
    functions = (install, status, logs, start, stop, restart, remove)
    for verb in functions:
        text = (verb.__doc__ or "").splitlines()[0]
        one = parsers[verb.__name__] = verbs.add_parser(verb.__name__, help=text)
        one.set_defaults(verb=verb)
        text = f"[~/laughtrack; for a system unit {account.CODE}]"
        one.add_argument("--folder", help=text)
    add = parsers["install"].add_argument
    add(
        "--bundle",
        type=Path,
        default=account.BUNDLE,
        help="a ZIP, or the folder it is unpacked into",
    )
    add("--sha256", metavar="HEX", help="the ZIP's, as `laughtrack deploy bundle` printed it")
    add("--settings", type=Path, help="a settings file; else the one in use stays")
    add("--certs", type=Path, help="a folder of certificates and keys; else those in use stay")
    add("--service", choices=("auto", *service.KINDS), default="auto")
    wait_s = OPTIMIZER_WAIT_S if importlib.util.find_spec("awscam") else WAIT_S
    text = f"longest to wait for its status, s [{wait_s:.0f}]"
    for name in ("install", "start", "restart"):
        parsers[name].add_argument("--wait", type=float, default=wait_s, help=text)
    add("--no-start", action="store_true", help="only install")
    parsers["logs"].add_argument("-n", "--lines", type=int, default=50)
    parsers["remove"].add_argument("--purge", action="store_true", help="unsent batches too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
