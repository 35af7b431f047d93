"""Pages from their templates, each with navigation, title and the token that changes need."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from laughtrack.analytics.formatting import clock
from laughtrack.edge.version import VERSION

FOLDER = Path(__file__).parent


class Place(NamedTuple):
    """A page that the navigation leads to."""

    path: str
    name: str


NAVIGATION = (
    Place("/sessions", "Sessions"),
    Place("/footage", "Add footage"),
    Place("/live", "Live"),
    Place("/devices", "Devices"),
)

_environment = Environment(
    autoescape=True,
    loader=FileSystemLoader(FOLDER / "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["clock"] = clock
_environment.globals.update(navigation=NAVIGATION, version=VERSION)


def page(
    request: Request, template: str, /, *, status: int = 200, **values: object
) -> HTMLResponse:
    """Answer with a page.

    Parameters
    ----------
    request : Request
    template : str
        Its path within the folder `templates`; it extends `base.html`.
    status : int
        Of HTTP.
    **values
        What it shows. A name that it uses and that is not given is an error.

    Returns
    -------
    HTMLResponse
    """
    html = _environment.get_template(template).render(
        here=request.url.path,
        csrf_token=request.state.csrf_token,
        settings=request.app.state.settings,
        **values,
    )
    return HTMLResponse(html, status)


def wants_page(request: Request) -> bool:
    """Return whether a browser asks for a page, and not a script of it, or another program."""
    is_api = request.url.path.startswith("/api/")
    sends_json = request.headers.get("content-type", "").startswith("application/json")
    return not is_api and not sends_json and "text/html" in request.headers.get("accept", "")
