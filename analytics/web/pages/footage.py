"""The *Add footage* page: films to be scored, and how far they are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

from laughtrack.analytics.formatting import clock
from laughtrack.analytics.web.jobs import allowed_files, uploads
from laughtrack.analytics.web.jobs.job import DONE, Job, Progress
from laughtrack.analytics.web.pages.sessions import address
from laughtrack.analytics.web.rendering import page
from laughtrack.analytics.web.sessions_cache import Key
from laughtrack.analytics.web.settings import ServeSettings
from laughtrack.edge.contexts import KINDS, KINDS_IN_WORDS, RESEARCH, check_context, check_title
from laughtrack.edge.readings import check_name, is_text

router = APIRouter(prefix="/footage", include_in_schema=False)
_FARTHEST_S = 1e6


class Told(BaseModel):
    """What is told of a film: see `jobs.job.Job`."""

    title: str = Field("", max_length=1000)
    context: str = Field("screening", max_length=300)
    media_offset_s: float = Field(0.0, ge=-_FARTHEST_S, le=_FARTHEST_S, allow_inf_nan=False)
    session: str = Field("", max_length=100)
    preview: bool = False
    keep: bool = False


class Chosen(Told):
    """A film on the server: `root` says below which of its folders, `path` where there."""

    root: int
    path: str = Field(max_length=4000)


class Upload(Told):
    """A film that is sent: `name` is its file's."""

    name: str = Field("film", max_length=1000)


@router.get("")
async def show(request: Request) -> Response:
    """Show the forms and the queue."""
    settings: ServeSettings = request.app.state.settings
    roots = [str(each) for each in settings.footage]
    return page(
        request,
        "footage.html",
        roots=roots,
        kinds=[*KINDS, RESEARCH],
        kinds_in_words=KINDS_IN_WORDS,
        limit_gb=settings.upload_limit_bytes / 1e9,
    )


@router.get("/files")
def files(request: Request, root: int = 0, path: str = "") -> dict[str, Any]:
    """List what may be chosen in a folder."""
    return allowed_files.folder(request.app.state.settings.footage, root, path)._asdict()


@router.get("/jobs")
def queue(request: Request) -> list[dict[str, Any]]:
    """Tell of all films on the list."""
    return [_in_words(request, *each) for each in request.app.state.jobs.all()]


@router.post("/jobs")
def choose(request: Request, chosen: Chosen) -> dict[str, Any]:
    """Put a film of the server into the queue."""
    state = request.app.state
    place = allowed_files.film(state.settings.footage, chosen.root, chosen.path)
    job = _job(state.settings, state.jobs.new_id(), place, chosen)
    return _in_words(request, state.jobs.add(job), None)


@router.post("/uploads")
async def upload(request: Request, sent: Annotated[Upload, Query()]) -> dict[str, Any]:
    """Take a film, which is the request's whole body, and put it into the queue."""
    state = request.app.state
    settings: ServeSettings = state.settings
    limit = settings.upload_limit_bytes
    job_id = state.jobs.new_id()
    path = state.jobs.upload_folder(job_id) / uploads.file_name(sent.name)
    job = _job(settings, job_id, path, sent)._replace(uploaded=True, keep=sent.keep)
    uploads.check_size(request.headers.get("content-length"), limit, settings.state)
    if state.uploading.locked():
        raise HTTPException(429, "other films are being uploaded: try again when they are there")
    async with state.uploading:
        await uploads.receive(request.stream(), path, limit)
    added = await run_in_threadpool(state.jobs.add, job)
    return _in_words(request, added, None)


@router.post("/jobs/{job_id}/cancel")
def cancel(request: Request, job_id: str) -> dict[str, Any]:
    """Stop a film, or take it off the queue."""
    return _in_words(request, request.app.state.jobs.cancel(job_id), None)


@router.post("/jobs/{job_id}/retry")
def retry(request: Request, job_id: str) -> dict[str, Any]:
    """Carry a film on that failed or was cancelled."""
    return _in_words(request, request.app.state.jobs.retry(job_id), None)


@router.post("/jobs/{job_id}/remove")
def remove(request: Request, job_id: str) -> dict[str, Any]:
    """Take a film off the list; its session stays."""
    request.app.state.jobs.remove(job_id)
    return {}


@router.get("/jobs/{job_id}/preview")
def preview(request: Request, job_id: str) -> FileResponse:
    """Send the annotated film that was asked for."""
    state = request.app.state
    known = {job.id: job for job, _ in state.jobs.all()}
    path = state.jobs.preview_file(job_id) if job_id in known else None
    if path is None or not state.settings.shows_scores_in_pictures or not path.is_file():
        raise HTTPException(404, "there is no annotated film of that")
    return FileResponse(path, media_type="video/mp4")


def _job(settings: ServeSettings, job_id: str, place: Path, told: Told) -> Job:
    """Make a job of what was told; refuse what `laughtrack replay` would refuse at its start."""
    if not is_text(told.title):
        raise ValueError("the title is no text")
    check_title(told.title)
    if told.session:
        check_name("session", told.session)
    if told.preview and not settings.shows_scores_in_pictures:
        raise ValueError(
            "no annotated film is made by this server: see --allow-preview, and --min-viewers, "
            "above 1 of which nothing of single viewers is shown"
        )
    return Job(
        job_id,
        str(place),
        told.title.strip(),
        check_context(told.context),
        told.media_offset_s,
        told.session,
        preview=told.preview,
    )


def _in_words(request: Request, job: Job, progress: Progress | None) -> dict[str, Any]:
    """Return what the page shows of a job."""
    jobs = request.app.state.jobs
    has_preview = job.preview and job.state == DONE and jobs.preview_file(job.id).is_file()
    shown = {
        "id": job.id,
        "name": Path(job.place).name,
        "title": job.title,
        "context": job.context,
        "state": job.state,
        "message": job.message,
        "address": address(Key(*job.key)) if job.key else None,
        "uploaded": job.uploaded and jobs.upload_folder(job.id).is_dir(),
        "preview": f"/footage/jobs/{job.id}/preview" if has_preview else None,
    }
    if progress is None:
        return shown
    share = None if not progress.all_s else min(1.0, progress.done_s / progress.all_s)
    done = clock(progress.done_s)
    of = "" if progress.all_s is None else f" of {clock(progress.all_s)}"
    return shown | {
        "share": share,
        "done": f"{done}{of}",
        "speed": f"{progress.speed:.1f} times real time",
        "viewers": progress.viewers,
    }
