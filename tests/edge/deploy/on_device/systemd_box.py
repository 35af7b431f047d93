"""A real systemd, in namespaces of its own, over a copy of this machine that vanishes with it."""

import os
import signal
import subprocess
import time
from pathlib import Path

SYSTEMD = Path("/lib/systemd/systemd")
# All that is written goes to a folder in memory: units, users, logs, what is installed.
BOOT = """
set -e
mount --make-rprivate /
mkdir -p "$1" && mount -t tmpfs tmpfs "$1" && mkdir "$1/up" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" "$1/root"
cd "$1/root"
mount -t proc proc proc && mount --rbind /sys sys && mount --rbind /dev dev
mount -t tmpfs tmpfs run && mount -t tmpfs tmpfs sys/fs/cgroup
mount -t cgroup2 cgroup2 sys/fs/cgroup
cp -r "$2" srv/box
pivot_root . mnt && umount -l mnt
export container=box PATH=/usr/sbin:/usr/bin:/sbin:/bin
exec /lib/systemd/systemd --unit=basic.target
"""
PATIENCE_S = 60.0


class Box:
    """Boots in the constructor.

    Parameters
    ----------
    scratch : Path
        Where its files are mounted.
    files : Path
        What is to lie in its /srv/box: systemd empties /tmp.

    Raises
    ------
    OSError
        This machine, or who runs this, cannot.
    """

    def __init__(self, scratch: Path, files: Path) -> None:
        self._pid = 0
        if os.geteuid() != 0 or not SYSTEMD.exists():
            raise OSError("it takes root and systemd (apt-get install systemd)")
        groups = Path("/sys/fs/cgroup")
        groups = groups / "unified" if (groups / "unified").is_dir() else groups
        self._group = groups / f"laughtrack-test-{os.getpid()}"
        self._group.mkdir()
        # Into a group of its own first, so that systemd takes nobody else's processes for its own.
        enter = 'echo $$ >"$0/cgroup.procs" && exec "$@"'
        words = ["sh", "-c", enter, str(self._group), "unshare", "-m", "-p", "-C", "-i", "-u"]
        words += ["-f", "--kill-child", "sh", "-c", BOOT, "boot", str(scratch / "box"), str(files)]
        self._outer = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + PATIENCE_S
        while self._outer.poll() is None and time.monotonic() < deadline:
            time.sleep(0.2)
            self._pid = self._pid or self._child()
            if self._pid and self.run("systemctl", "is-system-running").stdout.strip() in (
                "running",
                "degraded",
            ):
                return
        said = b"" if self._outer.poll() is None else self._outer.communicate()[0]
        self.close()
        raise OSError(f"systemd does not boot in namespaces here: {said.decode()[-300:]}")

    def start(self, *words: object) -> "subprocess.Popen[str]":
        """Start a command inside."""
        enter = ["nsenter", "-t", str(self._pid), "-m", "-p", "-C", "-i", "-u", "-r", "-w"]
        return subprocess.Popen(
            [*enter, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: object) -> "subprocess.CompletedProcess[str]":
        """Run a command inside; its output and errors are in `stdout`."""
        process = self.start(*words)
        said = process.communicate()[0]
        return subprocess.CompletedProcess(words, process.returncode, said)

    def kill(self, process: "subprocess.Popen[str]") -> None:
        """Kill a command that was started inside: what `nsenter` runs, not `nsenter` itself."""
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        for pid in children.read_text().split():
            os.kill(int(pid), signal.SIGKILL)
        process.communicate()

    def close(self) -> None:
        """End all of it."""
        self._outer.kill()
        self._outer.communicate()
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                for folder, _, _ in list(os.walk(str(self._group), topdown=False)):
                    os.rmdir(folder)
                return
            except OSError:  # its last processes are still ending
                time.sleep(0.1)

    def _child(self) -> int:
        path = Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children")
        try:
            pid = int(path.read_text().split()[0])
            booted = Path(f"/proc/{pid}/comm").read_text() == "systemd\n"
        except (OSError, ValueError, IndexError):
            return 0
        return pid if booted else 0
