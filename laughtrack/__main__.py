"""``python -m laughtrack``, and the installed ``laughtrack``: the command line."""

from __future__ import annotations

from typing import NoReturn

from laughtrack.cli.app import main
from laughtrack.edge import console


def run() -> NoReturn:
    """Run the command that the process's words name, and end the process with its exit code."""
    console.leave(main())


if __name__ == "__main__":
    run()
