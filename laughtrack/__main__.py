"""``python -m laughtrack``: the command line."""

from laughtrack.cli.app import main
from laughtrack.edge import console

if __name__ == "__main__":
    console.leave(main())
