"""The doctor: looks at everything that the program needs, and says what to do about what is wrong.

Nothing but the standard library is imported here before it has been checked, so that a broken
installation is a finding too.
"""

from __future__ import annotations

import errno
import importlib
import os
import platform
import socket
import stat
import time
from typing import TYPE_CHECKING, Callable, Iterable, Iterator, TextIO

from laughtrack.edge import status_file
from laughtrack.edge.console import show
from laughtrack.edge.diagnostics import machine
from laughtrack.edge.diagnostics.machine import Finding
from laughtrack.edge.diagnostics.sending import check_outbox, check_publisher
from laughtrack.edge.stop_signals import uninterrupted
from laughtrack.edge.version import VERSION

if TYPE_CHECKING:
    from types import ModuleType

    from laughtrack.edge.settings import Settings

PACKAGES = ("numpy", "scipy", "filterpy", "cv2")
AGAIN = "install again: laughtrack deploy ssh"
FIFO = "/tmp/results.mjpeg"
# As in edge.device.device, which imports more than is checked here.
ADDRESS = "preview-address"
# How long the program may take until its first status, for which an older one lies there.
START_S = 60.0
MARKS = {True: "ok", False: "WRONG", None: "?"}


def findings(settings: Settings) -> list[Finding]:
    """Look at everything once; takes up to a minute.

    Parameters
    ----------
    settings : edge.settings.Settings

    Returns
    -------
    list of Finding
    """
    return list(_run_checks(settings))


def doctor(settings: Settings, out: TextIO | None = None) -> int:
    """Look at everything and print a table, each line as soon as it is known.

    Parameters
    ----------
    settings : edge.settings.Settings
    out : text file, optional
        Standard output by default.

    Returns
    -------
    int
        0 when nothing is wrong, else 1.
    """
    wrong = unsure = 0
    for finding in _run_checks(settings):
        wrong, unsure = wrong + (finding.ok is False), unsure + (finding.ok is None)
        show(f"{MARKS[finding.ok]:<6} {finding.what:<20} {finding.message}", out=out)
        if finding.cure and finding.ok is not True:
            show(f"{'':<27} -> {finding.cure}", out=out)
    end = "nothing is wrong" if not wrong else f"{wrong} wrong"
    show(end + (f", {unsure} to be looked at" if unsure else ""), out=out)
    return 1 if wrong else 0


def _run_checks(settings: Settings) -> Iterator[Finding]:
    busy = machine.running(settings.folder)
    # The processor first: on a wrong one, the very import of what comes next ends the process.
    checks: tuple[tuple[str, Callable[[], Iterable[Finding]]], ...] = (
        ("processor", machine.check_processor),
        ("program", lambda: _program(settings, busy)),
        ("packages", lambda: _packages(settings)),
        ("clock", machine.check_clock),
        ("disk", lambda: machine.check_disk(settings.folder, settings.min_free_mb)),
        ("memory", lambda: machine.check_memory(settings.memory_mb)),
        ("temperature", machine.check_temperature),
        ("cascade", _cascade),
        ("finder", lambda: _net(settings)),
        ("scorer", lambda: _scorer(settings)),
        ("camera", lambda: _camera(settings, busy)),
        ("outbox", lambda: check_outbox(settings.folder)),
        (settings.publisher, lambda: check_publisher(settings, busy)),
        ("preview", lambda: _preview(settings, busy)),
    )
    for what, check in checks:
        try:
            yield from check()
        except Exception as error:
            # One check that fails in a way nobody thought of must not hide the others.
            message = f"could not check: {type(error).__name__}: {error}"
            yield Finding(what, None, " ".join(message.split()))


def _program(settings: Settings, busy: bool | None) -> Iterator[Finding]:
    message = f"laughtrack {VERSION} on Python {platform.python_version()}"
    folder = os.path.abspath(settings.folder)
    if busy is None:
        cure = f"ask as the user who owns {folder}"
        yield Finding("program", None, f"{message}; cannot tell whether it runs on {folder}", cure)
        return
    if not busy:
        yield Finding("program", True, f"{message}; not running on {folder}")
        return
    status = status_file.read(settings.folder) or {}
    trouble = status.get("trouble")
    message += f"; running on {folder}"
    age_s = status_file.age_s(settings.folder)
    if age_s > 3 * settings.status_s + START_S:
        message += f", but has written no status for {age_s:.0f} s"
        yield Finding("program", False, message, "it hangs: start it anew")
        return
    if trouble:
        message += f", and says: {trouble}"
    yield Finding("program", not trouble, message, "see the findings below" if trouble else "")


def _packages(settings: Settings) -> Iterator[Finding]:
    names = list(PACKAGES)
    if settings.scorer == "openvino" or settings.finder != "haar":
        names.append("openvino")
    if settings.publisher == "mqtt":
        names.append("paho.mqtt")
    for name in names:
        try:
            version = getattr(_import(name), "__version__", "")
        except Exception as error:
            message = f"cannot be imported: {' '.join(str(error).split())}"
            yield Finding(name, False, message, AGAIN)
            continue
        if name == "cv2" and int(version.split(".")[0]) >= 5:
            yield Finding(name, False, f"{version} has no cascade for faces", AGAIN)
        else:
            yield Finding(name, True, version)


def _import(name: str) -> ModuleType:
    if name == "openvino":
        from laughtrack.edge.inference import import_openvino

        return import_openvino()
    with uninterrupted():
        return importlib.import_module(name)


def _cascade() -> Iterator[Finding]:
    from laughtrack.edge.faces.finder import CASCADE, Finder

    try:
        Finder()
    except ValueError as error:
        yield Finding("cascade", False, str(error), AGAIN)
    else:
        yield Finding("cascade", True, CASCADE)


def _net(settings: Settings) -> Iterator[Finding]:
    import numpy as np

    from laughtrack.edge.faces.net_weights import load_finder_net

    if settings.finder == "haar":
        return
    try:
        net = load_finder_net()
    except ValueError as error:
        yield Finding("finder", False, " ".join(str(error).split()), AGAIN)
        return
    picture = np.zeros((720, 1280), np.uint8)
    net.find(picture)
    began_s = time.monotonic()
    net.find(picture)
    look_ms = 1000 * (time.monotonic() - began_s)
    yield Finding("finder", True, f"{settings.finder}; a look takes the net up to {look_ms:.0f} ms")


def _scorer(settings: Settings) -> Iterator[Finding]:
    import numpy as np

    from laughtrack.edge.smile.crops import SIZE

    began_s = time.monotonic()
    try:
        from laughtrack.edge.smile.scorer import open_scorer

        score = open_scorer(settings)
    except Exception as error:
        # An engine fails in ways of its own; each is the operator's business here.
        yield Finding("scorer", False, " ".join(str(error).split()), AGAIN)
        return
    opened_s = time.monotonic() - began_s
    faces = min(24, score.max_faces or 24)
    crops = np.random.RandomState(1).randint(0, 256, (faces, SIZE, SIZE)).astype(np.uint8)
    score(crops)
    began_s = time.monotonic()
    score(crops)
    face_ms = 1000 * (time.monotonic() - began_s) / faces
    message = f"self-test passed; {face_ms:.2f} ms a face, ready after {opened_s:.1f} s"
    yield Finding("scorer", True, message)


def _camera(settings: Settings, busy: bool | None) -> Iterator[Finding]:
    from laughtrack.edge.diagnostics.camera import check_camera, exclusive

    if busy and exclusive(settings.source):
        camera = (status_file.read(settings.folder) or {}).get("camera")
        message = "the tracker is running and holds the camera"
        if camera is None:
            path = os.path.join(settings.folder, status_file.NAME)
            yield Finding("camera", None, message, f"stop it, or read its status file {path}")
        else:
            cure = "" if camera == "ok" else "do that, or stop the tracker and ask the doctor again"
            yield Finding("camera", camera == "ok", f"{message}; it says: {camera}", cure)
        return
    yield check_camera(settings.source, settings.rate_hz)


def _preview(settings: Settings, busy: bool | None) -> Iterator[Finding]:
    if settings.preview.startswith("fifo"):
        yield _fifo(settings.preview.partition(":")[2])
    elif settings.preview != "off" and not busy:
        yield _port(int(settings.preview), os.path.join(settings.folder, ADDRESS))


def _fifo(group: str) -> Finding:
    import grp  # Not on Windows, which reads this module all the same.

    try:
        member = not group or grp.getgrnam(group).gr_gid in (*os.getgroups(), os.getegid())
    except KeyError:
        cure = "set preview to fifo, or to fifo:GROUP with one that is"
        return Finding("preview", False, f"there is no group {group} here", cure)
    if not member and os.geteuid():
        cure = f"sudo usermod -aG {group} USER"
        return Finding("preview", False, f"the program's user is not in the group {group}", cure)
    try:
        status = os.lstat(FIFO)
    except OSError:
        return Finding("preview", True, f"{FIFO} will be made")
    if not stat.S_ISFIFO(status.st_mode):
        return Finding("preview", False, f"{FIFO} is there and is no FIFO", "remove it")
    if status.st_uid not in (0, os.geteuid()):
        message = f"{FIFO} belongs to another user, who could read it"
        return Finding("preview", False, message, "remove it, or ask as the program's user")
    return Finding("preview", True, FIFO)


def _port(port: int, address: str) -> Finding:
    try:
        with socket.socket() as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        in_use = getattr(error, "errno", None) == errno.EADDRINUSE
        message = f"port {port} " + ("is taken by another program" if in_use else f"fails: {error}")
        return Finding("preview", False, message, "set preview to another port, from 1024 to 65535")
    return Finding("preview", True, f"port {port}; its address will be in {address}")
