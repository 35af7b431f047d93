"""A Dask cluster of processes, each begun by its own command, on the loopback alone."""

import os
import signal
import socket
import subprocess
import sys
import time

from distributed import Client

from tests.bench.fleet.commands import children


def free_port():
    """Return a port of this machine that nobody has."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


class Cluster:
    """A scheduler and workers, each a process that may be killed and begun again."""

    def __init__(self, folder, workers=2):
        """Begin it."""
        self._folder, self._port = folder, free_port()
        self.address = f"tcp://127.0.0.1:{self._port}"
        self.scheduler, self.workers = None, [None] * workers
        self.begin()

    def begin(self):
        """Begin what is not there, or was killed."""
        if self.scheduler is None or self.scheduler.poll() is not None:
            words = ["--host", "127.0.0.1", "--port", self._port, "--no-dashboard"]
            self.scheduler = self._start("scheduler", *words, "--dashboard-address", "127.0.0.1:0")
            while not self._answers():
                time.sleep(0.05)
            # They do not find a scheduler that was begun anew.
            for worker in filter(None, self.workers):
                _end(worker)
        for k, worker in enumerate(self.workers):
            if worker is None or worker.poll() is not None:
                words = [self.address, "--host", "127.0.0.1", "--nthreads", 1, "--no-dashboard"]
                self.workers[k] = self._start("worker", *words, "--memory-limit", "1.5GB")
        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(len(self.workers), timeout=120)

    def kill(self, what, k=0):
        """Kill at once the scheduler, a worker, or its nanny, which begins it anew."""
        if what == "scheduler":
            self.scheduler.kill()
            self.scheduler.wait()
        elif what == "nanny":
            self.workers[k].kill()
            self.workers[k].wait()
        else:
            for child in children(self.workers[k].pid):
                os.kill(child, signal.SIGKILL)

    def end(self):
        """End all of it."""
        for each in [*self.workers, self.scheduler]:
            _end(each)

    def _start(self, what, *words):
        with (self._folder / f"{what}.log").open("ab") as log:
            command = [sys.executable, "-m", "dask", what, *map(str, words)]
            # Sessions of their own: where a machine shares itself out among these, two workers
            # get what two get.
            return subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self._folder, start_new_session=True
            )

    def _answers(self):
        with socket.socket() as found:
            return found.connect_ex(("127.0.0.1", self._port)) == 0


def _end(process):
    """Kill a process and its children."""
    for child in children(process.pid):
        os.kill(child, signal.SIGKILL)
    process.kill()
    process.wait()
