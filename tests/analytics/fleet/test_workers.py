"""Jobs on a cluster of this machine: one is broken, one kills its worker, the others are done."""

import os
import sys
import time

import pytest

from laughtrack.analytics.fleet import workers
from laughtrack.analytics.fleet.jobs import Job, one_by_one
from laughtrack.analytics.fleet.workers import ClusterError, Workers, each_on

pytestmark = [
    pytest.mark.slow,
    # Dask says so of connections that go as its processes do.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
pytest.importorskip("distributed", reason="Dask is not installed")


def work(job):
    """Say how many threads this process may use for sums, and what of ours it has imported."""
    if job.session == "3":
        raise ValueError("three\nis broken")
    if job.session == "4":
        # One that dies as it begins is another thing: its nanny may not have seen it yet.
        time.sleep(1.0)
        os._exit(1)
    ours = [name for name in sys.modules if name.startswith("laughtrack.")]
    return os.environ.get("OPENBLAS_NUM_THREADS"), ours


def test_one_broken_session_stops_no_other():
    """Nor does one whose worker dies each time: each is named with its reason."""
    jobs, said = [Job("", str(n), "cam") for n in range(9)], []
    done = {one.job.session: one for one in each_on(Workers(processes=2), said.append)(work, jobs)}
    assert said == ["2 workers on this machine, each of at most 1.5 GB"]
    assert sorted(done) == [job.session for job in jobs]
    assert done["3"].reason == "three is broken" and "was lost, each time" in done["4"].reason
    for name in {*done} - {"3", "4"}:
        threads, ours = done[name].result
        assert threads == "1" and not [each for each in ours if ".web" in each or ".cli" in each]


def test_one_by_one_a_broken_session_is_named_too():
    """In this process."""
    done = [*one_by_one(work, [Job("", "3", "cam"), Job("", "5", "cam")])]
    assert [one.reason for one in done] == ["three is broken", ""]


def test_a_worker_with_other_code_does_nothing():
    """What it would find is not what this code finds."""
    with pytest.raises(ValueError, match="another version of Laughtrack"):
        workers._by_same_code("another", work, Job("", "1", "cam"))


def test_a_scheduler_that_is_not_there(monkeypatch):
    """Is named, with what to do."""
    monkeypatch.setattr(workers, "_ANSWER_S", 0.5)
    with pytest.raises(
        ClusterError, match=r"no scheduler at tcp://127\.0\.0\.1:9 .*dask scheduler"
    ):
        next(each_on(Workers("tcp://127.0.0.1:9"))(work, [Job("", "1", "cam")]))
