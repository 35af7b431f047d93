"""The server: its routes, what they share, and what runs beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool

from laughtrack.analytics.web import errors
from laughtrack.analytics.web.api import routes as api
from laughtrack.analytics.web.jobs.pretend import Pretend
from laughtrack.analytics.web.jobs.queue import JobQueue
from laughtrack.analytics.web.listing.session_figures import SessionFigures
from laughtrack.analytics.web.live.hub import Hub
from laughtrack.analytics.web.monitoring import health
from laughtrack.analytics.web.norms_cache import NormsCache
from laughtrack.analytics.web.pages import (
    api_document,
    devices,
    footage,
    forget,
    live,
    pretend,
    review,
    session,
    sessions,
    sign_in,
)
from laughtrack.analytics.web.rendering import FOLDER
from laughtrack.analytics.web.report_pages import ReportPages
from laughtrack.analytics.web.reviews_cache import ReviewsCache
from laughtrack.analytics.web.security.guard import Guard
from laughtrack.analytics.web.security.key_file import server_key
from laughtrack.analytics.web.security.login import Login
from laughtrack.analytics.web.sessions_cache import SessionsCache
from laughtrack.analytics.web.settings import ServeSettings
from laughtrack.edge.version import VERSION

ROUTERS = (
    health.router,
    sign_in.router,
    sessions.router,
    forget.router,
    footage.router,
    pretend.router,
    live.router,
    devices.router,
    session.router,
    review.router,
    api.router,
    api_document.router,
)
# So many answers are worked out at the same time; each may need a session's readings in memory.
_MOST_AT_WORK = 4
_UPLOADS_AT_ONCE = 2


def create_app(settings: ServeSettings) -> FastAPI:
    """Return the server of a store.

    `app.state` has `settings`, `login`, `sessions` (a `SessionsCache`), `figures` (a
    `SessionFigures`), `norms` (a `NormsCache`), `reports` (`ReportPages`), `jobs` (a `JobQueue`),
    `pretend` (a `Pretend`) and `hub` (a `Hub`).

    Parameters
    ----------
    settings : ServeSettings

    Raises
    ------
    OSError
        Its state folder cannot be written.
    """
    key = server_key(settings.state)
    app = FastAPI(
        title="Laughtrack",
        version=VERSION,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.settings = settings
    app.state.login = Login(settings.token, key)
    app.state.sessions = SessionsCache(settings.store, settings.min_viewers)
    app.state.norms = NormsCache(app.state.sessions)
    app.state.reviews = ReviewsCache(app.state.sessions)
    app.state.reports = ReportPages(settings, app.state.norms)
    app.state.figures = SessionFigures(app.state.sessions)
    app.state.jobs = JobQueue(settings.store, settings.state)
    app.state.uploading = asyncio.Semaphore(_UPLOADS_AT_ONCE)
    app.state.hub = Hub(settings, app.state.sessions)
    app.state.pretend = Pretend(settings.state / "pretend", app.state.hub.local.start_film)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")
    errors.install(app)
    app.add_middleware(Guard, settings=settings, login=app.state.login, key=key)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = _MOST_AT_WORK
    await run_in_threadpool(app.state.sessions.begin)
    await run_in_threadpool(app.state.jobs.begin)
    await app.state.hub.start()
    try:
        yield
    finally:
        await app.state.pretend.close()
        await app.state.hub.stop()
        await run_in_threadpool(app.state.jobs.close)
        await run_in_threadpool(app.state.figures.close)
        await run_in_threadpool(app.state.sessions.close)
