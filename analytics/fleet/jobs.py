"""What is to be done to many sessions: a task for each, on this process or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple


class Job(NamedTuple):
    """One session to work at, or two.

    `store`: where it is; `session`, `device`; `version`: the session's, as of `store.versions`,
    from before it is read; `other`: the same three of one that it is compared with, "" for none.
    """

    store: str
    session: str
    device: str
    version: str = ""
    other: tuple[str, str, str] = ("", "", "")

    @property
    def text(self) -> str:
        """What it is called in messages."""
        own = f"{self.session} of {self.device}"
        return own if not self.other[0] else f"{own} and {self.other[0]} of {self.other[1]}"


class Done(NamedTuple):
    """What came of a job: `result`, or None and the `reason` why there is none."""

    job: Job
    result: Any
    reason: str = ""


# From a task, a function of a job, and jobs, to what comes of them as they are done.
Each = Callable[[Callable[[Job], Any], Iterable[Job]], Iterator[Done]]


def one_by_one(task: Callable[[Job], Any], jobs: Iterable[Job]) -> Iterator[Done]:
    """Do one job after the other in this process."""
    for job in jobs:
        try:
            yield Done(job, task(job))
        # Whatever is wrong with one session is no reason to stop at it.
        except Exception as error:
            yield Done(job, None, reason(error))


def reason(error: BaseException) -> str:
    """Say why a task failed, in a line."""
    return " ".join(str(error).split()) or type(error).__name__
