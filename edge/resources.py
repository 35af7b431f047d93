"""What the machine and the program use: temperature, memory, disk."""

from __future__ import annotations

import glob
import os

ZONES = "/sys/class/thermal/thermal_zone*/temp"
# Sensors that are off or broken say 0, -263 or 255.
SANE_C = (0.0, 125.0)


def temperature_c(zones: str = ZONES) -> float | None:
    """Return the hottest sensor's temperature in degrees Celsius, or None if there is none."""
    found: list[float] = []
    for path in glob.glob(zones):
        try:
            with open(path) as file:
                found.append(int(file.read()) / 1000)
        except (OSError, ValueError):
            continue
    return max((t for t in found if SANE_C[0] < t < SANE_C[1]), default=None)


def memory_mb(pid: int | str = "self") -> float | None:
    """Return a process's resident memory in MB, or None if unknown."""
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, ValueError, IndexError):
        return None


def disk_free_mb(folder: str | os.PathLike[str]) -> float | None:
    """Return what this user can still write to a folder's disk in MB, or None if unknown."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return None
    return disk.f_bavail * disk.f_frsize / 1e6
