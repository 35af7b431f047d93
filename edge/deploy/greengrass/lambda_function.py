"""The Lambda's handler file, at the package's top level: starts the program, passes commands on.

Greengrass keeps a pinned function by importing its file once; it calls the handler for messages
only. So the program must start as this file is imported, in a thread: the one place in this project
where an import does work. Imported as a part of `edge.deploy` it starts nothing.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from laughtrack.edge.device.device import Device

log = logging.getLogger("laughtrack.lambda")

ARTIFACTS = "/opt/awscam/artifacts"
# A command that comes while the program starts waits so long; the function's time limit is 25 s.
READY_S = 20.0
# The pause after a failure, before Greengrass starts the function again: it may fail at once.
PAUSE_S = 15.0


def defaults(environ: MutableMapping[str, str], artifacts: str = ARTIFACTS) -> None:
    """Fill in the settings of a DeepLens that its function's environment does not name.

    Parameters
    ----------
    environ : dict of str
        Changed in place.
    artifacts : str
        The folder that is kept over a power cut, if this function may write there; /tmp is not.
    """
    folder = artifacts if os.access(artifacts, os.W_OK | os.X_OK) else "/tmp"
    for name, value in (
        ("SOURCE", "awscam"),
        ("SCORER", "awscam"),
        ("PUBLISHER", "greengrass1"),
        ("FOLDER", os.path.join(folder, "laughtrack")),
    ):
        environ.setdefault("LAUGHTRACK_" + name, value)


class Pinned:
    """The program of a function that runs forever, and the way in for its messages."""

    def __init__(self) -> None:
        self._device: Device | None = None
        self._ready = threading.Event()

    def start(self) -> None:
        """Start the program in a thread; return at once."""
        threading.Thread(target=self.run, name="laughtrack", daemon=True).start()

    def run(self, end: Callable[[int], object] = os._exit, pause_s: float = PAUSE_S) -> None:
        """Run the program; end the process if it failed: Greengrass starts it again."""
        try:
            status = self._program()
        except (ValueError, OSError) as error:
            log.error("cannot run: %s", error)
            status = 1
        except Exception:
            log.exception("the program broke off")
            status = 1
        log.info("the program ended with status %d", status)
        if status:
            threading.Event().wait(pause_s)
            end(status)

    def command(self, event: object) -> None:
        """Pass a message on, as Greengrass gives it: decoded JSON, or text or bytes."""
        if not self._ready.wait(READY_S) or self._device is None:
            log.warning("not up after %.0f s, so this command is lost: %.200s", READY_S, event)
            return
        self._device.command(event if isinstance(event, (str, bytes)) else json.dumps(event))

    def _program(self) -> int:
        from laughtrack.edge.device import logs
        from laughtrack.edge.sources import deeplens

        logs.start()
        defaults(os.environ)
        try:
            # Before cv2, which the device program imports: the other order fails.
            deeplens.awscam()
        except ImportError as error:
            log.warning("%s", error)
        from laughtrack.edge.device.device import Device
        from laughtrack.edge.settings import load

        settings = load()
        logs.start(settings.log_file, settings.log_mb)
        self._device = Device(settings)
        self._ready.set()
        return self._device.run()


_PINNED = Pinned()


def lambda_handler(event: object, context: object) -> None:
    """Take a message on the command topic."""
    _PINNED.command(event)


if not __name__.startswith("laughtrack."):
    _PINNED.start()
