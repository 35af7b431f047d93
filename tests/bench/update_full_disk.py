"""What an update does on a disk that becomes full on the way, at any file.

    unshare --mount python -m tests.bench.update_full_disk [STEPS]

Needs root: a small file system is mounted, in a namespace of its own. The update is that of
`update_kills`; the disk has room for so many files, and no more. The old program must run on each
time, the error must say why, and with room again the update is done.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.update_kills import Device

# Of the last files of an update each is one that something hangs on: links, marks, numbers.
LAST = 16


def mount(place: Path) -> None:
    """Mount a small file system; its number of files can be bounded later."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", str(place)], check=True)


def leave(place: Path, files: int) -> None:
    """Leave room for so many more files; None for any."""
    found = os.statvfs(str(place))
    used = found.f_files - found.f_ffree
    words = ["mount", "-o", f"remount,nr_inodes={used + files}", str(place)]
    subprocess.run(words, check=True)


def update_without_room(device: Device, place: Path, files: int) -> str:
    """Try an update with room for so many files; return what it said, "" where it was done."""
    leave(place, files)
    process = device.install("two")
    said = process.communicate()[0].decode()
    leave(place, 100_000)
    device.wait()
    device.check_whole()
    if process.returncode == 0:
        return ""
    assert device.runs() == "one", f"{files}: {device.runs()} runs\n{said}"
    assert process.returncode == 1 and "No space left on device" in said, f"{files}: {said}"
    return said


def _back(device: Device) -> None:
    """Go back to the first bundle, twice, so that nothing is left of the other."""
    for _ in range(2):
        device.update("one")


def main(argv: list[str] | None = None) -> int:
    """Try each amount of room; print what was said."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("steps", type=int, nargs="?", default=40)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name).resolve()
        mount(place)
        device = Device(place)
        device.update("one")
        before = os.statvfs(place).f_ffree
        device.update("two")
        needed = before - os.statvfs(place).f_ffree
        _back(device)
        device.watch()
        amounts = {needed // 3, needed - 4}
        if options.steps:
            steps = range(0, needed, max(1, needed // options.steps))
            amounts.update(steps, range(needed - LAST, needed + 3))
        refused = 0
        for files in sorted(amounts):
            said = update_without_room(device, place, files)
            refused += bool(said)
            last = (said.strip().splitlines() or ["done"])[-1]
            print(f"room for {files:5} of {needed} files: {last[:150]}", flush=True)
            if not said:
                _back(device)
        device.update("two")
        device.check_clean()
        assert device.runs() == "two"
        device.end()
        subprocess.run(["umount", "-l", str(place)], check=True)
    print(f"refused {refused} times; nothing ran for at most {device.worst_s:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
