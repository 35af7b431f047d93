"""Jobs on many processes by Dask: on this machine, or on a cluster that is there.

Conventions
-----------
- A worker does one job at a time, with one thread for sums: as many of them as there are cores are
  then as fast as they can be, and the results are the same on any number.
- On this machine the workers are ours alone: they listen on the loopback, and talk to who has this
  run's own key. A worker that outgrows its memory is started anew, and its session tried again.
"""

from __future__ import annotations

import functools
import queue
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from laughtrack.analytics.fleet.jobs import Done, Each, Job, reason
from laughtrack.analytics.formatting import count
from laughtrack.analytics.store.derived.code_sums import code_sum

if TYPE_CHECKING:
    from distributed import Client, Future

MEMORY_GB = 1.5
# A cluster without a worker, or a scheduler that does not answer, is given up after so long.
PATIENCE_S, _ANSWER_S = 60.0, 10.0
_LOOK_EVERY_S, _GATHER_S = 2.0, 10.0
_LOST = (
    "the worker that had it was lost, each time: perhaps it needs more memory than a worker may "
    "have (--worker-memory)"
)


class Workers(NamedTuple):
    """Who does the work.

    `scheduler`: address of a Dask scheduler, like tcp://10.0.0.5:8786; None for processes of our
    own, `processes` of them, None for as many as there are cores and memory for, each of at most
    `memory_gb`.
    """

    scheduler: str | None = None
    processes: int | None = None
    memory_gb: float = MEMORY_GB


class ClusterError(OSError):
    """The cluster is not there, or has gone; the message says what to do."""


def each_on(workers: Workers, told: Callable[[str], object] = lambda text: None) -> Each:
    """Return what does jobs on workers, which begin to run with the first job.

    Parameters
    ----------
    workers : Workers
    told : function
        Told in a line who does the work, once they are there.

    Returns
    -------
    function
        As of `jobs.one_by_one`. Raises ClusterError where Dask is not installed, the scheduler does
        not answer or is gone, or there is no worker for `PATIENCE_S`.
    """

    def each(task: Callable[[Job], Any], jobs: Iterable[Job]) -> Iterator[Done]:
        jobs = [*jobs]
        with _cluster(workers, len(jobs)) as client:
            many = count(client.scheduler_info(0)["n_workers"], "worker")
            if workers.scheduler is None:
                told(f"{many} on this machine, each of at most {workers.memory_gb:g} GB")
            else:
                told(f"{many} at {workers.scheduler}")
            yield from _each(client, functools.partial(_by_same_code, _code(), task), jobs)

    return each


@functools.cache
def _code() -> str:
    return code_sum("analytics", "edge/readings.py", libraries=("numpy", "scipy", "pandas"))


def _by_same_code(code: str, task: Callable[[Job], Any], job: Job) -> Any:
    """Do a job on a worker, unless another Laughtrack is installed there: it would be told of as
    what this one found."""
    if code != _code():
        raise ValueError(
            "its worker has another version of Laughtrack, or of numpy, scipy or pandas: install "
            "the same there"
        )
    return task(job)


@contextmanager
def _cluster(workers: Workers, jobs: int) -> Iterator[Client]:
    """Have workers for so many jobs.

    Raises
    ------
    ClusterError
        Dask is not installed, or the scheduler does not answer.
    """
    try:
        import dask
        from distributed import Client
    except ImportError:
        raise ClusterError("Dask is not installed: pip install 'laughtrack[fleet]'") from None
    settings: dict[str, Any] = {
        # Who is too large is started anew at once; waiting for memory that sessions have for a
        # moment, and results of a row, free none.
        "distributed.worker.memory.target": False,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.pause": False,
        # Nobody is to look in by HTTP.
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
        "distributed.worker.profile.enabled": False,
        # Who has lost two workers is tried once more by itself, and then left out.
        "distributed.scheduler.allowed-failures": 1,
    }
    with dask.config.set(settings):
        if workers.scheduler is not None:
            try:
                client = Client(workers.scheduler, timeout=_ANSWER_S, set_as_default=False)
            except (OSError, ValueError, TimeoutError) as error:
                raise ClusterError(
                    f"no scheduler at {workers.scheduler} ({reason(error)}): begin one with `dask "
                    "scheduler`, or leave out --scheduler to work on this machine"
                ) from None
            with client:
                yield client
            return
        with _local(workers, jobs) as here, Client(here, set_as_default=False) as client:
            yield client


@contextmanager
def _local(workers: Workers, jobs: int) -> Iterator[Any]:
    import dask
    from dask.system import CPU_COUNT
    from distributed import LocalCluster
    from distributed.security import Security
    from distributed.system import MEMORY_LIMIT

    room = max(int(MEMORY_LIMIT / (workers.memory_gb * 1e9)), 1)
    # Else Dask leaves a folder of its own with the user.
    scratch = tempfile.TemporaryDirectory(prefix="laughtrack-", ignore_cleanup_errors=True)
    with (
        scratch as folder,
        dask.config.set({"temporary-directory": folder}),
        LocalCluster(
            n_workers=min(workers.processes or min(CPU_COUNT, room), jobs),
            threads_per_worker=1,
            memory_limit=f"{workers.memory_gb:g}GB",
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            security=Security.temporary(),
            silence_logs="CRITICAL",
        ) as here,
    ):
        yield here


def _each(client: Client, task: Callable[[Job], Any], jobs: Iterable[Job]) -> Iterator[Done]:
    """Do jobs on a cluster, and yield what comes of them as they are done, in any order."""
    suspects = []
    for done in _at_once(client, task, [*jobs]):
        if done.reason == _LOST:
            suspects.append(done.job)
        else:
            yield done
    # A worker is lost with all that waits for it: by itself it is seen whose fault it was.
    for job in suspects:
        yield from _at_once(client, task, [job])


def _at_once(client: Client, task: Callable[[Job], Any], jobs: list[Job]) -> Iterator[Done]:
    ready: queue.SimpleQueue[Future] = queue.SimpleQueue()
    futures = client.map(task, jobs, pure=False, key="session")
    waiting = {future.key: job for future, job in zip(futures, jobs, strict=True)}
    while futures:
        # Held by the queue alone from then on, so that the scheduler forgets who is done.
        futures.pop().add_done_callback(ready.put)
    alone = _Alone(client)
    while waiting:
        for future, result in _results(client, ready, alone):
            yield _done(waiting.pop(future.key), future, result)


class _Alone:
    """Gives up where there has been no worker for too long."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._seen_s = time.monotonic()

    def look(self) -> None:
        """Raise ClusterError if that is so."""
        client = self._client
        if client.status != "running" or client.scheduler_info(0)["n_workers"]:
            self._seen_s = time.monotonic()
        elif time.monotonic() - self._seen_s > PATIENCE_S:
            raise ClusterError(
                f"there has been no worker for {PATIENCE_S:.0f} s: see to them "
                "(`dask worker`), and give the same command again: it carries on"
            )


def _results(
    client: Client, ready: queue.SimpleQueue[Future], alone: _Alone
) -> list[tuple[Future, Any]]:
    """Wait for jobs that are done, and return them with their results, None of those that failed.

    None at all where it took too long.
    """
    some = _ready(ready)
    if any(each.cancelled() for each in some):
        raise ClusterError(
            "the connection to the scheduler was lost: begin it and its workers again, and give "
            "the same command again: it carries on"
        )
    whole = [each for each in some if each.status == "finished"]
    results = dict.fromkeys(each.key for each in some if each.status == "error")
    gather = functools.partial(client.gather, whole, errors="skip", asynchronous=True)
    with suppress(TimeoutError):
        found = client.sync(gather, callback_timeout=_GATHER_S) if whole else []
        if len(found) == len(whole):
            results.update(zip((each.key for each in whole), found, strict=True))
    for each in some:
        if each.key not in results:
            # Lost with its worker, and done again meanwhile.
            each.add_done_callback(ready.put)
    alone.look()
    return [(each, results[each.key]) for each in some if each.key in results]


def _ready(ready: queue.SimpleQueue[Future]) -> list[Future]:
    """Wait for futures that are done, not for too long, and return them."""
    with suppress(queue.Empty):
        some = [ready.get(timeout=_LOOK_EVERY_S)]
        while not ready.empty():
            some.append(ready.get())
        return some
    return []


def _done(job: Job, future: Future, result: Any) -> Done:
    from distributed import KilledWorker

    if future.status != "error":
        return Done(job, result)
    error = future.exception()
    return Done(job, None, _LOST if isinstance(error, KilledWorker) else reason(error))
