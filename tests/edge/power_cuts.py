"""A disk whose power is cut: what it may hold after each step that a program took on it.

Of a file not synced any beginning stays, or as many NULs; of one written over, any beginning over
the old content; of names made, moved and removed since
their folder was synced any choice, each move as a whole.
"""

import itertools
import os
import shutil
from pathlib import Path


class Journal:
    """Stands in for `os`: does everything for real, and writes it down.

    Syncing costs nothing here; `deaf` names syncs ("sync", "sync folder") that are not done.
    """

    def __init__(self, deaf=()):
        self.steps = []
        self._deaf = deaf
        self._paths = {}

    def __getattr__(self, name):
        """Return what is not watched."""
        return getattr(os, name)

    def open(self, path, flags, mode=0o777):
        """Open a file, and say so if it may be a new one."""
        file = os.open(path, flags, mode)
        self._paths[file] = str(path)
        if flags & os.O_CREAT:
            self.steps.append(("create", str(path)))
        return file

    def write(self, file, data):
        """Write some bytes."""
        written = os.write(file, data)
        self.steps.append(("write", self._paths[file], bytes(data[:written])))
        return written

    def pwrite(self, file, data, at):
        """Write some bytes over others."""
        written = os.pwrite(file, data, at)
        self.steps.append(("overwrite", self._paths[file], bytes(data[:written]), at))
        return written

    def fsync(self, file):
        """Say that a file or a folder would now be on the disk."""
        path = self._paths[file]
        kind = "sync folder" if os.path.isdir(path) else "sync"
        if kind not in self._deaf:
            self.steps.append((kind, path))

    def replace(self, old, new):
        """Move a file."""
        os.replace(old, new)
        self.steps.append(("move", str(old), str(new)))

    def unlink(self, path):
        """Remove a file."""
        os.unlink(path)
        self.steps.append(("unlink", str(path)))

    def makedirs(self, path, exist_ok):
        """Make a folder and the one that it is in."""
        for folder in (Path(path).parent, Path(path)):
            if not folder.is_dir():
                folder.mkdir()
                self.steps.append(("folder", str(folder)))


class Disk:
    """What is on a disk after some steps, for sure and perhaps."""

    def __init__(self, names=()):
        # Names that stay, each with its file; None is a folder. And each file's bytes: all, synced.
        self.names = {path: number for number, (path, _) in enumerate(names)}
        self.files = {number: [data, data] for number, (_, data) in enumerate(names)}
        self.now, self.pending = dict(self.names), []

    def step(self, kind, path, *rest):
        """Take one step of a journal."""
        folder = os.path.dirname(path)
        if kind in ("create", "folder"):
            number = len(self.files)
            self.files[number] = [b"", b""] if kind == "create" else [None, None]
            self.now[path] = number
            self.pending.append((folder, path, None, number))
        elif kind == "write":
            self.files[self.now[path]][0] += rest[0]
        elif kind == "overwrite":
            data, at = rest
            before = self.files[self.now[path]][0]
            self.files[self.now[path]][0] = before[:at] + data + before[at + len(data) :]
        elif kind == "sync":
            self.files[self.now[path]][1] = self.files[self.now[path]][0]
        elif kind == "move":
            self.now[rest[0]] = self.now.pop(path)
            self.pending.append((os.path.dirname(rest[0]), rest[0], path, None))
        elif kind == "unlink":
            del self.now[path]
            self.pending.append((folder, None, path, None))
        elif kind == "sync folder":
            done = [change for change in self.pending if change[0] == path]
            self.pending = [change for change in self.pending if change[0] != path]
            self.names = _changed(self.names, done)

    def survivors(self):
        """Yield every state the disk may be in: a tuple of (path, bytes or None for a folder)."""
        # All choices of a few changes, or else all beginnings and what lacks one.
        if len(self.pending) <= 5:
            lengths = range(len(self.pending) + 1)
            choices = [c for n in lengths for c in itertools.combinations(self.pending, n)]
        else:
            choices = [self.pending[:n] for n in range(len(self.pending) + 1)]
            choices += [self.pending[:n] + self.pending[n + 1 :] for n in range(len(self.pending))]
        for choice in choices:
            names = sorted(_changed(self.names, choice).items())
            for contents in itertools.product(*(self._contents(number) for _, number in names)):
                yield tuple((path, data) for (path, _), data in zip(names, contents, strict=True))

    def _contents(self, number):
        written, synced = self.files[number]
        if written == synced:
            return [written]
        if len(written) == len(synced):
            # Written over: any beginning of it, of which a few stand for all.
            lengths = range(0, len(written) + 1, max(1, len(written) // 4))
            return sorted({written[:length] + synced[length:] for length in lengths})
        # All beginnings, or of much written a few.
        step = max(1, (len(written) - len(synced)) // 200)
        step = step if step == 1 else (len(written) - len(synced)) // 4
        lengths = {*range(len(synced), len(written), step), len(written)}
        beginnings = [written[:length] for length in sorted(lengths)]
        return [*beginnings, bytes(len(written))]


def _changed(names, changes):
    names = dict(names)
    for _, new, old, number in changes:
        if old is None:
            names[new] = number
        elif old in names:
            number = names.pop(old)
            if new is not None:
                names[new] = number
    return names


def cuts(steps, disk):
    """Yield every (state, promise) that a power cut during these steps may leave, each once."""
    known, seen = None, set()
    for step in [*steps, ("know", None)]:
        if step[0] == "know":
            known = step[1] or known
        else:
            disk.step(*step)
        for state in disk.survivors():
            key = state, str(known)
            if key not in seen:
                seen.add(key)
                yield state, known


def lay(state, old, folder):
    """Lay a state of the folder `old` down as `folder`; what is in no folder is lost."""
    shutil.rmtree(folder, ignore_errors=True)
    for path, data in sorted(state, key=lambda item: item[0]):
        place = Path(str(path).replace(str(old), str(folder), 1))
        if data is None and (place.parent.is_dir()):
            place.mkdir()
        elif data is not None and place.parent.is_dir():
            place.write_bytes(data)
