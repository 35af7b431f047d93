"""The command line: each command calls into edge, tracker and analytics, and says what came of it.

Results go to standard output, talk to standard error. Exit codes: 0 done (an empty audience is a
result), 1 could not, 2 usage, 130 stopped by Ctrl-C, 143 by SIGTERM.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from laughtrack import __version__
from laughtrack.cli.command_list import Commands
from laughtrack.cli.terminal import Stopped, say, show
from laughtrack.edge import stop_signals
from laughtrack.edge.console import printable, show_exception
from laughtrack.edge.device import logs

app = typer.Typer(
    cls=Commands,
    help="Measure an audience's smiles from a camera on the room.",
    epilog="Exit codes: 0 done, 1 could not, 2 usage, 130 stopped by Ctrl-C, 143 by SIGTERM.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(asked: bool) -> None:
    if asked:
        show(f"laughtrack {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Measure an audience's smiles from a camera on the room."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : list of str, optional
        Its words; those of the process by default.

    Returns
    -------
    int
        The exit code: 0 done, 1 could not, 2 usage, 130 stopped by Ctrl-C, 143 by SIGTERM.
    """
    with stop_signals.heeding():
        try:
            code = _run(argv)
        except KeyboardInterrupt:  # a signal between all that heeds one
            say("laughtrack: stopped")
            code = stop_signals.INTERRUPTED
    return stop_signals.exit_code(code)


def _run(argv: Sequence[str] | None) -> int:
    sys.excepthook = show_exception
    logs.silence_opencv()
    words = None if argv is None else list(argv)
    try:
        # Not standalone: typer itself would write what was typed as it is.
        code = int(app(args=words, prog_name="laughtrack", standalone_mode=False) or 0)
        if code == stop_signals.INTERRUPTED:
            say("laughtrack: stopped")
        return code
    except _UsageError as error:
        return _explain(error)
    except typer.Abort:
        say("laughtrack: stopped, nothing was done")
        return 1
    except Stopped as stop:
        say(f"laughtrack: {stop}")
        return stop_signals.INTERRUPTED
    except SystemExit as stop:
        return int(stop.code or 0)
    except _expected() as error:
        say(f"laughtrack: {error}")
        return 2 if _is_usage(error) else 1


# Typer has its own copy of click in some versions, and in others uses click.
_UsageError: type[Any] = next(
    each for each in typer.BadParameter.__mro__ if each.__name__ == "ClickException"
)


def _explain(error: Any) -> int:
    """Show wrong usage as typer does, with what was typed made harmless; return the exit code."""
    # Without words, what is to be shown is a command's help, of many lines.
    if type(error).__name__ != "NoArgsIsHelpError":
        error.message = printable(error.message)
        for name in ("param_hint", "option_name", "ui_filename"):
            if isinstance(getattr(error, name, None), str):
                setattr(error, name, printable(getattr(error, name)))
    error.show()
    return int(error.exit_code)


def _is_usage(error: Exception) -> bool:
    """Return whether the command's words were not enough."""
    from laughtrack.analytics.store.delta_table import AmbiguousSession

    return isinstance(error, AmbiguousSession)


def _expected() -> tuple[type[Exception], ...]:
    # Imported when something went wrong: a help text needs no store.
    from laughtrack.cli.recordings.starting_point import expected_errors

    return expected_errors()
