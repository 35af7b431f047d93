"""On the device: put a bundle to work, and go back to the one before if it does not come up.

``python3.7 BUNDLE.zip install --folder FOLDER``; later ``python -m
laughtrack.edge.deploy.on_device.install VERB``. Exit codes: 0 done, 1 could not (nothing changed,
or back as it was: the last line says which).
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import signal
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

from laughtrack.edge.deploy.on_device import release, service, state
from laughtrack.edge.file_lock import try_lock

# The bundle that this file lies in: a ZIP, or the folder it was unpacked into.
BUNDLE = Path(__file__).parents[4]
# A program that is up must stay so for this long before the one before it is given up.
SETTLE_S = 3.0
# How long it may take to come up; where there is a DeepLens's optimizer, that takes minutes once.
WAIT_S, OPTIMIZER_WAIT_S = 90.0, 600.0
# Under systemd: the one before, and so many starts of the new one.
MOST_LIVES = 4
LOG_LINES = 40


class Failed(Exception):
    """The program did not come up; what was done about it has been said."""


def install(options):
    """Install the bundle that this runs from, start it, wait for it, go back if it fails.

    Parameters
    ----------
    options : argparse.Namespace
        Of the command line.

    Raises
    ------
    Broken, ValueError, OSError
        Before anything was changed.
    Failed
        The new program did not come up; the one before runs again.
    """
    folder = options.folder
    manifest = release.read(options.bundle)
    release.check_device(manifest)
    state.check_free(folder)
    _say(f"the bundle {manifest['id']} is whole: {len(manifest['files'])} files")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(folder):
        for name in state.clean(folder, options.bundle.absolute().parent):
            _say(f"removed {name}, left by an earlier install")
        place = folder / "releases" / manifest["id"]
        made = release.unpack(options.bundle, manifest, place)
        _say(f"{'made' if made else 'found'} the release {place}")
        try:
            setup = state.add_setup(folder, place, options.settings, options.certs)
            data = state.data_folder(folder, setup)
            data.mkdir(parents=True, exist_ok=True, mode=0o700)
        except (OSError, ValueError):
            state.clean(folder)
            raise
        before = state.proven(folder)
        # First: cut off from here on, this install has the way back that the next one looks for.
        state.use(folder, "previous", before)
        if options.no_start:
            state.use(folder, "current", setup)
        else:
            _switch(folder, before, setup, options)
        state.prove(setup)
        state.clean(folder)


def _switch(folder, before, setup, options):
    """Stop the old program, start the new one; when it does not come up, undo that."""
    old_kind = service.kept(folder)
    kind, why = service.choose(folder, options.service)
    if old_kind:
        service.stop(folder, old_kind)
        if old_kind != kind:
            service.take_away(folder, old_kind)
    try:
        _say(f"started as {why}")
        _begin(folder, setup, kind, options.wait)
    except (Failed, OSError) as error:
        with contextlib.suppress(OSError):
            service.stop(folder, kind)
        for line in service.log(folder, kind, LOG_LINES):
            _say(f"  | {line}")
        if before is None:
            service.take_away(folder, kind)
            state.remove(folder, state.data_folder(folder, setup), purge=False)
            raise Failed(f"{error}; it was stopped and removed, nothing runs now") from None
        _say(f"{error}; going back")
        try:
            _begin(folder, before, kind, options.wait)
        except (Failed, OSError) as again:
            raise Failed(f"{error}; nor does the one before come up: {again}") from None
        state.clean(folder)
        raise Failed(f"{error}; the one before runs again") from None


def _begin(folder, setup, kind, wait_s):
    """Put a setup to use, start it, and wait until it says that it is online and stays so."""
    state.use(folder, "current", setup)
    data = state.data_folder(folder, setup)
    state.forget_status(data)
    service.put(folder, kind)
    service.start(folder, kind)
    began, seen, since, lives = time.monotonic(), None, 0.0, set()
    while time.monotonic() - began < wait_s + (SETTLE_S if seen is not None else 0):
        found, now = state.status(data), time.monotonic()
        _, dying, words = service.state(folder, kind)
        lives.add(service.life(kind))
        if dying or len(lives - {""}) >= MOST_LIVES:
            raise Failed(f"the program dies at every start ({words})")
        life = found.get("instance", "") if found and found.get("online") else None
        if life != seen:
            seen, since = life, now
        elif seen is not None and now - since >= SETTLE_S:
            _say(f"online after {since - began:.1f} s, camera {found.get('camera', 'unknown')}")
            if found.get("trouble"):
                _say(f"mind: {found['trouble']}")
            return
        time.sleep(0.2)
    raise Failed(f"the program did not say that it is online within {wait_s:g} s")


def status(options):
    """Print what runs, and what the program last said of itself; 1 when it is not online."""
    folder, setup = options.folder, _setup(options.folder)
    runs, _, words = service.state(folder, service.kept(folder))
    manifest = json.loads((setup / "release" / release.MARK).read_text())
    found = state.status(state.data_folder(folder, setup))
    print(f"release: {manifest['id']}")
    print(f"service: {'running' if runs else 'stopped'}, {words}")
    for name, value in (found or {"status": "none yet"}).items():
        print(f"{name}: {_plain(value)}")
    with contextlib.suppress(KeyError, TypeError, ValueError):
        said = datetime.strptime(found["at_utc"][:19], "%Y-%m-%dT%H:%M:%S")
        age = datetime.now(timezone.utc) - said.replace(tzinfo=timezone.utc)
        print(f"said: {age.total_seconds():.0f} s ago")
    return 0 if runs and found and found.get("online") else 1


def logs(options):
    """Print the last lines of the program's log."""
    _setup(options.folder)
    for line in service.log(options.folder, service.kept(options.folder), options.lines):
        print(line)


def start(options):
    """Start the program, as after boot where no systemd does it."""
    _setup(options.folder)
    service.start(options.folder, service.kept(options.folder) or "plain")


def stop(options):
    """Stop the program until the next start."""
    _setup(options.folder)
    service.stop(options.folder, service.kept(options.folder) or "plain")


def remove(options):
    """Stop the program and remove what was installed."""
    folder = options.folder
    if not (folder / "setups").is_dir() and not (folder / "releases").is_dir():
        raise OSError(f"nothing is installed in {folder}: see --folder (deploy: --user-folder)")
    kind, data = service.kept(folder), folder / state.DATA
    setup = state.linked(folder, "current")
    if setup:
        data = state.data_folder(folder, setup)
    if kind:
        service.stop(folder, kind)
        service.take_away(folder, kind)
    left = state.remove(folder, data, options.purge)
    print(f"removed from {folder}")
    for name in left:
        print(f"still there: {name}")


def main(argv=None):
    """Run a verb.

    Parameters
    ----------
    argv : list of str, optional
        Its words; those of the process by default.

    Returns
    -------
    int
        The exit code.
    """
    options = _parser().parse_args(argv)
    # A connection that breaks must not stop an install half way.
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        options.folder = state.check_folder(options.folder)
        return options.verb(options) or 0
    except (Failed, OSError, ValueError) as error:
        print(f"laughtrack: {error}", file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGHUP, before)


def _parser():
    parser = argparse.ArgumentParser(prog="install", description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(metavar="VERB")
    verbs.required, verbs.dest = True, "VERB"
    parsers = {}
    for verb in (install, status, logs, start, stop, remove):
        parsers[verb] = verbs.add_parser(verb.__name__, help=verb.__doc__.splitlines()[0])
        parsers[verb].set_defaults(verb=verb)
        parsers[verb].add_argument("--folder", default="~/laughtrack", help="[~/laughtrack]")
    add = parsers[install].add_argument
    add("--bundle", type=Path, default=BUNDLE, help="a ZIP, or the folder it is unpacked into")
    add("--settings", type=Path, help="a settings file; else the one in use stays")
    add("--certs", type=Path, help="a folder of certificates and keys; else those in use stay")
    add("--service", choices=("auto", *service.KINDS), default="auto")
    wait_s = OPTIMIZER_WAIT_S if importlib.util.find_spec("awscam") else WAIT_S
    said = f"longest to wait for its status, s [{wait_s:.0f}]"
    add("--wait", type=float, default=wait_s, help=said)
    add("--no-start", action="store_true", help="only install")
    parsers[logs].add_argument("-n", "--lines", type=int, default=50)
    parsers[remove].add_argument("--purge", action="store_true", help="unsent batches too")
    return parser


def _setup(folder):
    setup = state.linked(folder, "current")
    if setup is None:
        raise OSError(f"nothing is installed in {folder}: see --folder (deploy: --user-folder)")
    return setup


def _plain(value):
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(one)}" for name, one in value.items())
    if value is None or value == "":
        return "-"
    return value if isinstance(value, str) else json.dumps(value)


@contextlib.contextmanager
def _alone(folder):
    """Let one install at a time work on a folder."""
    with open(str(folder / ".lock"), "w") as file:
        if not try_lock(file.fileno()):
            raise OSError(f"another install works on {folder}: wait for it")
        yield


def _say(text):
    with contextlib.suppress(OSError):
        print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
