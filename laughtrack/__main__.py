"""``python -m laughtrack``, and the installed ``laughtrack``: the command line."""

from __future__ import annotations

import os
from typing import NoReturn

# Before numpy is loaded: its threads wait by running, and what is multiplied here is small.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from laughtrack.cli.app import main
from laughtrack.edge import console


def run() -> NoReturn:
    """Run the command that the process's words name, and end the process with its exit code."""
    console.leave(main())


if __name__ == "__main__":
    run()
