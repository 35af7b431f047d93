"""What is held of each input: time, memory, and that nothing outside its folder is written."""

import contextlib
import os
import resource
import signal
import sys
import time

MOST_CPU_S = 2.0
# Address space beyond what is there at the start.
MOST_BYTES = 3 << 30
_CHANGES = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod")
_CHANGES += ("os.truncate", "shutil.rmtree", "os.chown", "os.utime")
# Where Python and its libraries write by themselves.
_OWN = ("/dev/", "/proc/", "<")


class Stall(BaseException):
    """An input took longer than `MOST_CPU_S` of processor time."""


class Watch:
    """Notes what this process writes outside a folder.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder):
        self.folder, self.outside, self._on = os.path.realpath(folder), [], False
        sys.addaudithook(self._seen)

    def _seen(self, event, arguments):
        if not self._on:
            return
        if event == "open":
            path, mode, flags = arguments
            writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            if writes or (isinstance(mode, str) and set(mode) & set("wax+")):
                self._check(event, path)
        elif event in _CHANGES:
            # Both names of a rename or a link.
            folders = [each for each in arguments[1:] if isinstance(each, int) and each >= 0]
            both = event in ("os.rename", "os.link")
            for path in arguments[1:2] if event == "os.symlink" else arguments[: 1 + both]:
                self._check(event, path, folders[-1] if folders else None)

    def _check(self, event, path, folder=None):
        if isinstance(path, int):
            return
        place = os.fsdecode(path)
        if folder is not None and not os.path.isabs(place) and event in ("os.remove", "os.rmdir"):
            # Relative to an open folder, as shutil.rmtree has it.
            place = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), place)
        # As the system finds it, but for the last name, which may be a link to be removed.
        parent, name = os.path.split(os.path.abspath(place))
        real = os.path.join(os.path.realpath(parent), name)
        if event == "open":
            real = os.path.realpath(real)
        if not real.startswith((self.folder + os.sep, *_OWN)) and real != self.folder:
            self.outside.append(f"{event} {real!r}")

    @contextlib.contextmanager
    def input(self):
        """Hold one input to its folder and its time."""

        def stop(*_):
            raise Stall

        before = signal.signal(signal.SIGPROF, stop)
        self._on = True
        began_s = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, MOST_CPU_S)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            self._on = False
            signal.signal(signal.SIGPROF, before)
        # What does not listen to signals in between.
        if time.process_time() - began_s > MOST_CPU_S:
            raise Stall


def bound_memory():
    """Let this process take `MOST_BYTES` more, and no more."""
    with open("/proc/self/statm") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (now + MOST_BYTES, hard))


def peak_mb():
    """Return the most memory that this process had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
