"""What the doctor finds of the machine: processor, clock, disk, memory, and who uses what."""

from __future__ import annotations

import errno
import os
import platform
import tempfile
import time
from typing import Iterator, Mapping, NamedTuple

from laughtrack.edge import resources
from laughtrack.edge.file_lock import try_lock
from laughtrack.edge.session import clock

# What the wheels that we ship were built for, by machine, as /proc/cpuinfo names it.
NEEDED = {"x86_64": "sse4_2", "aarch64": "asimd"}
# The program takes 200 to 400 MB; below this the system begins to end programs.
LEAST_MEMORY_MB = 400
# Apollo Lake slows down from 90 degrees and stops at 105.
HOT_C = 90.0
# A batch is written every few seconds; a card that needs longer than this is dying.
SLOW_S = 1.0
WRITE_MB, BATCH_BYTES = 8, 8192


class Finding(NamedTuple):
    """One thing looked at.

    `ok` is True, False, or None where it could not be checked or only deserves a look; `message` is
    what was found, `cure` what to do about it, "" when nothing.
    """

    what: str
    ok: bool | None
    message: str
    cure: str = ""


def running(folder: str) -> bool | None:
    """Whether a copy of the program holds a folder's lock; None where this user cannot see it."""
    try:
        with open(os.path.join(folder, "lock")) as file:
            # Shared, and for a moment only: two doctors don't see each other.
            return not try_lock(file.fileno(), shared=True)
    except FileNotFoundError:
        return False
    except OSError:
        return None


def holders(path: str) -> list[str]:
    """Return the processes that have a file or device open, such as ``ffmpeg (1234)``.

    Other users' processes are seen by root alone.
    """
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            folder = f"/proc/{pid}/fd"
            links = [os.readlink(os.path.join(folder, name)) for name in os.listdir(folder)]
            if int(pid) != os.getpid() and os.path.realpath(path) in links:
                with open(f"/proc/{pid}/comm") as file:
                    found.append(f"{file.read().strip()} ({pid})")
        except OSError:
            continue
    return found


def check_processor(
    cpuinfo: str = "/proc/cpuinfo",
    machine: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Iterator[Finding]:
    """Look at the processor, and at what must not be said about it."""
    machine = machine or platform.machine()
    flags: set[str] = set()
    try:
        with open(cpuinfo) as file:
            for line in file:
                if line.startswith(("flags", "Features")):
                    flags = set(line.split(":", 1)[1].split())
    except OSError:
        pass
    message = f"{machine}, {os.cpu_count()} cores"
    needed = NEEDED.get(machine)
    if needed is None or not flags:
        yield Finding("processor", None, message, "only x86-64 and arm64 were tried")
    elif needed not in flags:
        cure = "this machine is too old for the scorer: use another"
        yield Finding("processor", False, f"{message}, without {needed}", cure)
    else:
        yield Finding("processor", True, message)
    if environ.get("OPENBLAS_CORETYPE"):
        message = f"OPENBLAS_CORETYPE is set to {environ['OPENBLAS_CORETYPE']}"
        cure = (
            "unset it: where the processor is another, the program dies of an illegal instruction"
        )
        yield Finding("environment", False, message, cure)


def check_clock() -> Iterator[Finding]:
    """Look at the clock."""
    message = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    cure = "sudo timedatectl set-ntp true, and let UDP port 123 out to the network"
    if not clock.plausible():
        yield Finding("clock", False, f"{message}: it has not been set", cure)
    elif clock.synchronised():
        yield Finding("clock", True, f"{message}, synchronised")
    else:
        yield Finding("clock", None, f"{message}, not known to follow a time server", cure)


def check_disk(folder: str, min_free_mb: float) -> Iterator[Finding]:
    """Look at the disk of the program's folder by really writing to it."""
    there = os.path.abspath(folder)
    # Not made here: it would belong to whoever asks the doctor.
    while not os.path.isdir(there) and there != os.path.dirname(there):
        there = os.path.dirname(there)
    free_mb = resources.disk_free_mb(there)
    try:
        mb_per_s, batch_s = _measure_disk(there)
    except OSError as error:
        message = f"cannot write to {there}: {error.strerror}"
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        cure = "make room" if full else "name a folder that this user may write"
        yield Finding("disk", False, message, cure)
        return
    message = f"{there} takes {mb_per_s:.0f} MB a second, a batch in {1000 * batch_s:.0f} ms"
    slow = batch_s > SLOW_S
    yield Finding(
        "disk", not slow, message, "the card or disk is failing: replace it" if slow else ""
    )
    if free_mb is not None:
        enough = free_mb >= min_free_mb
        cure = "" if enough else "make room, or lower min_free_mb"
        message = f"{free_mb:.0f} MB, of which min_free_mb = {min_free_mb:.0f} are left to others"
        yield Finding("disk, free", enough, message, cure)


class DiskSpeed(NamedTuple):
    """MB a second written for good, and the seconds that one batch needs."""

    mb_per_s: float
    batch_s: float


def _measure_disk(folder: str) -> DiskSpeed:
    block = os.urandom(1_000_000)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
        began_s = time.monotonic()
        for _ in range(WRITE_MB):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
        wrote_s = time.monotonic()
        file.write(block[:BATCH_BYTES])
        file.flush()
        os.fsync(file.fileno())
        mb_per_s = WRITE_MB / max(wrote_s - began_s, 1e-9)
        return DiskSpeed(mb_per_s, time.monotonic() - wrote_s)


def check_memory(memory_mb: float, meminfo: str = "/proc/meminfo") -> Iterator[Finding]:
    """Look at the memory that is free for the program."""
    try:
        with open(meminfo) as file:
            sizes = {line.split(":")[0]: int(line.split()[1]) / 1000 for line in file}
        total, free = sizes["MemTotal"], sizes["MemAvailable"]
    except (OSError, ValueError, IndexError, KeyError):
        yield Finding("memory", None, "the system does not say how much there is")
        return
    message = f"{free:.0f} of {total:.0f} MB are free"
    if free < LEAST_MEMORY_MB:
        cure = f"end other programs: {LEAST_MEMORY_MB} MB are needed"
        yield Finding("memory", False, message, cure)
    elif memory_mb > total:
        cure = f"set it to {0.7 * total:.0f}, or the system ends the program before it ends itself"
        yield Finding("memory", False, f"{message}, but memory_mb is {memory_mb:.0f}", cure)
    else:
        yield Finding("memory", True, message)


def check_temperature() -> Iterator[Finding]:
    """Look at the temperature, where there is a sensor."""
    found_c = resources.temperature_c()
    if found_c is not None:
        cool = found_c < HOT_C
        cure = "" if cool else "give it air, or lower rate_hz"
        yield Finding("temperature", cool, f"{found_c:.0f} degrees Celsius", cure)
