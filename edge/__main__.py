"""The device's own entry: `python -m laughtrack.edge run`, `doctor` or `self-test`."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading
from typing import Callable, Iterator

# Before numpy is loaded: its threads wait by running, and what is multiplied here is small.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from laughtrack.edge import console, stop_signals
from laughtrack.edge.device import logs
from laughtrack.edge.session.session_names import SessionNames
from laughtrack.edge.settings import HELP, PREFIX, Settings, load
from laughtrack.edge.sources import deeplens
from laughtrack.edge.version import VERSION


def parser() -> console.ArgumentParser:
    """Return the parser: each setting is a flag of its own."""
    top = console.ArgumentParser(prog="python -m edge", description=__doc__)
    top.add_argument("--version", action="version", version=VERSION)
    verbs = top.add_subparsers(dest="verb", metavar="VERB")
    for verb, does in (
        ("run", "watch, until stopped by SIGTERM or Ctrl-C, which is a regular end: exit code 0"),
        ("doctor", "check everything a run needs, with a cure for what is wrong"),
        ("self-test", "ask the scorer for answers that are known"),
    ):
        one = verbs.add_parser(verb, help=does, description=does)
        one.add_argument("--config", metavar="FILE.ini", help="settings, in a section [laughtrack]")
        for name, default in Settings._field_defaults.items():
            shown = f"{default:g}" if isinstance(default, float) else repr(default)
            flag, metavar = "--" + name.replace("_", "-"), name.rpartition("_")[2].upper()
            one.add_argument(flag, metavar=metavar, help=f"{HELP[name]} [{shown}]")
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one verb.

    Parameters
    ----------
    argv : list of str, optional
        Its words; those of the process by default.

    Returns
    -------
    int
        0 done, 1 could not, 2 usage, 75 to be started again. A run that is told to stop is done:
        service managers take anything else for a failure. What is stopped otherwise ends with 130
        after Ctrl-C, 143 after SIGTERM.
    """
    sys.excepthook = console.show_exception
    top = parser()
    given = top.parse_args(argv)
    if given.verb is None:
        top.print_help(sys.stderr)
        return 2
    if given.verb == "run":
        return _carry_out(given)
    with stop_signals.heeding():
        code = _carry_out(given)
    return stop_signals.exit_code(code)


def _carry_out(given: argparse.Namespace) -> int:
    """Carry out the verb that was given; return the exit code."""
    try:
        return _verb(given)
    except KeyboardInterrupt:
        console.say("edge: stopped")
        return stop_signals.INTERRUPTED


def _verb(given: argparse.Namespace) -> int:
    flags = {name: getattr(given, name) for name in Settings._fields}
    try:
        settings = load(given.config or os.environ.get(PREFIX + "CONFIG"), flags)
        if given.verb != "self-test" and not settings.context:
            # Before anything is made for a device that cannot run.
            SessionNames(settings.folder, settings.device).with_context(settings)
    except ValueError as error:
        console.say(f"edge: {error}")
        return 2
    logs.silence_opencv()
    if "awscam" in (settings.source, settings.scorer) or settings.scorer == "auto":
        # Before OpenCV: after it, the DeepLens's own library finds the wrong threads' library.
        with contextlib.suppress(ImportError), stop_signals.uninterrupted():
            deeplens.awscam()
    try:
        return {"run": run, "doctor": _doctor, "self-test": _self_test}[given.verb](settings)
    except BrokenPipeError:  # `doctor | head`: nobody reads the rest
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  # until the end
        return 1
    except (ValueError, OSError) as error:
        console.say(f"edge: {error}")
        return 1


def run(settings: Settings) -> int:
    """Watch until SIGTERM or Ctrl-C; return the exit code."""
    from laughtrack.edge.device.device import Device
    from laughtrack.edge.session.clock import wait_until_plausible
    from laughtrack.edge.sources.errors import SourceError

    logs.start(settings.log_file, settings.log_mb)
    wait_until_plausible()
    device = Device(settings)
    try:
        with _signals(device.stop):
            return device.run()
    except SourceError as error:
        console.say(f"edge: {error}")
        return 1


@contextlib.contextmanager
def _signals(stop: Callable[[], object]) -> Iterator[None]:
    """Call `stop` at SIGTERM and Ctrl-C, in a thread of its own.

    A handler runs in the middle of whatever the main thread does, perhaps with a lock in its hand
    that `stop` needs. So the signal's number alone is handed on, by a pipe.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)

    def wait() -> None:
        while os.read(reading, 1):
            stop()
        os.close(reading)

    threading.Thread(target=wait, name="signals", daemon=True).start()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = signal.set_wakeup_fd(writing), [signal.signal(n, lambda *_: None) for n in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before[1]):
            signal.signal(number, handler)
        signal.set_wakeup_fd(before[0])
        os.close(writing)


def _doctor(settings: Settings) -> int:
    with stop_signals.uninterrupted():
        from laughtrack.edge.diagnostics.checks import doctor

    return doctor(settings, sys.stdout)


def _self_test(settings: Settings) -> int:
    with stop_signals.uninterrupted():
        from laughtrack.edge.faces.choice import finder_maker
        from laughtrack.edge.smile.scorer import open_scorer

    finder_maker(settings.finder)
    open_scorer(settings)
    console.show("the scorer gives the answers that are known")
    return 0


if __name__ == "__main__":
    console.leave(main())
