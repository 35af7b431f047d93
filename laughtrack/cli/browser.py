"""Pages as PDF, printed by a Chromium, Chrome or Edge that is installed.

The browser is lent a folder for all that it writes, which is gone afterwards, and no way to the
network: a page needs none.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

# In order of likelihood; a Mac's programs are on no search path.
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
    "microsoft-edge-stable",
    "microsoft-edge",
    "msedge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
# A page of three hours and 100 viewers takes some seconds; a busy machine many times that.
PATIENCE_S = 300.0
# A socket's path has at most 104 characters, and the browser adds some 45 to the folder's.
_LONGEST_PLACE = 35
_QUIET = (
    "--headless",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-extensions",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--password-store=basic",
    "--use-mock-keychain",
    # Nothing is fetched, looked up or told: whatever is asked for by name is not found. With `^`,
    # as no host's name may have it: what maps to a name, even `~NOTFOUND`, goes on to the resolver,
    # which first looks for a way to an address of Google's.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-features=OptimizationHints,MediaRouter,Translate,DialMediaRouteProvider",
    "--host-resolver-rules=MAP * ^NOTFOUND",
    "--no-proxy-server",
    # What the page's charts are drawn in before they are printed.
    "--window-size=1080,1400",
    "--force-device-scale-factor=1",
    "--no-pdf-header-footer",
)


def find(path: Path) -> str:
    """Return the browser that prints pages.

    Parameters
    ----------
    path : Path
        What is to be written, for the error.

    Raises
    ------
    OSError
        There is none; it says what to install.
    """
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    raise OSError(
        f"{path}: a PDF is printed by Chromium, Chrome or Edge, and none is installed: install "
        "one (apt install chromium), or name a file ending in .html and print that"
    )


def pdf(html: bytes, path: Path) -> bytes:
    """Print a page.

    Ctrl-C and SIGTERM end the browser first, and then do what they always do.

    Parameters
    ----------
    html : bytes
        The page, which needs no other file.
    path : Path
        What is to be written, for errors; it is not touched.

    Returns
    -------
    bytes
        The PDF.

    Raises
    ------
    OSError
        There is no browser, or it printed nothing; it says which, and its last words.
    """
    browser, run = find(path), _Run()
    with run.stoppable(), tempfile.TemporaryDirectory(prefix="laughtrack-", dir=_place()) as name:
        folder = Path(name)
        page, made, said = folder / "page.html", folder / "page.pdf", folder / "said"
        page.write_bytes(html)
        words = [browser, *_QUIET, f"--user-data-dir={folder / 'profile'}"]
        # Its sandbox refuses to start for root.
        words += ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        ended = run.to_its_end([*words, f"--print-to-pdf={made}", page.as_uri()], folder, said)
        data = made.read_bytes() if made.is_file() else b""
        lines = said.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
    if run.caught:
        signal.raise_signal(run.caught[0])
    if data.startswith(b"%PDF"):
        return data
    words_of = f"{browser} {ended}: {lines[-1]}"
    raise OSError(f"cannot write {path}: {words_of}; a name ending in .html needs no browser")


def _place() -> str:
    """Return where temporary folders go: the browser's sockets there bear no long name."""
    usual = tempfile.gettempdir()
    is_short = len(usual) <= _LONGEST_PLACE or not os.access("/tmp", os.W_OK)
    return usual if is_short else "/tmp"


class _Run:
    """One run of the browser, which is gone with all that it started when it ends.

    `caught` are the signals that came meanwhile.
    """

    def __init__(self) -> None:
        self.caught: list[int] = []
        self._process: subprocess.Popen[bytes] | None = None

    @contextlib.contextmanager
    def stoppable(self) -> Iterator[None]:
        """End the browser at Ctrl-C and SIGTERM; only note them, so that all is tidied up."""

        def stop(number: int, frame: object) -> None:
            self.caught.append(number)
            self._end()

        try:
            before = {n: signal.signal(n, stop) for n in (signal.SIGINT, signal.SIGTERM)}
        except ValueError:
            # Not the main thread, as in a notebook's: there signals are not ours.
            before = {}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def to_its_end(self, words: list[str], folder: Path, said: Path) -> str:
        """Run the browser and return how it ended."""
        places = ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")
        environ = {**os.environ, **dict.fromkeys(places, str(folder))}
        with said.open("wb") as out:
            self._process = process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=environ,
                # So that its own processes can be ended with it.
                start_new_session=True,
            )
            try:
                if self.caught:
                    return "was stopped"
                return f"ended with {process.wait(PATIENCE_S)}"
            except subprocess.TimeoutExpired:
                return f"took longer than {PATIENCE_S:.0f} s"
            finally:
                # Also where it ended by itself: nothing that it started may outlive it.
                self._end()
                process.wait()

    def _end(self) -> None:
        if self._process is None:
            return
        if sys.platform == "win32":
            self._process.kill()
        else:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
