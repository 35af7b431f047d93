"""How long nothing runs on a device whose installer is killed, at any moment.

    python -m tests.bench.update_kills [ROUNDS]

The installer, the supervisor and the change are the real ones; the program is a stand-in that comes
online at once, so that a round takes seconds. A round updates, or updates to a program that dies at
every start, and kills the installer after a random time, by SIGKILL or SIGTERM; in half of the
rounds the supervisor or its spare as well, before that. Something must run within a minute, of a
whole release; every few rounds an undisturbed update must clear up.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

from laughtrack.edge.deploy.on_device import plain, release
from tests.edge.deploy import lent_bundle

# Online at once, and until it is stopped.
PROGRAM = """
import json, os, signal, sys

def main():
    os.makedirs("laughtrack-device", exist_ok=True)
    said = {"online": True, "instance": str(os.getpid()), "pid": os.getpid(), "release": @NAME@}
    try:
        with open("laughtrack-device/status.part", "w") as file:
            json.dump(said, file)
        os.replace("laughtrack-device/status.part", "laughtrack-device/status.json")
    except OSError:
        with open("laughtrack-device/status.json", "w") as file:
            json.dump(said, file)
    signal.sigwait([signal.SIGTERM])
    return 0
"""
DIES = "import sys\n\ndef main():\n    sys.exit('the camera caught fire')\n"
LIMIT_S = 60.0


class Device:
    """A folder that bundles are installed into, and what is known of it.

    Parameters
    ----------
    place : Path
        Holds the bundles and the installation.
    """

    def __init__(self, place: Path) -> None:
        self.folder = place / "device"
        self.bundles = _bundles(place)
        self._settings = place / "settings.ini"
        self._settings.write_text("[laughtrack]\ndevice = camera-1\ncontext = screening\n")
        # Longest time without a program, and whether one was ever there.
        self.worst_s = 0.0
        self._end = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def install(self, name: str) -> subprocess.Popen[bytes]:
        """Begin to install a bundle, as `deploy` does on the device."""
        words = [lent_bundle.PYTHON, str(self.bundles[name]), "install", "--service", "plain"]
        words += ["--folder", str(self.folder), "--wait", "20", "--settings", str(self._settings)]
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def update(self, name: str) -> str:
        """Install a bundle undisturbed; return what it says."""
        deadline = time.monotonic() + LIMIT_S
        while True:
            process = self.install(name)
            said = process.communicate()[0].decode()
            # Who goes back for a killed install holds the folder meanwhile.
            if "another install works on" not in said or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        assert process.returncode == 0, said
        return said

    def watch(self) -> None:
        """From now on, measure how long nothing runs."""
        self._watcher.start()

    def runs(self) -> str:
        """Return the release that runs, by what the living program says of itself; "" for none."""
        try:
            said = json.loads((self.folder / "laughtrack-device" / "status.json").read_text())
            words = Path(f"/proc/{said['pid']}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError, KeyError):
            return ""
        return str(said["release"]) if b"edge" in words else ""

    def end(self) -> None:
        """Stop all that runs."""
        self._end.set()
        if self._watcher.is_alive():
            self._watcher.join()
        if self.folder.is_dir():
            plain.stop(self.folder)

    def wait(self) -> float:
        """Wait until something runs, of a release that is whole; return for how long, s."""
        began_s = time.monotonic()
        while not self.runs():
            assert time.monotonic() - began_s < LIMIT_S, "nothing runs"
            time.sleep(0.02)
        return time.monotonic() - began_s

    def check_whole(self) -> None:
        """See that what is in use is a whole release."""
        assert (self.folder / "current" / "release" / release.MARK).exists()

    def check_clean(self) -> None:
        """See that nothing is left of what was cut off."""
        for name, most in (("releases", 2), ("setups", 2), ("incoming", 0)):
            place = self.folder / name
            found = list(place.iterdir()) if place.is_dir() else []
            assert len(found) <= most, found
        assert not list(self.folder.glob(".*.part"))

    def _watch(self) -> None:
        last_s = time.monotonic()
        while not self._end.wait(0.02):
            if self.runs():
                last_s = time.monotonic()
            self.worst_s = max(self.worst_s, time.monotonic() - last_s)


def _bundles(place: Path) -> dict[str, Path]:
    lent = lent_bundle.lend(place / "wheels")
    source = (lent_bundle.bundle.ROOT / "edge/deploy/on_device/release.py").read_text()
    begin, end = source.index("SMOKE_TEST = ("), source.index("def read_manifest")
    # The real one loads the networks, which the stand-in has no use for.
    (place / "release.py").write_text(f'{source[:begin]}SMOKE_TEST = "pass"\n\n\n{source[end:]}')
    made = {}
    for name in ("one", "two", "dying"):
        program = DIES if name == "dying" else PROGRAM.replace("@NAME@", repr(name))
        (place / f"{name}.py").write_text(program)
        replaced = {
            "laughtrack/edge/__main__.py": place / f"{name}.py",
            "laughtrack/edge/deploy/on_device/release.py": place / "release.py",
        }
        with pytest.MonkeyPatch.context() as patch:
            made[name] = lent_bundle.build(patch, lent, place / f"{name}.zip", replaced)
    return made


def disturb(
    device: Device, name: str, number: int, after_s: float, in_switch: bool, also: str = ""
) -> float:
    """Begin an update and signal its installer; return until something runs after that, s.

    Parameters
    ----------
    device : Device
    name : str
        The bundle's.
    number : int
        The signal's.
    after_s : float
        From the beginning, or with `in_switch` from when the old program is about to be stopped.
    in_switch : bool
    also : str
        The lock of who is killed half way to that, too: `plain.PID` or `plain.SPARE`.
    """
    process = device.install(name)
    for line in process.stdout if in_switch else ():
        if b"started as" in line:
            break
    found = None
    if also:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(after_s / 2)
        after_s /= 2
        found = plain.holder(device.folder / also)
    if found and found.pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(found.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(after_s)
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, number)
    if number != signal.SIGKILL:
        process.communicate()
    process.stdout.close()
    process.wait()
    waited_s = device.wait()
    device.check_whole()
    return waited_s


def main(argv: list[str] | None = None) -> int:
    """Run the rounds; print how long nothing ran."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rounds", type=int, nargs="?", default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    draw = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as place:
        device = Device(Path(place).resolve())
        began_s = time.monotonic()
        device.update("one")
        whole_s = time.monotonic() - began_s
        device.watch()
        waits = []
        for i in range(options.rounds):
            name = draw.choice(("one", "two", "dying"))
            number = draw.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGKILL, signal.SIGTERM))
            in_switch = draw.random() < 0.7
            after_s = draw.uniform(0, 6.0 if in_switch else whole_s)
            also = draw.choice(("", "", plain.PID, plain.SPARE))
            waits.append(disturb(device, name, number, after_s, in_switch, also))
            if i % 10 == 9:
                device.update(draw.choice(("one", "two")))
                device.check_clean()
        device.update("two")
        device.check_clean()
        device.end()
    print(f"{options.rounds} kills over an update of {whole_s:.1f} s")
    print(f"until something ran after the kill: at most {max(waits):.1f} s of {LIMIT_S:.0f}")
    print(f"nothing ran, the change itself included: at most {device.worst_s:.1f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
