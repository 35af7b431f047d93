"""The queue of films: scored one after the other, and kept across a restart of the server."""

from __future__ import annotations

import json
import secrets
import shutil
import threading
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from laughtrack.analytics.web.jobs import job as jobs
from laughtrack.analytics.web.jobs.job import Job, Progress
from laughtrack.analytics.web.jobs.scoring import Scoring
from laughtrack.edge import atomic_files
from laughtrack.edge.atomic_files import unlink

_FILE, UPLOADS, _PREVIEWS = "jobs.json", "uploads", "previews"
_ID_BYTES = 8


class UnknownJob(ValueError):
    """There is no such job, or not any more."""


class JobChanged(ValueError):
    """A job is not what whoever asked took it for; the message says what it is."""


class JobQueue:
    """Scores films in a thread of its own.

    Parameters
    ----------
    store : str
    state : Path
        The server's folder.

    Raises
    ------
    ValueError
        What is kept of the queue is damaged; naming the file.
    """

    def __init__(self, store: str, state: Path) -> None:
        self._store, self._state = store, state
        self._changed = threading.Condition()
        self._jobs = _read(state / _FILE)
        self._progress: dict[str, Progress] = {}
        self._running: tuple[str, Scoring] | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def begin(self) -> None:
        """Begin to work; what a server that was killed had begun is carried on."""
        with self._changed:
            for each in self._jobs.values():
                if each.state == jobs.RUNNING:
                    self._jobs[each.id] = each._replace(state=jobs.WAITING)
            folder = self._state / UPLOADS
            # Of uploads that broke off with the server.
            for left in folder.iterdir() if folder.is_dir() else ():
                if left.name not in self._jobs:
                    shutil.rmtree(left, ignore_errors=True)
            self._thread = threading.Thread(target=self._work, name="footage")
            self._thread.start()

    def close(self) -> None:
        """Stop working; the film that is being scored is carried on at the next start."""
        with self._changed:
            self._closed = True
            if self._running:
                self._running[1].stop()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def all(self) -> list[tuple[Job, Progress | None]]:
        """Return all jobs in the order of their turn, each with how far it is."""
        with self._changed:
            return [(each, self._progress.get(each.id)) for each in self._jobs.values()]

    def recording(self) -> tuple[str, str] | None:
        """Return the (device, session) that is being scored, None for none."""
        with self._changed:
            running = self._running and self._jobs.get(self._running[0])
            return running.key if running else None

    def new_id(self) -> str:
        """Return a job's id that no other has."""
        return secrets.token_hex(_ID_BYTES)

    def upload_folder(self, job_id: str) -> Path:
        """Return the folder of a job's uploaded film; it may not be there yet."""
        return self._state / UPLOADS / job_id

    def preview_file(self, job_id: str) -> Path:
        """Return where a job's annotated film is, once it is there."""
        return self._state / _PREVIEWS / f"{job_id}.mp4"

    def add(self, job: Job) -> Job:
        """Put a job at the end of the queue."""
        added = job._replace(added_utc=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
        with self._changed:
            self._put(added)
        return added

    def cancel(self, job_id: str) -> Job:
        """Stop a job, or take it off the queue; what is stored of it by then stays."""
        with self._changed:
            job = self._job(job_id, (jobs.WAITING, jobs.RUNNING))
            if self._running and self._running[0] == job_id:
                self._running[1].stop()
            self._put(job._replace(state=jobs.CANCELLED, message="cancelled"))
            return self._jobs[job_id]

    def retry(self, job_id: str) -> Job:
        """Begin a job again that failed or was cancelled: where it stopped, at the queue's end."""
        with self._changed:
            job = self._job(job_id, jobs.STOPPED)
            del self._jobs[job_id]
            self._put(job._replace(state=jobs.WAITING, message=""))
            return self._jobs[job_id]

    def remove(self, job_id: str) -> None:
        """Take a job that ended off the list, with its uploaded and its annotated film."""
        with self._changed:
            job = self._job(job_id, (jobs.DONE, *jobs.STOPPED))
            self._remove(job)

    def forgotten(self, key: tuple[str, str]) -> None:
        """Take off the list what tells of a session that is gone."""
        with self._changed:
            for job in [each for each in self._jobs.values() if each.key == key]:
                if job.state in (jobs.DONE, *jobs.STOPPED):
                    self._remove(job)

    def _remove(self, job: Job) -> None:
        del self._jobs[job.id]
        self._progress.pop(job.id, None)
        if job.uploaded:
            shutil.rmtree(self.upload_folder(job.id), ignore_errors=True)
        unlink(str(self.preview_file(job.id)))
        self._write()

    def _job(self, job_id: str, states: tuple[str, ...]) -> Job:
        """Return a job, which must be in one of some states."""
        job = self._jobs.get(job_id)
        if job is None:
            raise UnknownJob("that film is not on the list any more: it was removed meanwhile")
        if job.state not in states:
            raise JobChanged(f"{Path(job.place).name} is {job.state} meanwhile: look at the list")
        return job

    def _put(self, job: Job) -> None:
        self._jobs[job.id] = job
        self._write()
        self._changed.notify_all()

    def _write(self) -> None:
        text = json.dumps([jobs.to_json(each) for each in self._jobs.values()], indent=1)
        atomic_files.write(str(self._state / _FILE), text.encode())

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._closed and not self._next():
                    self._changed.wait()
                job = self._next()
                if self._closed or job is None:
                    return
                self._start(job)
                running = self._running
            if running is not None:
                self._end(job.id, *running[1].run())

    def _next(self) -> Job | None:
        return next((each for each in self._jobs.values() if each.state == jobs.WAITING), None)

    def _start(self, job: Job) -> None:
        """Begin to score a film."""
        preview = self.preview_file(job.id)
        self._progress[job.id] = Progress()
        try:
            preview.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._running = job.id, Scoring(job, self._store, preview, self._teller(job.id))
            self._put(job._replace(state=jobs.RUNNING))
        except OSError as error:
            self._put(job._replace(state=jobs.FAILED, message=str(error)))

    def _teller(self, job_id: str) -> Callable[[str, object], None]:
        def told(event: str, value: object) -> None:
            with self._changed:
                if isinstance(value, Progress):
                    self._progress[job_id] = value
                elif isinstance(value, tuple) and job_id in self._jobs:
                    self._put(self._jobs[job_id]._replace(key=value))

        return told

    def _end(self, job_id: str, is_whole: bool, said: str) -> None:
        """Note what came of a film."""
        with self._changed:
            self._running = None
            job = self._jobs.get(job_id)
            # Of one that was cancelled nobody asks; one that the server's end stopped carries on.
            if job is None or job.state != jobs.RUNNING or (self._closed and not is_whole):
                return
            if is_whole and job.uploaded and not job.keep:
                shutil.rmtree(self.upload_folder(job_id), ignore_errors=True)
            state = jobs.DONE if is_whole else jobs.FAILED
            self._put(job._replace(state=state, message=said))


def _read(path: Path) -> dict[str, Job]:
    try:
        found = [jobs.from_json(each) for each in json.loads(path.read_bytes())]
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"{path}, the queue of footage, is damaged ({error}): remove it, and add what was not "
            "scored yet again"
        ) from None
    return {each.id: each for each in found}
