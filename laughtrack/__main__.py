"""``python -m laughtrack``: the command line."""

import sys

from laughtrack.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
