"""Many sessions' pages in one folder, each made once until its session changes."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from laughtrack.analytics.fleet.jobs import Done, Each, Job, one_by_one
from laughtrack.analytics.fleet.summaries import PLAIN as AS_MENDED
from laughtrack.analytics.fleet.summaries import Kind
from laughtrack.analytics.report.look import PLAIN, Look
from laughtrack.analytics.report.session_page import report
from laughtrack.analytics.store.derived.code_sums import code_sum
from laughtrack.analytics.store.sessions import load_audience
from laughtrack.analytics.store.versions import versions
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.checked_files import digest

# Says of each page of a folder what it was made from.
LIST = "pages.json"
_WRITE_EVERY_S = 2.0


class Pages(NamedTuple):
    """What pages are made: where, of which figures, and what they look like.

    Who does the jobs must be able to write into `folder`, which is made if it is not there.
    """

    folder: Path
    kind: Kind = AS_MENDED
    look: Look = PLAIN


def pages(
    store: str,
    pairs: Iterable[tuple[str, str]],
    wanted: Pages,
    each: Each = one_by_one,
    told: Callable[[Done], object] = lambda done: None,
) -> list[Path]:
    """Make the pages of sessions that are not there, or of an older version.

    Parameters
    ----------
    store : str
    pairs : iterable of (session, device)
    wanted : Pages
    each, told : function
        As of `summaries.summaries`.

    Returns
    -------
    list of Path
        Of all pages that are there now, in order of session and device.

    Raises
    ------
    StoreError, OSError
    """
    now, folder = versions(store), wanted.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    wanted = wanted._replace(folder=folder)
    of_all = (_code(), *wanted.kind, wanted.look.language.code, *wanted.look[1:])
    jobs = [Job(store, *pair, now.of(*pair)) for pair in sorted({*pairs})]
    made_from = {file_name(job): digest(repr((job.version, *of_all)).encode()) for job in jobs}
    before = _listed(folder)
    is_there = {
        name: before.get(name) == source and (folder / name).is_file()
        for name, source in made_from.items()
    }
    for job in jobs:
        if is_there[file_name(job)]:
            told(Done(job, file_name(job)))
    rest = [job for job in jobs if not is_there[file_name(job)]]
    if rest:
        task = functools.partial(write_page, wanted=wanted)
        new = _Listing(folder, before)
        try:
            for done in each(task, rest):
                if done.result is not None:
                    is_there[done.result] = True
                    new.add(done.result, made_from[done.result])
                told(done)
        finally:
            new.write()
    return [folder / file_name(job) for job in jobs if is_there[file_name(job)]]


def file_name(job: Job) -> str:
    """Return a page's name: no session's or device's name holds an @."""
    return f"{job.session}@{job.device}.html"


def write_page(job: Job, wanted: Pages) -> str:
    """Read one session and write its page, whole or not at all; return the page's name."""
    least = wanted.kind.min_viewers
    audience = load_audience(job.store, job.session, job.device, wanted.kind.uncorrected)
    page = report(SessionTables(audience, least), least, look=wanted.look)
    with replacing(wanted.folder / file_name(job)) as part:
        part.write_bytes(page.encode())
    return file_name(job)


class _Listing:
    """The list in the folder, written now and then as pages come."""

    def __init__(self, folder: Path, before: dict[str, str]) -> None:
        self._path, self._known = folder / LIST, dict(before)
        self._written_s = time.monotonic()

    def add(self, name: str, source: str) -> None:
        """Note what a page was made from."""
        self._known[name] = source
        if time.monotonic() - self._written_s > _WRITE_EVERY_S:
            self.write()

    def write(self) -> None:
        """Write the list, whole or not at all."""
        with replacing(self._path) as part:
            part.write_text(json.dumps(self._known, indent=0, sort_keys=True), encoding="utf-8")
        self._written_s = time.monotonic()


def _listed(folder: Path) -> dict[str, str]:
    """Return what the folder's list says; nothing where there is none, or it is damaged."""
    with suppress(OSError, ValueError):
        found = json.loads((folder / LIST).read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    return {}


@functools.cache
def _code() -> str:
    names = ("numpy", "scipy", "pandas", "plotly", "jinja2")
    return code_sum("analytics", "edge/readings.py", libraries=names)
